"""Caching in the background: it outlives who started it, says how far it is, and ends when told."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from tapes import lseg_row, new_team, write_lseg

from litlab.errors import BadParameter, MissingFile, UnknownName
from litlab.uploads import Task, list_cachings, list_files, start_caching
from litlab.uploads.caching import Caching, find_caching
from litlab.uploads.work import ProgressFile, run_caching


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


def files(team, count=3):
    raw = team.folder("raw")
    return tuple(
        str(write_lseg(raw / f"{at}.csv", [lseg_row(price=f"13.{at}5")] * 50)) for at in range(count)
    )


SLOW = """
import time
from litlab.adapters.lseg import LsegAdapter


class Slow(LsegAdapter):
    name = "slow"

    def parse(self, path):
        for _ in range(1000):
            time.sleep(0.02)
            self.account.bytes_read += 1
            yield from super().parse(path)
"""


def slow(team):
    """A caching that takes half a minute, with some ticks kept already."""
    (team.folder("adapters") / "slow.py").write_text(SLOW)
    caching = start_caching(team, [Task("slow", {}, files(team, 2))])
    end = time.monotonic() + 60
    while not caching.total().rows and time.monotonic() < end:
        time.sleep(0.05)
    return caching


def test_one_file_that_cannot_be_read_does_not_hold_up_the_others(team):
    paths = files(team)
    broken = team.folder("raw") / "broken.csv"
    broken.write_text("Price,Volume\n1,2\n")
    caching = start_caching(team, [Task("lseg", {}, (paths[0], str(broken), *paths[1:]))])
    assert caching.wait(60) == "failed"
    found = caching.files()
    assert [one.state for one in found.values()] == ["cached", "failed", "cached", "cached"]
    assert "column" in found[broken].reason
    assert [one.rows for one in found.values()] == [50, 0, 50, 50]
    assert caching.total().rows == 150
    assert caching.total().share == 1
    log = caching.job.log.read_text()
    assert "0.csv: 50 ticks by lseg" in log
    assert "broken.csv: " in log
    states = {one.name: one.state for one in list_files(next(iter(team.projects())))}
    assert states == {"0.csv": "cached", "1.csv": "cached", "2.csv": "cached", "broken.csv": "failed"}


def test_it_outlives_the_process_that_started_it(team):
    paths = files(team, 1)
    program = """
import sys, os, signal
from litlab.uploads import Task, start_caching
from litlab.workspace import Workspace
start_caching(Workspace(sys.argv[1]).team(sys.argv[2]), [Task("lseg", {}, (sys.argv[3],))])
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(team.workspace.home), team.name, *paths], check=False)
    (caching,) = list_cachings(team)
    assert caching.wait(60) == "done"
    assert next(iter(caching.files().values())).state == "cached"


def test_a_caching_that_is_stopped_leaves_no_half_cache_and_says_so(team):
    caching = slow(team)
    seen = caching.total()
    assert 0 < seen.bytes_done < seen.bytes_total
    caching.stop()
    assert caching.wait(60) == "stopped"
    assert {one.state for one in caching.files().values()} == {"stopped"}
    left = [path for path in team.folder("cache").rglob("*") if path.is_file() and path.name != ".lock"]
    assert left == []
    assert {one.state for one in list_files(next(iter(team.projects())))} == {"on disk"}


def test_a_caching_that_is_killed_reads_as_stopped_never_as_running(team):
    caching = slow(team)
    caching.job.kill()
    assert caching.wait(30) == "failed"
    assert next(iter(caching.files().values())).state == "stopped"
    again = start_caching(team, [Task("lseg", {}, caching.request.tasks[0].paths)])
    assert again.wait(60) == "done"
    assert [one.folder.name for one in list_cachings(team)] == ["cache-2", "cache-1"]


def test_what_cannot_be_cached_is_refused_before_a_job_is_made(team):
    (path,) = files(team, 1)
    with pytest.raises(BadParameter, match="nothing to cache"):
        start_caching(team, [])
    with pytest.raises(UnknownName, match="lseg"):
        start_caching(team, [Task("lsge", {}, (path,))])
    with pytest.raises(UnknownName, match="symbol"):
        start_caching(team, [Task("lseg", {"symbl": "A"}, (path,))])
    with pytest.raises(MissingFile):
        start_caching(team, [Task("lseg", {}, ("/nothing.csv",))])
    assert list_cachings(team) == []
    with pytest.raises(UnknownName):
        find_caching(team, "../../etc")


def test_progress_is_written_at_most_five_times_a_second_and_whenever_a_state_changes(tmp_path):
    path, now = tmp_path / "a", [0.0]
    path.write_bytes(b"x" * 100)
    told = ProgressFile(tmp_path / "progress.json", [str(path)], clock=lambda: now[0])
    writes = []

    def read():
        text = (tmp_path / "progress.json").read_text()
        if not writes or writes[-1] != text:
            writes.append(text)
        return json.loads(text)[str(path)]

    assert read()["state"] == "queued"
    told.tell(str(path), state="caching")
    assert read()["state"] == "caching"
    for at in range(1, 101):
        now[0] = at / 100
        told.tell(str(path), rows=at, bytes_done=at)
        read()
    assert 6 <= len(writes) <= 7
    told.tell(str(path), state="cached", rows=100)
    assert read()["state"] == "cached"
    assert not list(tmp_path.glob("*.tmp-*"))


def test_figures_of_files_read_side_by_side_add_up(team, monkeypatch):
    paths = files(team, 2)
    caching = start_caching(team, [Task("lseg", {}, paths)])
    caching.wait(60)
    progress = ProgressFile(caching.folder / "progress.json", paths)
    for path in paths:
        progress.tell(path, state="caching", rows=10, bytes_done=progress._files[path].bytes_total // 2)
    total = Caching(caching.folder).total()
    assert total.rows == 20
    assert total.share == pytest.approx(0.5, abs=0.01)


def test_an_adapter_that_raises_anything_fails_its_file_only(team, tmp_path):
    (team.folder("adapters") / "odd.py").write_text(
        "from litlab.adapters import TradersBaseAdapter\n\n\nclass Odd(TradersBaseAdapter):\n"
        "    name = 'odd'\n\n    def parse(self, path):\n        raise ZeroDivisionError('of mine')\n"
    )
    paths = files(team, 2)
    folder = tmp_path / "job"
    folder.mkdir()
    caching = start_caching(team, [Task("odd", {}, paths[:1]), Task("lseg", {}, paths[1:])])
    caching.wait(60)
    assert [one.state for one in caching.files().values()] == ["failed", "cached"]
    assert next(iter(caching.files().values())).reason == "ZeroDivisionError: of mine"


def test_nothing_is_begun_once_it_was_told_to_stop(team):
    caching = start_caching(team, [Task("lseg", {}, files(team, 2))])
    caching.wait(60)
    before = os.stat(next(team.folder("cache").iterdir())).st_mtime_ns
    stopping = threading.Event()
    stopping.set()
    assert run_caching(caching.folder, stopping) == 2
    assert os.stat(next(team.folder("cache").iterdir())).st_mtime_ns == before
