"""One file on its way into ``raw/``: taken in pieces, complete or not there.

    raw/.parts/<name>.part   the bytes that have arrived, in their order; it is as long as they are many
    raw/.parts/<name>.json   how large the whole file is, and when it was last changed
    raw/<name>               the whole file, flushed to disk and named in one step

A piece may begin before the end of the part: the bytes that are here already must be equal. So a piece whose
answer was lost can be sent again, and a file that goes on another day is known to be the same. A file whose
name is taken is compared as it arrives: equal bytes change nothing, the first other byte refuses it.
"""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from litlab.atomic import sync_folder
from litlab.errors import (
    BadFileName,
    BadParameter,
    BadRecord,
    EmptyFile,
    Locked,
    NameTaken,
    OtherUpload,
    UploadGap,
    UploadNeedsSpace,
    UploadTooLong,
)
from litlab.records import Record
from litlab.workspace import Team

_NAME = re.compile(r"[^\W_][\w .+=^@(),~-]*")
_LONGEST = 200  # bytes; a cache's folder adds 13 to it, and a file system takes 255
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_PIECE = 1 << 20


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


class Upload:
    """A file that is being sent.

    Parameters
    ----------
    team : Team
        Into whose ``raw/`` it goes.
    name : str
    size_bytes : int
        Of the whole file.
    modified_ms : int
        When it was last changed; another time than the part's is another file.

    Raises
    ------
    BadFileName, EmptyFile
    NameTaken
        If a file of this name and another size is there; OtherUpload where a part of another one is.
    UploadNeedsSpace
        If what is left to send has no place on the disk.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> with tempfile.TemporaryDirectory() as home:
    ...     team = Workspace(home).create_project("contoso", "volatility").team
    ...     with Upload(team, "a.csv", 10).writing(0) as out:
    ...         out.write(b"time,")
    ...     again = Upload(team, "a.csv", 10)
    ...     before = again.received
    ...     with again.writing(before) as out:
    ...         out.write(b"price")
    ...     before, again.whole, again.path.read_bytes()
    (5, True, b'time,price')
    """

    def __init__(self, team: Team, name: str, size_bytes: int, modified_ms: int = 0) -> None:
        self.team, self.name = team, check_file_name(name)
        self.about = Announced(size_bytes, modified_ms)
        if size_bytes < 0:
            raise BadParameter(name="size_bytes", given=size_bytes, wanted="a file has no less than 0 bytes")
        if not size_bytes:
            raise EmptyFile(path=name)
        self.path = team.folder("raw") / name
        self.folder = team.folder("raw") / ".parts"
        self.part, self._announced = self.folder / f"{name}.part", self.folder / f"{name}.json"
        self._check()

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {self.received:,} of {self.about.size_bytes:,} bytes)"

    @property
    def received(self) -> int:
        """Bytes that are here; 0 where a file of the name is there and has to be compared."""
        return 0 if self.path.exists() else _size(self.part)

    @property
    def whole(self) -> bool:
        """Whether a file of this name and size lies in ``raw/``."""
        return _size(self.path) == self.about.size_bytes

    def _check(self) -> None:
        size = self.about.size_bytes
        if self.path.exists():
            if not self.whole:
                told = f"it has {_size(self.path):,} bytes, this one {size:,}"
                raise NameTaken(name=self.name, folder=self.path.parent, difference=told)
            return
        if _size(self.part) and (before := _announced(self._announced)) != self.about:
            told = "it had another size" if before.size_bytes != size else "it was changed since"
            raise OtherUpload(name=self.name, difference=told)
        self._check_space(size - self.received)

    def _check_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise self._full(needed, free)

    def _full(self, needed: int, free: int) -> UploadNeedsSpace:
        return UploadNeedsSpace(
            name=self.name, needed=needed, folder=self.path.parent, free=free, missing=max(needed - free, 1)
        )

    @contextmanager
    def writing(self, offset: int) -> Iterator[Writer]:
        """Take bytes from `offset` on; with the last one the file is flushed, named, and the part gone.

        However the block ends, the bytes that came are kept and flushed.

        Raises
        ------
        UploadGap
            If bytes before `offset` are missing; OtherUpload, NameTaken where those that are here differ.
        UploadTooLong
            For more bytes than announced.
        UploadNeedsSpace
            If the disk is full; Locked while another sender writes to the part.
        """
        if self.path.exists():
            with open(self.path, "rb") as there:
                yield _Comparing(self, there.fileno(), offset)
            return
        with self._held() as handle:
            out = Writer(self, handle, offset)
            try:
                yield out
            finally:
                with self._space(out):
                    os.fdatasync(handle)
            if out.received == self.about.size_bytes:
                with self._space(out):
                    self._settle(handle)

    @contextmanager
    def _held(self) -> Iterator[int]:
        """Open the part, made if it is missing, and lock it: a second sender is refused."""
        self.folder.mkdir(exist_ok=True)
        handle = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        try:
            # Another sender may hold the part, or have completed or discarded it since it was opened here.
            if not _locked(handle) or not _is_at(handle, self.part):
                raise Locked(what=f"The part of {self.name}", pid="?", purpose="upload")
            if not os.fstat(handle).st_size:
                self.about.save(
                    self._announced
                )  # before the first byte: a part always has its size beside it
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def _space(self, out: Writer) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            if problem.errno not in _FULL:
                raise
            free = shutil.disk_usage(self.folder).free
            raise self._full(self.about.size_bytes - out.received, free) from None

    def _settle(self, handle: int) -> None:
        """Give the whole part its name; a file that came there meanwhile stays if it is the same."""
        os.fsync(handle)
        try:
            os.link(self.part, self.path)
        except FileExistsError:
            self._compare()
        except OSError as problem:  # a file system without links
            if problem.errno not in _NO_LINKS:
                raise
            if not self.path.exists():
                os.rename(self.part, self.path)
        sync_folder(self.path.parent)
        _forget(self.part, self._announced)

    def _compare(self) -> None:
        with open(self.part, "rb") as part, open(self.path, "rb") as there:
            out = _Comparing(self, there.fileno(), 0)
            while piece := part.read(_PIECE):
                out.write(piece)


