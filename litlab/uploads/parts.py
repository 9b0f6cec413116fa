"""Files that were not sent to their end: what they may be called, what is here of them, who sends them.

raw/.parts/<name>.part   the bytes that have arrived, in their order; it is as long as they are many
raw/.parts/<name>.json   how large the whole file is, and when it was last changed
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from litlab.atomic import sync_folder
from litlab.errors import BadFileName, BadRecord, Locked
from litlab.records import Record
from litlab.workspace import Team

_NAME = re.compile(r"[^\W_][\w .+=^@(),~-]*")
_LONGEST = 200  # bytes; a cache's folder adds 13 to it, and a file system takes 255


def check_file_name(name: str) -> str:
    """Return `name` if an uploaded file may have it, else raise BadFileName.

    >>> check_file_name("SPY 2013-10-07 (1).csv.gz")
    'SPY 2013-10-07 (1).csv.gz'
    >>> check_file_name("../SPY.csv")
    Traceback (most recent call last):
    litlab.errors.BadFileName: '../SPY.csv' cannot be the name of an uploaded file. Rename it: ...
    """
    whole = _NAME.fullmatch(name) and len(name.encode("utf-8", "replace")) <= _LONGEST
    if not whole or name.endswith((".", " ", ".part")):
        raise BadFileName(given=name[:80])
    return name


@dataclasses.dataclass(frozen=True)
class Announced(Record):
    """What the sender says of a file before its bytes come.

    Attributes
    ----------
    size_bytes : int
    modified_ms : int
        When it was last changed, in ms since 1970; 0 where nobody knows.
    """

    KIND: ClassVar[str] = "upload"

    size_bytes: int
    modified_ms: int = 0


@dataclasses.dataclass(frozen=True)
class Part:
    """What has arrived of a file that is not whole.

    Attributes
    ----------
    name : str
    received, size_bytes : int
    busy : bool
        Whether somebody is sending right now.
    """

    name: str
    received: int
    size_bytes: int
    busy: bool


def list_parts(team: Team) -> list[Part]:
    """Return the files of a team that were sent in part, by name."""
    found = []
    for path in sorted((team.folder("raw") / ".parts").glob("*.part")):
        name = path.name.removesuffix(".part")
        with suppress(FileNotFoundError):
            if path.stat().st_size and not (team.folder("raw") / name).exists():
                whole = announced(path.with_name(f"{name}.json")).size_bytes
                found.append(Part(name, path.stat().st_size, whole, is_held(path)))
    return found


def discard(team: Team, name: str) -> None:
    """Remove the part of a file that was not sent to its end; the files in ``raw/`` stay.

    Raises
    ------
    Locked
        While somebody sends it; BadFileName for a name no part can have.
    """
    part = team.folder("raw") / ".parts" / f"{check_file_name(name)}.part"
    if is_held(part):
        raise Locked(what=f"The part of {name}", pid="?", purpose="upload")
    forget(part, part.with_name(f"{name}.json"))


def forget(part: Path, announced: Path) -> None:
    """Remove a part before what was said of it: a part alone would be nobody's."""
    part.unlink(missing_ok=True)
    announced.unlink(missing_ok=True)
    sync_folder(part.parent) if part.parent.is_dir() else None


def announced(path: Path) -> Announced:
    """Return what was said of a part; nothing where that cannot be read."""
    try:
        return Announced.load(path)
    except (FileNotFoundError, BadRecord):
        return Announced(0)


def size_of(path: Path) -> int:
    """Return a file's bytes, 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is the one that lies at a path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def is_held(part: Path) -> bool:
    """Tell whether somebody is sending to a part."""
    with suppress(FileNotFoundError), open(part, "rb") as file:
        return not take(file.fileno())
    return False


def take(handle: int) -> bool:
    """Lock an open file; tell whether nobody else has."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
