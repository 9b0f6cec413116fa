"""``chunks.txt`` of a build: what became of each chunk, a letter a chunk, then their names, a line each.

Every process of the build replaces its own letter in place, so that 10,000 chunks cost no more than one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

STATES = {"q": "queued", "r": "running", "d": "done", "u": "reused", "f": "failed"}
_LETTERS = {state: letter for letter, state in STATES.items()}
FILE = "chunks.txt"


def create(folder: Path, names: Sequence[str]) -> None:
    """Write the track of a build whose chunks are all queued."""
    path = folder / FILE
    path.write_text("".join(f"{line}\n" for line in ["q" * len(names), *names]), "utf-8")


def mark(folder: Path, number: int, state: str) -> None:
    """Write what became of a chunk.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> create(folder, ["a_0_9", "a_10_19"])
    >>> mark(folder, 1, "done")
    >>> read(folder)
    [('a_0_9', 'queued'), ('a_10_19', 'done')]
    """
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(handle, _LETTERS[state].encode(), number)
    finally:
        os.close(handle)


def read(folder: Path) -> list[tuple[str, str]]:
    """Return (name, state) of each chunk; nothing where the build has not been cut into chunks yet."""
    try:
        letters, *names = (folder / FILE).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [(name, STATES.get(letter, "queued")) for name, letter in zip(names, letters, strict=False)]
