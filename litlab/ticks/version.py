"""One version of a raw file's cache: a folder named by its content, and the manifest in it.

The content digest, which assets cite, covers the columns with their names and vocabularies. Files derived
from them (runs, pyramid) and the quarantine have digests of their own: a new kind of derived file makes a new
format, not other ticks. The manifest carries one of all the rest it says. A vendor's column of the same bytes
as another's names that one's file: a time that is the clock too lies on disk once.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xxhash

from litlab import atomic
from litlab.errors import NoSpaceLeft
from litlab.records import digest_of
from litlab.ticks import overview
from litlab.ticks.columns import CANONICAL, LINE, PRICE, QUOTED
from litlab.ticks.npy import mapped
from litlab.ticks.runs import write_runs

FORMAT = 2
SEAL = "manifest_digest"
STANDARD = (*CANONICAL, *QUOTED, LINE)  # these are found by their files' names
_PIECE = 1 << 18  # stays in the processor's cache

Columns = Mapping[str, Mapping[str, Any]]


def version_name(digest: str) -> str:
    """Return the folder's name.

    >>> version_name("0123456789abcdef0123456789abcdef")
    '0123456789abcdef0123456789abcdef-2'
    """
    return f"{digest}-{FORMAT}"


@contextmanager
def new_draft(home: Path, raw: Path, purpose: str) -> Iterator[Path]:
    """Give an empty folder in a locked cache folder; nothing of it is left, however the block ends.

    Parameters
    ----------
    home : Path
        The raw file's cache folder; made if missing.
    raw : Path
    purpose : str
        Told to whoever finds it locked.

    Raises
    ------
    Locked
        If another process writes this cache; NoSpaceLeft if the disk is full before the block is done.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with atomic.lock(home / ".lock", what=f"The cache of {raw.name}", purpose=purpose):
            atomic.remove_drafts(home)
            draft = home / "version.tmp-draft"
            try:
                draft.mkdir()
                yield draft
            finally:
                atomic.remove_drafts(home)
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        there = home if home.is_dir() else home.parent
        raise NoSpaceLeft(path=raw, folder=home, free=shutil.disk_usage(there).free) from None


def write_derived(draft: Path, columns: Columns) -> None:
    """Write runs and pyramid from the columns in a draft; quotes, which have no price, have neither."""
    if PRICE not in columns:
        return
    values = {name: mapped(draft / columns[name]["file"]) for name in CANONICAL}
    write_runs(draft, values)
    overview.write_pyramid(draft, values)


def publish(home: Path, draft: Path, about: Mapping[str, Any]) -> Path:
    """Give a draft its manifest and its name, and make it the version in use.

    Parameters
    ----------
    home : Path
        The raw file's cache folder, locked by the caller.
    draft : Path
        A folder in it, holding every file of the version.
    about : mapping
        The manifest but ``format``, ``files`` and digests; ``columns`` among it.

    Returns
    -------
    Path
        The version's folder.
    """
    files = {path.name: file_digest(path) for path in sorted(draft.iterdir())}
    columns = _shared(draft, about["columns"], files)
    digest = content_digest(columns, files)
    manifest = {**about, "columns": columns, "format": FORMAT, "files": files, "digest": digest}
    manifest[SEAL] = seal_of(manifest)
    (draft / "manifest.json").write_bytes(atomic.json_bytes(manifest))  # flushed with the rest of the draft
    final = home / version_name(digest)
    if final.is_dir():
        _renew(final, draft)
    else:
        atomic.settle(draft, final)
    atomic.point(home, final.name)
    return final


def _shared(draft: Path, columns: Columns, files: dict[str, str]) -> Columns:
    """Return the columns with equal ones of the vendor's in one file; what nobody names then is removed."""
    kept: dict[str, str] = {}  # digest → file; it covers the dtype, which stands in the header
    found = {}
    for name, about in columns.items():
        file = about["file"]
        if name not in STANDARD and about.get("kind") != "text":  # a vocabulary belongs to one file
            file = kept.get(files[file], file)
        kept.setdefault(files[about["file"]], file)
        found[name] = {**about, "file": file}
    for file in {about["file"] for about in columns.values()} - {about["file"] for about in found.values()}:
        (draft / file).unlink()
        del files[file]
    return found


def seal_of(manifest: Mapping[str, Any]) -> str:
    """Return the digest of all that a manifest says beside it."""
    return digest_of({key: value for key, value in manifest.items() if key != SEAL})[:32]


def _renew(final: Path, draft: Path) -> None:
    """Put a draft's files in the place of equal ones: damage is repaired, the manifest is new.

    Columns and derived files are the same bytes, a quarantine's name says its content: at any moment what the
    manifest names is there. Columns that the older one named stay until the next time, for who reads by it.
    """
    older = _column_files(final)
    names = [path.name for path in sorted(draft.iterdir()) if path.name != "manifest.json"]
    atomic.sync_files(draft / name for name in [*names, "manifest.json"])
    for name in [*names, "manifest.json"]:
        if name == "manifest.json":
            atomic.sync_folder(final)
        (draft / name).rename(final / name)
    atomic.sync_folder(final)
    for path in final.iterdir():
        if path.name not in (*names, *older, "manifest.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _column_files(version: Path) -> list[str]:
    """Return the files of columns that a version's manifest names; none where it cannot be read."""
    try:
        manifest = json.loads((version / "manifest.json").read_text("utf-8"))
        return column_files(manifest["columns"], manifest["files"])
    except (OSError, ValueError, LookupError):
        return []


def content_digest(columns: Columns, files: Mapping[str, str]) -> str:
    """Return the digest of the ticks: of each column's name, bytes and whatever says how to read these.

    Parameters
    ----------
    columns : mapping
        The manifest's: a value that names a file counts as that file's digest.
    files : mapping
        Name → digest.
    """
    content = {
        name: {
            key: files.get(value, value) if isinstance(value, str) else value for key, value in about.items()
        }
        for name, about in columns.items()
    }
    return digest_of(content)[:32]


def column_files(columns: Columns, files: Mapping[str, str]) -> list[str]:
    """Return the files, of those a manifest lists, that hold the columns."""
    named = {value for about in columns.values() for value in about.values() if isinstance(value, str)}
    return sorted(named & set(files))


def file_digest(path: Path) -> str:
    """Return the xxh3-128 of a file's bytes.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_digest(Path(file.name))
    '99aa06d3014798d86001c324468d497f'
    """
    state = xxhash.xxh3_128()
    piece = memoryview(bytearray(_PIECE))
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(piece):
            state.update(piece[:count])
    return state.hexdigest()
