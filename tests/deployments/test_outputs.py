"""Every column of an output leaves the service by its name, and is written down."""

import json

import numpy as np
import pytest
from many_labels import OUTPUTS, canvas, many_project
from vault.conftest import Untrained

from litlab.deployments import deploy
from litlab.deployments.service import LOG_BYTES, Prediction, notebook
from litlab.vault import add_to_vault

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def entries(tmp_path_factory, make_tape_asset):
    """Return an entry of each kind of output, by kind."""
    home = tmp_path_factory.mktemp("outputs")
    project, asset = many_project(home / "workspace", make_tape_asset)
    made = {}
    for kind in ("classes", "quantiles", "regression"):
        run = Untrained(project, asset, canvas(kind), home / kind)
        run.definition.name = kind
        made[kind] = add_to_vault(run)
    return made


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("classes", ["0", "1", "2"]),
        ("quantiles", ["0.05", "0.5", "0.95"]),
        ("regression", [OUTPUTS["regression"]["label"]]),
    ],
)
def test_a_deployed_model_answers_with_all_its_columns_by_name_and_writes_them_down(entries, kind, names):
    entry = entries[kind]
    stored, first = entry.sample()
    inputs = {name: values[0] for name, values in stored.items()}
    wanted = entry.scorer().outputs(inputs)[0]
    assert len(wanted) == len(names)
    deployment = deploy(entry)
    try:
        assert deployment.models()[0]["outputs"] == names
        found = deployment.outputs(inputs)
        assert found == dict(zip(names, wanted.tolist(), strict=True))
        assert deployment.predict(inputs) == wanted[0] == first[0]
        if kind == "classes":
            assert sum(found.values()) == pytest.approx(1)
        (line, _) = deployment.predictions()
        assert line["outputs"] == found
        assert (line["model"], line["version"]) == (kind, entry.digest)
        assert len(deployment.predictions(1)) == 1
    finally:
        assert deployment.stop() == "stopped"
    assert len(deployment.predictions()) == 2  # what was answered outlives the service


def test_the_log_of_predictions_goes_on_in_a_new_file(tmp_path, monkeypatch):
    monkeypatch.setattr("litlab.deployments.service.LOG_BYTES", 1_000)
    assert LOG_BYTES > 1_000
    note = notebook(tmp_path / "log.jsonl")
    for at in range(20):
        said = {"0.5": float(np.float32(at))}
        note(Prediction(
            model="m", version="v", label="r", kind="quantiles", outputs=said, prediction=at,
            trained_up_to_ns="1",
        ))  # fmt: skip
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["log.jsonl", "log.jsonl.1"]
    assert all(path.stat().st_size <= 1_000 for path in files)
    assert json.loads(files[0].read_text().splitlines()[-1])["outputs"] == {"0.5": 19.0}
