import numpy as np
import pytest

from litlab.errors import BadParameter, UnknownName
from litlab.insights import edit_cell, scale_last_volumes
from litlab.insights.background import draw_background, rescale
from litlab.vault.baselines import minute_of_day

BARS, ATR = "100_1_minute_bars", "100_1_minute_atr"


def columns(asset):
    return {name: list(asset.columns(name)) for name in asset.inputs}


def sample(asset, at=300):
    return {name: np.asarray(asset.array("test", name)[at]) for name in asset.inputs}


def test_background_is_of_the_same_half_hours_and_seeded(small_asset):
    moment = int(small_asset.as_of_ns("test")[300])
    found = draw_background(small_asset, small_asset.inputs, moment)
    again = draw_background(small_asset, small_asset.inputs, moment)
    other = draw_background(small_asset, small_asset.inputs, moment, seed=8)
    assert found[BARS].shape == (100, 100, 8)
    np.testing.assert_array_equal(found[BARS], again[BARS])
    assert not np.array_equal(found[BARS], other[BARS])
    train = np.asarray(small_asset.array("train", BARS))
    minutes = minute_of_day(small_asset.as_of_ns("train"), small_asset.zone)
    here = minute_of_day(np.array([moment]), small_asset.zone)[0]
    for row in found[BARS][:10]:
        places = np.flatnonzero((train[:, :, 5] == row[:, 5]).all(1))
        assert np.abs(minutes[places] - here).min() <= 30


def test_an_instrument_that_training_never_saw_is_refused(small_asset):
    with pytest.raises(BadParameter, match="no training sample of this instrument"):
        draw_background(small_asset, small_asset.inputs, int(small_asset.as_of_ns("test")[0]), instrument=3)


def test_rescaled_background_ends_at_the_samples_close_and_atr(small_asset):
    here = sample(small_asset)
    drawn = draw_background(small_asset, small_asset.inputs, int(small_asset.as_of_ns("test")[300]), rows=7)
    found = rescale(drawn, here, columns(small_asset))
    np.testing.assert_allclose(found[BARS][:, -1, 3], here[BARS][-1, 3], rtol=1e-6)
    np.testing.assert_allclose(found[ATR][:, -1, 0], here[ATR][-1, 0], rtol=1e-6)
    ours = (found[BARS][:, 0, 1] - found[BARS][:, -1, 3]) / found[ATR][:, -1, 0]
    theirs = (drawn[BARS][:, 0, 1] - drawn[BARS][:, -1, 3]) / drawn[ATR][:, -1, 0]
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    np.testing.assert_array_equal(found[BARS][:, :, 4:], drawn[BARS][:, :, 4:])


def test_last_nine_volumes_shrink_with_their_sizes_and_nothing_else(small_asset):
    here = sample(small_asset)
    found = scale_last_volumes(here, columns(small_asset))
    ratio = found[BARS] / here[BARS]
    np.testing.assert_allclose(ratio[-9:, 5:], 0.25, rtol=1e-6)
    np.testing.assert_array_equal(ratio[:-9], 1)
    np.testing.assert_array_equal(ratio[:, :5], 1)
    np.testing.assert_array_equal(found[ATR], here[ATR])
    bars = found[BARS].astype(np.float64)
    np.testing.assert_allclose(bars[:, 4] * bars[:, 6], bars[:, 5], rtol=1e-5)


def test_edited_price_moves_alone_and_the_original_stays(small_asset):
    here = sample(small_asset)
    found = edit_cell(here, columns(small_asset), BARS, -1, "close", 50.0)
    assert (found[BARS] != here[BARS]).sum() == 1
    assert found[BARS][-1, 3] == 50.0


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (("bars", -1, "close", 1.0), UnknownName, "no input called 'bars'"),
        ((BARS, -1, "closing", 1.0), UnknownName, "Did you mean 'close'"),
        ((BARS, 100, "close", 1.0), BadParameter, "row = 100"),
        ((BARS, -1, "volume", 0.0), BadParameter, "volume = 0.0"),
    ],
)
def test_impossible_edits_are_named(small_asset, cell, error, message):
    with pytest.raises(error, match=message):
        edit_cell(sample(small_asset), columns(small_asset), *cell)
