"""No space left for a build: one clear error with the bytes needed, and it goes on once there is space."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FILLING = Path(__file__).with_name("filling_build.py")
SPACE = ["unshare", "-rm"]


def test_a_full_disk_is_told_at_whatever_write_of_a_build_and_the_build_goes_on_later(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    tried = subprocess.run([*SPACE, *mount], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no file system may be mounted here: {tried.stderr.strip()}")
    command = [*SPACE, sys.executable, FILLING, tmp_path, "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert json.loads(done.stdout)["full"] >= 18
