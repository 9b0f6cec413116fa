"""The audit: figures by hand, and a leak of every kind is found."""

import json

import numpy as np
import pytest
from tapes import new_team

from litlab.assets import Asset, audit, ledger, write_asset
from litlab.assets.asset import SAMPLE_COLUMNS
from litlab.assets.distribution import histogram, ks, nearest_copies, picked, psi, ranks
from litlab.assets.duplicates import duplicates
from litlab.assets.statistics import statistics

FEATURES = {
    "bars": {"rows": 2, "columns": ["a", "b"], "label": False},
    "up": {"rows": 1, "columns": ["up"], "label": True},
}


def part(n, seed, first):
    rng = np.random.default_rng(seed)
    index = first + 10 * np.arange(n)
    columns = {name: index.astype(dtype) for name, dtype in SAMPLE_COLUMNS.items()}
    columns |= {"read_lo": index - 5, "read_hi": index + 1, "label_hi": index + 8, "label_end_ns": index + 7}
    columns |= {"instrument": np.zeros(n, np.int16)}
    arrays = {"bars": rng.normal(size=(n, 2, 2)), "up": rng.integers(0, 2, (n, 1, 1))}
    return {"arrays": arrays, **columns}


def parts():
    return {"train": part(400, 1, 100), "validation": part(100, 2, 5000), "test": part(100, 3, 7000)}


def verdicts(folder, content, about=None, team=None):
    said = {"schema": "s", "hindsight": [], "purged": {}, "schema_record": {"split": {"kind": "date"}}}
    asset = write_asset(folder, content, FEATURES, {**said, **(about or {})})
    return {one["name"]: (one["verdict"], one["text"]) for one in audit(asset, team)["verdicts"]}


def test_an_asset_without_a_leak_is_clean_and_plain_data(tmp_path):
    team = new_team(tmp_path / "w")
    found = verdicts(tmp_path / "x", parts(), team=team)
    assert {verdict for verdict, _ in found.values()} == {"clean"}
    assert found["reads"][1].startswith("all 600 samples read no tick after their index. Not called")
    told = audit(Asset(tmp_path / "x"), team)
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_read_behind_the_index_is_a_leak(tmp_path):
    content = parts()
    content["test"]["read_hi"][7] += 1
    verdict, text = verdicts(tmp_path / "x", content)["reads"]
    assert (verdict, text) == ("leak", "1 of 600 samples recorded a read after their index")


@pytest.mark.parametrize(("kind", "column"), [("date", "label_end_ns"), ("random", "label_hi")])
def test_a_label_that_reads_into_a_held_out_part_is_a_leak(tmp_path, kind, column):
    content = parts()
    content["train"][column][-1] = 5001  # validation begins at 5000
    about = {"schema_record": {"split": {"kind": kind}}}
    assert verdicts(tmp_path / "x", content, about)["purge"][0] == "leak"
    content["train"][column][-1] = 4999
    assert verdicts(tmp_path / "y", content, about)["purge"][0] == "clean"


def test_statistics_of_more_than_train_are_a_leak(tmp_path):
    asset = write_asset(tmp_path / "x", parts(), FEATURES, {"schema": "s"})
    asset.manifest["statistics"]["bars"] = statistics(
        np.concatenate([asset.array("train", "bars"), asset.array("test", "bars")])
    )
    found = {one["name"]: one for one in audit(asset)["verdicts"]}["learned statistics"]
    assert (found["verdict"], "bars" in found["text"]) == ("leak", True)


def test_equal_inputs_are_counted_within_and_across_parts(tmp_path):
    content = parts()
    train, test = (content[name]["arrays"]["bars"] for name in ("train", "test"))
    train[5] = train[4] = train[3]
    test[:3] = train[10]
    content["validation"]["arrays"]["bars"][0] = train[10]
    asset = write_asset(tmp_path / "x", content, FEATURES, {"schema": "s"})
    expected = {"train": 2, "validation_in_train": 1, "test_in_train": 3, "test_in_validation": 3}
    assert duplicates(asset) == expected
    found = {one["name"]: one["verdict"] for one in audit(asset)["verdicts"]}
    assert (found["duplicates across parts"], found["duplicates in train"]) == ("leak", "warning")


def test_a_label_copied_into_one_cell_is_found_there(tmp_path):
    content = parts()
    truth = content["train"]["arrays"]["up"][:, 0, 0]
    content["train"]["arrays"]["bars"][:, 0, 1] = -truth
    verdict, text = verdicts(tmp_path / "x", content)["label in an input"]
    assert (verdict, text) == ("leak", "nearest to up.up: bars.b in row -2 has AUC 0.000")


