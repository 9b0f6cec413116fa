"""Assets: what was written is what is read, equal content has equal bytes, promotion survives a kill."""

import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
from tapes import new_team

from litlab import atomic
from litlab.assets import Asset, audit, ledger, open_asset, promote, promoted_by, versions, write_asset
from litlab.assets.writer import SAMPLE_COLUMNS
from litlab.errors import BadRecord, Locked, NoAsset, UnknownName

FEATURES = {
    "bars": {"rows": 2, "columns": ["a", "b"], "label": False},
    "up": {"rows": 1, "columns": ["up"], "label": True},
}


def part(n, seed=0):
    rng = np.random.default_rng(seed)
    columns = {name: np.arange(n).astype(dtype) for name, dtype in SAMPLE_COLUMNS.items()}
    arrays = {"bars": rng.normal(size=(n, 2, 2)), "up": rng.integers(0, 2, (n, 1, 1))}
    return {"arrays": arrays, **columns}


def parts(train=10, validation=3, test=0, seed=0):
    return {
        "train": part(train, seed),
        "validation": part(validation, seed + 1),
        "test": part(test, seed + 2),
    }


def made(folder, **options):
    return write_asset(folder, parts(**options), FEATURES, {"schema": "minutes"})


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


def queued(team, **options):
    """Put a version into the queue as a build does."""
    queue = team.folder("assets") / "minutes" / "queue"
    asset = made(queue / "new", **options)
    final = queue / asset.digest
    asset.path.rename(final)
    atomic.point(queue, asset.digest)
    return Asset(final)


def test_what_was_written_is_what_is_read(tmp_path):
    asset, content = made(tmp_path / "x"), parts()
    assert (asset.inputs, asset.labels, asset.shape("bars")) == (("bars",), ("up",), (2, 2))
    for name in asset.parts:
        for feature, values in content[name]["arrays"].items():
            np.testing.assert_array_equal(asset.array(name, feature), values.astype(np.float32))
        for column in SAMPLE_COLUMNS:
            found = asset.sample_column(name, column)
            np.testing.assert_array_equal(found, content[name][column])
            assert found.dtype == SAMPLE_COLUMNS[column]
        assert asset.count(name) == len(content[name]["index"])
    assert not asset.array("train", "bars").flags.writeable
    assert list(asset.batches("test", 4)) == []


def test_the_masters_are_ordinary_hdf5_with_links(tmp_path):
    made(tmp_path / "x")
    with h5py.File(tmp_path / "x" / "train.h5") as file:
        np.testing.assert_array_equal(
            file["features/bars"][:], parts()["train"]["arrays"]["bars"].astype("f4")
        )
        assert file["features/bars"].chunks is None


def test_equal_content_has_equal_bytes_a_second_later(tmp_path):
    first = made(tmp_path / "x")
    stamp = time.time()
    while time.time() < stamp + 1.1:  # the clock itself is what the bytes must not hold
        time.sleep(0.05)
    second = made(tmp_path / "y")
    assert first.digest == second.digest
    for path in sorted(first.path.glob("*.h5")):
        assert path.read_bytes() == (second.path / path.name).read_bytes()
    assert made(tmp_path / "z", seed=5).digest != first.digest


def test_batches_are_a_function_of_seed_and_epoch(tmp_path):
    asset = made(tmp_path / "x", train=103)

    def order(seed, epoch, names=None):
        return [
            tuple(batch["up"].ravel().tolist() + batch["bars"][:, 0, 0].tolist())
            for batch in asset.batches("train", 10, names, seed, epoch)
        ]

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4
    sizes = [len(batch["up"]) for batch in asset.batches("train", 10, seed=1)]
    assert sizes == [10] * 10 + [3]
    plain = np.concatenate([batch["bars"] for batch in asset.batches("train", 10)])
    np.testing.assert_array_equal(plain, asset.array("train", "bars"))
    shuffled = np.concatenate([batch["bars"] for batch in asset.batches("train", 10, seed=1)])
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(plain, axis=0))
    assert [set(batch) for batch in asset.batches("train", 99, ["up"])] == [{"up"}] * 2


