"""An entry as one file: a plain zip of stored members, the first of which lists all others with their sha256.

Equal entries give equal files, byte for byte. What is read was made by anybody: names, sizes and digests are
looked at before a byte of a member is used, and a member goes nowhere but where its name is known.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import struct
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from litlab import atomic
from litlab.canvases.bounds import current
from litlab.errors import ForeignRefused

MANIFEST = "manifest.json"
KIND, FORMAT = "litlab vault entry", 1
PROVED, REFUSED = "proved.json", "refused.txt"  # what the limited process leaves behind
REQUIRED = ("entry.json", "model.keras", "model.onnx", "sample.npz", "scores.json", "test.npz", "weights.npz")
FOUND = ("folds.json", "null.json", "profit.json", "spread.json")  # what was found out about an entry
OPTIONAL = ("conformal.npz", "notes.jsonl", *FOUND)
_SOURCE = re.compile(r"(scripts|components)/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\.py")
_MOST = 500  # members
_SMALL, _LARGE, _SPARE = 16 << 20, 1 << 30, 64 << 20
_BLOCK = 1 << 20
_END = struct.Struct("<4s4H2LH")  # what a zip ends with


def is_member(name: str) -> bool:
    """Tell whether a file of this name may lie in an entry.

    >>> is_member("scripts/atr.py"), is_member("../atr.py"), is_member("scripts/../atr.py")
    (True, False, False)
    """
    return name in REQUIRED or name in OPTIONAL or bool(_SOURCE.fullmatch(name))


def largest(name: str) -> int:
    """Return the bytes that a member may have."""
    if name.startswith("model.") or name == "weights.npz":
        return current().parameters * 16 + _SPARE  # with what an optimizer keeps beside each weight
    return _LARGE if name.endswith(".npz") else _SMALL


def write_pack(path: Path, members: dict[str, Path | bytes], about: dict[str, Any]) -> str:
    """Write the file, whole or not at all, and return its sha256.

    Parameters
    ----------
    path : Path
        Replaced where it is there.
    members : dict
        Name → the file or the bytes.
    about : dict
        What else the list of members says.
    """
    listed: dict[str, dict[str, Any]] = {}
    for name, content in sorted(members.items()):
        with _stream(content) as stream:
            size, digest = _measured(stream)
        listed[name] = {"bytes": size, "sha256": digest}
    head = atomic.json_bytes({"kind": KIND, "format": FORMAT, **about, "members": listed})
    draft = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex[:12]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(draft, "xb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
                _put(archive, MANIFEST, head, len(head))
                for name, content in sorted(members.items()):
                    _put(archive, name, content, listed[name]["bytes"])
            out.flush()
            os.fsync(out.fileno())
        with open(draft, "rb") as stream:
            digest = _measured(stream)[1]
        os.rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    atomic.sync_folder(path.parent)
    return digest


class Pack:
    """A file that says to be an entry, looked at: every name is known, every size is possible.

    Attributes
    ----------
    path : Path
    about : dict
        The list of members and what stands beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        try:
            self._look_at_end()
            with zipfile.ZipFile(self.path) as archive:
                self._look_at_members(archive.infolist())
                self.about = self._list(archive.read(MANIFEST))
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as problem:
            raise self.refused(f"it is no readable archive: {one_line(problem)}") from None

    def refused(self, reason: str) -> ForeignRefused:
        """Return the error that says why the file is not taken."""
        return ForeignRefused(path=self.path, reason=reason)

    @property
    def members(self) -> dict[str, dict[str, Any]]:
        """Name → ``bytes``, ``sha256``."""
        found: dict[str, dict[str, Any]] = self.about["members"]
        return found

    def read(self, name: str) -> bytes:
        """Return a small member's bytes; refused where they are not the ones listed."""
        with self._opened() as archive, archive.open(name) as stream:
            data = stream.read(_SMALL + 1)
        self._compare(name, len(data), hashlib.sha256(data).hexdigest())
        return data

    def unpack(self, folder: Path) -> None:
        """Write all members into a folder of our own; refused where one is not the one listed."""
        with self._opened() as archive:
            for name in self.members:
                target = folder / name
                target.parent.mkdir(exist_ok=True)
                state, size = hashlib.sha256(), 0
                with archive.open(name) as stream, open(target, "xb") as out:
                    while block := stream.read(_BLOCK):
                        state.update(block)
                        size += len(block)
                        out.write(block)
                self._compare(name, size, state.hexdigest())

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as problem:
            raise self.refused(f"a member is broken: {one_line(problem)}") from None

    def _look_at_end(self) -> None:
        """Refuse what would take much to open: our own files end with a small list and no comment."""
        with open(self.path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(stream.tell() - _END.size, 0))
            tail = stream.read(_END.size).rjust(_END.size)
            mark, disk, _, _, count, _, _, comment = _END.unpack(tail)
        if mark != b"PK\x05\x06" or disk or comment or not count:
            raise self.refused("it is no archive that litlab wrote")
        if count > _MOST:
            raise self.refused(f"it holds {count:,} members, more than {_MOST:,}")

    def _look_at_members(self, members: list[zipfile.ZipInfo]) -> None:
        names = [one.filename for one in members]
        for one in members:
            if one.filename != MANIFEST and not is_member(one.filename):
                raise self.refused(f"it holds {one.filename[:80]!r}, which is no part of an entry")
            if one.compress_type != zipfile.ZIP_STORED or one.flag_bits & 1:
                raise self.refused(f"its {one.filename} is compressed or encrypted")
            if one.file_size > largest(one.filename):
                limit = largest(one.filename)
                raise self.refused(f"its {one.filename} is larger than {limit:,} bytes")
        if sum(one.file_size for one in members) > self.path.stat().st_size:
            raise self.refused("its members overlap")
        if len(set(names)) != len(names):
            raise self.refused("it holds two members of one name")
        missing = [name for name in (MANIFEST, *REQUIRED) if name not in names]
        if missing:
            raise self.refused(f"it lacks {', '.join(missing)}")
        self._names = set(names) - {MANIFEST}

    def _list(self, text: bytes) -> dict[str, Any]:
        about = self.json(text, MANIFEST)
        if about.get("kind") != KIND:
            raise self.refused(f"it is no {KIND}")
        if about.get("format") != FORMAT:
            raise self.refused(f"its format is {str(about.get('format'))[:20]}, this litlab reads {FORMAT}")
        members = about.get("members")
        if not isinstance(members, dict) or set(members) != self._names:
            raise self.refused("its list does not name the members that it holds")
        if not all(isinstance(one, dict) for one in members.values()):
            raise self.refused("its list says no sizes and digests")
        return about

    def json(self, text: bytes, name: str) -> dict[str, Any]:
        """Return a JSON object; refused where it is none."""
        try:
            found = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as problem:
            raise self.refused(f"its {name} is no JSON: {one_line(problem)}") from None
        if not isinstance(found, dict):
            raise self.refused(f"its {name} is no JSON object")
        return found

    def _compare(self, name: str, size: int, digest: str) -> None:
        said = self.members[name]
        if said.get("bytes") != size or said.get("sha256") != digest:
            raise self.refused(f"its {name} is not the one listed: the sha256 is another")


