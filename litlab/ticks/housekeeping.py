"""What lies in a folder of caches, and removing what nobody needs.

    cache/<raw name>-<key>/CURRENT            names the version in use
    cache/<raw name>-<key>/<digest>-<format>/ a version; the others are superseded
    cache/<raw name>-<key>/….tmp-…            what an interrupted writer left: a draft

``list_caches`` tells, ``sweep`` removes superseded versions, drafts and, when asked, caches whose raw file
is gone; ``remove_cache`` one whole cache. A map that is open stays readable: its pages outlive the name.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import shlex
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.errors import Locked
from litlab.ticks.raw import RawState


@dataclasses.dataclass(frozen=True)
class CacheFolder:
    """The caches of one raw file under one adapter and its parameters.

    Attributes
    ----------
    home : Path
        ``cache/<raw name>-<key>``.
    current : Path or None
        The version in use.
    superseded, drafts : tuple of Path
    """

    home: Path
    current: Path | None
    superseded: tuple[Path, ...]
    drafts: tuple[Path, ...]

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """The current version's manifest, {} where it cannot be read."""
        return read_manifest(self.current) if self.current else {}

    @property
    def raw(self) -> Path | None:
        """The raw file, None where the manifest does not say."""
        path = self.manifest.get("raw", {}).get("path")
        return Path(path) if path else None

    @property
    def name(self) -> str:
        """The raw file's name."""
        return str(self.manifest.get("raw", {}).get("name") or self.home.name.rpartition("-")[0])

    @property
    def adapter(self) -> str:
        """The adapter's name, "" where the manifest cannot be read."""
        return str(self.manifest.get("adapter", ""))

    @property
    def parameters(self) -> dict[str, Any]:
        """The adapter's parameters."""
        return dict(self.manifest.get("parameters", {}))

    @property
    def digest(self) -> str:
        """The content digest of the version in use, "" where there is none."""
        return str(self.manifest.get("digest", ""))

    @property
    def digests(self) -> tuple[str, ...]:
        """The names its content goes by: its digest, and that of the older format it was brought up from."""
        before = (self.manifest.get("previous") or {}).get("digest")
        return tuple(filter(None, (self.digest, before)))

    @property
    def state(self) -> str:
        """One of ``fresh``, ``stale`` (the raw file has changed), ``orphan`` (it is gone), ``broken``."""
        if not self.manifest:
            return "broken"
        if self.raw is None:  # an older manifest does not say where the file lies
            return "fresh"
        try:
            return "fresh" if RawState.of(self.raw).matches(self.manifest["raw"]) else "stale"
        except OSError:
            return "orphan"

    @property
    def rebuild(self) -> str:
        """The command that makes the cache again, damaged or not."""
        parts = ["litlab", "cache", "--again", str(self.raw or self.name)]
        if self.adapter:
            given = json.dumps(self.parameters, sort_keys=True)
            parts += ["--adapter", self.adapter, "--params", given]
        return shlex.join(parts)


@dataclasses.dataclass(frozen=True)
class Removed:
    """One thing that was removed, or would be.

    Attributes
    ----------
    path : Path
    what : str
        ``superseded``, ``draft``, ``orphan``, ``cache``, ``asset`` or ``vault entry``.
    bytes : int
        On disk.
    """

    path: Path
    what: str
    bytes: int


def read_manifest(version: Path) -> dict[str, Any]:
    """Return a version's manifest, {} where it is missing or no JSON object."""
    try:
        found = json.loads((version / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def list_caches(folder: Path) -> list[CacheFolder]:
    """Return the caches that lie in a folder, by name; [] where there is no such folder."""
    if not folder.is_dir():
        return []
    homes = (home for home in sorted(folder.iterdir()) if home.is_dir() and ".tmp-" not in home.name)
    return [_cache_folder(home) for home in homes]


def _cache_folder(home: Path) -> CacheFolder:
    current = atomic.pointed(home)
    inside = [path for path in sorted(home.iterdir()) if path.name not in ("CURRENT", ".lock")]
    drafts = tuple(path for path in inside if ".tmp-" in path.name)
    others = tuple(path for path in inside if path.is_dir() and path not in drafts and path != current)
    return CacheFolder(home, current, others, drafts)


def bytes_on_disk(path: Path) -> int:
    """Return the size of a file, or of all files below a folder; 0 where it is gone."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(one.stat().st_size for one in files if one.is_file())


def sweep(
    folder: Path, *, orphans: bool = False, pinned: Collection[str] = (), dry_run: bool = False
) -> Iterator[Removed]:
    """Remove what nobody needs of the caches in a folder, and yield it; a cache being written is left alone.

    Parameters
    ----------
    folder : Path
        ``<team>/cache``.
    orphans : bool
        Also whole caches whose raw file is gone: they cannot be made again.
    pinned : collection of str
        Content digests that assets cite: a version of one of these stays, unless the version in use has
        the same content.
    dry_run : bool
        Remove nothing.
    """
    for draft in sorted(folder.glob("*.tmp-*")):  # a cache whose removal was interrupted
        yield Removed(draft, "draft", bytes_on_disk(draft))
        if not dry_run:
            remove(draft)
    for cache in list_caches(folder):
        try:
            with atomic.lock(cache.home / ".lock", what=f"The cache of {cache.name}", purpose="gc"):
                found = list(_needless(_cache_folder(cache.home), orphans, pinned))
                for one in found if not dry_run else ():
                    remove(one.path)
        except Locked:
            continue
        yield from found


def _needless(cache: CacheFolder, orphans: bool, pinned: Collection[str]) -> Iterator[Removed]:
    if orphans and cache.state == "orphan" and not set(cache.digests) & set(pinned):
        yield Removed(cache.home, "orphan", bytes_on_disk(cache.home))
        return
    for path in cache.drafts:
        yield Removed(path, "draft", bytes_on_disk(path))
    for path in cache.superseded:
        digest = read_manifest(path).get("digest")
        if digest in cache.digests or digest not in pinned:
            yield Removed(path, "superseded", bytes_on_disk(path))


def remove_cache(cache: CacheFolder) -> Removed:
    """Remove all versions of a cache.

    Raises
    ------
    Locked
        If it is being written.
    """
    with atomic.lock(cache.home / ".lock", what=f"The cache of {cache.name}", purpose="rm"):
        removed = Removed(cache.home, "cache", bytes_on_disk(cache.home))
        remove(cache.home)
    return removed


def remove(path: Path) -> None:
    """Remove a file, or a folder in one step: it is renamed to a draft before its files go."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    draft = path if ".tmp-" in path.name else path.with_name(f"{path.name}.tmp-removed")
    if draft != path:
        path.rename(draft)
        atomic.sync_folder(path.parent)
    shutil.rmtree(draft)
