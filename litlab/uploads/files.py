"""What a project can be made of: the team's raw files, who reads them, whether they are cached."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab.adapters import Guess, load_adapter, sniff
from litlab.adapters.loading import adapter_class
from litlab.errors import LitlabError, UnknownFormat
from litlab.ticks.housekeeping import CacheFolder, list_caches
from litlab.ticks.version import FORMAT
from litlab.uploads.caching import FileProgress, list_cachings
from litlab.uploads.parts import Part, list_parts
from litlab.workspace import Project, ProjectRecord, Team

_LOOKED_AT = 20  # cachings; what failed longer ago is only not cached


@dataclasses.dataclass(frozen=True)
class RawFile:
    """One raw file as it stands.

    Attributes
    ----------
    path : Path
    size_bytes : int
    state : {"part", "gone", "queued", "caching", "failed", "cached", "stale", "on disk"}
        ``part``: it was not sent to its end. ``stale``: it has changed since it was cached.
    in_project : bool
    adapter : str
        What reads it in the project, or made its cache; "" where only a look at the file can tell.
    parameters : dict
    rows, first_time_ns, last_time_ns, rejected
        Of its cache; None without one.
    zone : str
        The exchange's.
    progress : FileProgress or None
        Of the caching at hand, or of the one that failed.
    part : Part or None
    """

    path: Path
    size_bytes: int
    state: str
    in_project: bool = False
    adapter: str = ""
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    rows: int | None = None
    first_time_ns: int | None = None
    last_time_ns: int | None = None
    rejected: int | None = None
    zone: str = "UTC"
    progress: FileProgress | None = None
    part: Part | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def can_be_cached(self) -> bool:
        """Whether there is anything to cache."""
        return self.state in ("on disk", "stale", "failed")


def list_files(project: Project) -> list[RawFile]:
    """Return the files in the team's ``raw/`` and those of the project, by name, and the parts among them.

    Nothing is read but names, sizes and manifests: a file nobody has cached has no adapter yet.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> with tempfile.TemporaryDirectory() as home:
    ...     project = Workspace(home).create_project("contoso", "volatility")
    ...     _ = (project.folder("raw") / "a.csv").write_text("time,price,volume")
    ...     [(one.name, one.size_bytes, one.state) for one in list_files(project)]
    [('a.csv', 17, 'on disk')]
    """
    record, raw = project.record, project.folder("raw")
    named = {Path(path).absolute() for path in record.paths}
    lying = {path for path in raw.iterdir() if path.is_file() and not path.name.startswith(".")}
    known = _Known(project, record)
    found = [known.file(path, path in named) for path in named | lying]
    parts = [RawFile(raw / one.name, one.size_bytes, "part", part=one) for one in list_parts(project.team)]
    return sorted([*found, *parts], key=lambda one: (one.name, str(one.path)))


class _Known:
    """What manifests and cachings say of raw files."""

    def __init__(self, project: Project, record: ProjectRecord) -> None:
        self.project, self.record = project, record
        self.caches: dict[Path, list[CacheFolder]] = {}
        for cache in list_caches(project.folder("cache")):
            if cache.raw is not None and cache.manifest:
                self.caches.setdefault(cache.raw, []).append(cache)
        self.progress: dict[Path, FileProgress] = {}
        for caching in itertools.islice(list_cachings(project.team), _LOOKED_AT):
            for path, one in caching.files().items():
                self.progress.setdefault(path, one)

    def file(self, path: Path, in_project: bool) -> RawFile:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        cache = self._cache(path, in_project)
        adapter, parameters = self.record.adapter, self.record.parameters
        if not in_project:
            adapter = cache.adapter if cache else ""
            parameters = _changed(self.project.team, adapter, cache.parameters) if cache else {}
        state = "gone" if not path.is_file() else _state(cache, self.progress.get(path))
        return RawFile(
            path, size, state, in_project, adapter, dict(parameters), **_told(cache),
            progress=self.progress.get(path) if state in ("queued", "caching", "failed") else None,
        )  # fmt: skip

    def _cache(self, path: Path, in_project: bool) -> CacheFolder | None:
        """Return the cache that counts: the one the project's adapter made, else the freshest."""
        every = self.caches.get(path, [])
        if in_project:
            try:
                given = {**self.record.parameters, "paths": []}
                home = load_adapter(self.project.team, self.record.adapter, given).cache_home(path)
            except LitlabError:
                return None
            return next((one for one in every if one.home == home), None)
        return max(every, key=lambda one: (one.state == "fresh", _made(one)), default=None)


def _made(cache: CacheFolder) -> float:
    return (cache.home / "CURRENT").stat().st_mtime


def _state(cache: CacheFolder | None, progress: FileProgress | None) -> str:
    if progress is not None and progress.state in ("queued", "caching"):
        return progress.state
    if cache is not None and cache.state == "fresh" and cache.manifest.get("format", 0) >= FORMAT:
        return "cached"
    if progress is not None and progress.state == "failed":
        return "failed"
    return "stale" if cache is not None else "on disk"


def _told(cache: CacheFolder | None) -> dict[str, Any]:
    if cache is None:
        return {}
    about = cache.manifest
    return {
        "rows": about.get("rows"), "first_time_ns": about.get("first_time_ns"),
        "last_time_ns": about.get("last_time_ns"), "rejected": about.get("account", {}).get("rejected"),
        "zone": about.get("zone", "UTC"),
    }  # fmt: skip


def _changed(team: Team, adapter: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that differ from the adapter's defaults."""
    try:
        defaults = adapter_class(team, adapter).PARAMETERS
    except LitlabError:
        return dict(parameters)
    return {name: value for name, value in parameters.items() if value != defaults.get(name)}


def guess_of(file: RawFile) -> Guess:
    """Return what reads a file: what read it before, else what a look at it proposes.

    Raises
    ------
    UnknownFormat
        If no adapter recognises it; MissingFile, EmptyFile, BrokenArchive as ``sniff``.
    """
    if file.adapter:
        why = "the project says so" if file.in_project else "its cache was made so"
        return Guess(file.adapter, file.parameters, 1.0, (why,))
    guesses = proposals(file.path)
    if not guesses:
        raise UnknownFormat(path=file.path, columns='{"time": …, "price": …, "volume": …}')
    return guesses[0]


def proposals(path: Path) -> tuple[Guess, ...]:
    """Return what ``sniff`` proposes, looked at once for each state of the file."""
    stat = path.stat() if path.is_file() else None
    return _sniffed(path, (stat.st_size, stat.st_mtime_ns) if stat else None)


@functools.lru_cache(maxsize=1024)
def _sniffed(path: Path, state: tuple[int, int] | None) -> tuple[Guess, ...]:
    return tuple(sniff(path))
