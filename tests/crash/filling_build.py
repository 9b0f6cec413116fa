"""Builds on a disk that is full, at ever more bytes free, and looks at what is told and left.

Run as a script: ``filling_build.py FOLDER LIMIT``, in a mount namespace of its own; FOLDER becomes a small
file system in memory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))
from test_build_kill import SLOW, lab

from litlab import engine
from litlab.builds import find_build, run_build
from litlab.errors import BuildNeedsSpace

PAGE = 4096


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def main(folder: Path, limit: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=True)
    team, schema = lab(folder)
    script = team.folder("scripts") / "price.py"
    script.write_text(SLOW.replace("    time.sleep(0.003)\n", ""))
    whole = free_bytes(folder)
    expected = run_build(team, schema, executor=engine.threads(1)).asset.digest
    needed = whole - free_bytes(folder)
    full, filler = 0, folder / "filler"
    for step in range(limit):
        for kind in ("build", "assets", "logs"):
            shutil.rmtree(team.folder(kind))
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free_bytes(folder) - needed * step // limit // PAGE * PAGE)
        try:
            run_build(team, schema, executor=engine.threads(1))
        except BuildNeedsSpace as problem:
            full += "bytes are needed" in str(problem)
        filler.unlink()
        again = run_build(team, schema, executor=engine.threads(1))
        assert again.asset.digest == expected
        assert find_build(team).state == "complete"
        assert not list(team.root.rglob("*.tmp-*"))
    print(json.dumps({"full": full, "needed": needed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
