"""What takes the bytes of a file as they come: written behind those that are here, or compared with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from litlab.errors import NameTaken, OtherUpload, UploadGap, UploadTooLong

if TYPE_CHECKING:
    from litlab.uploads.upload import Upload


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
            with self.upload.space(self):
                done = os.pwrite(self._handle, left, self.offset)
            left = left[done:]
            self.offset += done
            self.received = max(self.received, self.offset)

    def _differs(self, at: int) -> Exception:
        told = f"they differ in the bytes from {at:,} on"
        return OtherUpload(name=self.upload.name, difference=told)


class Comparing(Writer):
    """Compares with a whole file instead of writing."""

    @property
    def next(self) -> int:
        """Where the next bytes are wanted from: nobody remembers what was compared before."""
        return self.offset

    def _differs(self, at: int) -> Exception:
        told = f"they differ in the bytes from {at:,} on"
        return NameTaken(name=self.upload.name, folder=self.upload.path.parent, difference=told)
