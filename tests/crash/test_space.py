"""No space left for a cache: one clear error, nothing left behind, the old cache as it was."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tapes import lseg_row, new_team, write_lseg

from litlab.adapters import load_adapter
from litlab.errors import NoSpaceLeft

FILLING = Path(__file__).with_name("filling.py")
SPACE = ["unshare", "-rm"]


def test_a_full_disk_is_told_at_whatever_byte_it_is_full(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    tried = subprocess.run([*SPACE, *mount], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no file system may be mounted here: {tried.stderr.strip()}")
    command = [*SPACE, sys.executable, FILLING, tmp_path, "30"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert json.loads(done.stdout)["full"] == 30


@pytest.mark.parametrize("call", ["mkdir", "rename", "fsync"])
def test_a_disk_that_is_full_at_a_folder_a_name_or_a_flush_is_told_alike(tmp_path, monkeypatch, call):
    team = new_team(tmp_path / "w")
    path = write_lseg(tmp_path / "a.csv", [lseg_row()])
    adapter = load_adapter(team, "lseg", {"paths": [str(path)]})

    def full(*given, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(NoSpaceLeft, match=r"no space left in .*a\.csv-.* for the cache of .*a\.csv"):
            adapter.create_cache_file(path)
    left = [one.name for one in team.folder("cache").rglob("*") if one.is_file() and one.name != ".lock"]
    assert left == []
    adapter.create_cache_file(path)
    assert len(adapter) == 1
