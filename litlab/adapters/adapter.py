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

from litlab.errors import BadParameter, MissingFile, UnknownName
from litlab.ticks.cache import RowAccount, write_cache
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
