import json
import subprocess
import sys

import numpy as np
import pytest

from litlab.insights import explain, scale_last_volumes, what_if
from litlab.insights.gradients import integrated_gradients

pytestmark = pytest.mark.train


def sample(asset, at):
    return {name: np.asarray(asset.array("test", name)[at]) for name in asset.inputs}


def test_impacts_add_up_to_the_prediction_minus_the_background(entry, small_asset):
    found = explain(entry, sample(small_asset, 40), int(small_asset.as_of_ns("test")[40]), saliency=False)
    assert {one.group for one in found.groups} == {"price", "trades", "sizes"}
    assert sum(one.impact for one in found.groups) == pytest.approx(found.value - found.base, abs=1e-12)
    assert found.prediction == pytest.approx(1 / (1 + np.exp(-found.value)), abs=1e-6)
    assert found.background == 100
    json.dumps(found.to_json(), allow_nan=False)


def test_sizes_carry_the_tape_and_fewer_shares_lower_the_prediction(entry, small_asset):
    """Volume shocks alone move the next minutes' volatility, apart from its own persistence."""
    columns = {name: list(small_asset.columns(name)) for name in small_asset.inputs}
    scorer, impacts, changes = entry.scorer(), {}, []
    for at in np.random.default_rng(3).integers(0, small_asset.count("test"), 30):
        here = sample(small_asset, at)
        found = explain(entry, here, int(small_asset.as_of_ns("test")[at]), saliency=False, rows=30)
        for one in found.groups:
            impacts.setdefault(one.group, []).append(abs(one.impact))
        changes.append(what_if(scorer, here, scale_last_volumes(here, columns)).change)
    mean = {group: np.mean(values) for group, values in impacts.items()}
    assert mean["sizes"] > 1.5 * max(mean["price"], mean["trades"])
    assert np.mean(np.array(changes) < 0) > 0.9


def test_integrated_gradients_of_a_linear_model_are_weight_times_distance():
    import keras

    x = keras.Input((2, 1), name="x")
    y = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(x))
    model = keras.Model({"x": x}, y)
    model.layers[-1].set_weights([np.array([[2.0], [-1.0]]), np.array([0.5])])
    background = np.array([[[0.0], [0.0]], [[1.0], [2.0]]], np.float32)
    found = integrated_gradients(model, {"x": np.array([[3.0], [1.0]], np.float32)}, {"x": background})
    np.testing.assert_allclose(found.values["x"], [[2 * 2.5], [0.0]], atol=1e-5)
    assert found.completeness_error < 1e-5


def test_saliency_is_nearly_complete_over_the_same_background(entry, small_asset):
    found = explain(entry, sample(small_asset, 40), int(small_asset.as_of_ns("test")[40]))
    assert found.completeness_error < 0.05
    assert set(found.saliency) == {"price", "trades", "sizes"}
    assert all(value > 0 for value in found.saliency.values())


def test_impact_and_what_if_need_no_tensorflow(entry):
    script = (
        "import sys\nfrom pathlib import Path\nfrom litlab.vault.entry import Entry\n"
        "from litlab.insights import explain\n"
        f"entry = Entry(Path({str(entry.path)!r}))\n"
        "inputs, _ = entry.sample()\n"
        "asset = entry.asset\n"
        "one = {name: values[0] for name, values in inputs.items()}\n"
        "explain(entry, one, int(asset.as_of_ns('train')[0]), saliency=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
