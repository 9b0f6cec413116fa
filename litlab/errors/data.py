"""Errors of raw data: files, caches and what is in them."""

from __future__ import annotations

from litlab.errors.base import LitlabError


class MissingFile(LitlabError, FileNotFoundError):
    """A file or a pattern that names nothing."""

    sentence = "There is no file {path}."
    remedy = "Check the path; a pattern in quotes may hold * and ?."


class EmptyFile(LitlabError, ValueError):
    """A file without a single row of data."""

    sentence = "{path} holds no data rows."
    remedy = "Fetch the file again, or leave it out."


class NoUsableRow(EmptyFile):
    """A file with rows, none of which could be used."""

    sentence = "{path}: none of its {rows:,} rows can be used; line {line}: {reason}."
    remedy = "Choose the adapter that fits the file, or correct the adapter's parameters."


class NotText(LitlabError, ValueError):
    """A file that is no delimited text, by its first bytes."""

    sentence = "{path} is {what}, no delimited text."
    remedy = "{advice}"


class BrokenArchive(LitlabError, ValueError):
    """A compressed file that cannot be inflated to its end."""

    sentence = "{path} is broken, in or after line {line}: {reason}."
    remedy = "Fetch the file again: what it lost cannot be recovered here."


class InflatesTooFar(LitlabError, ValueError):
    """A compressed file that grows as no file of ticks does: a bomb, or one row repeated without end."""

    sentence = "{path} is {size:,} bytes and inflates to {inflated:,} or more; the limit is {limit} times."
    remedy = "If it is what you expect, inflate it yourself and give the plain file."


class LineTooLong(LitlabError, ValueError):
    """A line that no row of ticks is as long as."""

    sentence = "{path}, line {line}: it is longer than {limit:,} bytes."
    remedy = "Check that the file is text whose lines end, not another format under this name."


class RepeatedColumn(LitlabError, ValueError):
    """A header that names two columns alike."""

    sentence = "{path}, line 1: the header names the column {column!r} twice."
    remedy = "Give the columns names of their own in the file's first line."


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
    """A local time that the clock change makes ambiguous."""

    sentence = "{path}, line {line}: the local time {given} comes twice in {zone}, for clocks are put back."
    remedy = "Give the times in UTC, or the adapter's parameter ambiguous: 'earliest', 'latest' or 'reject'."


class UnknownFormat(LitlabError, ValueError):
    """A raw file that no adapter recognises by its name and first rows."""

    sentence = "No adapter recognises the format of {path}."
    remedy = "Name the adapter and the file's columns, for example --adapter csv --params '{columns}'."


class MixedFormats(LitlabError, ValueError):
    """Raw files that are to be one data set and do not look like one format."""

    sentence = "The files are not of one format: {found}."
    remedy = "Give them one format at a time, or name the adapter and its parameters."


class TooMuchDisorder(LitlabError, ValueError):
    """A file in order of receipt with a row that came much later than its time says."""

    sentence = (
        "{path}, tick {tick:,}: its time {time} lies {late_s:,.3f} s behind {clock}, which came before it; "
        "the limit is {limit_s:,} s."
    )
    remedy = (
        "If its rows are in no order of receipt, sort them, or read them with order='event' where the "
        "adapter has an event time; else raise the adapter's parameter max_disorder_s."
    )


class FileChanged(LitlabError, OSError):
    """A raw file that became another one while it was read."""

    sentence = "{path} changed while it was read: {change}."
    remedy = "Wait until it is complete and cache it again; an older cache is as it was."


class NoSpaceLeft(LitlabError, OSError):
    """A disk that is full before a cache is complete."""

    sentence = "There is no space left in {folder} for the cache of {path}: {free:,} bytes are free."
    remedy = "Free more than that, or move LITLAB_HOME to a larger disk; an older cache is as it was."


class NotCached(LitlabError, LookupError):
    """A raw file that has no cache yet."""

    sentence = "{path} is not cached."
    remedy = "Cache it first: adapter.create_cache_file(path), or litlab cache."


class BrokenCache(LitlabError, ValueError):
    """A cache whose files do not match its manifest."""

    sentence = "The cache of {path} is damaged: {reason}."
    remedy = "Cache the file again; the raw file is untouched."


class OlderFormat(LitlabError, ValueError):
    """A cache written by an earlier litlab."""

    sentence = "The cache of {path} has format version {found}, this litlab reads {wanted}."
    remedy = "Run litlab cache on the file, or litlab.cache_files(adapter): its columns are kept."


class StaleCacheWarning(UserWarning):
    """A cache is opened whose raw file has changed since."""


class OverlappingFiles(LitlabError, ValueError):
    """Two files of one data set that cover the same time."""

    sentence = "{first} and {second} overlap in time."
    remedy = "Leave one of them out: a data set counts each tick once."


class MixedColumn(LitlabError, ValueError):
    """A column that is of one kind in one file of a data set and of another kind in the next."""

    sentence = "The column {column!r} is {kind} in {first} and {other} in {second}."
    remedy = "Cache all files of the data set with the same adapter and parameters, or leave one out."


class NoSuchTick(LitlabError, IndexError):
    """An index that no tick of a data set has."""

    sentence = "{given!r} is no index of this data set."
    remedy = "Give one from 0 to {last:,}."


class ContractBroken(LitlabError, ValueError):
    """An adapter that does not keep what every adapter promises."""

    sentence = "The adapter {adapter!r} breaks its contract on {path}: {findings}."
    remedy = "Each finding names the check; litlab.testing says what it wants."
