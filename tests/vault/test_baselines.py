import numpy as np

from litlab.assets import write_asset
from litlab.vault.baselines import describe, fit_logistic, minute_of_day, predict_logistic
from litlab.vault.cases import case_of
from litlab.vault.heads import Head
from litlab.vault.rivals import last_known, rivals
from litlab.vault.scores import auc

LABEL = "atr_up_next_minute"
HEAD = Head(LABEL, "probability")


def baselines(asset):
    return {name: said[:, 0] for name, said in case_of(asset, HEAD, "test").rivals.items()}


def test_every_baseline_gives_a_probability_for_every_test_sample(small_asset):
    found = baselines(small_asset)
    assert list(found) == ["base_rate", "persistence", "last_bar", "reference", "boosting"]
    for values in found.values():
        assert values.shape == (small_asset.count("test"),)
        assert ((values > 0) & (values < 1)).all()


def test_base_rate_is_the_training_parts_share_of_ones(small_asset):
    rate = np.asarray(small_asset.array("train", LABEL), np.float64).mean()
    np.testing.assert_allclose(baselines(small_asset)["base_rate"], rate)


def test_baselines_rank_as_the_law_of_the_tape_says(small_asset):
    truth = small_asset.array("test", LABEL)[:, 0, 0]
    found = {name: auc(truth, values) for name, values in baselines(small_asset).items()}
    assert 0.5 < found["persistence"] < found["last_bar"] < found["reference"] < found["boosting"]


def test_reference_inputs_of_one_sample_by_hand(small_asset):
    at = 200  # not the first of its session
    bars = np.asarray(small_asset.array("train", "100_1_minute_bars")[at], np.float64)
    atr = float(small_asset.array("train", "100_1_minute_atr")[at, -1, 0])
    before = float(small_asset.array("train", "100_1_minute_atr")[at, -2, 0])
    high, low, close = bars[-1, 1], bars[-1, 2], bars[-2, 3]
    true_range = max(high - low, abs(high - close), abs(low - close))
    ranges = bars[:, 1] - bars[:, 2]
    minute = minute_of_day(small_asset.as_of_ns("train")[at : at + 1], "America/New_York")[0]
    expected = [
        float(true_range > before), np.log(true_range / atr), np.log(atr / ranges.mean()),
        np.log(ranges[-5:].mean() / atr), np.log(ranges[-30:].mean() / atr), minute, minute**2,
        np.log1p(bars[-1, 5]), np.log1p(bars[-1, 4]),
    ]  # fmt: skip
    np.testing.assert_allclose(describe(small_asset, "train")[at], expected, rtol=1e-6)


def test_inputs_are_described_block_by_block_with_the_same_bits(small_asset, monkeypatch):
    whole = describe(small_asset, "validation")
    monkeypatch.setattr("litlab.vault.baselines._BLOCK", 7)
    assert describe(small_asset, "validation").tobytes() == whole.tobytes()


def test_a_sessions_first_bar_has_no_close_before_it(small_asset):
    days = small_asset.session_day("train")
    first = np.flatnonzero(np.diff(days)) + 1
    bars = np.asarray(small_asset.array("train", "100_1_minute_bars")[first], np.float64)
    atr = np.asarray(small_asset.array("train", "100_1_minute_atr")[first, -1, 0], np.float64)
    high, low, close = bars[:, -1, 1], bars[:, -1, 2], bars[:, -2, 3]
    assert ((close > high) | (close < low)).any(), "the night before must matter to some day"
    expected = np.log((high - low) / atr)
    np.testing.assert_allclose(describe(small_asset, "train")[first, 1], expected, rtol=1e-9)


def test_persistence_says_what_the_last_completed_label_was(small_asset):
    """Wilder's ATR rises exactly when the true range is above the ATR before it."""
    days = small_asset.session_day("test")
    truth = small_asset.array("test", LABEL)[:, 0, 0]
    same = np.flatnonzero(np.diff(days) == 0)
    described = describe(small_asset, "test")[:, 0]
    assert (described[same + 1] == truth[same]).mean() > 0.999  # prices are float32


def test_logistic_regression_finds_known_weights():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 2)) * [1.0, 5.0] + [0.0, 3.0]
    chance = 1 / (1 + np.exp(-(0.5 + 1.5 * x[:, 0] - 0.2 * x[:, 1])))
    fitted = fit_logistic(x, (rng.random(20_000) < chance).astype(float))
    slopes = fitted[0, :2] / fitted[2, :2]
    np.testing.assert_allclose(slopes, [1.5, -0.2], rtol=0.06)
    np.testing.assert_allclose(predict_logistic(fitted, x), chance, atol=0.03)


def test_separable_classes_and_a_constant_column_do_not_break_the_fit():
    x = np.column_stack([np.arange(10.0), np.full(10, 4.0)])
    fitted = fit_logistic(x, (x[:, 0] > 4.5).astype(float))
    assert np.isfinite(fitted).all()
    assert (predict_logistic(fitted, x).round() == (x[:, 0] > 4.5)).all()


def test_the_label_known_last_had_ended_by_then_and_is_the_newest(small_asset):
    """On this tape a minute's label is known one minute later: it is the sample before, within the day."""
    found = last_known(small_asset, LABEL, "test")
    truth, days = small_asset.array("test", LABEL)[:, 0, 0], small_asset.session_day("test")
    same = np.flatnonzero(np.diff(days) == 0)
    np.testing.assert_array_equal(found[same + 1], truth[same])
    before = small_asset.array("validation", LABEL)[-1, 0, 0]
    assert found[0] == before, "a label of the part before counts, too"
    assert np.isnan(last_known(small_asset, LABEL, "train")[0])


def test_without_bars_what_needs_them_is_left_out(tmp_path):
    def part(n, start):
        columns = (
            "index",
            "as_of_ns",
            "session_day",
            "instrument",
            "read_lo",
            "read_hi",
            "label_lo",
            "label_hi",
        )
        known = {name: start + np.arange(n) for name in columns}
        known["label_end_ns"] = known["as_of_ns"] + 1
        known["instrument"] = np.zeros(n)
        arrays = {"level": np.ones((n, 2, 1)), "up": np.arange(n).reshape(n, 1, 1) % 2}
        return {"arrays": arrays, **known, "weight": np.ones(n)}

    features = {
        "level": {"rows": 2, "columns": ["level"], "label": False},
        "up": {"rows": 1, "columns": ["up"], "label": True},
    }
    parts = {"train": part(6, 0), "validation": part(2, 6), "test": part(4, 8)}
    asset = write_asset(tmp_path / "asset", parts, features, {"schema": "plain", "zone": "UTC"})
    found = rivals(asset, Head("up", "probability"), "test")
    assert list(found) == ["base_rate", "persistence", "boosting"]
    assert found["base_rate"].tolist() == [[0.5]] * 4
    # Labels alternate: after a 0 came a 1 three times, after a 1 a 0 twice; the base rate weighs as one.
    expected = [0.5 / 3, 3.5 / 4, 0.5 / 3, 3.5 / 4]
    np.testing.assert_allclose(found["persistence"][:, 0], expected, atol=1e-12)


def test_minute_of_day_follows_the_clock_change():
    """14:30 UTC is 09:30 in New York in winter, 10:30 in summer."""
    stamps = np.array(["2024-01-10T14:30", "2024-07-10T14:30"], "datetime64[ns]").astype(np.int64)
    assert minute_of_day(stamps, "America/New_York").tolist() == [570, 630]
