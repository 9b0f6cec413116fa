"""One file on its way into ``raw/``: taken in pieces, complete or not there.

    raw/.parts/<name>.part   the bytes that have arrived, in their order; it is as long as they are many
    raw/.parts/<name>.json   how large the whole file is, and when it was last changed
    raw/<name>               the whole file, flushed to disk and named in one step

A piece may begin before the end of the part: the bytes that are here already must be equal. So a piece whose
answer was lost can be sent again, and a file that goes on another day is known to be the same. A file whose
name is taken is compared as it arrives: equal bytes change nothing, the first other byte refuses it.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from litlab.atomic import sync_folder
from litlab.errors import BadParameter, EmptyFile, Locked, NameTaken, OtherUpload, UploadNeedsSpace
from litlab.uploads.parts import Announced, announced, check_file_name, forget, is_at, size_of, take
from litlab.uploads.writing import Comparing, Writer
from litlab.workspace import Team

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_PIECE = 1 << 20


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
        return 0 if self.path.exists() else size_of(self.part)

    @property
    def whole(self) -> bool:
        """Whether a file of this name and size lies in ``raw/``."""
        return size_of(self.path) == self.about.size_bytes

    def _check(self) -> None:
        size = self.about.size_bytes
        if self.path.exists():
            if not self.whole:
                told = f"it has {size_of(self.path):,} bytes, this one {size:,}"
                raise NameTaken(name=self.name, folder=self.path.parent, difference=told)
            return
        if size_of(self.part) and (before := announced(self._announced)) != self.about:
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
                yield Comparing(self, there.fileno(), offset)
            return
        with self._held() as handle:
            out = Writer(self, handle, offset)
            try:
                yield out
            finally:
                with self.space(out):
                    os.fdatasync(handle)
            if out.received == self.about.size_bytes:
                with self.space(out):
                    self._settle(handle)

    @contextmanager
    def _held(self) -> Iterator[int]:
        """Open the part, made if it is missing, and lock it: a second sender is refused."""
        self.folder.mkdir(exist_ok=True)
        handle = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
        try:
            # Another sender may hold the part, or have completed or discarded it since it was opened here.
            if not take(handle) or not is_at(handle, self.part):
                raise Locked(what=f"The part of {self.name}", pid="?", purpose="upload")
            if not os.fstat(handle).st_size:
                self.about.save(
                    self._announced
                )  # before the first byte: a part always has its size beside it
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def space(self, out: Writer) -> Iterator[None]:
        """Turn a full disk into UploadNeedsSpace."""
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
        forget(self.part, self._announced)

    def _compare(self) -> None:
        with open(self.part, "rb") as part, open(self.path, "rb") as there:
            out = Comparing(self, there.fileno(), 0)
            while piece := part.read(_PIECE):
                out.write(piece)
