"""What people say of an entry: notes and tags, beside the content that its digest names.

    vault/<name>/notes/<digest>.jsonl   {"note": text, who, time_ns} or {"tag": name, "on": bool, …}

The file is only appended to; the tags are those whose last line says on.
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.assets import ledger
from litlab.errors import BadParameter
from litlab.records import check_name
from litlab.shown import Shown

LONGEST = 10_000  # characters of a note


@dataclasses.dataclass(frozen=True)
class Note(Shown):
    """Something that somebody wrote down.

    Attributes
    ----------
    text, who : str
    time_ns : int
        When, ns UTC.
    """

    text: str
    who: str
    time_ns: int


def notes_path(entry: Path) -> Path:
    """Return the file of a version folder's notes and tags."""
    return entry.parent / "notes" / f"{entry.name}.jsonl"


def notes_of(entry: Path) -> list[Note]:
    """Return the notes on a version, oldest first."""
    return [
        Note(str(one["note"]), str(one.get("who", "")), int(one.get("time_ns", 0)))
        for one in said(entry)
        if "note" in one
    ]


def tags_of(entry: Path) -> list[str]:
    """Return the tags that a version bears, sorted."""
    last = {str(one["tag"]): bool(one.get("on")) for one in said(entry) if "tag" in one}
    return sorted(name for name, on in last.items() if on)


def add_note(entry: Path, text: str) -> Note:
    """Append a note.

    Raises
    ------
    BadParameter
        If it is empty, or longer than LONGEST characters.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        wanted = f"a note has 1 to {LONGEST:,} characters"
        raise BadParameter(name="note", given=text[:20] or text, wanted=wanted)
    line = _append(entry, note=text)
    return Note(text, line["who"], line["time_ns"])


def set_tag(entry: Path, name: str, on: bool) -> None:
    """Put a tag on a version, or take it off; nothing is written where nothing changes."""
    check_name(name, "tag")
    if (name in tags_of(entry)) != on:
        _append(entry, tag=name, on=on)


def said(entry: Path) -> list[dict[str, Any]]:
    """Return the file's lines, oldest first; what is no JSON object is passed over."""
    found = []
    for line in atomic.read_lines(notes_path(entry)):
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict):
            found.append(one)
    return found


def _append(entry: Path, **what: Any) -> dict[str, Any]:
    line = {**what, "who": ledger.who(), "time_ns": time.time_ns()}
    atomic.append_line(notes_path(entry), json.dumps(line, sort_keys=True))
    return line
