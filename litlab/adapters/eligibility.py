"""Which prints may set the last price, move high and low, and count as volume."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt

from litlab.errors import MissingFile
from litlab.ticks.columns import ALL_OK, OK_HL, OK_LAST, OK_VOLUME, POST, PRE

_SHIPPED = Path(__file__).parent / "conditions"


@dataclasses.dataclass(frozen=True)
class ConditionTable:
    """An editable table of sale conditions.

    Attributes
    ----------
    bits, extended_bits : dict of str to int
        Code → what it allows in regular hours, and in the pre and post sessions.
    auction : frozenset of str
        Codes of official auction prints.
    """

    bits: dict[str, int]
    extended_bits: dict[str, int]
    auction: frozenset[str]

    @classmethod
    def load(cls, name: str) -> ConditionTable:
        """Read a shipped table ("us") or a CSV file of the same columns at a path."""
        path = _SHIPPED / f"{name}.csv"
        if not path.is_file():
            path = Path(name)
        if not path.is_file():
            raise MissingFile(path=name)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        bits = {
            row["code"]: int(row["last"]) * OK_LAST
            + int(row["high_low"]) * OK_HL
            + int(row["volume"]) * OK_VOLUME
            for row in rows
        }
        extended = {row["code"]: ALL_OK if int(row["extended_hours"]) else bits[row["code"]] for row in rows}
        return cls(bits, extended, frozenset(row["code"] for row in rows if int(row["auction"])))

    def unknown(self, codes: Iterable[str]) -> list[str]:
        """Return the codes the table does not list, sorted."""
        return sorted({code for code in codes if code not in self.bits})

    def allows(self, codes: Iterable[str]) -> tuple[int, int]:
        """Return what a print with all these codes may move, in regular hours and in extended ones."""
        regular = extended = ALL_OK
        for code in codes:
            regular &= self.bits.get(code, ALL_OK)
            extended &= self.extended_bits.get(code, ALL_OK)
        return regular, extended

    def is_auction(self, codes: Iterable[str]) -> bool:
        """Tell whether any of the codes marks an official auction print."""
        return any(code in self.auction for code in codes)

    def judge(
        self, words: list[list[str]], at: npt.NDArray[np.int32], session: npt.NDArray[np.int8]
    ) -> npt.NDArray[np.uint8]:
        """Return the eligibility bits of n prints, (n,) uint8.

        Parameters
        ----------
        words : list of list of str
            The codes of each distinct condition text.
        at : (n,) int32
            Which of `words` each print carries; -1 for none.
        session : (n,) int8
        """
        both = np.array([(ALL_OK, ALL_OK), *map(self.allows, words)], np.uint8)
        bits: npt.NDArray[np.uint8] = _judged(both, at, session)
        return bits


@numba.njit(cache=True, nogil=True)
def _judged(both, at, session):  # type: ignore[no-untyped-def]
    bits = np.empty(len(at), np.uint8)
    for k in range(len(at)):
        extended = session[k] == PRE or session[k] == POST
        bits[k] = both[at[k] + 1, 1 if extended else 0]
    return bits
