"""How a training ends before its time: a loss gone wrong, no memory, no disk, and clones of it."""

import dataclasses
import errno
import json
import shutil
import subprocess
import sys
import types

import h5py
import numpy as np
import pytest
from interrupted import ATR, BARS, canvas, new_project

from litlab import atomic
from litlab.assets import Asset, open_asset
from litlab.canvases import Canvas
from litlab.errors import BadParameter, LossNotFinite, NotEnoughMemory, RunFailed, UnknownName
from litlab.experiments import checkpoints, clone_run, memory, prepare, resume
from litlab.experiments.run import RunDefinition
from litlab.jobs import Job
from litlab.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory, make_tape_asset):
    return new_project(tmp_path_factory.mktemp("ends"), make_tape_asset)


@pytest.mark.train
def test_a_loss_that_is_no_number_ends_the_run_and_says_when_and_why(made):
    from litlab.experiments.train import train

    body = canvas("dense").to_json()
    next(node for node in body["nodes"] if node["id"] == "dense")["params"]["l2"] = 1e38
    run = prepare(made[0], Canvas.from_json(body), made[1])
    pattern = (
        r"The loss is (nan|inf) since epoch 1, batch \d of \d: its inputs are numbers, the learning rate"
    )
    with pytest.raises(LossNotFinite, match=pattern):
        train(run)
    assert run.epochs() == []


