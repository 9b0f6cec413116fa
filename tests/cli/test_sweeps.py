"""``litlab sweep`` and ``sweeps``: a trial from launch to the vault, and what is refused at once."""

import pytest
from interrupted import canvas, new_project

from litlab.assets import ledger
from litlab.assets.audit import LOOK
from litlab.experiments import find_run, find_sweep


@pytest.fixture
def made(tmp_path, make_tape_asset):
    project, asset = new_project(tmp_path / "w", make_tape_asset)
    canvas("dense").save(tmp_path / "small.litcanvas.json")
    return project, asset, tmp_path / "small.litcanvas.json"


@pytest.mark.train
def test_a_trial_is_drawn_trained_ranked_and_as_the_winner_alone_sees_the_test_part(call, made, tmp_path):
    import keras  # noqa: F401 - so that the trial's network is checked here, without another process

    project, asset, path = made
    where = ("--workspace", tmp_path / "w", "--json")
    over = ("--over", "dense.units=2..8", "--random", "1", "--epochs", "1", "--wait")
    done = call("sweep", "--canvas", path, "--asset", asset.digest, *over, *where)
    assert done.status == 0, done.err
    told = done.json
    assert (told["state"], told["trials"], told["finished"], told["failed"]) == ("done", 1, 1, 0)
    assert set(told["null"]) >= {"gain", "expected", "p", "val_loss", "units", "caveat"}
    assert call("sweeps", *where).json == [told]
    assert told["sweep"] in call("sweeps", *where[:2]).out
    sweep = find_sweep(project.team.workspace, told["sweep"])
    assert sweep.definition.needs["disk_bytes"] > 0
    winner = find_run(project.team.workspace, told["best"]["run"])
    assert winner.definition.canvas.node("dense").params["units"] == told["best"]["values"]["dense.units"]
    assert winner.epochs()[0]["val_loss"] == told["best"]["val_loss"]
    assert told["said"] in sweep.log.read_text()
    assert ledger.entries(project.team, LOOK) == []
    entry = sweep.vault()
    assert sweep.vault().digest == entry.digest
    assert len(ledger.entries(project.team, LOOK)) == 1
    assert entry.record.run == winner.name
    refused = call("resume", told["sweep"], *where)
    assert (refused.status, "scored on the test part" in refused.err) == (2, True)


def test_mistakes_are_one_sentence_before_anything_starts(call, made, tmp_path):
    _, _, path = made
    where = ("--workspace", tmp_path / "w")
    for arguments, said in [
        (("--asset", "tape", "--over", "dens.units=2"), "Did you mean 'dense'"),
        (("--asset", "tape", "--over", "dense.units=two"), "dense.units = 'two' is not possible"),
        (("--asset", "tape", "--over", "dense.units"), "it must be like conv.filters=16,32"),
        (("--asset", "tape", "--over", "learning_rate=0.1..0.2"), "--random"),
        (("--asset", "tap", "--over", "dense.units=2"), "Did you mean 'tape'"),
        (("--asset", "tape", "--over", "dense.units=2", "--device", "tpu"), "device"),
    ]:
        done = call("sweep", "--canvas", path, *arguments, *where)
        assert (done.status, said in done.err) == (2, True), done.err
    assert call("sweeps", *where, "--json").json == []
    assert call("runs", *where, "--json").json == []
