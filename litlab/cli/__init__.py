"""The command line: parse, call, print. Every command is one call that a notebook can make too.

``app`` holds what commands share: options, the error's one sentence, the JSON line. ``ticks`` (sample, cache,
info, bars), ``upkeep`` (fsck, gc, rm), ``builds``, ``experiments`` (train, runs, stop, pause, resume),
``sweeps``, ``vault`` (list, show, export, import, tag, note, compare, rm), ``demo`` and ``workspaces`` each
print one room's answers.
"""

from litlab.cli import builds, demo, experiments, prove, sweeps, ticks, upkeep, vault, workspaces
from litlab.cli.app import app, main

__all__ = [
    "app", "builds", "demo", "experiments", "main", "prove", "sweeps", "ticks", "upkeep", "vault",
    "workspaces",
]  # fmt: skip
