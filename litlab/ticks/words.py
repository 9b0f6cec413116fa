"""Vocabularies of text columns: short ones stand in the manifest, long ones in files of their own.

A long one is one run of UTF-8 and where each word ends in it, mapped when it is asked for: a column of order
numbers or of free text has as many words as rows, and neither memory nor manifest may grow with them. So its
writer remembers no more than ``REMEMBERED`` words at a time, and a word that comes again much later gets a
second code: a code has one word, a word of a long vocabulary may have several codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.errors import BadParameter
from litlab.ticks.npy import GrowingNpy

IN_MANIFEST = 4096
REMEMBERED = 1 << 16
_PIECE = 1 << 12


class GrowingWords:
    """The vocabulary of a column that is being written; codes are given in the order in which words come.

    Parameters
    ----------
    folder : Path
    file : str
        The column's own file: those of a long vocabulary are named after it.
    """

    def __init__(self, folder: Path, file: str) -> None:
        self.count = 0
        self._names = {key: file.replace(".npy", f".{key}.npy") for key in ("letters", "ends")}
        self._folder = folder
        self._codes: dict[str, int] = {}
        self._first: list[str] = []  # of a short vocabulary: all of it
        self._letters: GrowingNpy | None = None
        self._ends: GrowingNpy | None = None
        self._size = 0

    def codes(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the code of each word, (n,); new ones are given."""
        if len(self._codes) > REMEMBERED:
            self._codes.clear()
        known = self._codes
        fresh = list(dict.fromkeys(word for word in words if word not in known))
        if fresh:
            known.update(zip(fresh, range(self.count, self.count + len(fresh)), strict=True))
            self._keep(fresh)
        return np.fromiter(map(known.__getitem__, words), np.int64, len(words))

    def _keep(self, fresh: list[str]) -> None:
        self.count += len(fresh)
        if self.count <= IN_MANIFEST:
            self._first += fresh
            return
        if self._letters is None or self._ends is None:
            self._letters = GrowingNpy(self._folder / self._names["letters"], "|u1")
            self._ends = GrowingNpy(self._folder / self._names["ends"], "<i8")
            self._ends.append(np.zeros(1, np.int64))
            fresh, self._first = self._first + fresh, []
        letters = "".join(fresh)
        sizes = map(len, fresh if letters.isascii() else map(str.encode, fresh))
        ends = self._size + np.cumsum(np.fromiter(sizes, np.int64, len(fresh)))
        self._letters.append(np.frombuffer(letters.encode(), np.uint8))
        self._ends.append(ends)
        self._size = int(ends[-1])

    def discard(self) -> None:
        """Let the files go as they are."""
        for out in (self._letters, self._ends):
            if out is not None:
                out.discard()

    def close(self) -> dict[str, Any]:
        """Close the files and return what the manifest says: ``words``, or the files' names."""
        if self._letters is None or self._ends is None:
            return {"words": self._first}
        self._letters.close()
        self._ends.close()
        return dict(self._names)


class Words(Sequence[str]):
    """A long vocabulary, read where it is asked for; a code is an index into it.

    Parameters
    ----------
    array : LargeStringArray
    """

    def __init__(self, array: pa.LargeStringArray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, code: int) -> str: ...
    @overload
    def __getitem__(self, code: slice) -> list[str]: ...
    def __getitem__(self, code: int | slice) -> str | list[str]:
        found: str | list[str]
        found = self.array[code].to_pylist() if isinstance(code, slice) else self.array[code].as_py()
        return found

    def __iter__(self) -> Iterator[str]:
        for at in range(0, len(self), _PIECE):
            yield from self.array.slice(at, _PIECE).to_pylist()

    def take(self, codes: npt.NDArray[np.integer]) -> npt.NDArray[np.object_]:
        """Return the words of some codes, (n,) object, None for -1."""
        found: npt.NDArray[np.object_] = np.array([None] * len(codes), object)
        known = codes >= 0
        found[known] = np.array(self.array.take(pa.array(codes[known])).to_pylist(), object)
        return found


def holding(words: Any, token: str, regex: bool) -> npt.NDArray[np.bool_]:
    """Tell of each word of an Arrow array whether it holds `token`, or matches it as RE2 does, (n,) bool.

    RE2 takes time in proportion to the text whatever the expression is.

    Raises
    ------
    BadParameter
        If `token` is no regular expression.
    """
    if not regex:
        return np.asarray(pc.match_substring(words, token))
    try:
        return np.asarray(pc.match_substring_regex(words, token))
    except pa.ArrowInvalid as problem:
        reason = str(problem).partition(": ")[2] or str(problem)
        wanted = f"write a regular expression without look-around or back-references ({reason})"
        raise BadParameter(name="search", given=token, wanted=wanted) from None


def read_words(folder: Path, about: Mapping[str, Any]) -> Sequence[str]:
    """Return the vocabulary of a text column: a list, or a long one's `Words`.

    Parameters
    ----------
    folder : Path
        The version's.
    about : mapping
        What its manifest says of the column.
    """
    if "words" in about:
        words: list[str] = about["words"]
        return words
    letters, ends = (np.load(folder / about[key], mmap_mode="r") for key in ("letters", "ends"))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(letters)]
    return Words(pa.Array.from_buffers(pa.large_string(), len(ends) - 1, buffers))