def test_a_level_that_follows_the_last_price_is_no_copy_but_its_own_value_is(tmp_path):
    content, rng = parts(), np.random.default_rng(5)
    walk = np.cumsum(rng.normal(size=401))
    content["train"]["arrays"]["bars"][:, 1, 0] = walk[:-1]
    content["train"]["arrays"]["up"] = walk[1:].reshape(400, 1, 1)
    assert verdicts(tmp_path / "x", content)["label in an input"][0] == "clean"
    content["train"]["arrays"]["bars"][:, 1, 0] = walk[1:] * 3 + 1
    (found,) = nearest_copies(write_asset(tmp_path / "y", content, FEATURES, {"schema": "s"}))
    assert (found["feature"], found["column"], found["row"]) == ("bars", "a", -1)
    assert found["strength"] == pytest.approx(0.5)


def test_hindsight_looks_constants_and_drift_are_told(tmp_path):
    from litlab.assets.audit import LOOK

    team, content = new_team(tmp_path / "w"), parts()
    content["train"]["arrays"]["bars"][:, :, 1] = 7
    about = {"hindsight": ["event order", "final corrections"]}
    asset = write_asset(tmp_path / "x", content, FEATURES, {"schema": "s", **about})
    for _ in range(7):
        ledger.record(team, LOOK, asset=asset.digest)
    ledger.record(team, LOOK, asset="another")
    told = audit(asset, team)
    found = {one["name"]: (one["verdict"], one["text"]) for one in told["verdicts"]}
    assert told["test_looks"] == 7
    assert found["test looks"] == ("warning", "test looked at 7 times")
    assert found["hindsight in the data"][0] == "warning"
    assert found["constant columns"] == ("warning", "1 of 3 columns hold one value: bars.b")
    assert found["drift"][0] == "warning"
    assert found["purge"][0] == "unknown"


def test_drift_by_hand():
    train = np.repeat(np.arange(10.0), 10)  # every decile holds one value
    moved = np.repeat(np.arange(10.0), [20, 0, 10, 10, 10, 10, 10, 10, 10, 10])
    expected = (0.2 - 0.1) * np.log(0.2 / 0.1) + (0.005 - 0.1) * np.log(0.005 / 0.1)
    assert psi(train, moved) == pytest.approx(expected)
    assert ks(train, moved) == pytest.approx(0.1)
    with_nan = np.append(train, np.full(100, np.nan))
    assert psi(with_nan, with_nan) == 0
    assert psi(train, with_nan) > 0.25
    assert np.isnan(psi(train, np.empty(0)))
    assert np.isnan(ks(train, np.full(3, np.nan)))


def test_a_histogram_has_its_edges_from_train_and_outsiders_at_the_ends():
    train, test = np.linspace(0, 1, 1001), np.array([-5.0, 0.5, 9.0, 9.0, np.nan])
    found = histogram({"train": train, "validation": np.empty(0), "test": test})
    np.testing.assert_allclose(found["edges"], np.linspace(0.005, 0.995, 21))
    assert [found["shares"]["test"][at] for at in (0, 10, -1)] == [0.25, 0.25, 0.5]
    assert found["shares"]["validation"] == []
    assert sum(found["shares"]["train"]) == pytest.approx(1)
    assert histogram({"train": np.array([3.0])})["edges"][0] == 2.5


def test_big_parts_are_sampled_evenly():
    places = picked(1_000_003)
    assert (len(places), places[0], places[-1]) == (20_000, 0, 1_000_002)
    assert set(np.diff(places)) == {50, 51}


def test_ranks_are_those_of_a_slow_twin():
    values = np.random.default_rng(1).integers(0, 20, 100).astype(float)
    slow = [(np.sum(values < one) + np.sum(values <= one) + 1) / 2 for one in values]
    assert ranks(values).tolist() == slow


def test_a_large_mean_leaves_the_spread_alone():
    rng = np.random.default_rng(2)
    values = 5e7 + rng.normal(scale=0.01, size=(200_000, 1, 1))
    exact = float(np.std((values - 5e7).astype(np.longdouble)))
    assert statistics(values)["std"][0] == pytest.approx(exact, rel=1e-7)
    squares = np.sqrt(max(np.mean(values * values) - np.mean(values) ** 2, 0.0))
    assert abs(squares - exact) > 0.1 * exact  # what a sum of squares makes of it


def test_unknown_stays_unknown_in_an_older_asset(tmp_path):
    asset = write_asset(tmp_path / "x", parts(), FEATURES, {"schema": "s"})
    found = {one["name"]: one["verdict"] for one in audit(asset)["verdicts"]}
    assert [found[name] for name in ("hindsight in the data", "test looks", "purge")] == ["unknown"] * 3