def npz_problem(path: Path) -> str:
    """Return why a file is no plain archive of arrays, "" where it is one; no array is read.

    Every array has to lie there as large as its header says, uncompressed and without objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for one in archive.infolist():
                if one.compress_type != zipfile.ZIP_STORED or not one.filename.endswith(".npy"):
                    return f"{one.filename[:80]!r} is compressed or no array"
                with archive.open(one) as stream:
                    reader = {
                        (1, 0): np.lib.format.read_array_header_1_0,
                        (2, 0): np.lib.format.read_array_header_2_0,
                    }[np.lib.format.read_magic(stream)]
                    shape, _, dtype = reader(stream)
                    held = one.file_size - stream.tell()
                if dtype.hasobject or math.prod(shape) * dtype.itemsize != held:
                    return f"{one.filename[:80]!r} does not hold the array that it says"
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as problem:
        return one_line(problem)
    return ""


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no number of JSON")


def one_line(problem: BaseException) -> str:
    """Return what an exception says on one line."""
    return (" ".join(str(problem).split()) or type(problem).__name__)[:300].rstrip(".")


@contextmanager
def _stream(content: Path | bytes) -> Iterator[IO[bytes]]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    else:
        with open(content, "rb") as stream:
            yield stream


def _measured(stream: IO[bytes]) -> tuple[int, str]:
    state, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        state.update(block)
        size += len(block)
    return size, state.hexdigest()


def _put(archive: zipfile.ZipFile, name: str, content: Path | bytes, size: int) -> None:
    """Add a member that tells nothing of when and where it was written."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, 0o644 << 16, size
    with _stream(content) as stream, archive.open(info, "w") as out:
        while block := stream.read(_BLOCK):
            out.write(block)