def test_statistics_are_those_of_the_training_part_by_hand(tmp_path):
    content = parts(train=2, validation=2)
    content["train"]["arrays"]["bars"] = np.array([[[1, np.nan], [2, 10]], [[3, 10], [6, 40]]])
    content["validation"]["arrays"]["bars"] = np.full((2, 2, 2), 1e6)
    found = write_asset(tmp_path / "x", content, FEATURES, {"schema": "s"}).statistics("bars")
    expected = {"min": [1, 10], "mean": [3, 20], "max": [6, 40], "count": [4, 3], "nan": [0, 1]}
    assert {name: found[name].tolist() for name in expected} == expected
    np.testing.assert_allclose(found["std"], [np.sqrt(3.5), np.sqrt(200)])


def test_statistics_across_blocks_are_those_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("litlab.assets.writer._BLOCK", 7)
    asset = made(tmp_path / "x", train=100)
    values = np.asarray(asset.array("train", "bars"), float).reshape(-1, 2)
    found = asset.statistics("bars")
    for name in ("min", "mean", "max", "std"):
        np.testing.assert_allclose(found[name], getattr(values, name)(0), rtol=1e-12)


def test_an_empty_training_part_has_no_figures(tmp_path):
    found = made(tmp_path / "x", train=0).statistics("bars")
    assert np.isnan(found["mean"]).all()
    assert found["count"].tolist() == [0, 0]


def test_the_audit_lists_every_column_and_the_balance(tmp_path):
    content = parts(train=4, validation=2, test=0)
    content["train"]["arrays"]["up"] = np.array([1, 1, 1, 0]).reshape(4, 1, 1)
    figures = audit(write_asset(tmp_path / "x", content, FEATURES, {"schema": "s", "purged": {"why": 3}}))
    assert figures["counts"] == {"train": 4, "validation": 2, "test": 0}
    assert [(row["feature"], row["column"], row["label"]) for row in figures["columns"]] == [
        ("bars", "a", False), ("bars", "b", False), ("up", "up", True),
    ]  # fmt: skip
    assert (figures["balance"]["up"]["train"], figures["balance"]["up"]["test"]) == (0.75, None)
    assert figures["purged"] == {"why": 3}


def test_unknown_parts_features_and_stages_are_named(tmp_path, team):
    asset = made(tmp_path / "x")
    for wrong in (
        lambda: asset.array("train", "bar"),
        lambda: asset.count("trian"),
        lambda: asset.shape("x"),
    ):
        with pytest.raises(UnknownName):
            wrong()
    with pytest.raises(UnknownName):
        open_asset(team, "minutes", "que")
    with pytest.raises(NoAsset, match="'minutes' has nothing in production"):
        open_asset(team, "minutes")
    with pytest.raises(BadRecord, match=r"manifest\.json"):
        Asset(tmp_path)


# --- promotion and the ledger ------------------------------------------------------------------------


def test_promotion_moves_the_newest_and_says_who_and_when(team):
    asset = queued(team)
    before = time.time_ns()
    done = promote(team, "minutes")
    assert (done.digest, done.path.parent.name) == (asset.digest, "production")
    assert versions(team, "minutes", "queue") == []
    assert versions(team, "minutes", "production") == [asset.digest]
    entry = promoted_by(team, done)
    assert before <= entry["time_ns"] <= time.time_ns()
    assert entry["who"]
    assert entry["facts"] == {"schema": "minutes", "digest": asset.digest, "replaces": None}
    newer = queued(team, seed=3)
    assert promote(team, "minutes").digest == newer.digest
    assert promoted_by(team, newer)["facts"]["replaces"] == asset.digest
    assert open_asset(team, "minutes", digest=asset.digest).digest == asset.digest
    assert promote(team, "minutes", asset.digest).digest == asset.digest  # back, by pointer alone
    assert ledger.first_break(team) is None
    actions = [entry["action"] for entry in ledger.entries(team)]
    assert actions == ["promote.intent", "promote.done"] * 3


