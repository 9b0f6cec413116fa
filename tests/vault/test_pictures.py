"""Every kind of output has its pictures, in the entry and in words; strange figures draw nothing."""

from xml.etree import ElementTree

import numpy as np
import pytest
from many_labels import RETURN, SIDE, UP, VOLATILITY, many_labels

from litlab.vault.cases import case_of
from litlab.vault.conformal import Conformal
from litlab.vault.heads import Head
from litlab.vault.judging import judged
from litlab.vault.pictures import (
    KEPT,
    drawings,
    null_picture,
    pictures,
    profit_picture,
    spread_picture,
    write_pictures,
)

_SVG = "{http://www.w3.org/2000/svg}"
EVERYWHERE = {"coverage", "by-day", "by-hour", "by-volatility"}
HEADS = {
    Head(UP, "probability"): {"calibration", "confidence"},
    Head(SIDE, "classes"): {"calibration-0", "calibration-1", "calibration-2", "confidence"},
    Head(VOLATILITY, "level"): {"calibration"},
    Head(RETURN, "quantiles", (0.05, 0.5, 0.95)): {"quantiles"},
}


@pytest.fixture(scope="module")
def asset(tmp_path_factory, make_tape_asset):
    home = tmp_path_factory.mktemp("pictures")
    return many_labels(home / "many", make_tape_asset(home / "plain", days=8, ticks=20, seed=5, window=20))


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.kind)
def test_each_kind_of_output_is_drawn_and_told_in_words(asset, head, tmp_path):
    case = case_of(asset, head, "test")
    said = np.random.default_rng(1).permutation(case.rivals["reference"])
    scores = judged(asset, head, said, Conformal.of(head, case.truth, said))
    assert None not in list(drawings(scores))
    drawn = {one.name: one for one in pictures(scores)}
    assert set(drawn) == HEADS[head] | EVERYWHERE
    for one in drawn.values():
        assert one.title in one.svg()
        assert one.about
        assert len(one.rows) >= 1
        assert all(len(row) == len(one.heads) for row in one.rows)
        assert "nan" not in one.drawn
    files = write_pictures(tmp_path, scores)
    assert {path.stem for path in files} == set(drawn)
    for path in files:
        top = ElementTree.parse(path).getroot()
        assert top.tag == f"{_SVG}svg"
        assert top.get("aria-label").startswith(drawn[path.stem].title)
        assert "prefers-color-scheme:dark" in top.find(f"{_SVG}style").text


def test_a_calibration_tells_slope_intercept_and_how_many_samples_each_bin_has():
    bins = [{"low": 0.4, "high": 0.5, "n": 1_200, "said": 0.45, "happened": 0.5}]
    told = {"calibration": {"slope": 0.9, "intercept": -0.1, "ece": 0.05, "bins": bins}}
    (one,) = pictures(told)
    assert one.about == "slope 0.90 · intercept -0.10 · ECE 0.050"
    assert one.rows == (("0.4 … 0.5", "1,200", "0.450", "0.500"),)


def test_what_was_found_out_later_is_drawn_too():
    null = {"auc": 0.6, "mean": 0.5, "sd": 0.01, "p": 0.01, "draws": 3, "values": [0.49, 0.5, 0.51]}
    assert "0.600 the model's" in null_picture(null).about
    cost = {"net_bp": 1.0, "net_se": 0.5, "days_won": 3, "sharpe": None}
    costs = [{"half_spreads": 0.0, **cost}, {"half_spreads": 1.0, **cost, "net_bp": -1.0}]
    drawn = profit_picture({"costs": costs, "break_even": 0.5, "sessions": 5})
    assert drawn.about == "break-even at 0.50 half-spreads a side"
    assert drawn.rows[1] == ("1", "-1.00", "0.50", "3 of 5", "–")
    spread = {"values": [0.6, 0.7], "seeds": [7, 8], "figure": "auc", "mean": 0.65, "sd": 0.07}
    assert spread_picture(spread).rows == (("7", "0.6000"), ("8", "0.7000"))
    assert set(KEPT) == {"null.json", "profit.json", "spread.json"}


@pytest.mark.parametrize(
    "scores",
    [
        {"calibration": {"bins": [{"n": "<script>"}]}},
        {"deciles": 7},
        {"by": {"day": [3]}},
        {"uncertainty": {"split": "x"}},
        {"classes": [{"class": "<b>"}]},
    ],
)
def test_figures_from_elsewhere_that_are_none_are_not_drawn(scores):
    assert pictures(scores) == []
    assert None in list(drawings(scores))
