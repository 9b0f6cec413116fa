"""Every error litlab raises: what was given, what was wanted, where, and the remedy.

One class per thing a person can get wrong. A class holds one sentence and one remedy as format
strings; raising it with keyword fields fills them in. Every class is also an ordinary ``ValueError``,
``LookupError`` or ``OSError``, and survives pickling, so that a worker process can hand it over.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar


class LitlabError(Exception):
    """Base of all litlab errors.

    Attributes
    ----------
    fields : dict
        What the sentence was filled in with.

    Examples
    --------
    >>> error = UnknownName(kind="unit", given="minutes", known=["second", "minute", "hour"])
    >>> print(error)
    There is no unit called 'minutes'. Did you mean 'minute'? Known: hour, minute, second.
    """

    sentence: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        parts = [self.sentence.format(**fields), self.remedy.format(**fields)]
        super().__init__(" ".join(part for part in parts if part))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.fields))


def _rebuild(kind: type[LitlabError], fields: dict[str, Any]) -> LitlabError:
    return kind(**fields)


# --- names, records, workspaces ---------------------------------------------------------------------


class UnknownName(LitlabError, LookupError):
    """A name that nothing goes by; the nearest right one is proposed."""

    sentence = "There is no {kind} called {given!r}."

    def __init__(self, *, kind: str, given: str, known: Iterable[str] = ()) -> None:
        self.known = sorted(known)
        super().__init__(kind=kind, given=given, known=self.known)
        near = difflib.get_close_matches(given, self.known, 1, 0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(self.known[:20]) if self.known else "none yet"
        self.args = (f"{self.args[0]}{hint} Known: {listed}.",)


class BadName(LitlabError, ValueError):
    """A name that cannot be a name on disk."""

    sentence = "{given!r} cannot be the name of a {kind}."
    remedy = (
        "Use 1 to 64 letters, digits, dots, underscores or dashes, a letter or a digit first, no dot last."
    )


class AlreadyExists(LitlabError, ValueError):
    """Something of this name is there already."""

    sentence = "The {kind} {name!r} exists already."
    remedy = "Choose another name, or open the existing one."


class BadRecord(LitlabError, ValueError):
    """A JSON record on disk that cannot be read as what it should be."""

    sentence = "{path} is not a readable {kind} record: {reason}."
    remedy = "Restore the file from a backup or delete it and create the {kind} again."


class NewerFormat(LitlabError, ValueError):
    """A file written by a later litlab."""

    sentence = "{path} has format version {found}, this litlab reads up to {supported}."
    remedy = "Upgrade litlab, or make the object again with this version."


class Locked(LitlabError, OSError):
    """Another process holds the lock; the holder is named."""

    sentence = "{what} is in use by process {pid} ({purpose})."
    remedy = "Wait for it to end, or stop that process."


class BadParameter(LitlabError, ValueError):
    """A parameter with an impossible value."""

    sentence = "{name} = {given!r} is not possible: {wanted}."


class MissingExtra(LitlabError, ImportError):
    """A part of litlab whose optional dependencies are not installed."""

    sentence = "{what} needs {module}, which is not installed."
    remedy = "Install it with: pip install 'litlab[{extra}]'."


# --- raw data ---------------------------------------------------------------------------------------


class MissingFile(LitlabError, FileNotFoundError):
    """A file or a pattern that names nothing."""

    sentence = "There is no file {path}."
    remedy = "Check the path; a pattern in quotes may hold * and ?."


class EmptyFile(LitlabError, ValueError):
    """A file without a single row of data."""

    sentence = "{path} holds no data rows."
    remedy = "Fetch the file again, or leave it out."


class BrokenArchive(LitlabError, ValueError):
    """A compressed file that cannot be inflated to its end."""

    sentence = "{path} is broken, in or after line {line}: {reason}."
    remedy = "Fetch the file again: what it lost cannot be recovered here."


class MissingColumn(LitlabError, ValueError):
    """A raw file without a column the adapter needs."""

    sentence = "{path}, line 1: the column {column!r} is missing; the file has {found}."
    remedy = "Choose the adapter that fits the file, or name its columns in the adapter's parameters."


class WrongLayout(LitlabError, ValueError):
    """A raw file none of whose first rows looks like the adapter's format."""

    sentence = "{path}, line {line}: {found!r} is no row of the format {adapter!r}; wanted: {wanted}."
    remedy = "Choose the adapter that fits the file; litlab.adapters.sniff(path) proposes one."


class NoDateInName(LitlabError, ValueError):
    """A file whose rows say the time of day only, and whose name says no day."""

    sentence = "{path} holds times of day, and its name says no date."
    remedy = "Name it with its date, for example {example}."


class SeveralInstruments(LitlabError, ValueError):
    """A file of several instruments, of which the adapter was not told which to read."""

    sentence = "{path}, line {line}: {second!r} follows {first!r}; a data set is one instrument's."
    remedy = "Give the adapter's parameter symbol, for example symbol={first!r}; the other rows are filtered."


