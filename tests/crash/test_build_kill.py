"""A build killed anywhere, with all its processes, and run again: the same bytes, and nobody left behind."""

import dataclasses
import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from tapes import minutes, new_team, tape, write_script

from litlab import engine
from litlab.builds import find_build, list_builds, run_build
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
FEATURE = "import time\ndef feature(adapter, index, params={}, features={}):\n"
SLOW = FEATURE + "    time.sleep(0.003)\n    return [adapter[index]['price']]\n"
LABEL = "LABEL = True\n" + FEATURE + "    return [float(index % 4)]\n"
RUN = """
import sys
from litlab.builds import run_build
from litlab.schemas import load_schema
from litlab.workspace import Workspace
if __name__ == "__main__":
    team = Workspace(sys.argv[1]).team("contoso")
    run_build(team, load_schema(team, "minutes"), workers=2)
"""


def lab(home):
    team = new_team(home / "w")
    adapter = tape(team, home / "t", *[minutes(day, 60) for day in DAYS])
    for name, text in {"price": SLOW, "quarter": LABEL}.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    split = Split("date", DAYS[2], DAYS[3])
    return team, save_schema(team, Schema("minutes", "p", data, ("price",), ("quarter",), split))


def start(team):
    command = [sys.executable, "-c", RUN, str(team.workspace.home)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def left_of(session):
    """Return the processes of a session that are still there."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def sha256_of(asset):
    """Return one digest of all of an asset's files and their names."""
    whole = hashlib.sha256()
    for path in sorted(asset.path.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(asset.path).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def killed_and_resumed(tmp_path, points):
    team, schema = lab(tmp_path / "calm")
    calm = run_build(team, schema, executor=engine.threads(1)).asset
    expected, states = sha256_of(calm), []
    draw = random.Random(11)
    for point in range(points):
        team, schema = lab(tmp_path / f"killed{point}")
        process = start(team)
        while not (team.folder("logs") / "1" / "status.txt").exists() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.uniform(0.0, 3.5))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        psutil.wait_procs(left_of(process.pid), timeout=20)
        assert left_of(process.pid) == []
        killed = find_build(team)
        states.append(killed.state)
        if killed.state == "interrupted":  # and stays so where somebody else gets its pid
            record = killed.record()
            killed.store(dataclasses.replace(record, pid=os.getpid()))
            assert killed.state == "interrupted"
        again = run_build(team, schema, executor=engine.threads(2))
        assert again.asset.digest == calm.digest
        assert sha256_of(again.asset) == expected
        assert [build.state for build in list_builds(team)] == [states[-1], "complete"]
        assert not list(team.root.rglob("*.tmp-*"))
    assert set(states) <= {"interrupted", "complete"}
    assert "interrupted" in states
    print(f"{points} of {points} with one sha256, {states.count('interrupted')} of them cut off midway")


def test_a_build_killed_at_two_random_points_is_the_same_when_run_again(tmp_path):
    killed_and_resumed(tmp_path, 2)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_build_killed_at_twenty_random_points_is_the_same_when_run_again(tmp_path):
    killed_and_resumed(tmp_path, 20)


def test_a_running_build_tells_its_process_and_a_reused_pid_does_not_make_it_run(tmp_path):
    team, _ = lab(tmp_path)
    process = start(team)
    while not (team.folder("logs") / "1" / "status.txt").exists():
        assert process.poll() is None
        time.sleep(0.002)
    build = find_build(team)
    assert build.state == "running"
    record = build.record()
    assert record.pid == process.pid
    assert (build.folder / "status.txt").read_text() == f"running: process {process.pid}, {record.identity}\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    psutil.wait_procs(left_of(process.pid), timeout=20)
    build.store(dataclasses.replace(record, pid=os.getpid()))  # a pid that somebody has
    assert build.state == "interrupted"
