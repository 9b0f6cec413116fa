"""A cache killed at any step: the old one or the new one, and the next try cleans up."""

import signal
import subprocess
import sys

import numpy as np
from tapes import lseg_row, new_team, write_lseg

from litlab.adapters import cache_files, load_adapter

KILLED = """
import os, signal, sys
from litlab.adapters import load_adapter
from litlab.workspace import Workspace

left = int(sys.argv[3])
def hook(event, args):
    global left
    if event in ("open", "os.rename", "os.mkdir") and "cache" in str(args[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
team = Workspace(sys.argv[1]).team("contoso")
adapter = load_adapter(team, "lseg", {"paths": [sys.argv[2]]})
sys.addaudithook(hook)
adapter.create_cache_file(sys.argv[2])
"""


def test_a_cache_killed_at_any_step_is_old_or_new(tmp_path):
    team = new_team(tmp_path / "w")
    old, new = ([lseg_row(price=price)] * 500 for price in ("13.1", "13.2"))
    path = write_lseg(tmp_path / "a.csv", old)
    adapter = load_adapter(team, "lseg", {"paths": [str(path)]})
    cache_files(adapter, workers=1)
    write_lseg(path, [*new, new[0]])
    seen = set()
    for step in (1, 2, 4, 8, 16, 24, 32, 48, 64, 999):
        command = [sys.executable, "-c", KILLED, team.workspace.home, path, str(step)]
        status = subprocess.run(command, capture_output=True, check=False).returncode
        assert status in (0, -signal.SIGKILL)
        found = load_adapter(team, "lseg", {"paths": [str(path)]})
        prices = found.window(0, len(found), ["price"])["price"]
        seen.add((len(found), float(prices[0])))
        assert (prices == prices[0]).all()
        np.testing.assert_array_equal(found.store.column("volume", 0, len(found)), 100)
        if status == 0:
            break
    assert status == 0
    assert seen == {(500, 13.1), (501, 13.2)}
    assert not list(team.folder("cache").rglob("*.tmp-*"))
