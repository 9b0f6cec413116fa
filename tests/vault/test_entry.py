import json
import subprocess
import sys

import numpy as np
import pytest

from litlab.assets import ledger
from litlab.errors import BadParameter, FeatureMismatch, ParityFailed, UnknownName
from litlab.vault import Scorer, add_to_vault, list_entries, open_entry, verdict
from litlab.vault.export import export_onnx
from litlab.vault.scores import within_session_auc

pytestmark = pytest.mark.train


def test_entry_holds_all_that_a_scoring_machine_needs(entry):
    names = {path.name for path in entry.path.iterdir()}
    assert names == {
        "entry.json", "model.keras", "model.onnx", "weights.npz", "sample.npz", "test.npz", "scores.json",
        "scripts", "components", "conformal.npz", "pictures",
    }  # fmt: skip
    assert (entry.path.parent / "CURRENT").read_text() == f"{entry.digest}\n"
    assert open_entry(entry.team, "first").digest == entry.digest
    assert [one.digest for one in list_entries(entry.team) if one.name == "first"] == [entry.digest]


def test_portable_model_says_what_keras_says(entry, small_asset):
    inputs = {name: np.asarray(small_asset.array("test", name)[:300]) for name in small_asset.inputs}
    keras_says = entry.model().predict_on_batch(inputs)[:, 0]
    np.testing.assert_allclose(entry.scorer().predict_batch(inputs), keras_says, atol=1e-5)
    assert entry.record.parity <= 1e-5


def test_stored_predictions_are_recomputed_bit_for_bit(entry, small_asset):
    stored = entry.predictions()
    scorer = entry.scorer()
    for at in (0, 7, 500):
        sample = {name: small_asset.array("test", name)[at] for name in small_asset.inputs}
        assert scorer.predict(sample) == stored["prediction"][at]
    inputs, wanted = entry.sample()
    np.testing.assert_array_equal(scorer.predict_batch(inputs), wanted)


def test_trained_up_to_is_the_end_of_the_last_training_label(entry, small_asset):
    last = int(small_asset.as_of_ns("train").max()) + 60_000_000_000
    assert entry.record.trained_up_to_ns == entry.scorer().trained_up_to == last


def test_scores_stand_beside_every_baseline_with_an_interval(entry, small_asset):
    scores = entry.scores
    truth = small_asset.array("test", "atr_up_next_minute")[:, 0, 0]
    found = within_session_auc(truth, entry.predictions()["prediction"], small_asset.session_day("test"))
    assert scores["model"]["auc"] == found.mean
    assert set(scores["baselines"]) == set(scores["intervals"]) == {
        "base_rate", "persistence", "last_bar", "reference", "boosting",
    }  # fmt: skip
    assert scores["intervals"]["reference"]["caveat"] == "does not cover day-to-day variation"
    assert scores["model"]["auc"] > scores["baselines"]["last_bar"]["auc"]
    assert verdict(scores).startswith("The model ")


def test_the_look_at_the_test_part_is_counted_once_per_entry(entry, trained_run):
    before = len(ledger.entries(entry.team, "test.look"))
    assert add_to_vault(trained_run).digest == entry.digest
    assert len(ledger.entries(entry.team, "test.look")) == before
    other = add_to_vault(trained_run, epoch=1, name="early")
    assert other.scores["test_looks"] == before + 1
    assert ledger.first_break(entry.team) is None


def test_logit_sd_is_the_unit_of_the_training_part(entry, small_asset):
    inputs = {name: np.asarray(small_asset.array("train", name)) for name in small_asset.inputs}
    assert entry.record.logit_sd == pytest.approx(entry.scorer().logits(inputs).std(), rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"100_1_minute_bars": x["100_1_minute_bars"]}, "'100_1_minute_atr' is missing"),
        (lambda x: {**x, "volume": x["100_1_minute_atr"]}, "'volume' is unknown"),
        (lambda x: {**x, "100_1_minute_atr": x["100_1_minute_atr"][:50]}, r"has the shape \(50, 1\)"),
    ],
)
def test_other_inputs_are_refused_by_name(entry, change, message):
    inputs, _ = entry.sample()
    with pytest.raises(FeatureMismatch, match=message):
        entry.scorer().predict(change({name: values[0] for name, values in inputs.items()}))


def test_nan_is_refused_rather_than_predicted_on(entry):
    inputs, _ = entry.sample()
    sample = {name: values[0].copy() for name, values in inputs.items()}
    sample["100_1_minute_atr"][3] = np.nan
    with pytest.raises(BadParameter, match="100_1_minute_atr = 'NaN or infinity'"):
        entry.scorer().predict(sample)


def test_changed_feature_script_is_refused_with_its_name(entry):
    features = json.loads(json.dumps(entry.record.features))
    entry.scorer().check_features(features)
    features["100_1_minute_atr"]["script_digest"] = "f" * 64
    with pytest.raises(FeatureMismatch, match="'100_1_minute_atr' has script_digest 'ffff"):
        entry.scorer().check_features(features)


def test_unknown_model_is_answered_with_the_nearest_name(entry):
    with pytest.raises(UnknownName, match="Did you mean 'first'"):
        open_entry(entry.team, "frist")


def test_scoring_needs_no_tensorflow(entry):
    """A fresh process predicts, and neither TensorFlow nor Keras nor h5py has been loaded."""
    script = (
        "import sys, numpy as np\n"
        "from litlab.vault import Scorer\n"
        f"scorer = Scorer({str(entry.path.parent)!r})\n"
        f"stored = np.load({str(entry.path / 'sample.npz')!r})\n"
        "print(scorer.predict({name: stored['input.' + name][0] for name in scorer.names}))\n"
        "heavy = {'tensorflow', 'keras', 'h5py', 'pandas', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == entry.sample()[1][0]


def test_model_that_exports_silently_broken_is_caught(tmp_path):
    """Keras' Normalization writes an ONNX file that cannot run."""
    import keras

    inputs = keras.Input((2,), name="x")
    normal = keras.layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 4.0])(inputs)
    model = keras.Model({"x": inputs}, keras.layers.Dense(1)(normal))
    with pytest.raises(ParityFailed, match="differs from Keras by inf"):
        export_onnx(model, tmp_path / "model.onnx", {"x": np.ones((3, 2), np.float32)})
    assert not (tmp_path / "model.onnx").exists()


def test_scorer_of_the_models_folder_follows_current(entry):
    assert Scorer(entry.path.parent).record == entry.record
