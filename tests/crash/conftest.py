"""What all tests of this folder need: a quick place to be killed in, and a run of a script that kills."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

NO_STRACE = 77
MEMORY = Path("/dev/shm")  # a kill loses no page of the system's: a disk would only be slower


@pytest.fixture
def place(tmp_path):
    """A folder in memory, where there is one."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def killed(place):
    """A function that runs a script of this folder, which kills writers at `limit` calls: its figures."""

    def run(script, limit):
        if shutil.which("strace") is None:
            pytest.skip("strace is not installed")
        command = [sys.executable, Path(__file__).with_name(script), place, str(limit)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == NO_STRACE:
            pytest.skip(f"strace may not attach here: {done.stderr.strip()}")
        assert not done.returncode, done.stderr
        return json.loads(done.stdout)

    return run
