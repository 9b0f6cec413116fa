"""Errors of scripts and features."""

from __future__ import annotations

from litlab.errors.base import LitlabError


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


class ScriptEnded(LitlabError, RuntimeError):
    """A script that ended the process it was tested in."""

    sentence = "{script}, line {line}, at index {index}: it ended the process it ran in ({how})."
    remedy = "Take out what ends or crashes a process; what was saved is untouched."


class ScriptStopped(LitlabError, RuntimeError):
    """Work on a script that a person stopped."""

    sentence = "{script} was stopped."
