"""One version of a raw file's cache: a folder named by its content, and the manifest in it.

The content digest, which assets cite, covers the columns with their names and vocabularies. Files derived
from them (runs, pyramid) and the quarantine have digests of their own: a new kind of derived file makes a new
format, not other ticks.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from litlab import atomic
from litlab.errors import NoSpaceLeft
from litlab.records import digest_of
from litlab.ticks import overview
from litlab.ticks.columns import CANONICAL, PRICE
from litlab.ticks.runs import write_runs

FORMAT = 2
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
    mapped = {name: np.load(draft / columns[name]["file"], mmap_mode="r") for name in CANONICAL}
    write_runs(draft, mapped)
    overview.write_pyramid(draft, mapped)


def publish(home: Path, draft: Path, about: Mapping[str, Any]) -> Path:
    """Give a draft its manifest and its name, and make it the version in use.

    Parameters
    ----------
    home : Path
        The raw file's cache folder, locked by the caller.
    draft : Path
        A folder in it, holding every file of the version.
    about : mapping
        The manifest but ``format``, ``files`` and ``digest``; ``columns`` among it.

    Returns
    -------
    Path
        The version's folder.
    """
    files = {path.name: file_digest(path) for path in sorted(draft.iterdir())}
    digest = content_digest(about["columns"], files)
    manifest = {**about, "format": FORMAT, "files": files, "digest": digest}
    atomic.write_json(draft / "manifest.json", manifest)
    final = home / version_name(digest)
    if final.is_dir():
        _renew(final, draft)
    else:
        atomic.settle(draft, final)
    atomic.point(home, final.name)
    return final


def _renew(final: Path, draft: Path) -> None:
    """Put a draft's files in the place of equal ones: damage is repaired, the manifest is new.

    Columns and derived files are the same bytes, a quarantine's name says its content: at any moment what the
    manifest names is there.
    """
    names = [path.name for path in sorted(draft.iterdir()) if path.name != "manifest.json"]
    for name in [*names, "manifest.json"]:
        atomic.sync_file(draft / name)
        if name == "manifest.json":
            atomic.sync_folder(final)
        (draft / name).rename(final / name)
    atomic.sync_folder(final)
    for path in final.iterdir():
        if path.name not in (*names, "manifest.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


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
