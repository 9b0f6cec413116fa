"""Errors of names, records and workspaces."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from litlab.errors.base import LitlabError


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


class RecordChanged(LitlabError, ValueError):
    """A record that is not any more what it was when somebody began to change it."""

    sentence = "The {kind} {name!r} was saved by somebody else since it was opened here."
    remedy = "Open theirs, save yours under another name, or save once more to replace theirs."


class NewerFormat(LitlabError, ValueError):
    """A file written by a later litlab."""

    sentence = "{path} has format version {found}, this litlab reads up to {supported}."
    remedy = "Upgrade litlab, or make the object again with this version."


class Locked(LitlabError, OSError):
    """Another process holds the lock; the holder is named."""

    sentence = "{what} is in use by process {pid} ({purpose})."
    remedy = "Wait for it to end, or stop that process."


class NoTeam(LitlabError, LookupError):
    """A workspace in which nothing has been made yet."""

    sentence = "There is no team in the workspace {home}."
    remedy = "Make one with its first project: litlab init team/project."


class Pinned(LitlabError, ValueError):
    """Something that may not be removed because something else is made of it."""

    sentence = "{what} is in use: {pins}."
    remedy = "Remove what uses it first, or remove it all the same with --force."


class BadParameter(LitlabError, ValueError):
    """A parameter with an impossible value."""

    sentence = "{name} = {given!r} is not possible: {wanted}."


class MissingExtra(LitlabError, ImportError):
    """A part of litlab whose optional dependencies are not installed."""

    sentence = "{what} needs {module}, which is not installed."
    remedy = "Install it with: pip install 'litlab[{extra}]'."
