"""Caches of an older format: their columns are kept, what is derived from them is made anew.

1. The manifest says which files hold columns; each must have the digest it had. 2. They are linked, not
copied, into a draft. 3. Runs and pyramid are written beside them. 4. The draft is published like a new cache:
old or new, never half.

Format 1 named versions and cited ticks by a digest over all files; format 2 by one over the columns. The
older digest stays in the manifest as ``previous``.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.ticks.raw import RawState
from litlab.ticks.version import FORMAT, column_files, file_digest, new_draft, publish, write_derived


def older_manifest(home: Path) -> dict[str, Any]:
    """Return the manifest of the version in use if its format is older than this one, else {}."""
    version = atomic.pointed(home)
    try:
        found = json.loads((version / "manifest.json").read_text("utf-8")) if version else {}
        return found if 1 <= found["format"] < FORMAT else {}
    except (OSError, ValueError, TypeError, LookupError):
        return {}


def migrate(older: Path, home: Path, raw: Path) -> bool:
    """Bring a cache to this format without reading the raw file; False where that cannot be.

    Parameters
    ----------
    older : Path
        The cache folder whose version in use is of an older format.
    home : Path
        The raw file's cache folder, the same or another one: `older` is removed then.
    raw : Path

    Returns
    -------
    bool
        Whether it is in this format now; False where the raw file has changed since or a column is damaged:
        cache the file anew then.
    """
    with new_draft(home, raw, "migrate") as draft:
        version, manifest = atomic.pointed(older), older_manifest(older)
        if version is None or not manifest or not _is_sound(version, manifest, raw):
            return False
        for name in column_files(manifest["columns"], manifest["files"]):
            _link(version / name, draft / name)
        write_derived(draft, manifest["columns"])
        publish(home, draft, _renewed(manifest, raw))
    if older != home:
        (older / "CURRENT").unlink()
        shutil.rmtree(older)
    return True


def _is_sound(version: Path, manifest: dict[str, Any], raw: Path) -> bool:
    files = manifest["files"]
    try:
        if not RawState.of(raw).matches(manifest["raw"]):
            return False
        columns = column_files(manifest["columns"], files)
        return all(file_digest(version / name) == files[name] for name in columns)
    except OSError:
        return False


def _link(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, name)


def _renewed(manifest: dict[str, Any], raw: Path) -> dict[str, Any]:
    return {
        **manifest,
        "raw": RawState.of(raw).about(),
        "uses_hindsight": bool(manifest.get("uses_hindsight", False)),
        "hindsight": ["final corrections"] if manifest.get("uses_hindsight") else [],  # there was no other
        "disorder_ns": None,  # was not looked for
        "quarantine": None,
        "previous": {"format": manifest["format"], "digest": manifest["digest"]},
    }
