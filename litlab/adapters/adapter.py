"""The adapter contract: what an author writes, and what everybody else may call.

The author writes ``parse(path)``: record batches with the canonical columns and the vendor's own, in index
order. Everything else is here. An adapter is rebuilt in another process from its name and parameters.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab import bars
from litlab.bars import BarIndex, Clock, Window
from litlab.errors import BadParameter, MissingFile, UnknownName
from litlab.ticks.cache import RowAccount, write_cache
from litlab.ticks.columns import NS
from litlab.ticks.sessions import Sessions, local_midnights, sessions_between
from litlab.ticks.store import TickStore


class Adapter:
    """One instrument's raw files, read as one array of ticks.

    Parameters
    ----------
    parameters : mapping
        ``paths`` (list of str), and what PARAMETERS of the class name.
    cache : Path
        The folder that holds the caches.

    Attributes
    ----------
    PARAMETERS : dict
        Every parameter with its default; ``paths`` aside.
    ALIASES : dict
        The vendor's name → the canonical column with the same values.
    SOURCE_DIGEST : str
        Of a team's own file, so that an edited adapter makes its caches anew; "" for installed ones.
    """

    name: ClassVar[str] = ""
    PARAMETERS: ClassVar[dict[str, Any]] = {"max_rejected": 0.001}
    ALIASES: ClassVar[dict[str, str]] = {}
    SOURCE_DIGEST: ClassVar[str] = ""

    def __init__(self, parameters: Mapping[str, Any], cache: Path) -> None:
        given = dict(parameters)
        self.paths = [Path(path) for path in given.pop("paths", [])]
        for name in given:
            if name not in self.PARAMETERS:
                raise UnknownName(
                    kind=f"parameter of the adapter {self.name}", given=name, known=self.PARAMETERS
                )
        self.parameters: dict[str, Any] = {**self.PARAMETERS, **given}
        self.cache = cache
        self.account = RowAccount()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.paths)} files)"

    # --- what an author writes ----------------------------------------------------------------------

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's ticks in index order and fill ``self.account``."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to parse {path}")

    @property
    def zone(self) -> str:
        """The exchange's time zone, "UTC" where none is known."""
        return "UTC"

    @property
    def calendar(self) -> str | None:
        """The exchange calendar's name, None where none is known."""
        return None

    # --- caching ------------------------------------------------------------------------------------

    @property
    def aliases(self) -> dict[str, str]:
        """The vendor's names of canonical columns: ALIASES, unless parameters name the columns."""
        return self.ALIASES

    def recipe(self) -> dict[str, Any]:
        """Return what a cache's content depends on beside the raw bytes."""
        recipe: dict[str, Any] = {"adapter": self.name, "parameters": self.parameters}
        return {**recipe, "source": self.SOURCE_DIGEST} if self.SOURCE_DIGEST else recipe

    def cache_home(self, path: Path) -> Path:
        """Return the folder of a raw file's caches: one directory per version, and ``CURRENT``."""
        key = json.dumps([str(Path(path).absolute()), self.recipe()], sort_keys=True, default=str)
        return self.cache / f"{Path(path).name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"

    def create_cache_file(self, path: str | Path, progress: Callable[[int], None] | None = None) -> Path:
        """Cache one raw file for random access and return the version's directory.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Called with the rows kept so far.

        Raises
        ------
        MissingFile, EmptyFile, BrokenArchive, MissingColumn, TooManyRejects, NaiveTime
            Nothing of the file is kept then; an older cache stays.
        """
        path = Path(path)
        if not path.is_file():
            raise MissingFile(path=path)
        self.account = RowAccount()
        about = {**self.recipe(), "zone": self.zone, "calendar": self.calendar}
        return write_cache(
            self.cache_home(path), path, self.parse(path), self.account, about, self.aliases, progress
        )

    def is_cached(self, path: str | Path) -> bool:
        """Tell whether a raw file has a cache that was made from its present state."""
        home = self.cache_home(Path(path))
        try:
            manifest = json.loads(
                (home / (home / "CURRENT").read_text().strip() / "manifest.json").read_text()
            )
            stat = Path(path).stat()
        except (OSError, ValueError):
            return False
        raw = manifest["raw"]
        return bool(raw["size_bytes"] == stat.st_size and raw["mtime_ns"] == stat.st_mtime_ns)

    # --- random access ------------------------------------------------------------------------------

    @functools.cached_property
    def store(self) -> TickStore:
        """All cached files as one array."""
        if not self.paths:
            raise BadParameter(name="paths", given=[], wanted="the adapter needs at least one file")
        return TickStore([(path, self.cache_home(path)) for path in self.paths])

    def __len__(self) -> int:
        return len(self.store)

    def __getitem__(self, index: int) -> dict[str, Any]:
        index = int(index)
        if index < 0:
            index += len(self)
        return self.store.record(index)

    def window(self, start: int, stop: int, columns: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return columns of the ticks [start, stop), copied; IndexError outside of the data."""
        return self.store.window(start, stop, columns)

    def search(self, token: str, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a text column holds `token`, (n,) bool."""
        return self.store.search(token, start, stop)


class TradersBaseAdapter(Adapter):
    """An adapter of trades: what feature scripts of the plugin *traders* rely on.

    Adds bars, sessions and the views ``at`` (a feature's), ``gate_at`` and ``open_at`` (a label's).
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **Adapter.PARAMETERS,
        "calendar": "XNYS",
        "conditions": "us",
        "eligibility": "table",
        "tick_size": 0.01,
    }

    @property
    def calendar(self) -> str | None:
        """The exchange calendar's name; the parameter ``calendar``."""
        name = self.parameters["calendar"]
        return str(name) if name else None

    @property
    def tick_size(self) -> float:
        """The smallest price step; the parameter ``tick_size``."""
        return float(self.parameters["tick_size"])

    @property
    def default_scope(self) -> str:
        """What bars are made of by default: regular sessions where a calendar is known, else all ticks."""
        return "regular" if self.calendar else "all"

    @functools.cached_property
    def sessions(self) -> Sessions | None:
        """The exchange's sessions over the data, None where no calendar is known."""
        if self.calendar is None:
            return None
        first, last = self.store.files[0].first_time_ns, self.store.files[-1].last_time_ns
        return sessions_between(self.calendar, first, last)

    @functools.cached_property
    def zone(self) -> str:
        """The exchange's time zone."""
        if self.calendar is None:
            return "UTC"
        manifest = self.store.files[0].manifest if self._has_store() else None
        return str(manifest["zone"]) if manifest else _zone_of(self.calendar)

    def _has_store(self) -> bool:
        return bool(self.paths) and all(self.is_cached(path) for path in self.paths)

    @functools.cached_property
    def clock(self) -> Clock:
        """Days and sessions as bars need them."""
        first, last = self.store.files[0].first_time_ns, self.store.files[-1].last_time_ns
        midnights = local_midnights(self.zone, first, last + 7 * 86_400 * NS)
        dates = _local_dates(midnights, self.zone)
        empty = np.empty(0, np.int64)
        opens = self.sessions.open_ns // NS if self.sessions else empty
        closes = self.sessions.close_ns // NS if self.sessions else empty
        return Clock(midnights // NS, dates, opens, closes)

    @functools.cached_property
    def _bars(self) -> dict[tuple[str, int, str], BarIndex]:
        return {}

    def bar_index(self, unit: str, size: int, sessions: str | None = None) -> BarIndex:
        """Return all bars of a unit; made once per adapter object."""
        unit, size = bars.check_period(unit, size)
        scope = sessions or self.default_scope
        if scope not in bars.SCOPES:
            raise UnknownName(kind="value of sessions", given=str(scope), known=bars.SCOPES)
        key = (unit, size, scope)
        if key not in self._bars:
            self._bars[key] = BarIndex(self.store, self.clock, *key)
        return self._bars[key]

    def period_ends(
        self, start: int, stop: int, unit: str, size: int = 1, sessions: str | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the last tick of every bar that ends in [start, stop), and the moment its period ends.

        A bar whose period has not ended by the data's last tick is left out: it may go on.

        Returns
        -------
        indices : (n,) int64
        as_of_ns : (n,) int64
            The period's end; for the closing auction's bar the moment when no auction print can follow.
        """
        found = self.bar_index(unit, size, sessions)
        lo, hi = np.searchsorted(found.last, [start, stop])
        begins = found.start[lo:hi].tolist()
        ends = np.array([self.clock.end_of(one, unit, size, found.scope) for one in begins], np.int64) * NS
        over = ends <= self.store.files[-1].last_time_ns
        return found.last[lo:hi][over], ends[over]

    def bars(
        self,
        indices: npt.ArrayLike,
        count: int,
        unit: str,
        size: int = 1,
        *,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        sessions: str | None = None,
        cross: bool = True,
    ) -> Window:
        """Return windows of bars with their times and reads: see ``litlab.bars.windows``."""
        index = self.bar_index(unit, size, sessions)
        return bars.windows(
            self.store, self.clock, index, np.atleast_1d(np.asarray(indices, np.int64)), count, future=future,
            prevent_lookahead_bias=prevent_lookahead_bias, current=current, cross=cross,
        )  # fmt: skip

    def get_bars(
        self,
        index: int,
        count: int,
        unit: str,
        size: int = 1,
        future: bool = False,
        prevent_lookahead_bias: bool = True,
        current: str = "exclude",
        **options: Any,
    ) -> npt.NDArray[np.float64]:
        """Return up to `count` bars before (or after) the tick `index`, oldest first.

        Parameters
        ----------
        index : int
        count : int
        unit : {"second", "minute", "hour", "day"}
        size : int
            Units per bar.
        future : bool
            Bars after the bar holding `index` instead of before it.
        prevent_lookahead_bias : bool
            False includes the bar holding `index`, complete: last of the past, first of the future.
        current : {"exclude", "partial"}
            "partial": the last row is the bar holding `index`, built of ticks up to it.
        **options
            ``sessions`` ("regular" where a calendar is known, or "all"), ``cross`` (False keeps the window
            within the day).

        Returns
        -------
        bars : (<=count, 8) float64
            open, high, low, close, trades, volume, mean size, max size; fewer rows where the data begin
            or end.
        """
        found = self.bars(
            [index], count, unit, size, future=future, prevent_lookahead_bias=prevent_lookahead_bias,
            current=current, **options,
        )  # fmt: skip
        return found.values[0, : found.lengths[0]]

    def get_bars_batch(
        self, indices: npt.ArrayLike, count: int, unit: str, size: int = 1, **options: Any
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return ``get_bars`` of many ticks at once.

        Returns
        -------
        values : (n, count, 8) float64
            Rows past a window's length are NaN.
        lengths : (n,) int64
        reads : (n, 2) int64
            Half-open intervals of the ticks each row read.
        """
        found = self.bars(indices, count, unit, size, **options)
        return found.values, found.lengths, found.reads

    def at(self, index: int) -> Any:
        """Return the view a feature gets: the ticks up to `index`, every read recorded, no other."""
        from litlab.adapters.views import View

        return View(self, index)

    def open_at(self, index: int) -> Any:
        """Return the view a label gets: everything, every read recorded."""
        from litlab.adapters.views import OpenView

        return OpenView(self, index)

    def gate_at(self, index: int) -> Any:
        """Return the view a gate gets: a feature's, and whether the tick's period has ended."""
        from litlab.adapters.views import GateView

        return GateView(self, index)


def _zone_of(calendar: str) -> str:
    from litlab.ticks.sessions import calendar_zone

    return str(calendar_zone(calendar))


def _local_dates(midnights_ns: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Return the local date that begins at each midnight, days since 1970-01-01."""
    import pandas as pd

    local = pd.DatetimeIndex(midnights_ns.astype("datetime64[ns]")).tz_localize("UTC").tz_convert(zone)
    return np.asarray(local.tz_localize(None).normalize().values.astype("datetime64[D]").astype(np.int64))
