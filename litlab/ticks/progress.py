"""How far the caching of a raw file has come."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

_INTERVAL_S = 0.1  # a screen shows no more, and a callback may be slow


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far one raw file's caching has come.

    Attributes
    ----------
    path : Path
        The raw file.
    rows : int
        Ticks kept so far.
    bytes_done, bytes_total : int
        Of the raw file as it lies on disk, compressed or not; `bytes_done` is 0 while nothing is known of it.
    elapsed_s : float
        Since the file was begun.

    Examples
    --------
    >>> half = Progress(Path("a.csv.gz"), rows=3_000_000, bytes_done=40, bytes_total=80, elapsed_s=1.5)
    >>> half.rows_per_s, half.eta_s
    (2000000.0, 1.5)
    """

    path: Path
    rows: int
    bytes_done: int
    bytes_total: int
    elapsed_s: float

    @property
    def rows_per_s(self) -> float:
        """Ticks kept per second so far; 0 before any time has passed."""
        return self.rows / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left if the rest goes on like this, None while unknown."""
        if not self.bytes_done:
            return None
        return self.elapsed_s * (self.bytes_total - self.bytes_done) / self.bytes_done


class Reporter:
    """Tells somebody how far a file has come, at most ten times a second, and always at the end.

    Parameters
    ----------
    path : Path
        The raw file.
    bytes_total : int
        Its size.
    tell : callable or None
    clock : callable
        Returns seconds.
    """

    def __init__(
        self,
        path: Path,
        bytes_total: int,
        tell: Callable[[Progress], None] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path, self.bytes_total, self._tell, self._clock = path, bytes_total, tell, clock
        self._began = clock()
        self._told = -1.0

    def update(self, rows: int, bytes_done: int) -> None:
        """Tell, unless it was told a moment ago."""
        elapsed = self._clock() - self._began
        if self._tell and (self._told < 0 or elapsed - self._told >= _INTERVAL_S):
            self._told = elapsed
            self._tell(
                Progress(self.path, rows, min(bytes_done, self.bytes_total), self.bytes_total, elapsed)
            )

    def finish(self, rows: int) -> None:
        """Tell that the whole file is cached."""
        self._told = -1.0
        self.update(rows, self.bytes_total)
