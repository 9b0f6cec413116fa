"""``litlab train``, ``runs``, ``pause``, ``resume``, ``logs``, ``stop``: one run from launch to its end."""

import json
import time

import pytest
from interrupted import canvas, new_project

from litlab.vault.looks import tried

KEYS = ["run", "pid", "state", "epochs", "weights_sha256", "optimizer_sha256"]


@pytest.fixture
def made(tmp_path, make_tape_asset):
    project, asset = new_project(tmp_path / "w", make_tape_asset)
    drawn = canvas("dense", learning_rate=1e-5, epochs=100_000, patience=100_000)
    drawn.save(tmp_path / "slow.litcanvas.json")
    return project, asset, tmp_path / "slow.litcanvas.json"


@pytest.mark.train
def test_a_run_is_launched_paused_resumed_and_stopped(call, made, tmp_path):
    project, asset, path = made
    where = ("--workspace", tmp_path / "w", "--json")
    begun = call("train", "--canvas", path, "--asset", asset.digest, "--seed", "3", *where).json
    assert list(begun) == KEYS
    assert (begun["state"], begun["weights_sha256"], begun["optimizer_sha256"]) == ("running", None, None)
    name = begun["run"]
    wait_for(project, name, 1)
    started = time.monotonic()
    paused = call("pause", name, *where).json
    assert time.monotonic() - started < 10  # the promise is 2 s on a machine of its own
    assert paused["state"] == "paused"
    assert None not in paused.values()
    assert call("runs", *where).json == [paused]
    assert "behind" not in last_line(project, name)
    assert last_line(project, name).startswith(f"stopped in epoch {paused['epochs'] + 1}, batch ")
    again = call("resume", name, *where)
    assert again.json["state"] == "running"
    refused = call("resume", name, *where)
    assert (refused.status, "running job" in refused.err) == (2, True)
    wait_for(project, name, paused["epochs"] + 1)
    stopped = call("stop", name, *where).json
    assert stopped["state"] == "stopped"
    assert stopped["epochs"] > paused["epochs"]
    lines = call("logs", name, *where).json["lines"]
    assert f"going on behind epoch {paused['epochs']} on cpu" in lines
    assert call("logs", name, *where[:2]).out.splitlines() == lines


def test_what_does_not_exist_or_is_not_promoted_is_one_sentence(call, made, tmp_path):
    project, asset, path = made
    where = ("--workspace", tmp_path / "w")
    for arguments, said in [
        (("train", "--canvas", "nothing", "--asset", "tape"), "canvas called 'nothing'"),
        (("train", "--canvas", path, "--asset", "tap"), "Did you mean 'tape'"),
        (("train", "--canvas", path, "--asset", "tape", "--device", "tpu"), "device"),
        (("train", "--canvas", path, "--asset", "tape", "--epochs", "0"), "epochs"),
        (("stop", "nobody-001"), "run called 'nobody-001'"),
    ]:
        done = call(*arguments, *where)
        assert (done.status, said in done.err) == (2, True), done.err
    stages = project.folder("assets") / "tape"
    (stages / "queue").mkdir()
    (stages / "production" / asset.digest).rename(stages / "queue" / asset.digest)
    for given in ("tape", asset.digest, asset.digest[:12]):
        done = call("train", "--canvas", path, "--asset", given, *where)
        assert (done.status, "built, and waits in the queue" in done.err) == (2, True), done.err
        assert "promote the asset: litlab promote tape" in done.err
    done = call("train", "--canvas", path, "--asset", asset.digest[:5], *where)
    assert (done.status, "no asset called" in done.err) == (2, True), done.err
    assert call("runs", *where, "--json").json == []


@pytest.mark.train
def test_what_the_designer_refuses_is_refused_before_anything_is_written(call, made, tmp_path):
    _, asset, path = made
    where = ("--workspace", tmp_path / "w")
    body = json.loads(path.read_text())

    def train(changed, *more):
        (tmp_path / "bad.litcanvas.json").write_text(json.dumps(changed))
        return call("train", "--canvas", tmp_path / "bad.litcanvas.json", "--asset", "tape", *more, *where)

    def given(node, **params):
        nodes = [
            {**one, "params": {**one["params"], **params}} if one["id"] == node else one
            for one in body["nodes"]
        ]
        return {**body, "nodes": nodes}

    back = {"source": "dense", "target": "flatten"}
    for changed, said in [
        ({**body, "edges": [*body["edges"], back]}, "circle"),
        (given("output", label="nothing"), "Node 'output': "),
        (given("dense", units=-1), "units = -1"),
        (given("bars", last=500), "last = 500 rows were asked of a window of 20"),
    ]:
        done = train(changed, "--json")
        assert (done.status, said in done.err) == (2, True), done.err
    no_card = train(body, "--device", "gpu:99")
    assert (no_card.status, "this machine has" in no_card.err) == (2, True), no_card.err
    assert call("runs", *where, "--json").json == []
    assert tried(made[0].team, asset.digest)["runs_tried"] == 0


@pytest.mark.train
def test_a_run_that_fails_is_told_as_json_with_its_reason(call, made, tmp_path):
    body = canvas("dense").to_json()
    next(node for node in body["nodes"] if node["id"] == "dense")["params"]["l2"] = 1e38
    body["settings"] |= {"asset": "tape", "digest": "0" * 64}
    (tmp_path / "nan.litcanvas.json").write_text(json.dumps(body))
    done = call(
        "train", "--canvas", tmp_path / "nan.litcanvas.json", "--asset", made[1].digest[:6], "--wait",
        "--workspace", tmp_path / "w", "--json",
    )  # fmt: skip
    assert done.status == 2
    assert (done.json["run"], done.json["state"], done.json["epochs"]) == ("dense-001", "failed", 0)
    assert done.json["reason"].startswith("The loss is ")
    warned, failed = done.err.splitlines()
    assert warned.startswith("warning: The asset 'tape' has changed under the canvas 'dense'")
    assert failed.startswith("error: The run dense-001 failed: The loss is ")
    assert tried(made[0].team, made[1].digest)["runs_tried"] == 0


def wait_for(project, name, epochs):
    from litlab.experiments import open_run

    run, end = open_run(project, name), time.monotonic() + 200
    while len(run.epochs()) < epochs:
        assert time.monotonic() < end, run.log.read_text()
        assert run.state == "running", run.log.read_text()
        time.sleep(0.05)


def last_line(project, name):
    from litlab.experiments import open_run

    return open_run(project, name).log.read_text().splitlines()[-1]
