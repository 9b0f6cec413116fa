"""Is every byte of a cache still what its manifest says?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litlab.ticks.columns import TIMESTAMP
from litlab.ticks.housekeeping import CacheFolder
from litlab.ticks.npy import mapped
from litlab.ticks.version import FORMAT, SEAL, content_digest, file_digest, seal_of


@dataclasses.dataclass(frozen=True)
class Damage:
    """Something on disk that is not what it was when it was written.

    Attributes
    ----------
    what : str
        The object: "cache of BAC.N.csv.gz", "asset minutes 0123abcd", "vault entry conv 0123abcd", "ledger".
    path : Path
        The file, or the folder where all of it is in doubt.
    reason : str
    remedy : str
        The command that makes it again, else a sentence.
    """

    what: str
    path: Path
    reason: str
    remedy: str


def check_files(folder: Path, digests: Mapping[str, str]) -> list[tuple[Path, str]]:
    """Return (path, reason) of every file of a folder that is missing, unreadable or has another digest."""
    found = []
    for name, wanted in digests.items():
        path = folder / name
        try:
            if file_digest(path) != wanted:
                found.append((path, "its bytes are not the ones that were written"))
        except FileNotFoundError:
            found.append((path, "it is missing"))
        except OSError as problem:
            found.append((path, f"it cannot be read ({problem.strerror})"))
    return found


def check_cache(cache: CacheFolder) -> list[Damage]:
    """Return what is damaged in a cache's version in use; superseded versions and drafts are not looked at.

    Of another format only the files' digests are compared: what else must hold there is not known here.
    """
    what, remedy = f"cache of {cache.name}", cache.rebuild
    if cache.current is None:
        return [Damage(what, cache.home, "CURRENT names no version", remedy)]
    manifest, path = cache.manifest, cache.current / "manifest.json"
    files, columns = manifest.get("files"), manifest.get("columns")
    if not isinstance(files, dict) or not isinstance(columns, dict):
        return [Damage(what, path, "it is no readable manifest", remedy)]
    found = [Damage(what, where, reason, remedy) for where, reason in check_files(cache.current, files)]
    if manifest.get("format") == FORMAT and content_digest(columns, files) != cache.digest:
        found.append(Damage(what, path, "what it says of the columns does not make its digest", remedy))
    if SEAL in manifest and seal_of(manifest) != manifest[SEAL]:  # versions of before have none
        found.append(Damage(what, path, "it says something else than when it was written", remedy))
    if not found and not _is_true(manifest, cache.current):
        found.append(Damage(what, path, "it says other rows or times than the columns hold", remedy))
    return found


def _is_true(manifest: Mapping[str, Any], version: Path) -> bool:
    """Tell whether a manifest says how many rows there are, and when the first and the last came."""
    times = mapped(version / str(manifest["columns"][TIMESTAMP]["file"]))
    said = tuple(manifest.get(name) for name in ("rows", "first_time_ns", "last_time_ns"))
    ends = (int(times[0]), int(times[-1])) if len(times) else (None, None)
    return said == (len(times), *ends)