class Writer:
    """Takes the bytes of one file in their order.

    Attributes
    ----------
    offset : int
        Where the next byte belongs.
    received : int
        Bytes that are here.
    """

    def __init__(self, upload: Upload, handle: int, offset: int) -> None:
        self.upload, self.offset, self._handle = upload, offset, handle
        self.received = os.fstat(handle).st_size
        if not 0 <= offset <= self.received:
            raise UploadGap(name=upload.name, offset=offset, received=self.received)

    @property
    def next(self) -> int:
        """Where the next bytes are wanted from."""
        return self.received

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        if self.offset + len(data) > self.upload.about.size_bytes:
            raise UploadTooLong(name=self.upload.name, size=self.upload.about.size_bytes)
        known = min(len(data), self.received - self.offset)
        if known > 0 and os.pread(self._handle, known, self.offset) != data[:known]:
            raise self._differs(self.offset)
        left = memoryview(data)[max(known, 0) :]
        self.offset += max(known, 0)
        while left:
            with self.upload._space(self):
                done = os.pwrite(self._handle, left, self.offset)
            left = left[done:]
            self.offset += done
            self.received = max(self.received, self.offset)

    def _differs(self, at: int) -> Exception:
        told = f"they differ in the bytes from {at:,} on"
        return OtherUpload(name=self.upload.name, difference=told)


class _Comparing(Writer):
    """Compares with a whole file instead of writing."""

    @property
    def next(self) -> int:
        """Where the next bytes are wanted from: nobody remembers what was compared before."""
        return self.offset

    def _differs(self, at: int) -> Exception:
        told = f"they differ in the bytes from {at:,} on"
        return NameTaken(name=self.upload.name, folder=self.upload.path.parent, difference=told)


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
                whole = _announced(path.with_name(f"{name}.json")).size_bytes
                found.append(Part(name, path.stat().st_size, whole, _is_held(path)))
    return found


def discard(team: Team, name: str) -> None:
    """Remove the part of a file that was not sent to its end; the files in ``raw/`` stay.

    Raises
    ------
    Locked
        While somebody sends it; BadFileName for a name no part can have.
    """
    part = team.folder("raw") / ".parts" / f"{check_file_name(name)}.part"
    if _is_held(part):
        raise Locked(what=f"The part of {name}", pid="?", purpose="upload")
    _forget(part, part.with_name(f"{name}.json"))


def _forget(part: Path, announced: Path) -> None:
    """Remove a part before what was said of it: a part alone would be nobody's."""
    part.unlink(missing_ok=True)
    announced.unlink(missing_ok=True)
    sync_folder(part.parent) if part.parent.is_dir() else None


def _announced(path: Path) -> Announced:
    try:
        return Announced.load(path)
    except (FileNotFoundError, BadRecord):
        return Announced(0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _is_held(part: Path) -> bool:
    with suppress(FileNotFoundError), open(part, "rb") as file:
        return not _locked(file.fileno())
    return False


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
