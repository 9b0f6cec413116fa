"""Assets: what was written is what is read, equal content has equal bytes, promotion survives a kill."""

import json
import os
import subprocess
import sys
import time
from multiprocessing.reduction import ForkingPickler
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from tapes import new_team

from litlab import atomic
from litlab.assets import Asset, audit, ledger, open_asset, promote, promoted_by, versions, write_asset
from litlab.assets.asset import SAMPLE_COLUMNS
from litlab.assets.checking import check_assets
from litlab.assets.lineage import Lineage
from litlab.errors import BadName, BadRecord, Locked, NoAsset, OtherTicks, UnknownName

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
            for batch in asset.batches("train", 10, seed, epoch, names)
        ]

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4
    sizes = [len(batch["up"]) for batch in asset.batches("train", 10, seed=1)]
    assert sizes == [10] * 10 + [3]
    plain = np.concatenate([batch["bars"] for batch in asset.batches("train", 10)])
    np.testing.assert_array_equal(plain, asset.array("train", "bars"))
    shuffled = np.concatenate([batch["bars"] for batch in asset.batches("train", 10, seed=1)])
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(plain, axis=0))
    assert [set(batch) for batch in asset.batches("train", 99, names=["up"])] == [{"up"}] * 2


def test_statistics_are_those_of_the_training_part_by_hand(tmp_path):
    content = parts(train=2, validation=2)
    content["train"]["arrays"]["bars"] = np.array([[[1, np.nan], [2, 10]], [[3, 10], [6, 40]]])
    content["validation"]["arrays"]["bars"] = np.full((2, 2, 2), 1e6)
    found = write_asset(tmp_path / "x", content, FEATURES, {"schema": "s"}).statistics("bars")
    expected = {"min": [1, 10], "mean": [3, 20], "max": [6, 40], "count": [4, 3], "nan": [0, 1]}
    assert {name: found[name].tolist() for name in expected} == expected
    np.testing.assert_allclose(found["std"], [np.sqrt(3.5), np.sqrt(200)])


def test_statistics_across_blocks_are_those_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("litlab.assets.statistics._BLOCK", 7)
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
    assert figures["hindsight"] == []
    late = {"schema": "s", "hindsight": ["event order"]}
    assert audit(write_asset(tmp_path / "y", content, FEATURES, late))["hindsight"] == ["event order"]
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
    assert not (team.folder("assets") / "minutes").exists()


@pytest.mark.parametrize("digest", ["..", ".", "../..", "/etc", "a/b", ""])
def test_what_is_no_digest_is_never_promoted(team, digest):
    good = queued(team)
    promote(team, "minutes")
    with pytest.raises((BadName, NoAsset)):
        promote(team, "minutes", digest)
    assert open_asset(team, "minutes").digest == good.digest


@pytest.mark.parametrize("schema", ["/etc", "../other", "..", "a/b"])
def test_a_schema_elsewhere_is_refused_and_nothing_is_written(team, tmp_path, schema):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadName):
        promote(team, schema)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_version_in_production_that_no_line_of_the_ledger_knows_is_told(team):
    asset = queued(team)
    promote(team, "minutes")
    assert check_assets(team)[1] == []
    team.ledger.write_text("")
    (damage,) = check_assets(team)[1]
    assert asset.digest in damage.remedy
    assert "ledger" in damage.reason
    promote(team, "minutes", asset.digest)
    assert check_assets(team)[1] == []
    (asset.path.parent.parent / "production" / "CURRENT").write_text("..\n")
    assert "names no version" in check_assets(team)[1][0].reason


def test_a_version_moved_by_hand_is_opened_and_unrecorded(team):
    asset = queued(team)
    production = team.folder("assets") / "minutes" / "production"
    production.mkdir()
    asset.path.rename(production / asset.digest)
    atomic.point(production, asset.digest)
    assert promoted_by(team, open_asset(team, "minutes")) is None


def test_files_moved_by_hand_into_a_folder_of_any_name_are_known_by_their_digest(team):
    asset = queued(team)
    target = team.folder("assets") / "minutes" / "production" / "my-copy"
    target.mkdir(parents=True)
    for path in sorted(asset.path.iterdir()):
        path.rename(target / path.name)
    asset.path.rmdir()
    found = open_asset(team, "minutes")
    assert (found.digest, found.path) == (asset.digest, target)
    assert open_asset(team, "minutes", digest=asset.digest).path == target
    assert versions(team, "minutes", "production") == [asset.digest]
    assert promoted_by(team, found) is None
    newer = queued(team, seed=3)
    assert promote(team, "minutes").digest == newer.digest
    assert promote(team, "minutes", asset.digest).path == target
    assert promoted_by(team, found)["facts"]["replaces"] == newer.digest


