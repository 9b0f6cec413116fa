"""Caches as earlier formats laid them out, made by hand from present ones."""

from __future__ import annotations

import json
from pathlib import Path

from litlab import atomic
from litlab.records import digest_of
from litlab.ticks.version import file_digest

YOUNGER = ("quarantine", "disorder_ns", "hindsight", "uses_hindsight")


def to_format_1(home: Path, *, added: tuple[str, ...] = ("order", "max_disorder_s")) -> Path:
    """Turn the version in use into one of format 1 and return its folder.

    Format 1 named the folder by a digest over all files, had fewer derived files, and its manifest said less;
    `added` are parameters its adapters did not have.
    """
    version = atomic.pointed(home)
    manifest = json.loads((version / "manifest.json").read_text())
    quarantine = (manifest["quarantine"] or {}).get("file", "")
    for name in ("minutes.npy", quarantine):
        if name:
            (version / name).unlink(missing_ok=True)
    for name in (*YOUNGER, "previous"):
        manifest.pop(name, None)
    manifest["parameters"] = {
        name: value for name, value in manifest["parameters"].items() if name not in added
    }
    del manifest["raw"]["path"]
    files = {path.name: file_digest(path) for path in version.iterdir() if path.name != "manifest.json"}
    words = {name: about.get("words") for name, about in manifest["columns"].items()}
    digest = digest_of({"files": files, "words": words})[:32]
    atomic.write_json(version / "manifest.json", {**manifest, "format": 1, "files": files, "digest": digest})
    older = version.rename(home / digest)
    atomic.point(home, digest)
    return older
