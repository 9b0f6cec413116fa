"""Where the work stands, as the rooms themselves would say it, and how cheaply."""

import dataclasses
import json
import os
import shutil
import sys
import time

import pytest

from litlab.atomic import lock
from litlab.builds.log import BuildLog, BuildRecord
from litlab.features import Feature
from litlab.jobs import Job
from litlab.schemas import DataSet, Schema, Split
from litlab.server import processes
from litlab.server.status import ROOMS, status_body
from litlab.workspace import Workspace

STATES = {
    "queued": "queued", "running": "running", "complete": "done", "failed": "failed", "stopped": "stopped",
    "interrupted": "stopped",
}  # fmt: skip


@pytest.fixture
def project(team):
    return team.project("volatility")


def rooms(project):
    return {one["room"]: one for one in status_body(project)["rooms"]}


def save_schema(project, name="minutes", owner=None):
    data = (DataSet("lseg", ("/nowhere/a.csv",)),)
    schema = Schema(name, owner or project.name, data, ("bars",), ("up",), Split(validation="2024-01-03"))
    schema.save(project.folder("schemas") / f"{name}.json")
    return schema


def make_build(project, **changes):
    log = BuildLog.create(project.team, save_schema(project))
    record = BuildRecord("minutes", "running", os.getpid(), "x", 8, 2, 100, started=time.time() - 10)
    log.store(dataclasses.replace(record, **changes))
    return log


def test_a_new_project_has_all_rooms_and_nothing_in_them(project):
    body = status_body(project)
    assert tuple(one["room"] for one in body["rooms"]) == ROOMS
    assert {(one["count"], one["state"]) for one in body["rooms"]} == {(0, "")}
    assert body["stands"] is None
    assert body["home"] == str(project.team.workspace.home)


def test_files_are_counted_missed_and_found_cached(project, tmp_path):
    there = tmp_path / "a.csv"
    there.write_text("1")
    project.update(paths=(str(there), str(tmp_path / "gone.csv")))
    assert rooms(project)["uploads"] == {
        "room": "uploads",
        "count": 2,
        "state": "failed",
        "done": 1,
        "total": 2,
    }
    assert rooms(project)["discovery"]["state"] == "queued"
    for name in ("a.csv-0123456789ab", "gone.csv-0123456789ab"):
        (project.folder("cache") / name).mkdir()
        assert rooms(project)["discovery"]["count"] < 2
        (project.folder("cache") / name / "CURRENT").write_text("v\n")
    assert rooms(project)["discovery"] == {
        "room": "discovery",
        "count": 2,
        "state": "done",
        "done": 2,
        "total": 2,
    }


def test_counts_are_the_projects_own(project):
    Feature("bars", "unit_bar").save(project.folder("features") / "bars.json")
    save_schema(project)
    save_schema(project, "theirs", owner="spreads")
    for schema in ("minutes", "theirs"):
        version = project.folder("assets") / schema / "queue" / ("0" * 32)
        version.mkdir(parents=True)
        (version / "manifest.json").write_text("{}")
    told = rooms(project)
    assert {name: told[name]["count"] for name in ("features", "schemas", "assets")} == {
        "features": 1,
        "schemas": 1,
        "assets": 1,
    }
    assert status_body(project)["stands"] == "assets"


def test_an_asset_waits_for_promotion_or_is_in_production(project):
    save_schema(project)
    queue = project.folder("assets") / "minutes/queue/aa"
    queue.mkdir(parents=True)
    (queue / "manifest.json").write_text("{}")
    assert rooms(project)["assets"] == {
        "room": "assets",
        "count": 1,
        "state": "queued",
        "done": 0,
        "total": 1,
    }
    production = project.folder("assets") / "minutes/production"
    production.mkdir()
    queue.rename(production / "aa")
    assert rooms(project)["assets"] == {"room": "assets", "count": 1, "state": "done", "done": 1, "total": 1}


