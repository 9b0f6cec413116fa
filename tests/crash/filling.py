"""Caches a file on a disk that is full, at ever fewer bytes free, and looks at what is left.

Run as a script: ``filling.py FOLDER LIMIT``, in a mount namespace of its own. FOLDER becomes a small file
system in memory; a filler leaves as many bytes free as a cache takes, then less and less, down to none.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import pytest
from tapes import lseg_row, new_team, write_lseg

from litlab.adapters import load_adapter
from litlab.errors import NoSpaceLeft

PAGE = 4096


def listing(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def main(folder: Path, limit: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
    team = new_team(folder / "w")
    path, cache = folder / "a.csv.gz", team.folder("cache")
    draw = random.Random(1)
    ticks = [
        lseg_row(price=f"13.{draw.randrange(10, 99)}", volume=draw.randrange(1, 999)) for _ in range(5000)
    ]
    write_lseg(path, ticks)
    adapter = load_adapter(team, "lseg", {"paths": [str(path)], "max_rejected": 1.0})
    adapter.create_cache_file(path)
    old = listing(cache)
    write_lseg(path, [*ticks[1:], lseg_row(price="x")])
    whole = free_bytes(folder)
    needed = sum(-(-len(data) // PAGE) * PAGE for data in old.values())
    filler = folder / "filler"
    for step in range(limit):
        left = needed * step // limit // PAGE * PAGE
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, whole - left)
        with pytest.raises(NoSpaceLeft, match="bytes are free"):
            adapter.create_cache_file(path)
        assert listing(cache) == old, step
        filler.unlink()
        assert free_bytes(folder) >= whole - PAGE
    adapter.create_cache_file(path)
    assert listing(cache) != old
    print(json.dumps({"full": limit, "needed": needed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
