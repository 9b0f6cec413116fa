"""Builds as jobs: launched, listed, stopped, resumed, and what is told of them meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tapes import minutes, new_team, tape, write_script
from typer.testing import CliRunner

from litlab import engine
from litlab.builds import (
    BuildLog,
    Processes,
    chunk_states,
    estimate,
    facts,
    find_build,
    launch_build,
    list_builds,
    resume_build,
    run_build,
    stop_build,
    team_facts,
)
from litlab.cli import app
from litlab.errors import AlreadyExists, BuildFailed, BuildNotOurs, Pinned, UnknownName
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, load_schema, save_schema
from litlab.upkeep.schemas import delete_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
HEAD = "import time\ndef feature(adapter, index, params={}, features={}):\n"
TIMEOUT_S = 120


@pytest.fixture
def team(tmp_path):
    """Three days of five minutes, and two scripts: one quick, one that takes 0.3 s a sample."""
    team = new_team(tmp_path / "w")
    adapter = tape(team, tmp_path / "t", *[minutes(day, 5) for day in DAYS])
    texts = {
        "one": HEAD + "    return [1.0]\n",
        "slow": HEAD + "    time.sleep(0.3)\n    return [1.0]\n",
        "bad": HEAD + "    return [1 / 0]\n",
        "up": "LABEL = True\n" + HEAD + "    return [1.0]\n",
    }
    for name, text in texts.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    for name in ("one", "slow", "bad"):
        save_schema(team, Schema(name, "p", data, (name,), ("up",), Split("date", DAYS[1], DAYS[2])))
    return team


def until(condition):
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_launched_build_is_the_same_and_tells_how_it_went(team):
    job = launch_build(team, "one", workers=1)
    build = BuildLog(job.folder)
    assert build.state in ("queued", "running")
    assert [one.number for one in list_builds(team)] == [build.number]
    assert job.wait(TIMEOUT_S) == "done"
    told = facts(build)
    assert json.loads(json.dumps(told)) == told
    wanted = {"state": "complete", "chunks": 3, "done": 3, "samples": 30, "is_job": True, "project": "p"}
    assert {name: told[name] for name in wanted} == wanted
    assert told["ticks"] == told["ticks_done"] > 0
    assert told["ticks_per_s"] > 0
    assert told["by"]
    assert [state for _, state in chunk_states(build)] == ["done"] * 3
    again = run_build(team, load_schema(team, "one"), executor=engine.threads(1))
    assert again.asset.digest == told["asset"]
    assert [state for _, state in chunk_states(find_build(team))] == ["reused"] * 3
    assert [one["build"] for one in team_facts(team, "p")] == [2, 1]


def test_a_build_outlives_its_launcher_and_whoever_comes_later_sees_it_run_and_stops_it(team):
    code = (
        "import sys; from litlab.workspace import Workspace; from litlab.builds import launch_build\n"
        "launch_build(Workspace(sys.argv[1]).team('contoso'), 'slow', workers=1)\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", code, str(team.workspace.home)], start_new_session=True, stderr=subprocess.PIPE
    )
    assert launcher.wait(TIMEOUT_S) == 0
    launcher.stderr.close()
    build = find_build(team)
    until(lambda: any(state == "running" for _, state in chunk_states(build)))
    with pytest.raises(AlreadyExists, match="running build of 'slow'"):
        launch_build(team, "slow")
    with pytest.raises(Pinned, match="build 1 is under way"):
        delete_schema(team, "slow")
    looking = Processes(build)
    until(lambda: any(one.feature == "slow" and one.index >= 0 for one in looking.look()))
    (worker,) = [one for one in looking.look() if one.state == "running"]
    assert worker.rss_bytes > 1 << 20
    assert worker.chunk.startswith("slow_")
    assert facts(build)["rss_bytes"] >= worker.rss_bytes
    assert facts(build)["running"] == 1
    stop_build(team, build.number)
    until(lambda: build.state == "stopped")
    until(lambda: not os.path.exists(f"/proc/{worker.pid}"))
    assert {state for _, state in chunk_states(build)} <= {"stopped", "queued", "done"}
    assert looking.look()[0].state == "gone"


def test_a_stopped_build_is_resumed_as_it_was_ordered_and_keeps_its_chunks(team):
    write_script(team, "slow", HEAD + "    time.sleep(0.05)\n    return [1.0]\n")
    job = launch_build(team, "slow", workers=1)
    build = BuildLog(job.folder)
    until(lambda: any(state == "done" for _, state in chunk_states(build)))
    stop_build(team, build.number)
    assert job.wait(TIMEOUT_S) == "stopped"
    again = resume_build(team, build.number)
    assert again.wait(TIMEOUT_S) == "done"
    told = facts(BuildLog(again.folder))
    assert told["workers"] == 1
    assert told["state"] == "complete"
    assert told["reused"] >= 1


def test_a_failed_build_says_script_line_and_index_and_which_chunk(team):
    job = launch_build(team, "bad", workers=1)
    assert job.wait(TIMEOUT_S) == "failed"
    told = facts(BuildLog(job.folder))
    assert told["state"] == "failed"
    assert told["reason"].startswith("bad.py, line 3, at index 0: ZeroDivisionError")
    assert told["failed"] == 1


def test_a_killed_process_and_a_build_that_cannot_begin_are_told_as_such(team):
    job = launch_build(team, "slow", workers=1)
    build = BuildLog(job.folder)
    until(lambda: build.state == "running")
    job.kill()
    until(lambda: build.state == "interrupted")
    save_schema(team, Schema("none", "p", load_schema(team, "one").data, ("gone",), ("up",), Split("end")))
    job = launch_build(team, "none")
    assert job.wait(TIMEOUT_S) == "failed"
    told = facts(BuildLog(job.folder))
    assert (told["state"], told["chunks"]) == ("failed", 0)
    assert told["reason"].startswith("There is no feature called 'gone'")


def test_a_build_in_the_foreground_is_not_stopped_from_elsewhere(team):
    code = (
        "import sys; from litlab.workspace import Workspace; from litlab.builds import run_build\n"
        "from litlab.schemas import load_schema\n"
        "team = Workspace(sys.argv[1]).team('contoso')\n"
        "run_build(team, load_schema(team, 'slow'), workers=1)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(team.workspace.home)])
    try:
        until(lambda: list_builds(team) and list_builds(team)[-1].state == "running")
        with pytest.raises(BuildNotOurs, match=f"process {process.pid}"):
            stop_build(team, 1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(TIMEOUT_S)
    until(lambda: find_build(team).state == "interrupted")


def test_detach_returns_the_builds_number(team):
    answer = CliRunner().invoke(
        app,
        ["build", "one", "--detach", "--workers", "1", "--workspace", str(team.workspace.home), "--json"],
        catch_exceptions=False,
    )
    told = json.loads(answer.stdout)
    assert told["build"] == 1
    until(lambda: find_build(team, 1).state == "complete")


def test_an_estimate_of_everything_is_what_the_build_makes(team):
    schema = load_schema(team, "one")
    expected = estimate(team, schema)
    made = run_build(team, schema, executor=engine.threads(1))
    assert expected.whole
    assert expected.parts == {part: made.asset.count(part) for part in made.asset.parts}
    assert (expected.purged, expected.reused) == (made.purged, 0)
    assert estimate(team, schema).reused == 3


def test_an_estimate_says_what_is_wrong_and_ends_a_script_that_hangs(team, monkeypatch):
    with pytest.raises(BuildFailed, match=r"bad\.py, line 3, at index 0: ZeroDivisionError"):
        estimate(team, load_schema(team, "bad"))
    with pytest.raises(UnknownName):
        launch_build(team, "no_such_schema")
    monkeypatch.setattr("litlab.builds.estimating._TIMEOUT_S", 3.0)
    write_script(team, "slow", HEAD + "    time.sleep(1000)\n")
    with pytest.raises(BuildFailed, match="no estimate within 3 s"):
        estimate(team, load_schema(team, "slow"))
