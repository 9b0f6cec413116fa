"""Folds of a built asset: what each knows, what is held out, and that nothing reaches across."""

import numpy as np
import pytest

from litlab.assets.asset import PARTS, SAMPLE_COLUMNS
from litlab.assets.refolding import refold
from litlab.assets.statistics import statistics
from litlab.errors import BadSchema
from litlab.schemas.parts import fold_dates
from litlab.workspace import Workspace

LABEL, BARS = "atr_up_next_minute", "100_1_minute_bars"
FOLDS = 3


@pytest.fixture(scope="module")
def folded(tmp_path_factory, make_tape_asset):
    home = tmp_path_factory.mktemp("folds")
    asset = make_tape_asset(home / "asset", days=12, ticks=10, seed=2, window=20)
    team = Workspace(home / "home").create_project("contoso", "volatility").team
    return team, asset, [refold(team, asset, FOLDS, fold, validation=0.25) for fold in range(1, FOLDS + 1)]


def test_every_fold_trains_on_its_past_and_is_tested_on_the_stretch_behind(folded):
    _, asset, folds = folded
    days = np.unique(np.concatenate([asset.session_day(part) for part in PARTS]))
    for number, fold in enumerate(folds, 1):
        dates = fold_dates(days, FOLDS, number, 0.25)
        borders = [np.datetime64(one, "D").astype(int) for one in dates]
        assert set(fold.session_day("test")) == {day for day in days if borders[1] <= day < borders[2]}
        assert set(fold.session_day("validation")) == {day for day in days if borders[0] <= day < borders[1]}
        assert set(fold.session_day("train")) == {day for day in days if day < borders[0]}
        assert fold.sample_column("train", "label_end_ns").max() < fold.as_of_ns("validation").min()
        assert fold.sample_column("validation", "label_end_ns").max() < fold.as_of_ns("test").min()
    tested = np.concatenate([fold.index("test") for fold in folds])
    assert len(np.unique(tested)) == len(tested)
    assert set(tested) == {i for part in PARTS for i in asset.index(part)[asset.session_day(part) >= days[3]]}


def test_samples_are_those_of_the_asset_and_statistics_the_folds_own(folded):
    _, asset, folds = folded
    where = {int(index): (part, at) for part in PARTS for at, index in enumerate(asset.index(part))}
    for fold in folds:
        for part in PARTS:
            for at in (0, fold.count(part) // 2, fold.count(part) - 1):
                source, row = where[int(fold.index(part)[at])]
                for name in (BARS, LABEL):
                    np.testing.assert_array_equal(fold.array(part, name)[at], asset.array(source, name)[row])
                for name in SAMPLE_COLUMNS:
                    assert fold.sample_column(part, name)[at] == asset.sample_column(source, name)[row]
        assert (np.diff(fold.index("train")) > 0).all()
        expected = statistics(np.asarray(fold.array("train", BARS)))
        np.testing.assert_allclose(fold.statistics(BARS)["mean"], expected["mean"])
        assert fold.manifest["fold_of"]["asset"] == asset.digest
    assert folds[0].statistics(BARS)["mean"][3] != folds[2].statistics(BARS)["mean"][3]


def test_a_label_that_reaches_into_what_is_held_out_is_purged(folded, tmp_path):
    """Labels that take a day: the last day before each border goes."""
    import shutil

    import h5py

    from litlab.assets import Asset

    team, asset, _ = folded
    shutil.copytree(asset.path, tmp_path / "long")
    for part in PARTS:
        with h5py.File(tmp_path / "long" / f"{part}.h5", "r+") as file:
            file["label_end_ns"][:] = file["as_of_ns"][:] + 86_400_000_000_000
    fold = refold(team, Asset(tmp_path / "long"), FOLDS, 2, validation=0.25)
    assert fold.manifest["purged"]["label reaches into a held-out part"] > 300
    assert fold.sample_column("train", "label_end_ns").max() < fold.as_of_ns("validation").min()
    assert fold.sample_column("validation", "label_end_ns").max() < fold.as_of_ns("test").min()


def test_the_same_fold_again_is_the_same_version(folded):
    team, asset, folds = folded
    again = refold(team, asset, FOLDS, 1, validation=0.25)
    assert (again.digest, again.path) == (folds[0].digest, folds[0].path)
    with pytest.raises(BadSchema, match="7 walk-forward folds need"):
        refold(team, asset, 7, 1)
