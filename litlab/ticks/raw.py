"""What a raw file is like at a moment: a cache is made of one state of it, or not at all."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litlab.errors import FileChanged


@dataclasses.dataclass(frozen=True)
class RawState:
    """Size and time of a raw file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("one")
    ...     before = RawState.of(path)
    ...     _ = path.write_text("three")
    ...     before.matches(before.about()), before.matches(RawState.of(path).about())
    (True, False)
    """

    path: Path
    size_bytes: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> RawState:
        """Return the present state of a file; OSError where there is none."""
        stat = os.stat(path)
        return cls(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)

    def about(self) -> dict[str, Any]:
        """Return what the manifest keeps of it."""
        where = str(self.path.absolute())
        return {
            "name": self.path.name, "path": where, "size_bytes": self.size_bytes, "mtime_ns": self.mtime_ns,
        }  # fmt: skip

    def matches(self, about: Mapping[str, Any]) -> bool:
        """Tell whether a manifest speaks of this state; a copy of the file elsewhere does."""
        return (self.size_bytes, self.mtime_ns) == (about.get("size_bytes"), about.get("mtime_ns"))

    def check(self) -> None:
        """Raise FileChanged unless the file is still in this state."""
        try:
            now = RawState.of(self.path)
        except OSError:
            raise FileChanged(path=self.path, change="it was removed") from None
        if now != self:
            change = "another file took its place" if now.inode != self.inode else "it was written to"
            if now.size_bytes != self.size_bytes:
                change += f", {self.size_bytes:,} bytes became {now.size_bytes:,}"
            raise FileChanged(path=self.path, change=change)


@contextmanager
def unchanged(path: Path) -> Iterator[RawState]:
    """Give a raw file's state, and refuse what the block has read if the file is in another one by then.

    Raises
    ------
    FileChanged
        Also in place of what the block raises: half a file that is being written is broken in any way.
    """
    state = RawState.of(path)
    try:
        yield state
    except Exception:  # goes on as it is, unless the file was changed under it
        state.check()
        raise
    state.check()
