"""Where every physical row of a raw file went."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

QUARANTINED = 10_000  # rejected rows that are remembered
_TOLD = 20  # of these the manifest tells


@dataclasses.dataclass
class RowAccount:
    """Where every physical row of a raw file went: ``rows_in = kept + filtered + rejected``.

    Attributes
    ----------
    rows_in, kept, filtered, rejected : int
    blank : int
        Lines of nothing but white space; they are no rows.
    ticks_per_row : int
        A format whose row makes several ticks (a bar) says how many.
    rejects : list of {"line", "reason"}
        The first 10,000 that were rejected.
    unknown_codes : dict
        Codes the condition table does not list, and how many rows carry each.
    filtered_kinds : dict
        The vendor's words for the kinds of rows that are no trades, and how many rows are of each.
    bytes_read : int
        Of the raw file as it lies on disk; updated while it is read.
    texts : callable or None
        Returns the raw bytes of physical lines; None where a row is no line of text.

    Examples
    --------
    >>> account = RowAccount(rows_in=3, kept=2)
    >>> account.reject([2], "price is no number")
    >>> account.rejected, account.rejects
    (1, [{'line': 2, 'reason': 'price is no number'}])
    """

    rows_in: int = 0
    kept: int = 0
    filtered: int = 0
    rejected: int = 0
    blank: int = 0
    ticks_per_row: int = 1
    rejects: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    unknown_codes: dict[str, int] = dataclasses.field(default_factory=dict)
    filtered_kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    bytes_read: int = 0
    texts: Callable[[Sequence[int]], Mapping[int, bytes]] | None = None

    def reject(self, lines: Iterable[int], reason: str) -> None:
        """Count the rows of some physical lines as rejected, remembering the first of them."""
        numbers = [int(line) for line in lines]
        self.rejected += len(numbers)
        room = max(QUARANTINED - len(self.rejects), 0)
        self.rejects.extend({"line": line, "reason": reason} for line in numbers[:room])

    def about(self) -> dict[str, Any]:
        """Return what the manifest keeps: all counts, the first 20 rejected lines with their reasons."""
        found = dict(vars(self))
        for name in ("bytes_read", "texts"):
            del found[name]
        return {**found, "rejects": self.rejects[:_TOLD]}
