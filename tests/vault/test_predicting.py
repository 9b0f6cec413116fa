"""From ticks to a prediction by an entry alone: the stored bits, no TensorFlow, nobody's unread scripts."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from litlab.adapters import load_adapter_by_project
from litlab.errors import FeatureMismatch, NoSample, StrangeScripts, UnknownName
from litlab.vault import Entry, load

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def adapter(ticks_project):
    team = ticks_project.team
    return load_adapter_by_project(team.name, ticks_project.name, team.workspace)


@pytest.fixture
def copied(ticks_entry, tmp_path):
    """Return the folder of an entry that lies alone, as on another machine."""
    folder = tmp_path / "small" / ticks_entry.digest
    shutil.copytree(ticks_entry.path, folder)
    return folder


def test_predictions_from_ticks_are_the_stored_ones_bit_for_bit(ticks_entry, adapter):
    stored, predictor = ticks_entry.predictions(), load(ticks_entry)
    assert len(stored["index"]) > 100
    for at in range(0, len(stored["index"]), 23):
        found = predictor.predict(adapter, stored["index"][at])
        assert found.value == float(found) == stored["prediction"][at]
        assert found.as_of_ns == stored["as_of_ns"][at]
        assert found.is_ahead
        assert found.read_lo <= found.index < found.read_hi
    assert predictor.trained_up_to == found.trained_up_to_ns == ticks_entry.record.trained_up_to_ns


def test_what_the_model_was_trained_on_is_not_ahead(ticks_entry, adapter):
    index = int(ticks_entry.asset.index("train")[3])
    assert not load(ticks_entry).predict(adapter, index).is_ahead


def test_a_tick_that_the_gate_rejects_is_no_sample(ticks_entry, adapter):
    index = int(ticks_entry.predictions()["index"][5])
    with pytest.raises(NoSample, match=f"no sample at tick {index - 1:,}"):
        load(ticks_entry).predict(adapter, index - 1)


def test_an_entry_is_found_by_name_by_digest_and_by_path(ticks_entry, monkeypatch):
    team = ticks_entry.team
    monkeypatch.setenv("LITLAB_HOME", str(team.workspace.home))
    every = [
        load("small"), load(f"small@{ticks_entry.digest[:8]}"), load("small", team), load(ticks_entry.path),
        load(str(ticks_entry.path.parent)),
    ]  # fmt: skip
    assert {one.entry.path for one in every} == {ticks_entry.path}
    for wrong in ("smal", "small@000000", "small@0", "../small", str(team.root)):
        with pytest.raises(UnknownName):
            load(wrong)


def test_a_source_that_is_another_or_missing_is_refused(copied, adapter):
    script = copied / "scripts" / "unit_bar.py"
    source = script.read_text()
    script.write_text(source + "\n")
    with pytest.raises(FeatureMismatch, match="'bars' has script_digest"):
        load(copied).predict(adapter, 1_000)
    script.unlink()
    with pytest.raises(FeatureMismatch, match=r"unit_bar\.py, is not stored with it"):
        load(copied).predict(adapter, 1_000)


def test_scripts_that_nobody_here_knows_run_only_when_trusted(copied, adapter, ticks_entry):
    """A file of somebody else's brings a gate of its own: the digests fit, and it is not run unasked."""
    index = int(ticks_entry.predictions()["index"][5])
    assert load(copied).predict(adapter, index).value == ticks_entry.predictions()["prediction"][5]
    gate, ran = copied / "scripts" / "per_unit.py", copied.parent / "ran"
    gate.write_text(f"{gate.read_text()}\nopen({str(ran)!r}, 'w').close()\n")
    body = json.loads((copied / "entry.json").read_text())
    body["gates"][0]["script_digest"] = hashlib.sha256(gate.read_bytes()).hexdigest()
    (copied / "entry.json").write_text(json.dumps(body))
    with pytest.raises(StrangeScripts, match=r"not known here, and predicting runs them: per_unit\.py"):
        load(Entry(copied)).predict(adapter, index)
    assert not ran.exists()
    assert (
        load(copied, trust=True).predict(adapter, index).value == ticks_entry.predictions()["prediction"][5]
    )
    assert ran.exists()


def test_predicting_loads_no_tensorflow(ticks_entry, ticks_project):
    index = int(ticks_entry.predictions()["index"][7])
    script = (
        "import sys\nfrom litlab.adapters import load_adapter_by_project\nfrom litlab.vault import load\n"
        "from litlab.workspace import Workspace\n"
        f"home = Workspace({str(ticks_project.team.workspace.home)!r})\n"
        "adapter = load_adapter_by_project('contoso', 'volatility', home)\n"
        f"print(repr(float(load({str(ticks_entry.path)!r}).predict(adapter, {index}))))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == ticks_entry.predictions()["prediction"][7]


def test_the_record_says_who_when_and_of_what(ticks_entry):
    record = ticks_entry.record
    assert record.FORMAT == 2
    assert record.added_by
    assert record.added_ns > record.trained_up_to_ns
    assert record.metrics == {"epoch": 1.0, "loss": 0.7, "val_loss": 0.7}
    assert [one["name"] for one in record.gates] == ["per_minute"]
    assert set(record.scripts()) == {"unit_bar", "per_unit"}
    assert len(record.schema_digest) == 64
    assert record.data[0]["files"]
    assert record.settings["epochs"] == 1
    assert {"python", "numpy", "float_fingerprint"} <= set(record.environment)
    assert np.isfinite(record.parity)


def test_an_entry_of_format_1_still_opens_and_scores(entry, tmp_path):
    folder = tmp_path / "old" / entry.digest
    shutil.copytree(entry.path, folder)
    body = json.loads((folder / "entry.json").read_text())
    added = {"also", "gates", "components", "settings", "metrics", "schema_digest", "zone", "data",
             "environment", "added_by", "added_ns"}  # fmt: skip
    (folder / "entry.json").write_text(
        json.dumps({**{name: body[name] for name in body if name not in added}, "format": 1})
    )
    old = Entry(folder)
    assert (old.record.added_by, old.record.gates) == ("", [])
    inputs, wanted = old.sample()
    assert (old.scorer().predict_batch(inputs) == wanted).all()