@pytest.mark.parametrize("state", ["queued", "running", "complete", "failed"])
@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("age_s", [1, 60])
def test_a_build_without_a_job_is_in_the_state_that_the_build_room_says(project, state, held, age_s):
    log = make_build(project, state=state, started=time.time() - age_s)
    if held:
        with log.held():
            said = STATES[log.state]
            (job,) = processes.list_jobs(project.team)
    else:
        (log.folder / "build.lock").touch()
        said = STATES[log.state]
        (job,) = processes.list_jobs(project.team)
    assert job["state"] == said
    assert (job["ended_s"] == 0) == (said in ("queued", "running"))


@pytest.mark.parametrize("state", ["queued", "running"])
@pytest.mark.parametrize("ended", ["done", "stopped", "failed", "running"])
def test_a_build_whose_job_has_ended_is_in_the_state_that_the_build_room_says(project, state, ended):
    log = make_build(project, state=state)
    record = {"format": 1, "name": "build", "argv": ["x"], "environment": {}, "state": ended}
    job = Job(log.folder)
    Job.launch(log.folder, [sys.executable, "-c", ""], "build").wait(20)
    stored = json.loads((log.folder / "job.json").read_text())
    (log.folder / "job.json").write_text(json.dumps(stored | {"state": record["state"]}))
    (found,) = processes.list_jobs(project.team)
    assert job.state == ("failed" if ended == "running" else ended)
    assert found["state"] == STATES[log.state]


def test_a_running_build_shows_in_its_room_with_what_is_done(project):
    log = make_build(project, chunks=8, done=2)
    with log.held():
        body = status_body(project)
    (job,) = body["jobs"]
    assert (job["id"], job["name"], job["project"]) == ("logs/1", "minutes", "volatility")
    assert (job["done"], job["total"]) == (2, 8)
    assert next(one for one in body["rooms"] if one["room"] == "builds") == {
        "room": "builds", "count": 1, "state": "running", "done": 2, "total": 8,
    }  # fmt: skip


def test_a_build_of_another_project_is_a_job_of_the_team_but_not_in_the_room(project):
    log = make_build(project)
    schema = log.folder / "minutes.json"
    schema.write_text(json.dumps(json.loads(schema.read_text()) | {"project": "spreads"}))
    with log.held():
        body = status_body(project)
    assert [job["project"] for job in body["jobs"]] == ["spreads"]
    assert next(one for one in body["rooms"] if one["room"] == "builds")["count"] == 0


def test_a_job_is_seen_while_it_runs_and_for_a_while_afterwards(project):
    folder = project.folder("logs") / "copying"
    job = Job.launch(folder, [sys.executable, "-c", "import time; time.sleep(60)"], "copying files")
    try:
        (found,) = status_body(project)["jobs"]
        assert (found["id"], found["name"], found["state"], found["ended_s"]) == (
            "logs/copying", "copying files", "running", 0,
        )  # fmt: skip
        assert abs(found["started_s"] - time.time()) < 30
    finally:
        job.kill()
    assert job.wait(20) == "failed"
    (found,) = status_body(project)["jobs"]
    assert found["state"] == "failed"
    assert found["ended_s"] > 0
    assert status_body(project, now_s=time.time() + 7 * 86_400)["jobs"] == []


