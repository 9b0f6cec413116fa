"""What a search marks: up to three tokens, each in its own colour."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.errors import BadParameter

MOST = 3
_TOKEN = re.compile(r"\s*(/(?:\\.|[^/\\])+/|[^,]+?)\s*(?:,|$)")


@dataclasses.dataclass(frozen=True)
class Token:
    """One thing that is searched for.

    Attributes
    ----------
    text : str
        Part of a text column, or a regular expression as RE2 reads it.
    regex : bool
    """

    text: str
    regex: bool = False

    def __str__(self) -> str:
        return f"/{self.text}/" if self.regex else self.text

    def find(self, store: Any, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether it matches, (n,) bool."""
        found: npt.NDArray[np.bool_] = store.search(self.text, start, stop, regex=self.regex)
        return found

    def count(self, store: Any, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the matches of each column [edges[k], edges[k + 1]), (c,) int64."""
        found: npt.NDArray[np.int64] = store.count_matches(self.text, edges, regex=self.regex)
        return found


def read_tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a search: separated by commas, regular expressions between slashes.

    Raises
    ------
    BadParameter
        For more than three.

    Examples
    --------
    >>> [str(one) for one in read_tokens("ODD[IRGCOND], /^(T|IS)/ ")]
    ['ODD[IRGCOND]', '/^(T|IS)/']
    >>> read_tokens("")
    ()
    """
    found = [one for one in _TOKEN.findall(text.strip()) if one]
    if len(found) > MOST:
        raise BadParameter(name="search", given=text, wanted=f"at most {MOST} tokens, separated by commas")
    return tuple(
        Token(one[1:-1].replace(r"\/", "/"), True)
        if len(one) > 2 and one[0] == one[-1] == "/"
        else Token(one)
        for one in found
    )