def test_promoting_nothing_is_refused(team):
    with pytest.raises(NoAsset, match="nothing in queue"):
        promote(team, "minutes")
    with pytest.raises(NoAsset):
        promote(team, "minutes", "f" * 32)
    assert ledger.entries(team) == []


def test_a_version_moved_by_hand_is_opened_and_unrecorded(team):
    asset = queued(team)
    production = team.folder("assets") / "minutes" / "production"
    production.mkdir()
    asset.path.rename(production / asset.digest)
    atomic.point(production, asset.digest)
    assert promoted_by(team, open_asset(team, "minutes")) is None


def test_a_promotion_waits_for_nobody(team):
    queued(team)
    lock = team.folder("assets") / "minutes" / ".lock"
    with atomic.lock(lock, what="x", purpose="merge"), pytest.raises(Locked):
        promote(team, "minutes")


@pytest.mark.parametrize("change", ["word", "gone", "swapped", "garbage"])
def test_the_ledger_tells_where_it_was_tampered_with(team, change):
    for number in range(4):
        ledger.record(team, "test", number=number)
    assert ledger.first_break(team) is None
    lines = team.ledger.read_text().splitlines()
    if change == "word":
        lines[1] = lines[1].replace('"number": 1', '"number": 7')
    elif change == "gone":
        del lines[1]
    elif change == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = "{"
    team.ledger.write_text("".join(f"{line}\n" for line in lines))
    assert ledger.first_break(team) == 2


def test_a_torn_last_entry_is_dropped_and_the_chain_goes_on(team):
    ledger.record(team, "one")
    with team.ledger.open("a") as file:
        file.write('{"n": 2, "act')
    assert [entry["action"] for entry in ledger.entries(team)] == ["one"]
    ledger.record(team, "two")
    assert [(entry["n"], entry["action"]) for entry in ledger.entries(team)] == [(1, "one"), (2, "two")]
    assert ledger.first_break(team) is None


KILLED = """
import os, signal, sys
from litlab import atomic
from litlab.assets import promote
from litlab.workspace import Workspace

left = int(sys.argv[2])
def count(frame, event, arg):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, args):
    if event in ("open", "os.rename", "os.mkdir", "os.truncate"):
        count(None, event, None)
team = Workspace(sys.argv[1]).team("contoso")
sys.addaudithook(hook)
promote(team, "minutes")
print("done")
"""


def test_a_promotion_killed_at_any_step_leaves_old_or_new(tmp_path):
    old_digest = new_digest = None
    survived = False
    for step in range(1, 40):
        team = new_team(tmp_path / str(step))
        old = queued(team)
        promote(team, "minutes")
        new = queued(team, seed=3)
        old_digest, new_digest = old.digest, new.digest
        command = [sys.executable, "-c", KILLED, team.workspace.home, str(step)]
        status = subprocess.run(command, capture_output=True, check=False).returncode
        assert status in (0, -signal.SIGKILL)
        found = open_asset(team, "minutes")
        assert found.digest in (old_digest, new_digest)
        assert found.count("train") == 10
        assert ledger.first_break(team) is None
        assert promote(team, "minutes", new_digest).digest == new_digest
        assert promoted_by(team, open_asset(team, "minutes"))["facts"]["digest"] == new_digest
        if status == 0:
            survived = True
            break
    assert survived
    assert step > 5


def test_the_manifest_is_plain_json(tmp_path):
    asset = made(tmp_path / "x")
    body = json.loads((asset.path / "manifest.json").read_text())
    assert body["digest"] == asset.digest
    assert body["order"] == ["bars", "up"]
    assert str(os.getpid()) not in asset.digest
