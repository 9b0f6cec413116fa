"""A canvas or model from elsewhere, as the Designer's bar sends it: the whole file in one message."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import tempfile
from pathlib import Path

from litlab.apps.selection import fields_of
from litlab.errors import ForeignRefused
from litlab.experiments.drawing import Drawing
from litlab.records import check_name

MOST_BYTES = 14 << 20  # of a file: it comes in one message


@dataclasses.dataclass(frozen=True)
class Posted:
    """A file that came: its name, and what is in it."""

    name: str
    data: bytes

    @property
    def stem(self) -> str:
        """The name without its endings, at most 40 letters of it."""
        return Path(self.name).name.partition(".")[0][:40]


def read(value: str) -> Posted:
    """Read what the bar sends of a chosen file.

    Raises
    ------
    ForeignRefused
        If it is larger than a message may be, or no file came with it.
    BadName
        If no canvas can be called so.
    """
    posted = fields_of(value)
    name = str(posted.get("name") or "")
    if posted.get("large"):
        reason = f"it is larger than {MOST_BYTES >> 20} MB: read it with litlab.canvases.read_model"
        raise ForeignRefused(path=name, reason=reason)
    try:
        found = Posted(name, base64.b64decode(str(posted.get("data") or ""), validate=True))
    except binascii.Error as problem:
        raise ForeignRefused(path=name, reason=f"it came in pieces: {problem}") from None
    check_name(found.stem, "canvas")
    return found


def bring(posted: Posted, drawing: Drawing) -> None:
    """Draw what came; it is not saved yet.

    Raises
    ------
    ForeignRefused
        With the reason in one line.
    """
    suffix = ".keras" if posted.name.endswith(".keras") else ".litcanvas.json"
    with tempfile.TemporaryDirectory(prefix="litlab-import-") as folder:
        path = Path(folder) / f"{posted.stem}{suffix}"
        path.write_bytes(posted.data)
        try:
            drawing.bring(path)
        except ForeignRefused as problem:  # where it lay is nothing to anybody
            reason = str(problem.fields["reason"]).replace(str(path), posted.name)
            raise ForeignRefused(path=posted.name, reason=reason) from None
