"""Feeds: the Keras and the tf.data one hand out the same batches, in the order of (seed, epoch)."""

import numpy as np
import pytest

from litlab.assets import write_asset
from litlab.assets.asset import SAMPLE_COLUMNS
from litlab.experiments.feeds import feed, tf_feed

pytestmark = pytest.mark.train


@pytest.fixture
def asset(tmp_path):
    rng = np.random.default_rng(0)
    features = {
        "bars": {"rows": 3, "columns": ["a", "b"], "label": False},
        "up": {"rows": 1, "columns": ["up"], "label": True},
    }
    columns = {name: np.arange(50).astype(dtype) for name, dtype in SAMPLE_COLUMNS.items()}
    arrays = {"bars": rng.normal(size=(50, 3, 2)), "up": rng.integers(0, 2, (50, 1, 1))}
    part = {"arrays": arrays, **columns, "weight": np.linspace(0.1, 1, 50)}
    return write_asset(tmp_path / "x", dict.fromkeys(("train", "validation", "test"), part), features, {})


def test_both_feeds_hand_out_the_same_batches_epoch_after_epoch(asset):
    keras, tf = (make(asset, "train", ["bars"], "up", batch=16, seed=3, epoch=2) for make in (feed, tf_feed))
    assert len(keras) == len(tf) == 4
    for epoch in (2, 3):
        order = asset.order("train", 3, epoch)
        for at, (values, labels, weights) in enumerate(tf):
            rows = order[at * 16 : (at + 1) * 16]
            mine, own, weighed = keras[at]
            np.testing.assert_array_equal(values["bars"], asset.array("train", "bars")[rows])
            np.testing.assert_array_equal(mine["bars"], values["bars"])
            np.testing.assert_array_equal(own, labels)
            np.testing.assert_array_equal(weighed, weights)
            assert labels.shape == (len(rows), 1)
        assert at == 3
        keras.on_epoch_end()
    assert np.concatenate([one[2] for one in tf]).mean() == pytest.approx(1)
