"""One process for several: started once, found by all, replaced when it dies, gone with the last."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from litlab.companion import Companion, _runtime_folder
from litlab.errors import CompanionGone

MODULE = "companion_echo"


@pytest.fixture
def folder():
    """A path that is short enough for a socket."""
    path = Path(tempfile.mkdtemp(prefix="lit-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def echo(folder):
    companion = Companion(MODULE, folder)
    yield companion
    companion.close()


def wait_until_gone(pid):
    until = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)


def test_answers_find_their_questions_whatever_their_order(echo):
    asked = [(f"word {number}", 0.02 * (number % 5)) for number in range(40)]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda one: echo.ask({"say": one[0], "wait": one[1]}), asked))
    assert [one["said"] for one in answers] == [word for word, _ in asked]
    assert len({one["pid"] for one in answers}) == 1


def test_everybody_who_asks_gets_the_same_process_also_at_the_same_moment(folder):
    several = [Companion(MODULE, folder) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        pids = set(threads.map(lambda one: one.ask({"say": "hello"})["pid"], several))
    code = "from pathlib import Path; from litlab.companion import Companion; import json\n"
    code += f"print(json.dumps(Companion({MODULE!r}, Path({str(folder)!r})).ask({{'say': 'x'}})))"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=paths
    )
    assert {json.loads(there.stdout)["pid"]} == pids
    for one in several[:5]:
        one.close()
    time.sleep(1)
    (pid,) = pids
    assert psutil.pid_exists(pid)  # one owner is left
    several[5].close()
    wait_until_gone(pid)
    assert list(folder.glob("*.socket")) == []


def test_one_that_was_killed_is_replaced_by_the_next_question(echo):
    first = echo.ask({"say": "a"})["pid"]
    os.kill(first, 9)
    wait_until_gone(first)
    second = echo.ask({"say": "b"})
    assert second["said"] == "b"
    assert second["pid"] != first


def test_one_that_always_ends_is_told(echo):
    with pytest.raises(CompanionGone, match="ended before it answered"):
        echo.ask({"say": "end"})
    assert echo.ask({"say": "again"})["said"] == "again"


def test_one_that_takes_too_long_is_told(echo):
    with pytest.raises(CompanionGone, match=r"not answered for 0\.1 s"):
        echo.ask({"say": "late", "wait": 3}, timeout_s=0.1)


def test_one_that_cannot_be_started_says_why(folder):
    with pytest.raises(CompanionGone, match="No module named 'nothing_of_the_kind'"):
        Companion("nothing_of_the_kind", folder).ask({"say": "x"})


def test_the_sockets_folder_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert _runtime_folder().stat().st_mode & 0o777 == 0o700
    _runtime_folder().chmod(0o777)
    with pytest.raises(CompanionGone, match="others may write"):
        _runtime_folder()
