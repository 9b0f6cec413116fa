"""What an output learns from, by hand; and that Keras' losses say the same."""

import numpy as np
import pytest

from litlab.canvases import Canvas
from litlab.errors import BadCanvas
from litlab.experiments.heads import head_of, loss_of, pinball_loss
from litlab.vault.heads import Head, head_of_params, pinball

TRUTH = np.array([2.0, 0.0, 1.0])
SAID = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]])


def test_pinball_by_hand():
    """Errors of the median and the 0.9 quantile: 2 − (1, 3) = (1, −1): ½·1 and 0.1·1."""
    assert pinball(np.array([2.0]), np.array([[1.0, 3.0]]), [0.5, 0.9]) == pytest.approx((0.5 + 0.1) / 2)


def test_the_right_quantile_has_the_least_pinball_loss():
    values = np.random.default_rng(0).exponential(size=5_000)
    tried = np.linspace(0, 4, 401)
    losses = [pinball(values, np.full((5_000, 1), one), [0.8]) for one in tried]
    assert tried[int(np.argmin(losses))] == pytest.approx(np.quantile(values, 0.8), abs=0.011)


def test_classes_and_levels_by_hand():
    expected = -(np.log(0.5) + np.log(0.6) + np.log(0.8)) / 3
    assert Head("x", "classes").score(TRUTH, SAID) == pytest.approx(expected)
    assert Head("x", "level").score(TRUTH, SAID[:, 1:2]) == pytest.approx((1.7**2 + 0.3**2 + 0.2**2) / 3)


def test_an_output_is_what_its_form_and_its_last_layer_say():
    said = [{"units": 3}, {"label": "up"}]
    assert head_of_params(said) == Head("up", "probability")
    assert head_of_params(said, sigmoid=False) == Head("up", "level")
    assert head_of_params([{"label": "r", "head": "regression"}]).kind == "level"
    assert head_of_params([{"label": "r", "head": "quantiles"}]).levels == (0.05, 0.5, 0.95)


def test_two_outputs_are_refused_by_the_second_ones_name():
    nodes = [{"id": one, "component": "output", "params": {"label": one}} for one in ("up", "far")]
    with pytest.raises(BadCanvas, match=r"node 'far': a run learns one output"):
        head_of(Canvas.from_json({"nodes": nodes, "edges": []}), None)


@pytest.mark.train
def test_kerass_losses_agree(tmp_path):
    import keras

    truth, said = TRUTH[:, None].astype(np.float32), SAID.astype(np.float32)
    for head in (Head("x", "classes"), Head("x", "quantiles", (0.1, 0.5, 0.9))):
        loss = keras.losses.get(loss_of(head))
        found = float(keras.ops.mean(loss(truth, said)))
        assert found == pytest.approx(head.score(TRUTH, SAID), rel=1e-5)
    again = pinball_loss().from_config(loss_of(head).get_config())
    assert again.levels == [0.1, 0.5, 0.9]
