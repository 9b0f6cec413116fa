"""The adapter contract: what an author writes, and what everybody else may call.

The author writes ``parse(path)``: record batches with the canonical columns and the vendor's own, in index
order. Everything else is here. An adapter is rebuilt in another process from its name and parameters.
"""

from __future__ import annotations

import functools
import glob
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from litlab.adapters.events import own_times
from litlab.adapters.parameters import check_parameters, paths_of
from litlab.errors import BadParameter, MissingFile, StaleCacheWarning
from litlab.shown import Shown
from litlab.ticks.cache import FORMAT, RowAccount, Source, write_cache
from litlab.ticks.frame import TickFrame
from litlab.ticks.migration import migrate, older_manifest
from litlab.ticks.order import MAX_DISORDER_S
from litlab.ticks.progress import Progress
from litlab.ticks.raw import RawState
from litlab.ticks.store import TickStore
from litlab.workspace import Team


class Adapter(Shown):
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
        Every parameter with its default; ``paths`` aside. All adapters have ``max_rejected`` (the share of
        rows that may be unusable), ``max_disorder_s`` (how far a time of receipt may lie behind the latest
        before it) and ``order``: "received", or "event" to sort by EVENT_TIME, which uses hindsight.
    ALIASES : dict
        The vendor's name → the canonical column with the same values.
    EVENT_TIME : str
        The vendor's column of event times, where these are not the clock; "" where there is none.
    LATER_COLUMNS : tuple of str
        The vendor's columns that were filled in after the tick had come: features cannot read them, nor the
        flag CORRECTED, which is made of them.
    SOURCE_DIGEST : str
        Of a team's own file, so that an edited adapter makes its caches anew; "" for installed ones.
    MAY_BE_EMPTY : bool
        Whether a file without any row is one like others: then ``parse`` yields a batch without rows for it.
    team : Team or None
        Whose own adapters may be named in the parameters; None knows the installed ones.
    """

    name: ClassVar[str] = ""
    PARAMETERS: ClassVar[dict[str, Any]] = {
        "max_rejected": 0.001, "max_disorder_s": MAX_DISORDER_S, "order": "received",
    }  # fmt: skip
    EVENT_TIME: ClassVar[str] = ""
    ALIASES: ClassVar[dict[str, str]] = {}
    LATER_COLUMNS: ClassVar[tuple[str, ...]] = ()
    SOURCE_DIGEST: ClassVar[str] = ""
    MAY_BE_EMPTY: ClassVar[bool] = False
    team: Team | None = None

    def __init__(self, parameters: Mapping[str, Any], cache: Path) -> None:
        given = dict(parameters)
        self.paths = paths_of(given.pop("paths", []))
        check_parameters(type(self), given)
        self.parameters: dict[str, Any] = {**self.PARAMETERS, **given}
        self._check_order()
        self.cache = cache
        self.account = RowAccount()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.paths)} files)"

    def _facts(self) -> dict[str, Any]:
        cached = all(self.is_cached(path) for path in self.paths)
        ticks = len(self) if cached and self.paths else None
        return {
            "name": self.name, "files": len(self.paths), "ticks": ticks, "zone": self.zone, "cached": cached,
            "parameters": self._changed(self.parameters), "columns": self.store.names if ticks else None,
        }  # fmt: skip

    def _check_order(self) -> None:
        if self.by_event and not self.EVENT_TIME:
            wanted = f"the format {self.name or type(self).__name__} has no event time beside its clock"
            raise BadParameter(name="order", given=self.parameters["order"], wanted=wanted)

    # --- what an author writes ----------------------------------------------------------------------

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the file's ticks in index order and fill ``self.account``."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to parse {path}")

    def event_times(self, batch: pa.RecordBatch, received: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return when the ticks of a vendor's batch happened, (n,) int64 ns, by the column EVENT_TIME."""
        return own_times(batch.column(self.EVENT_TIME), received)

    @property
    def by_event(self) -> bool:
        """Whether ticks are sorted by event time: ``parse`` yields that as ``timestamp`` then."""
        return self.parameters.get("order") == "event"

    @property
    def hindsight(self) -> tuple[str, ...]:
        """Why a tick depends on what came after it; whatever is built on such ticks says so."""
        return ("event order",) if self.by_event else ()

    @property
    def beside(self) -> tuple[Adapter, ...]:
        """Adapters of the data sets that lie beside this one (quotes) and are cached with it."""
        return ()

    @property
    def numbered(self) -> bool:
        """Whether ticks carry the line of the raw file that they come from, as the column ``line``."""
        return False

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
        """Return the folder of a raw file's caches: one directory per version, and ``CURRENT``.

        Its name says the file's path and what differs from the defaults: a parameter that a later litlab adds
        leaves the caches where they are.
        """
        recipe = self.recipe()
        recipe["parameters"] = self._changed(recipe["parameters"])
        key = json.dumps([os.path.abspath(path), recipe], sort_keys=True, default=str)
        return self.cache / f"{Path(path).name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"

    def create_cache_file(self, path: str | Path, progress: Callable[[Progress], None] | None = None) -> Path:
        """Cache one raw file for random access and return the version's directory.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Told how far it has come, at most ten times a second.

        Raises
        ------
        MissingFile, EmptyFile, BrokenArchive, MissingColumn, TooManyRejects, TooMuchDisorder, NaiveTime
            Nothing of the file is kept then; an older cache stays.
        FileChanged
            If it is written to meanwhile; NoSpaceLeft if the disk is full: the same.
        """
        path = Path(path)
        if not path.is_file():
            raise MissingFile(path=path)
        self.account = RowAccount()
        hindsight = {"uses_hindsight": bool(self.hindsight), "hindsight": list(self.hindsight)}
        source = Source(
            path=path,
            batches=self.parse(path),
            account=self.account,
            about={**self.recipe(), "zone": self.zone, "calendar": self.calendar, **hindsight},
            aliases=self.aliases,
            by_event=self.by_event,
            max_disorder_s=float(self.parameters.get("max_disorder_s", MAX_DISORDER_S)),
            may_be_empty=self.MAY_BE_EMPTY,
        )
        return write_cache(self.cache_home(path), source, progress)

    def migrate_cache(self, path: str | Path) -> bool:
        """Bring a raw file's cache of an older format to this one; False where it must be cached anew."""
        path = Path(path)
        for home in sorted(self.cache.glob(f"{glob.escape(path.name)}-*")):
            about = older_manifest(home)
            same = about.get("adapter") == self.name and about.get("source", "") == self.SOURCE_DIGEST
            if same and self._means(about["parameters"]) and migrate(home, self.cache_home(path), path):
                return True
        return False

    def _changed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in parameters.items() if value != self.PARAMETERS.get(name)}

    def _means(self, parameters: Mapping[str, Any]) -> bool:
        """Tell whether a manifest's parameters are these; those it does not know are at their defaults."""
        decisive = self.recipe()["parameters"]
        own = json.loads(json.dumps(decisive, default=str))
        return all(own.get(name) == value for name, value in parameters.items()) and not (
            self._changed(decisive).keys() - parameters.keys()
        )

    def is_cached(self, path: str | Path) -> bool:
        """Tell whether a raw file has a cache of its present state, in the present format."""
        home = self.cache_home(Path(path))
        try:
            manifest = json.loads(
                (home / (home / "CURRENT").read_text().strip() / "manifest.json").read_text()
            )
            fresh = RawState.of(Path(path)).matches(manifest["raw"])
            return fresh and manifest["format"] >= FORMAT and self._means(manifest["parameters"])
        except (OSError, ValueError):
            return False

    # --- random access ------------------------------------------------------------------------------

    @functools.cached_property
    def store(self) -> TickStore:
        """All cached files as one array.

        Warns
        -----
        StaleCacheWarning
            Of files that have changed since: what is read is what they were. One that is gone is no reason.
        """
        if not self.paths:
            raise BadParameter(name="paths", given=[], wanted="the adapter needs at least one file")
        store = TickStore([(path, self.cache_home(path)) for path in self.paths])
        stale = [one.raw.name for one in store.files if _has_changed(one.raw, one.manifest["raw"])]
        if stale:
            told = f"{', '.join(stale[:3])}{' and others' if len(stale) > 3 else ''} changed after caching"
            warnings.warn(
                f"{told}: run litlab cache, or litlab.cache_files.", StaleCacheWarning, stacklevel=3
            )
        return store

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

    def search(
        self, token: str, start: int, stop: int, without: Collection[str] = (), regex: bool = False
    ) -> npt.NDArray[np.bool_]:
        """Tell of each tick in [start, stop) whether a text column, none of `without`, holds `token`.

        With `regex` the token is a regular expression (RE2).
        """
        return self.store.search(token, start, stop, without, regex)

    def frame(
        self, start: int = 0, stop: int | None = None, columns: Sequence[str] | None = None
    ) -> TickFrame:
        """Return ticks as a frame that reads when it is asked: ``to_arrow``, ``to_pandas``, ``to_polars``."""
        return self.store.frame(start, stop, columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Offer all ticks as an Arrow stream, read batch by batch."""
        return self.store.__arrow_c_stream__(requested_schema)


def _has_changed(raw: Path, about: Mapping[str, Any]) -> bool:
    try:
        return not RawState.of(raw).matches(about)
    except OSError:
        return False
