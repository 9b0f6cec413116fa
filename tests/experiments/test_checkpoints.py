"""Checkpoints without a framework: what is sound, what is kept, what equal digests mean."""

import dataclasses

import numpy as np
import pytest

from litlab.experiments import checkpoints
from litlab.experiments.perf import drop_epochs, read_epochs


class Variable:
    def __init__(self, values, path="x"):
        self.values, self.path = np.asarray(values, np.float32), path

    def numpy(self):
        return self.values


@dataclasses.dataclass
class Model:
    """What ``store`` asks of a model."""

    weights: list
    optimizer: object

    def save(self, path):
        path.write_bytes(b"".join(one.values.tobytes() for one in self.weights))


@dataclasses.dataclass
class Optimizer:
    variables: list


def model(*weights, moment=0.0, name="adam"):
    return Model([Variable(one) for one in weights], Optimizer([Variable([moment], f"{name}/m")]))


@pytest.fixture
def folder(tmp_path):
    for epoch in (1, 2, 3):
        checkpoints.store(tmp_path, epoch, model([epoch], [2.0]), {"seed.0": np.array([7, epoch])})
    return tmp_path


def test_a_stored_epoch_is_sound_and_its_state_comes_back(folder):
    assert checkpoints.last_sound(folder, 3) == (3, [])
    assert checkpoints.read_state(folder, 2)["seed.0"].tolist() == [7, 2]
    assert not list(folder.glob("*.tmp-*"))


@pytest.mark.parametrize("name", ["model.3.keras", "state.3.npz"])
def test_one_changed_byte_or_a_missing_file_is_found_and_the_epoch_before_taken(folder, name):
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert checkpoints.last_sound(folder, 3) == (2, [f"{name} is damaged"])
    path.unlink()
    assert checkpoints.last_sound(folder, 3) == (2, [f"{name} is missing"])


def test_without_any_sound_checkpoint_the_training_begins_again(folder):
    for path in folder.glob("model.*"):
        path.write_bytes(b"")
    epoch, told = checkpoints.last_sound(folder, 3)
    assert epoch == 0
    assert told == [f"model.{n}.keras is damaged" for n in (3, 2, 1)]


def test_digests_tell_weights_and_optimizers_apart_and_forget_names(folder):
    def of(one):
        checkpoints.store(folder, 9, one, {})
        return checkpoints.digests(folder, 9)

    first = of(model([1.0], [2.0]))
    assert of(model([1.0], [2.0], name="adam_4")) == first
    assert of(model([1.0], [2.5]))[0] != first[0]
    moved = of(model([1.0], [2.0], moment=1e-7))
    assert moved[0] == first[0]
    assert moved[1] != first[1]
    assert of(model([[1.0]], [2.0]))[0] != first[0]
    assert checkpoints.digests(folder, 4) == (None, None)


def test_a_save_that_fails_leaves_no_draft_and_the_old_file(folder):
    broken, before = model([5.0]), (folder / "model.3.keras").read_bytes()

    def save(path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    broken.save = save
    with pytest.raises(OSError, match="No space left"):
        checkpoints.store(folder, 3, broken, {})
    assert (folder / "model.3.keras").read_bytes() == before
    assert not list(folder.glob("*.tmp-*"))


def test_the_best_by_a_metric_and_the_last_two_are_kept(folder):
    aucs = [0.5, 0.9, float("nan"), 0.8, 0.6, 0.7]
    rows = [{"epoch": n + 1.0, "val_auc": auc, "val_loss": 1 - auc} for n, auc in enumerate(aucs)]
    assert checkpoints.kept(rows, 1, "val_auc") == {2, 5, 6}
    assert checkpoints.kept(rows, 3, "val_loss") == {2, 4, 5, 6}
    checkpoints.prune(folder, {1, 3})
    assert sorted(path.name for path in folder.iterdir()) == [
        "model.1.keras", "model.3.keras", "state.1.npz", "state.3.npz",
    ]  # fmt: skip


def test_rows_without_a_checkpoint_are_dropped(tmp_path):
    path = tmp_path / "perf.csv"
    path.write_text("epoch,val_loss\n1,0.5\n2,0.4\n3,0.3\n")
    drop_epochs(path, 2)
    assert [row["epoch"] for row in read_epochs(path)] == [1, 2]
    drop_epochs(path, 0)
    assert path.read_text() == ""