@pytest.mark.train
def test_a_training_that_stands_still_says_so_in_its_log_and_its_folder(made, capsys):
    from litlab.experiments.train import main, train

    run = prepare(made[0], canvas("dense", learning_rate=1e-30, patience=2), made[1], epochs=9)
    said = "stopped early: val_loss did not improve for 2 epochs"
    assert main([str(run.folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert json.loads((run.folder / "ending.json").read_text()) == {"said": said}
    train(run)
    assert "nothing is left to train: 3 epochs are done" in capsys.readouterr().out


def test_what_has_ended_is_neither_stopped_nor_paused_nor_resumed(made):
    run = prepare(made[0], canvas("dense"), made[1], epochs=2)
    for end in (run.stop, run.pause):
        with pytest.raises(BadParameter, match="it was not started"):
            end()
    Job.launch(run.folder, [sys.executable, "-c", ""], name="training")
    assert run.job.wait(30) == "done"
    for end in (run.stop, run.pause):
        with pytest.raises(BadParameter, match=r"it has ended \(done\), so nothing is left"):
            end()
    with pytest.raises(BadParameter, match="nothing is left to train; clone it"):
        resume(run)
    assert run.state == "done"


def test_information_stays_out_of_the_log_and_errors_do_not(tmp_path):
    said = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
        "I0000 00:00:1 port.cc:153] oneDNN custom operations are on",
        "E0000 00:00:1 a.cc:1] no such library",
        "ImportError: what",
    )
    script = (
        "import os; from litlab.experiments.quiet import without_noise\n"
        f"with without_noise(): os.write(2, {(chr(10).join(said) + chr(10)).encode()!r})\n"
        "os.write(2, b'behind')"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stderr.splitlines() == [*said[2:], "behind"]


@pytest.mark.train
def test_an_input_that_is_no_number_is_named_with_its_index(made, tmp_path, monkeypatch):
    from litlab.experiments.train import train

    run = prepare(made[0], canvas("dense", learning_rate=0.001), made[1])
    shutil.copytree(made[1].path, tmp_path / "asset")
    with h5py.File(tmp_path / "asset" / f"train.{ATR}.h5", "r+") as file:
        file["values"][5] = np.nan
    asset = Asset(tmp_path / "asset")
    monkeypatch.setattr(type(run), "asset", property(lambda self: asset))
    index = int(made[1].index("train")[5])
    with pytest.raises(LossNotFinite, match=rf"'{ATR}' holds NaN or infinity at index {index}\."):
        train(run)


@pytest.mark.train
def test_a_full_disk_and_too_little_memory_are_one_sentence(made, monkeypatch, capsys):
    from litlab.experiments.train import main

    run = prepare(made[0], canvas("dense"), made[1], epochs=1)

    def full(model, path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(checkpoints, "save_model", full)
    assert main([str(run.folder)]) == 2
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("error: ")
    assert last.endswith("model.1.keras: No space left on device. Finished epochs are kept.")
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000)
    assert main([str(run.folder)]) == 2
    assert (
        "bytes of memory at 256 samples a batch; 1,000 are free" in capsys.readouterr().out.splitlines()[-1]
    )
    assert run.epochs() == []


@pytest.mark.parametrize("problem", [MemoryError(), type("ResourceExhaustedError", (Exception,), {})("OOM")])
def test_memory_used_up_in_training_is_one_sentence(made, monkeypatch, capsys, problem):
    from litlab.experiments import train

    def full(run):
        raise problem

    run = prepare(made[0], canvas("dense"), made[1])
    monkeypatch.setattr(train, "train", full)
    assert train.main([str(run.folder)]) == 2
    assert capsys.readouterr().out == (
        "error: The memory is used up. Finished epochs are kept; use smaller batches or fewer units.\n"
    )


def test_a_process_killed_for_want_of_memory_is_told_as_such(made):
    run = prepare(made[0], canvas("dense"), made[1])
    Job.launch(run.folder, [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], name="training")
    run.job.wait(30)
    assert (run.state, run.job.exit_status) == ("failed", -9)
    with pytest.raises(RunFailed, match="its process was killed, by a person or for want of memory"):
        run.follow()


def test_a_run_keeps_to_its_version_of_the_asset_and_says_so_when_it_is_gone(made, tmp_path, capsys):
    from litlab.experiments.train import main

    shutil.copytree(made[0].team.workspace.home, tmp_path / "w", symlinks=True)
    project = Workspace(tmp_path / "w").project("contoso", "volatility")
    asset = open_asset(project.team, "tape")
    run = prepare(project, canvas("dense"), asset)
    newer = asset.path.with_name("f" * len(asset.digest))
    shutil.copytree(asset.path, newer)
    manifest = json.loads((newer / "manifest.json").read_text())
    (newer / "manifest.json").write_text(json.dumps({**manifest, "digest": newer.name}))
    atomic.point(newer.parent, newer.name)
    assert open_asset(project.team, "tape").digest == newer.name
    assert run.asset.digest == asset.digest
    shutil.rmtree(asset.path)
    assert main([str(run.folder)]) == 2
    said = capsys.readouterr().out
    assert said.startswith(f"error: There is no version of the asset tape called '{asset.digest}'")
    assert newer.name in said


@pytest.mark.train
def test_only_the_best_and_the_last_checkpoints_stay_if_wished(made):
    from litlab.experiments.train import train

    run = prepare(made[0], canvas("dense"), made[1], epochs=4, keep=1)
    train(run)
    rows = run.epochs()
    wanted = {run.best_epoch(), 3, 4}
    left = {int(path.name.split(".")[1]) for path in (run.folder / "saved_models").glob("model.*.keras")}
    assert (len(rows), left) == (4, wanted)
    predicted = run.validation(4)
    assert predicted.shape == (made[1].count("validation"), 1)
    board = run.scores(4)
    assert board["part"] == "validation"
    assert board["model"]["log_loss"] == pytest.approx(rows[3]["val_loss"], rel=1e-6)
    with pytest.raises(UnknownName, match="epoch"):
        run.validation(1 if 1 not in wanted else 2)


@pytest.mark.train
def test_a_graphics_processor_that_is_not_there_is_refused(made):
    from litlab.experiments.train import train

    run = prepare(made[0], canvas("dense"), made[1], device="gpu:1")
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is one")
    with pytest.raises(BadParameter, match="TensorFlow sees no such graphics processor"):
        train(run)


def test_memory_needed_by_hand():
    """Input (n, 3, 2), dense 2 → 4 on each row, attention of 2 heads over 3 rows."""
    layer = lambda shape, **facts: types.SimpleNamespace(output=types.SimpleNamespace(shape=shape), **facts)  # noqa: E731
    model = types.SimpleNamespace(
        weights=[types.SimpleNamespace(shape=(2, 4)), types.SimpleNamespace(shape=(4,))],
        layers=[layer((None, 3, 2)), layer((None, 3, 4)), layer((None, 3, 4), num_heads=2)],
    )
    outputs = 3 * 2 + 3 * 4 + (3 * 4 + 2 * 3 * 3)
    assert memory.needed_bytes(model, 10) == 4 * (4 * 12 + 2 * 10 * outputs)
    with pytest.raises(NotEnoughMemory, match="smaller batches"):
        memory.check_memory(model, 1 << 50)
    memory.check_memory(model, 1)
    assert memory.free_bytes() > 1 << 20


def test_a_clone_differs_in_what_is_named_only(made):
    run = prepare(made[0], canvas("dense"), made[1], description="first try")
    clone = clone_run(run, learning_rate=0.5, seed=9, keep=2)
    assert clone.state == "queued"
    one, two = (json.loads((each.folder / "definition.json").read_text()) for each in (run, clone))
    assert two["parent"] == run.name
    changed = {name for name in one["settings"] if one["settings"][name] != two["settings"][name]}
    assert changed == {"learning_rate", "seed"}
    assert {name for name in one if one[name] != two[name]} == {"settings", "parent", "keep"}
    assert (clone.folder / "description.txt").read_text() == "first try\n"
    with pytest.raises(UnknownName, match="Did you mean 'learning_rate'"):
        clone_run(run, learning_rat=0.5)
    with pytest.raises(BadParameter, match="keep"):
        clone_run(run, keep=0)
    assert (
        dataclasses.replace(clone.definition).digest()
        == RunDefinition.load(clone.folder / "definition.json").digest()
    )
    assert BARS in json.loads((clone.folder / "features.json").read_text())
