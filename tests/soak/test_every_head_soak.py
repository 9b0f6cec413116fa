"""Every kind of output resumed to the bit; five seeds and a null by processes of their own."""

import json

import pytest
from interrupted import assert_equal
from many_labels import OUTPUTS, canvas, many_project
from typer.testing import CliRunner

from litlab.cli import app
from litlab.experiments import prepare
from litlab.experiments.retraining import retraining_null, spread
from litlab.vault import list_entries

pytestmark = [pytest.mark.soak, pytest.mark.train, pytest.mark.timeout(3_600)]
SETTINGS = [
    {"schedule": "cosine"}, {"precision": "mixed_float16", "schedule": "plateau"}, {"optimizer": "adamw"},
]  # fmt: skip


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_run_broken_off_after_its_first_epoch_goes_on_to_the_same_bits(
    tmp_path, make_tape_asset, kind, monkeypatch
):
    from litlab.experiments.train import train
    from litlab.experiments.watch import Stopped, Watch

    project, asset = many_project(tmp_path, make_tape_asset)
    end_epoch = Watch.end_epoch

    def once(self, model, logs):
        end_epoch(self, model, logs)
        raise Stopped

    for settings in SETTINGS:
        extra = {"balanced": True} if kind in ("binary", "classes") else {}
        whole, broken = (
            prepare(project, canvas(kind, epochs=3, **settings, **extra), asset) for _ in range(2)
        )
        train(whole)
        with monkeypatch.context() as patch:
            patch.setattr(Watch, "end_epoch", once)
            train(broken)
        assert len(broken.epochs()) == 1
        train(broken)
        assert_equal(whole, broken)


def test_five_seeds_and_a_null_are_runs_of_their_own(tmp_path, make_tape_asset):
    project, asset = many_project(tmp_path, make_tape_asset, days=12, ticks=60)
    run = prepare(project, canvas("binary", epochs=4, learning_rate=0.01), asset)
    found = spread(run, at_once=2)
    assert len(set(found["values"])) == 5
    assert run.scores()["spread"] == found
    assert spread(run) == found, "what is there is not trained again"
    told = retraining_null(run, draws=2, at_once=2)
    print(found["said"], told)
    assert told["real"] > max(told["values"])


def test_the_command_line_trains_seeds_nulls_and_folds(tmp_path, make_tape_asset):
    project, asset = many_project(tmp_path, make_tape_asset)
    canvas("regression", epochs=1).save(tmp_path / "one.litcanvas.json")
    words = [
        "train", "--workspace", str(tmp_path), "--canvas", str(tmp_path / "one.litcanvas.json"), "--asset",
        asset.digest, "--json",
    ]  # fmt: skip
    done = CliRunner().invoke(app, [*words, "--seeds", "2", "--null", "1"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["state"] == "done"
    assert len(told["spread"]["runs"]) == 2
    assert told["null"]["measure"] == "skill"
    done = CliRunner().invoke(app, [*words, "--folds", "2"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [one["state"] for one in told["runs"]] == ["done", "done"]
    assert told["scores"]["part"] == "walk-forward"
    assert len(list_entries(project.team)) == 2
