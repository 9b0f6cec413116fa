import itertools
import math

import numpy as np
import pytest

from litlab.insights.groups import groups_of
from litlab.insights.impact import coalition_values, group_impacts, shapley


def slow_shapley(value, players):
    """Average the marginal contribution over every order of arrival."""
    found = np.zeros(players)
    for order in itertools.permutations(range(players)):
        there = 0
        for player in order:
            found[player] += value[there | 1 << player] - value[there]
            there |= 1 << player
    return found / math.factorial(players)


@pytest.mark.parametrize("players", [1, 2, 3, 4])
def test_shapley_equals_the_average_over_all_orders(players):
    values = np.random.default_rng(players).standard_normal((2**players, 3))
    found = shapley(values)
    for column in range(3):
        np.testing.assert_allclose(found[:, column], slow_shapley(values[:, column], players), atol=1e-12)
    np.testing.assert_allclose(found.sum(0), values[-1] - values[0], atol=1e-12)


def test_groups_keep_a_bar_consistent():
    columns = {
        "bars": ["open", "high", "low", "close", "trades", "volume", "mean_size", "max_size"],
        "atr": ["atr"],
        "spread": ["bid", "ask"],
    }
    assert groups_of(columns) == {
        "price": {"atr": (0,), "bars": (0, 1, 2, 3)},
        "trades": {"bars": (4,)},
        "sizes": {"bars": (5, 6, 7)},
        "spread": {"spread": (0, 1)},
    }


def test_a_coalition_takes_whole_windows_of_its_columns_from_the_sample():
    groups = {"first": {"x": (0,)}, "second": {"x": (1,), "y": (0,)}}
    sample = {"x": np.ones((3, 2), np.float32), "y": np.ones((2, 1), np.float32)}
    background = {"x": np.zeros((4, 3, 2), np.float32), "y": np.zeros((4, 2, 1), np.float32)}
    seen = coalition_values(
        lambda x: x["x"].sum((1, 2)) + 10 * x["y"].sum((1, 2)), sample, background, groups
    )
    np.testing.assert_array_equal(seen, np.repeat([[0.0], [3.0], [23.0], [26.0]], 4, 1))
    assert (background["x"] == 0).all()


def test_additive_players_get_their_own_worth_and_nothing_is_shared():
    """v = 2a − 3b over a background of zeros: impact, independence and necessity agree."""
    rows = np.zeros(5)
    values = np.array([rows, rows + 2, rows - 3, rows - 1])
    second, first = group_impacts(values, {"a": {}, "b": {}}, logit_sd=2.0)
    assert (first.group, first.impact, first.independence, first.necessity) == ("a", 2.0, 1.0, 1.0)
    assert (second.group, second.impact, second.independence, second.necessity) == ("b", -3.0, 1.5, 1.5)
    assert second.impact_se == 0.0


def test_twins_are_independent_but_not_necessary():
    """v = 1 if a or b: each says all alone, neither is missed when the other stays."""
    rows = np.zeros(3)
    first, second = group_impacts(np.array([rows, rows + 1, rows + 1, rows + 1]), {"a": {}, "b": {}}, 1.0)
    assert (first.independence, first.necessity, first.impact) == (1.0, 0.0, 0.5)
    assert second.impact == 0.5
