"""Calibration and confidence, worked by hand."""

import numpy as np
import pytest

from litlab.vault.calibration import (
    calibration,
    calibration_line,
    confidence_deciles,
    expected_calibration_error,
    reliability,
)


def test_reliability_by_hand():
    """Four bins: [0, .25) holds .1 and .2, [.25, .5) nothing, [.5, .75) holds .5, [.75, 1] holds .8 and 1."""
    said, truth = np.array([0.1, 0.8, 0.2, 0.5, 1.0]), np.array([0, 1, 1, 0, 1])
    table = reliability(truth, said, bins=4)
    assert [(row["low"], row["high"], row["n"], row["happened"]) for row in table] == [
        (0.0, 0.25, 2, 0.5), (0.5, 0.75, 1, 0.0), (0.75, 1.0, 2, 1.0),
    ]  # fmt: skip
    assert [row["said"] for row in table] == pytest.approx([0.15, 0.5, 0.9])
    # (2 · |.15 − .5| + 1 · |.5 − 0| + 2 · |.9 − 1|) / 5
    assert expected_calibration_error(table) == pytest.approx(0.28)
    assert np.isnan(expected_calibration_error([]))


def test_the_line_of_an_overconfident_model_has_the_slope_that_it_exaggerates_by():
    """Half of what is said in logits is true; and everything is said too low by 0.4."""
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 2, 40_000)
    truth = rng.random(40_000) < 1 / (1 + np.exp(-(0.5 * logit + 0.4)))
    slope, intercept = calibration_line(truth, 1 / (1 + np.exp(-logit)))
    assert slope == pytest.approx(0.5, abs=0.03)
    assert intercept == pytest.approx(0.4, abs=0.04)


def test_two_groups_by_hand_lie_on_their_line():
    """.25 is said where 2 of 4 happen, .75 where 3 of 4 do: logits −a and a become 0 and a (a = log 3)."""
    truth, said = np.array([1, 1, 0, 0, 1, 1, 1, 0]), np.repeat([0.25, 0.75], 4)
    slope, intercept = calibration_line(truth, said)
    assert slope == pytest.approx(0.5, abs=1e-6)
    assert intercept == pytest.approx(np.log(3) / 2, abs=1e-6)


def test_a_line_that_crosses_elsewhere_by_hand():
    """.5 is said where 1 of 4 happens, .9 where 3 of 4 do: logits 0 and 2a become −a and a."""
    truth, said = np.array([1, 0, 0, 0, 1, 1, 1, 0]), np.repeat([0.5, 0.9], 4)
    slope, intercept = calibration_line(truth, said)
    assert slope == pytest.approx(1.0, abs=1e-6)
    assert intercept == pytest.approx(-np.log(3), abs=1e-6)


def test_lift_compares_with_the_same_calls_at_random():
    """Three of four called ones, three of four are: by chance ¾·¾ + ¼·¼ = 5/8 are right, here all."""
    said, truth = np.array([0.9, 0.9, 0.9, 0.1]), np.array([1, 1, 1, 0])
    (row,) = confidence_deciles(truth, said, 0.5, parts=1)
    assert (row["hit_rate"], row["lift"]) == (1.0, 1.6)


def test_one_class_or_one_saying_has_no_line():
    assert np.isnan(calibration(np.ones(4), np.array([0.1, 0.2, 0.3, 0.4]))["slope"])
    assert np.isnan(calibration(np.array([0, 1, 0, 1]), np.full(4, 0.3))["slope"])


def test_confidence_by_hand():
    """Base rate .2: .5 and .05 are surer than .2 and .25; .2 itself calls a zero."""
    said, truth = np.array([0.5, 0.2, 0.25, 0.05]), np.array([1, 1, 1, 0])
    unsure, sure = confidence_deciles(truth, said, 0.2, parts=2)
    # Less sure: .2 calls 0 and is wrong, .25 calls 1 and is right; half the calls are 1, all happened.
    assert (unsure["n"], unsure["hit_rate"], unsure["lift"]) == (2, 0.5, 1.0)
    # Surer: .5 calls 1, .05 calls 0, both right; by chance ½·½ + ½·½.
    assert (sure["n"], sure["hit_rate"], sure["lift"]) == (2, 1.0, 2.0)
    assert unsure["confidence"] == 0.0
    assert sure["confidence"] == pytest.approx(np.log(4))  # .5 against .2: odds 1 and 1/4
    assert len(confidence_deciles(truth, said, 0.2)) == 4, "no more tenths than samples"


def test_confidence_tells_a_knowing_model_from_a_random_one():
    rng = np.random.default_rng(1)
    said = rng.uniform(0.05, 0.95, 20_000)
    truth = rng.random(20_000) < said
    deciles = confidence_deciles(truth, said, 0.5)
    assert deciles[-1]["hit_rate"] > 0.9
    assert deciles[0]["hit_rate"] < 0.6
    random = confidence_deciles(rng.permutation(truth), said, 0.5)
    assert all(abs(row["lift"] - 1) < 0.06 for row in random)
