"""The shipped library: one row is many rows, what is missing rejects, flat prices have stated values."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tapes import Tick, minutes, new_team, ns, tape, write_script

import litlab
from litlab.adapters import BatchView, OpenView, View
from litlab.errors import BadParameter
from litlab.features import Feature, LoadedFeature, compute_rows, compute_sample
from litlab.features.compute import compute_one_by_one
from litlab.scripts import list_scripts

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
SMALL = {
    "sma": {"rate": 3, "count": 4, "column": "high"},
    "ema": {"rate": 3, "count": 4, "size": 2},
    "rsi": {"rate": 3, "count": 4, "current": "exclude"},
    "macd": {"fast": 2, "slow": 4, "signal": 3, "count": 4},
    "bollinger": {"rate": 4, "count": 3, "width": 1.5},
    "vwap": {"rate": 5, "count": 4},
    "returns": {"steps": 2, "count": 4},
    "quote_spread": {"measure": "share"},
    "quote_imbalance": {},
    "realised_volatility": {"windows": [2, 5], "count": 3},
    "signed_volume": {"ticks": 7},
    "adx": {"rate": 3, "count": 4},
    "stochastic": {"rate": 4, "count": 3},
    "obv": {"count": 5},
    "unit_bar": {"count": 3},
    "atr": {"rate": 2, "count": 3},
    "standardised": {"other": "bars", "column": 3},
    "atr_up_next": {"rate": 2},
    "price_next_bars": {"horizon": 3},
    "return_next_bars": {"horizon": 2, "kind": "simple"},
    "direction": {"horizon": 2, "ties": "drop"},
    "volatility_next_bars": {"horizon": 4},
    "triple_barrier": {"horizon": 5, "rate": 2, "upper": 1, "lower": 1},
}
LABELS = [
    "atr_up_next",
    "direction",
    "price_next_bars",
    "return_next_bars",
    "triple_barrier",
    "volatility_next_bars",
]
DEEP = ["adx", "atr", "ema", "macd", "rsi"]  # with more bars before the first value than they average


def walk(day, count, seed, per_minute=3):
    """Return ticks of a seeded walk in cents, a few in each minute, one of them odd-lot sized."""
    rng = np.random.default_rng(seed)
    cents = 10_000 + np.cumsum(rng.integers(-3, 4, count * per_minute))
    first = ns(f"{day} 09:30:00")
    step = 60_000_000_000 // per_minute
    sizes = rng.integers(1, 400, len(cents))
    return [
        Tick(first + at * step, price / 100, int(size), "I" if size < 50 else "")
        for at, (price, size) in enumerate(zip(cents.tolist(), sizes.tolist(), strict=True))
    ]


def quoted(home):
    """Return quotes of all days from 09:40 on, one in each 7 seconds, every fifth of them crossed."""
    random, lines = np.random.default_rng(9), ["time,bid,ask,bid_size,ask_size"]
    for first in (ns(f"{day} 09:40:00") for day in DAYS):
        for at in range(1600):
            bid, sizes = 100 + at / 1000, random.integers(1, 50, 2)
            ask = bid - 0.01 if at % 5 == 0 else bid + random.integers(0, 5) / 100
            lines.append(f"{first + at * 7_000_000_000},{bid},{ask},{sizes[0]},{sizes[1]}")
    (home / "quotes.csv").write_text("\n".join([*lines, ""]))
    return {"adapter": "csv_quotes", "paths": [str(home / "quotes.csv")], "parameters": {"time_unit": "ns"}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("library")
    team = new_team(home / "w")
    days = [walk(day, 200, seed) for seed, day in enumerate(DAYS)]
    return team, tape(team, home / "t", *days, quotes=quoted(home))


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    home = tmp_path_factory.mktemp("flat")
    team = new_team(home / "w")
    return team, tape(team, home / "t", [one._replace(price=13.9) for one in minutes(DAYS[0], 120)])


def load(team, script, params=None, name=None):
    return LoadedFeature.load(
        team, Feature(name or script, script, SMALL[script] if params is None else params)
    )


def others(lab, indices):
    """Return what `standardised` reads, as the features before it leave it."""
    rows = compute_rows(lab[1], indices, load(lab[0], "unit_bar", name="bars"), {})
    return {"bars": rows.values}


def test_every_shipped_script_but_the_gate_is_tried_here():
    assert set(list_scripts(None, "scripts")) - {"per_unit"} == set(SMALL)
    loaded = {name: load(None, name) for name in SMALL}
    assert sorted(name for name, one in loaded.items() if one.is_label) == LABELS
    for one in loaded.values():
        assert all(field.help for field in one.script.fields), one.name
        assert one.columns, one.name


@pytest.mark.parametrize("script", SMALL)
def test_one_row_is_many_rows_to_the_bit(lab, script):
    feature = load(lab[0], script)
    indices = np.arange(140, len(lab[1]), 17, dtype=np.int64)
    before = others(lab, indices) if script == "standardised" else {}
    many = compute_rows(lab[1], indices, feature, before)
    one = compute_one_by_one(lab[1], indices, feature, before)
    assert many.keep.mean() > 0.4
    assert many.keep.tolist() == one.keep.tolist()
    assert many.values[many.keep].tobytes() == one.values[one.keep].tobytes()
    assert many.reads.tolist() == one.reads.tolist()
    assert np.isfinite(many.values[many.keep]).all()
    assert many.values.shape[2] == len(feature.columns)


@pytest.mark.parametrize("script", SMALL)
def test_without_parameters_a_script_takes_what_its_form_says(lab, script):
    needed = {"other": "bars"} if script == "standardised" else {}
    feature = load(lab[0], script, needed)
    index = np.array([1500], np.int64)
    before = others(lab, index) if script == "standardised" else {}
    label = feature.is_label
    said = feature.script.module.feature_batch(
        BatchView(lab[1], index, label=label), index, feature.params, before
    )
    silent = feature.script.module.feature_batch(BatchView(lab[1], index, label=label), index, needed, before)
    assert said[1].all()
    assert said[0].tobytes() == silent[0].tobytes()
    view = OpenView(lab[1], 1500) if label else View(lab[1], 1500)
    table = feature.script.module.feature(view, 1500, needed, {name: one[0] for name, one in before.items()})
    assert np.asarray(table).tobytes() == said[0][0].tobytes()


@pytest.mark.parametrize("script", [name for name in SMALL if name not in (*LABELS, "standardised")])
def test_what_lacks_bars_or_ticks_rejects_the_sample(lab, script):
    feature = load(lab[0], script)
    assert compute_sample(lab[1], 5, [feature]) is None
    assert not compute_rows(lab[1], np.array([5]), feature, {}).keep.any()


@pytest.mark.parametrize("script", LABELS)
def test_a_label_whose_horizon_leaves_the_session_or_the_data_rejects(lab, script):
    feature = load(lab[0], script)
    last_of_day_one, last = 3 * 200 - 1, len(lab[1]) - 1
    rows = compute_rows(lab[1], np.array([last_of_day_one, last]), feature, {})
    assert not rows.keep.any()


@pytest.mark.parametrize("script", ["direction", "price_next_bars", "return_next_bars"])
def test_overnight_lets_a_horizon_leave_the_session_but_not_the_data(lab, script):
    feature = load(lab[0], script, {"horizon": 1, "overnight": "yes"})
    rows = compute_rows(lab[1], np.array([3 * 200 - 1, len(lab[1]) - 1]), feature, {})
    assert rows.keep.tolist() == [True, False]


@pytest.mark.parametrize(
    "script", ["price_next_bars", "return_next_bars", "direction", "volatility_next_bars"]
)
def test_a_label_reads_the_bar_it_stands_in_and_its_horizon_exactly(lab, script):
    feature = load(lab[0], script, {"horizon": 2})
    index = 3 * 20 + 1  # the second tick of the minute of the ticks 60 to 62
    sample = compute_sample(lab[1], index, [feature])
    assert (sample.label_lo, sample.label_hi) == (
        60,
        69 + 1,
    )  # minutes 21 and 22, and the tick that ended them
    assert (sample.read_lo, sample.read_hi) == (index, index + 1)


def test_deep_windows_run_over_the_same_bars_whatever_was_loaded_before(lab, tmp_path):
    team = new_team(tmp_path / "w")
    shorter = tape(team, tmp_path / "t", *[walk(day, 200, seed) for seed, day in list(enumerate(DAYS))[1:]])
    for script in DEEP:
        feature = load(lab[0], script)
        assert (
            compute_sample(lab[1], 1500, [feature]).values[script].tobytes()
            == compute_sample(shorter, 900, [feature]).values[script].tobytes()
        )


# --- flat prices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sma", [13.9]), ("ema", [13.9]), ("rsi", [50.0]), ("macd", [0.0, 0.0, 0.0]),
        ("bollinger", [13.9, 13.9, 13.9, 0.5]), ("vwap", [13.9]), ("returns", [0.0]),
        ("realised_volatility", [0.0, 0.0]), ("adx", [0.0, 0.0, 0.0]), ("stochastic", [50.0, 50.0]),
        ("obv", [0.0]), ("atr", [0.0]),
    ],
)  # fmt: skip
def test_flat_prices_have_their_stated_value(flat, script, expected):
    table = compute_sample(flat[1], 200, [load(flat[0], script)]).values[script]
    assert table == pytest.approx(np.tile(expected, (len(table), 1)), abs=1e-12)


def test_flat_prices_give_labels_no_direction_and_no_barrier(flat):
    def label(script, **params):
        sample = compute_sample(flat[1], 150, [load(flat[0], script, params)])
        return None if sample is None else sample.values[script].item()

    assert label("direction") == 1.0
    assert label("direction", ties="drop") is None
    assert label("price_next_bars") == label("return_next_bars") == label("volatility_next_bars") == 0.0
    assert label("price_next_bars", relative=False) == 13.9
    assert label("triple_barrier", rate=2) is None  # an average true range of 0 measures nothing
    assert label("triple_barrier", measured="ticks") == 1.0


def test_flat_prices_leave_signed_volume_unknown_and_standardised_zero(flat):
    sample = compute_sample(flat[1], 99, [load(flat[0], "signed_volume", {"ticks": 2})])
    assert sample.values["signed_volume"].tolist() == [[0.0, 0.0, 198 + 199, 0.0]]
    both = [load(flat[0], "unit_bar", name="bars"), load(flat[0], "standardised")]
    assert compute_sample(flat[1], 99, both).values["standardised"].tolist() == [[0.0], [0.0], [0.0]]


def test_only_losses_are_0_and_only_gains_100(lab, tmp_path):
    team = new_team(tmp_path / "w")
    rising = tape(team, tmp_path / "t", minutes(DAYS[0], 120))
    assert compute_sample(rising, 200, [load(team, "rsi")]).values["rsi"].tolist() == [[100.0]] * 4


# --- worked by hand, on 100.00, 100.01, … at two ticks a minute -----------------------------------------


@pytest.fixture(scope="module")
def rising(tmp_path_factory):
    home = tmp_path_factory.mktemp("rising")
    team = new_team(home / "w")
    return team, tape(team, home / "t", minutes(DAYS[0], 60))


def value(rising, index, script, **params):
    return compute_sample(rising[1], index, [load(rising[0], script, params)]).values[script]


def test_columns_are_named_after_parameters(rising):
    assert load(rising[0], "sma", {"rate": 7}).columns == ("sma_7",)
    assert load(rising[0], "realised_volatility", {"windows": "3, 9"}).columns == ("rv_3", "rv_9")
    assert load(rising[0], "standardised", {"other": "bars"}).columns == ("bars_standardised",)
    with pytest.raises(BadParameter, match="a name of its own"):
        _ = load(rising[0], "realised_volatility", {"windows": "3, 3"}).columns


def test_features_worked_by_hand(rising):
    # At the tick 21 the bar holding it is minute 10, closed at 100.21 so far; before, 100.19 and 100.17.
    assert value(rising, 21, "sma", rate=3, count=1).item() == pytest.approx((100.21 + 100.19 + 100.17) / 3)
    late = value(rising, 21, "sma", rate=3, count=1, current="exclude").item()
    assert late == pytest.approx((100.19 + 100.17 + 100.15) / 3)
    assert value(rising, 20, "returns", count=1).item() == pytest.approx(math.log(100.20 / 100.19))
    money = (100.21 + 100.20 + 100.21) / 3 * (120 + 121) + (100.19 + 100.18 + 100.19) / 3 * (118 + 119)
    assert value(rising, 21, "vwap", rate=2, count=1).item() == pytest.approx(money / (120 + 121 + 118 + 119))
    assert value(rising, 21, "obv", count=2).tolist() == [[118 + 119], [118 + 119 + 120 + 121]]
    assert value(rising, 21, "signed_volume", ticks=3).tolist() == [[241.0, 0.0, 119.0, 241.0]]


def test_labels_worked_by_hand(rising):
    # The tick 20 is the first of its minute at 100.20; the next minutes close at 100.23 and 100.25.
    assert value(rising, 20, "price_next_bars").item() == pytest.approx(0.03)
    assert value(rising, 20, "price_next_bars", horizon=2, relative=False).item() == 100.25
    assert value(rising, 20, "return_next_bars", horizon=2).item() == pytest.approx(math.log(100.25 / 100.20))
    assert value(rising, 20, "direction").item() == 2.0
    assert value(rising, 20, "direction", ties="drop").item() == 1.0
    assert value(rising, 20, "direction", threshold=3).item() == 1.0  # three ticks are within three ticks
    squares = math.log(100.23 / 100.20) ** 2 + math.log(100.25 / 100.23) ** 2
    found = value(rising, 20, "volatility_next_bars", horizon=2).item()
    assert found == pytest.approx(math.sqrt(squares))
    ticks = {"measured": "ticks", "lower": 1}
    assert value(rising, 20, "triple_barrier", horizon=2, upper=4.5, **ticks).item() == 2.0  # 100.245
    assert value(rising, 20, "triple_barrier", horizon=2, upper=5.5, **ticks).item() == 1.0
    # The average true range of two bars, the last one of one trade, is 0.015; the next bar rises by 0.03.
    assert value(rising, 60, "triple_barrier", horizon=1, upper=1.9, rate=2).item() == 2.0
    assert value(rising, 60, "triple_barrier", horizon=1, upper=2.1, rate=2).item() == 1.0


def test_a_script_refuses_parameters_that_contradict_each_other(rising):
    with pytest.raises(Exception, match="must be less than slow"):
        value(rising, 100, "macd", fast=26, slow=12)
    with pytest.raises(BadParameter, match="a whole number, from 1"):
        load(rising[0], "sma", {"rate": 2.5})


def test_the_script_of_the_page_for_writers_works(rising):
    page = (Path(litlab.__file__).parents[1] / "docs" / "scripts.md").read_text("utf-8")
    write_script(rising[0], "distance", page.split("```python\n")[1].split("```")[0])
    feature = LoadedFeature.load(rising[0], Feature("distance", "distance", {"rate": 3}))
    assert feature.columns == ("distance_3",)
    assert compute_sample(rising[1], 21, [feature]).values["distance"].item() == pytest.approx(2.0)
    assert compute_sample(rising[1], 3, [feature]) is None
    shipped = set(list_scripts(None, "scripts"))
    assert {name for name in shipped if f"`{name}`" not in page} == set()