class TooManyRejects(LitlabError, ValueError):
    """More unusable rows than the adapter's limit."""

    sentence = (
        "{path}, line {line}: {reason}; {rejected:,} of the {rows:,} rows read so far cannot be used, "
        "the limit is {limit:.2%}."
    )
    remedy = "Correct the file, or raise the adapter's parameter max_rejected if these rows may be lost."


class NaiveTime(LitlabError, ValueError):
    """A timestamp that names no zone."""

    sentence = "{path}, line {line}: the time {given!r} has no zone."
    remedy = "Give the adapter's parameter zone, for example zone='America/New_York' or zone='UTC'."


class ImpossibleTime(LitlabError, ValueError):
    """A local time that the clock change makes ambiguous or skips."""

    sentence = "{path}: a local time in {zone} is ambiguous or does not exist: {reason}."
    remedy = "Give the times in UTC, or cut the hour of the clock change out of the file."


class NotCached(LitlabError, LookupError):
    """A raw file that has no cache yet."""

    sentence = "{path} is not cached."
    remedy = "Cache it first: adapter.create_cache_file(path), or litlab cache."


class BrokenCache(LitlabError, ValueError):
    """A cache whose files do not match its manifest."""

    sentence = "The cache of {path} is damaged: {reason}."
    remedy = "Cache the file again; the raw file is untouched."


class OverlappingFiles(LitlabError, ValueError):
    """Two files of one data set that cover the same time."""

    sentence = "{first} and {second} overlap in time."
    remedy = "Leave one of them out: a data set counts each tick once."


class NoSuchTick(LitlabError, IndexError):
    """An index that no tick of a data set has."""

    sentence = "{given!r} is no index of this data set."
    remedy = "Give one from 0 to {last:,}."


class ContractBroken(LitlabError, ValueError):
    """An adapter that does not keep what every adapter promises."""

    sentence = "The adapter {adapter!r} breaks its contract on {path}: {findings}."
    remedy = "Each finding names the check; litlab.testing says what it wants."


# --- scripts and features ---------------------------------------------------------------------------


class BadScript(LitlabError, ValueError):
    """A script that cannot be loaded or has no usable docstring form."""

    sentence = "{path}, line {line}: {reason}."
    remedy = "Correct the script and save it."


class ScriptFailed(LitlabError, RuntimeError):
    """A script that raised while it computed."""

    sentence = "{script}, line {line}, at index {index}: {reason}."
    remedy = "Test the feature at that index to see it happen."


class BadOutput(LitlabError, ValueError):
    """A script that returned something that is no table of numbers of its declared width."""

    sentence = "{script} returned {given} at index {index}; wanted: {wanted}."


class LookaheadError(LitlabError, ValueError):
    """A script that asked for something after its own index."""

    sentence = "{script}, line {line}, looks ahead at index {index}: {read}."
    remedy = (
        "A feature may read up to its index only; a script that means to read the future says LABEL = True."
    )


# --- schemas, builds, assets ------------------------------------------------------------------------


class BadSchema(LitlabError, ValueError):
    """A schema that cannot be built."""

    sentence = "The schema {name!r} cannot be built: {reason}."


class BuildFailed(LitlabError, RuntimeError):
    """A build that gave up; what is done stays and is used by the next try."""

    sentence = "The build of {schema!r} stopped: {reason}."
    remedy = "Correct the cause and build again; finished chunks are kept."


class NoAsset(LitlabError, LookupError):
    """An asset that has not been built or promoted."""

    sentence = "The asset {schema!r} has nothing in {stage}."
    remedy = "Build the schema, then promote the asset."


# --- models -----------------------------------------------------------------------------------------


class BadCanvas(LitlabError, ValueError):
    """A canvas that does not compile; the node is named."""

    sentence = "Canvas {canvas!r}, node {node!r}: {reason}."


class RunFailed(LitlabError, RuntimeError):
    """A training run that ended with an error."""

    sentence = "The run {run} failed: {reason}."
    remedy = "Read its log: {log}."


class ParityFailed(LitlabError, ValueError):
    """An exported model that does not say what the trained one says."""

    sentence = "The portable model differs from Keras by {difference:.3g}; the limit is {limit:.0e}."
    remedy = (
        "Replace the layer that the exporter gets wrong (Normalization is one), and vault the epoch again."
    )


class FeatureMismatch(LitlabError, ValueError):
    """Inputs that are not the ones a model was trained on."""

    sentence = "The model {entry!r} was trained on other inputs: {reason}."
    remedy = "Use the feature versions stored with the entry, or train again."


class DeploymentFailed(LitlabError, RuntimeError):
    """A scoring service that refused a request."""

    sentence = "The deployment {name!r} refused the request with status {status}: {reason}."
    remedy = "Ask it for /models: it names the inputs that each model takes."


class JobFailed(LitlabError, RuntimeError):
    """A supervised process that ended badly."""

    sentence = "The job {job} ended with exit status {status}."
    remedy = "Read its log: {log}."


class NotLoopback(LitlabError, ValueError):
    """An address other machines can reach, for apps that have no login."""

    sentence = "The apps have no login of their own yet, so they are not offered at {address}."
    remedy = "Use 127.0.0.1, or open them inside JupyterLab, whose login guards them."