READING = """
import sys
from litlab.assets import open_asset
from litlab.workspace import Workspace

team = Workspace(sys.argv[1]).team("contoso")
print("reading", flush=True)
pairs, seen = 0, set()
while not (team.root / "stop").exists():
    asset = open_asset(team, "minutes")
    found = {asset.digest, *(float(asset.array(part, "bars")[0, 0, 0]) for part in ("train", "validation"))}
    seen.add(tuple(sorted(map(str, found))))
    pairs += 1
print(len(seen), pairs)
"""


def promoted_under_a_reader(team, times):
    """Return how many different pairs of parts a reader saw while two versions took turns, and how often."""
    digests = [queued(team, seed=seed).digest for seed in (0, 7)]
    promote(team, "minutes", digests[0])
    command = [sys.executable, "-c", READING, team.workspace.home]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "reading\n"
        for turn in range(times):
            promote(team, "minutes", digests[(turn + 1) % 2])
        (team.root / "stop").touch()
        seen, pairs = map(int, reader.stdout.read().split())
    assert reader.returncode == 0
    return seen, pairs


def test_a_reader_of_a_hundred_promotions_sees_no_mixed_pair(team):
    seen, pairs = promoted_under_a_reader(team, 100)
    assert seen <= 2
    assert pairs > 0


@pytest.mark.soak
def test_a_reader_of_a_thousand_promotions_sees_no_mixed_pair(team):
    seen, pairs = promoted_under_a_reader(team, 1000)
    print(f"{pairs:,} pairs read, {seen} different ones")
    assert seen == 2
    assert pairs > 1000


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


def test_the_manifest_is_plain_json(tmp_path):
    asset = made(tmp_path / "x")
    body = json.loads((asset.path / "manifest.json").read_text())
    assert body["digest"] == asset.digest
    assert body["order"] == ["bars", "up"]
    assert str(os.getpid()) not in asset.digest


def test_an_asset_travels_by_its_path_and_maps_a_file_once(tmp_path):
    asset = made(tmp_path / "x")
    assert asset.array("train", "bars") is asset.array("train", "bars")
    again = ForkingPickler.loads(ForkingPickler.dumps(asset))
    assert (again.path, again.digest) == (asset.path, asset.digest)


def test_a_sample_tells_its_values_reads_and_lineage(tmp_path):
    content = parts()
    content["train"]["read_lo"] = content["train"]["index"] // 2
    content["train"]["read_hi"] = content["train"]["index"] + 1
    content["train"]["instrument"] = np.zeros(10, np.int16)
    data = [{"files": ["a.csv", "b.csv"], "digests": ["d1", "d2"]}]
    about = {"script": "unit_bar", "script_digest": "5c", "params": {"count": 2}}
    features = {"bars": {**FEATURES["bars"], **about}, "up": FEATURES["up"]}
    one = write_asset(tmp_path / "x", content, features, {"schema": "s", "data": data}).sample("train", -4)
    assert (one.number, one.index, one.reads, one.instrument) == (6, 6, (3, 7), 0)
    np.testing.assert_array_equal(
        one.values["bars"], content["train"]["arrays"]["bars"][6].astype(np.float32)
    )
    assert one.lineage.files == (("a.csv", "d1"), ("b.csv", "d2"))
    assert one.lineage.features == {"bars": about, "up": {}}
    with pytest.raises(IndexError, match="the train part has 10 samples"):
        Asset(tmp_path / "x").sample("train", 10)


class Ticks:
    """An adapter of ten ticks in two files."""

    def __init__(self, *digests):
        self.store = SimpleNamespace(digests=digests, stored_names=("price",))

    def window(self, start, stop, columns):
        return {name: np.arange(start, stop) for name in columns}


def test_lineage_gives_exactly_the_ticks_read_of_these_very_files():
    one = Lineage(0, (("a.csv", "d1"), ("b.csv", "d2")), {}, (3, 7), (6, 9))
    assert one.ticks(Ticks("d1", "d2"))["price"].tolist() == [3, 4, 5, 6]
    assert one.label_ticks(Ticks("d1", "d2", "added later"), ["volume"])["volume"].tolist() == [6, 7, 8]
    for other in (Ticks("d1", "x"), Ticks("d1")):
        with pytest.raises(OtherTicks, match=r"b\.csv"):
            one.ticks(other)