def test_a_caching_tells_its_bytes_as_the_uploads_room_does(project):
    caching = pytest.importorskip("litlab.uploads.caching")
    folder = project.folder("logs") / "cache-1"
    folder.mkdir()
    task = caching.Task("csv", {}, ("/nowhere/a.csv", "/nowhere/b.csv", "/nowhere/c.csv"))
    request = caching.Request(str(project.team.workspace.home), "contoso", (task,), time.time())
    request.save(folder / "request.json")
    files = [("caching", 30, 100), ("failed", 10, 50), ("queued", 0, 50)]
    told = {
        path: caching.FileProgress(state, bytes_done=done, bytes_total=total).to_json()
        for path, (state, done, total) in zip(task.paths, files, strict=True)
    }
    (folder / "progress.json").write_text(json.dumps(told))
    job = Job.launch(folder, [sys.executable, "-c", "import time; time.sleep(60)"], "caching 3 files")
    try:
        (one,) = caching.list_cachings(project.team)
        (found,) = status_body(project)["jobs"]
        assert (found["room"], found["name"]) == ("uploads", "caching 3 files")
        assert (found["state"], found["done"], found["total"]) == (
            one.state,
            one.total().bytes_done,
            one.total().bytes_total,
        )
        assert found["done"] == 80
        assert rooms(project)["uploads"]["state"] == "running"
    finally:
        job.kill()
        job.wait(20)


def test_files_that_lie_there_wait_to_be_taken_in(project):
    for name in ("a.csv", "b.csv.gz", "tape.json", ".b.csv.part"):
        (project.folder("raw") / name).touch()
    assert rooms(project)["uploads"] == {
        "room": "uploads",
        "count": 2,
        "state": "queued",
        "done": 0,
        "total": 2,
    }


def test_a_training_run_tells_its_epochs(project):
    folder = project.folder("train") / "volatility/default-001"
    folder.mkdir(parents=True)
    (folder / "definition.json").write_text(json.dumps({"settings": {"epochs": 15}}))
    job = Job.launch(folder, [sys.executable, "-c", "import time; time.sleep(60)"], "training default-001")
    try:
        (folder / "perf.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
        (found,) = status_body(project)["jobs"]
        assert (found["id"], found["done"], found["total"]) == ("train/volatility/default-001", 2, 15)
        assert rooms(project)["experiments"]["state"] == "running"
    finally:
        job.kill()
        job.wait(20)


def test_a_paused_training_is_told_as_paused(project):
    folder = project.folder("train") / "volatility/default-001"
    folder.mkdir(parents=True)
    (folder / "definition.json").write_text(json.dumps({"settings": {"epochs": 15}}))
    job = Job.launch(folder, [sys.executable, "-c", "import time; time.sleep(60)"], "training default-001")
    (folder / "paused").touch()
    job.stop()
    job.wait(20)
    assert job.state == "stopped"
    assert status_body(project)["jobs"][0]["state"] == "paused"
    assert rooms(project)["experiments"]["state"] == "paused"
    (folder / "paused").unlink()
    assert rooms(project)["experiments"]["state"] == "stopped"


def test_broken_files_stop_nothing(project):
    log = make_build(project)
    (log.folder / "build.json").write_text("{")
    (project.folder("schemas") / "bad.json").write_bytes(b"\xff")
    (project.folder("logs") / "12").mkdir()
    assert status_body(project)["jobs"] == []


def test_a_file_that_changes_within_the_same_second_is_read_again(project):
    log = make_build(project, done=1)
    with log.held():
        for done in range(2, 8):
            log.store(dataclasses.replace(log.record(), done=done))
            assert processes.list_jobs(project.team)[0]["done"] == done


def test_asking_costs_little_with_two_hundred_builds(project):
    log = make_build(project, state="complete")
    for number in range(2, 201):
        shutil.copytree(log.folder, log.folder.with_name(str(number)))
    status_body(project)
    took = []
    for _ in range(10):
        began = time.process_time()
        status_body(project)
        took.append(time.process_time() - began)
    print(f"{min(took) * 1e3:.1f} ms")
    assert min(took) < 0.05, took  # seen: 9 ms on a busy machine; the limit leaves room for a busier one


def test_a_workspace_that_nobody_made_has_no_project(tmp_path):
    assert list(Workspace(tmp_path / "nothing").projects()) == []


def test_a_lock_that_is_asked_for_is_not_taken_away(project):
    log = make_build(project)
    with lock(log.folder / "build.lock", what="The build's log", purpose="build"):
        for _ in range(50):
            assert processes.list_jobs(project.team)[0]["state"] == "running"
