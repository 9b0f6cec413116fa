"""What a forecast would have earned, trade by trade, by hand."""

import numpy as np
import pytest

from litlab.adapters import cache_files, load_adapter
from litlab.builds import run_build
from litlab.errors import NotAReturn
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.ticks.sample import write_sample
from litlab.vault.heads import Head
from litlab.vault.prints import Prints, fills, roll_half_spread
from litlab.vault.profit import Trades, profit, reckoned, traded
from litlab.workspace import Workspace

S = 1_000_000_000
NO_LATENCY, MINUTE = 0, 60 * S


def prints(times, prices, volumes=None, eligible=None):
    n = len(times)
    return Prints(
        np.array(times, np.int64) * S,
        np.array(prices, float),
        np.full(n, 100.0) if volumes is None else np.array(volumes, float),
        np.ones(n, bool) if eligible is None else np.array(eligible, bool),
    )


def test_a_trade_is_had_after_the_moment_and_at_prints_that_set_a_price():
    seen = prints([0, 10, 20, 30], [1, 2, 3, 4], eligible=[1, 0, 1, 1])
    moments = np.array([-1, 0, 5, 20, 30]) * S
    assert fills(seen, moments).tolist() == [0, 2, 2, 3, 4]


def test_one_long_and_one_short_trade_by_hand():
    """Long at 100 (t = 11), out at 101 (t = 41); short at 101 (t = 41), out at 102, the session's last."""
    seen = prints([10, 11, 41, 50], [99, 100, 101, 102])
    found = traded(
        5, seen, np.array([9, 39]) * S, np.array([39, 69]) * S, np.array([1.0, -1.0]), S, MINUTE, 0.5,
        np.array([np.nan, 0.25, 0.4, np.nan]),
    )  # fmt: skip
    expected = [1e4 * np.log(101 / 100), -1e4 * np.log(102 / 101)]
    np.testing.assert_allclose(found.gross_bp, expected)
    # Half a tick is 0.25; the second print is quoted 0.4 wide to the middle.
    np.testing.assert_allclose(found.half_spread_bp, [25.0, 1e4 * 0.4 / 101])
    np.testing.assert_allclose(found.capacity, [400 * 100, 200 * 101])
    assert (found.late, found.missed) == (1, 0)


def test_what_is_not_wanted_or_cannot_be_had_is_no_trade():
    seen = prints([10, 20], [100, 101])
    found = traded(
        1, seen, np.array([5, 15, 25]) * S, np.array([15, 25, 35]) * S, np.array([0.0, 1, 1]), 0, MINUTE, 0.01
    )
    assert (len(found.gross_bp), found.late, found.missed) == (1, 1, 1)


def test_rolls_spread_is_found_in_a_bouncing_price():
    rng = np.random.default_rng(0)
    value = 100 + np.cumsum(rng.normal(0, 0.001, 200_000))
    price = value + 0.05 * rng.choice([-1.0, 1.0], 200_000)
    assert roll_half_spread(price) == pytest.approx(0.05, rel=0.02)
    assert np.isnan(roll_half_spread(np.cumsum(np.ones(100))))


def day(number, gross, half=2.0):
    gross = np.array(gross, float)
    return Trades(number, gross, np.full(len(gross), half), np.full(len(gross), 5_000.0), 0, 0)


def test_break_even_is_where_the_net_is_nothing():
    found = reckoned([day(1, [10, -2]), day(2, [4])], samples=4)
    assert (found["trades"], found["sessions"], found["turnover_a_day"]) == (3, 2, 3.0)
    assert found["gross_bp"] == 4.0
    assert found["break_even"] == pytest.approx(1.0)  # 4 bp over two sides of 2 bp
    nets = {row["half_spreads"]: row["net_bp"] for row in found["costs"]}
    assert nets == {0.0: 4.0, 0.5: 2.0, 1.0: 0.0, 2.0: -4.0}
    assert all(row["sharpe"] is None for row in found["costs"]), "two sessions tell no Sharpe ratio"
    assert found["capacity"][0] == {"share": 0.01, "money": 50.0}
    assert found["hit_rate"] == pytest.approx(2 / 3)
    assert reckoned([], 4)["trades"] == 0


def test_the_error_of_the_mean_trade_counts_sessions_not_trades():
    """Days hang together: the error is near the SD of daily means over √days, not that of 3,000 trades."""
    rng = np.random.default_rng(1)
    moods = rng.normal(0, 3.0, 60)
    found = reckoned([day(at, mood + rng.normal(0, 1, 50)) for at, mood in enumerate(moods)], 3_000)
    assert found["gross_se"] == pytest.approx(moods.std(ddof=1) / np.sqrt(60), rel=0.1)
    assert isinstance(found["costs"][0]["sharpe"], float)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a team and an asset of three days of ticks with the return of the next five minutes."""
    workspace = Workspace(tmp_path_factory.mktemp("profit"))
    team = workspace.create_project("contoso", "returns").team
    tape = write_sample(team.folder("raw") / "tape", days=3, ticks_per_day=4_000, seed=7)
    adapter = load_adapter(team, "lseg", {"paths": tape.paths})
    cache_files(adapter)
    save_feature(team, "per_minute", "per_unit", {"unit": "minute", "size": 1})
    save_feature(team, "bars", "unit_bar", {"count": 10, "unit": "minute", "size": 1})
    save_feature(team, "return_5", "return_next_bars", {"horizon": 5})
    data = DataSet("lseg", tuple(map(str, tape.paths)), {})
    split = Split("end", validation_share=0.3, test_share=0.3)
    schema = Schema("returns", "returns", (data,), ("per_minute", "bars"), ("return_5",), split)
    return team, run_build(team, save_schema(team, schema), workers=1, engine_name="threads").asset


def test_a_forecast_that_knows_the_return_earns_it_but_for_latency(built):
    team, asset = built
    truth = np.asarray(asset.array("test", "return_5"))[:, 0, 0].astype(float)
    head = Head("return_5", "level")
    found = profit(team, asset, head, truth, latency_s=0.0)
    assert found["trades"] == (truth != 0).sum() > 300
    assert found["missed"] == 0
    assert found["gross_bp"] == pytest.approx(1e4 * np.abs(truth[truth != 0]).mean(), rel=0.15)
    assert found["break_even"] > 1
    against = profit(team, asset, head, -truth, latency_s=0.0)
    assert against["gross_bp"] == pytest.approx(-found["gross_bp"])
    few = profit(
        team, asset, Head("return_5", "quantiles", (0.1, 0.5, 0.9)), np.tile(truth[:, None], 3), least=5e-4
    )
    assert few["trades"] == (np.abs(truth) > 5e-4).sum()
    assert found["capacity"][1]["money"] > 1_000
    with pytest.raises(NotAReturn, match="a return with the output classes"):
        profit(team, asset, Head("return_5", "classes"), truth)
