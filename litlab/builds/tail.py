"""Logs of any length, read a piece at a time: the end first, what is new, what came before, what matches.

Offsets are bytes. A piece begins and ends at line ends, so that pieces fit together; a torn last line waits
for its rest. Nothing here holds more than a piece, or a block of the file while it is searched.
"""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

PIECE = 64 << 10
_BLOCK = 512 << 10
_LONGEST = 4_000  # characters of one line that are shown
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclasses.dataclass(frozen=True)
class Piece:
    """Complete lines of a log.

    Attributes
    ----------
    lines : list of str
    start, stop : int
        Where they begin and end in the file.
    """

    lines: list[str]
    start: int
    stop: int


def last(path: Path, size: int = PIECE) -> Piece:
    r"""Return the last lines, as many as fit into `size` bytes.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log"
    >>> _ = path.write_text("one\ntwo\nthr")
    >>> piece = last(path)
    >>> piece.lines, piece.stop
    (['one', 'two'], 8)
    >>> _ = path.write_text("one\ntwo\nthree\n")
    >>> new(path, piece.stop).lines, before(path, piece.stop, 5).lines
    (['three'], ['two'])
    """
    try:
        end = path.stat().st_size
    except FileNotFoundError:
        return Piece([], 0, 0)
    return _piece(path, max(0, end - size), end)


def new(path: Path, offset: int, size: int = 4 * PIECE) -> Piece:
    """Return the complete lines behind `offset`; those that fit into the last `size` bytes if it is more.

    A file that was cut is read from its end again.
    """
    try:
        end = path.stat().st_size
    except FileNotFoundError:
        return Piece([], 0, 0)
    if end < offset:
        return last(path)
    if end - offset > size:
        return _piece(path, end - size, end)
    return _piece(path, offset, end, whole=True)


def before(path: Path, offset: int, size: int = PIECE) -> Piece:
    """Return the lines that end at `offset`, as many as fit into `size` bytes."""
    return _piece(path, max(0, offset - size), offset)


def _piece(path: Path, start: int, stop: int, whole: bool = False) -> Piece:
    """Return the complete lines of a range; `whole` says that a line begins at its start."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(stop - start)
    if start and not whole:  # the first line may have begun before
        with path.open("rb") as file:
            file.seek(start - 1)
            cut = 0 if file.read(1) == b"\n" else data.find(b"\n") + 1
        data, start = data[cut:], start + cut
    data = data[: data.rfind(b"\n") + 1]
    return Piece(_shown(data), start, start + len(data))


def _shown(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "replace").split("\n")[:-1]
    return [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in lines]


@dataclasses.dataclass(frozen=True)
class Matches:
    """What a search found: how many lines in all, and the last of them."""

    count: int
    lines: list[str]


def search(path: Path, words: str = "", level: str = "", pid: int | None = None, keep: int = 500) -> Matches:
    r"""Return the lines of a log that hold `words`, of a level or a worse one, of one process.

    Parameters
    ----------
    words : str
        Looked for as they are, capitals or not.
    level : str
        One of LEVELS, or "" for all; a line that names none counts as INFO.
    keep : int
        Lines returned, the last ones; all are counted.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log"
    >>> _ = path.write_text("t t 1 INFO a: x\nt t 2 ERROR a: X\nt t 2 INFO a: y\n")
    >>> search(path, "x").count, search(path, "x", "WARNING").lines, search(path, pid=2).count
    (2, ['t t 2 ERROR a: X'], 2)
    """
    wanted = re.compile(re.escape(words.encode()), re.IGNORECASE) if words else None
    least = LEVELS.index(level) if level in LEVELS else -1
    found: collections.deque[bytes] = collections.deque(maxlen=keep)
    count = 0
    for block in _blocks(path):
        if wanted is not None and wanted.search(block) is None:
            continue
        for line in block.split(b"\n")[:-1]:
            if wanted is not None and wanted.search(line) is None:
                continue
            if (least >= 0 or pid is not None) and not _fits(line, least, pid):
                continue
            count += 1
            found.append(line[: 4 * _LONGEST])
    return Matches(count, _shown(b"".join(line + b"\n" for line in found)))


def level_of(line: str) -> str:
    """Return the level that a line of ``workflow.log`` names, INFO where it names none.

    >>> level_of("2024-01-02 10:00:00.000 12 ERROR chunk - compute_chunk: no")
    'ERROR'
    """
    parts = line.split(None, 4)
    return parts[3] if len(parts) > 3 and parts[3] in LEVELS else "INFO"


def _fits(line: bytes, least: int, pid: int | None) -> bool:
    parts = line.split(None, 4)
    if pid is not None and (len(parts) < 3 or parts[2] != str(pid).encode()):
        return False
    return LEVELS.index(level_of(line[:200].decode("utf-8", "replace"))) >= least


def _blocks(path: Path) -> Iterator[bytes]:
    """Give a file's complete lines, a block of them at a time."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        rest = b""
        while read := file.read(_BLOCK):
            data = rest + read
            end = data.rfind(b"\n") + 1
            rest = data[end:][-8 * _BLOCK :]
            yield data[:end]
