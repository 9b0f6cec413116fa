"""Errors of schemas, builds and assets."""

from __future__ import annotations

from litlab.errors.base import LitlabError


class BadSchema(LitlabError, ValueError):
    """A schema that cannot be built."""

    sentence = "The schema {name!r} cannot be built: {reason}."


class BuildFailed(LitlabError, RuntimeError):
    """A build that gave up; what is done stays and is used by the next try."""

    sentence = "The build of {schema!r} stopped: {reason}."
    remedy = "Correct the cause and build again; finished chunks are kept."


class ScriptTimeout(LitlabError, RuntimeError):
    """A script that computes one sample for longer than it may."""

    sentence = "{script}, line {line}, at index {index}: it was still computing after {limit:g} s."
    remedy = (
        "Look for a loop without an end; where it is only slow, raise the limit (--sample-timeout or "
        "timeout_s)."
    )


class NotOpened(LitlabError, RuntimeError):
    """Something that had to be there before a script could run, and was not in time."""

    sentence = "Opening {what} failed before any script ran: {how}."
    remedy = "See whether the disk or the machine is busy, and try again: what was read once opens quicker."


class ScriptOutOfMemory(LitlabError, RuntimeError):
    """A script that wants more memory than a worker may have."""

    sentence = "{script}, line {line}, at index {index}: it needs more than {limit:,} bytes of memory."
    remedy = "Let it read less at once, or raise the limit (memory_limit of run_build)."


class ScriptCrashed(LitlabError, RuntimeError):
    """A script that took its worker process with it, at every try."""

    sentence = "{script}, line {line}, at index {index}: its process ended ({how}), {tries} times in a row."
    remedy = "Finished chunks are kept; correct the script and build again."


class NotDeterministic(LitlabError, ValueError):
    """A script that answers the same question in two ways."""

    sentence = "{script} gave two different answers at index {index} for the same ticks and parameters."
    remedy = "Take clocks, unseeded random numbers and remembered state out of it."


class FeatureRing(BadSchema):
    """Features none of which can be computed first."""

    sentence = "Features read each other in a ring: {ring}."
    remedy = "Let one of them read another feature."


class GateMisses(LitlabError, ValueError):
    """A gate whose fast form leaves ticks out that it keeps."""

    sentence = "{script}, line {line}: candidates leave out index {index}, which feature keeps."
    remedy = "Let candidates return every tick that feature keeps, or take candidates out."


class BuildNotOurs(LitlabError, ValueError):
    """A build that nobody but the terminal or notebook in which it runs can stop."""

    sentence = "Build {number} runs in process {pid}, in a terminal or a notebook."
    remedy = "Stop it there with Ctrl-C or the kernel's interrupt; launched builds stop from anywhere."


class BuildNeedsSpace(LitlabError, OSError):
    """A disk that is full before a build is complete."""

    sentence = (
        "There is no space left in {folder} for the build of {schema!r}: "
        "{needed:,} bytes are needed, {free:,} are free."
    )
    remedy = "Free that much and build again; finished chunks are kept."


class NoAsset(LitlabError, LookupError):
    """An asset that has not been built or promoted."""

    sentence = "The asset {schema!r} has nothing in {stage}."
    remedy = "Build the schema, then promote the asset."


class NotPromoted(NoAsset):
    """An asset that is built and waits for somebody to promote it."""

    sentence = "The asset {schema!r} has nothing in production: it is built, and waits in the queue."
    remedy = "Look at its report, then promote the asset: litlab promote {schema}"


class OtherTicks(LitlabError, ValueError):
    """Ticks that are not those an asset was built of."""

    sentence = "The ticks of {file} are not those the asset was built of."
    remedy = "Give the adapter of the asset's data set, or build the schema again on these ticks."
