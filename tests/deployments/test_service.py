import hashlib
import subprocess
import sys

import httpx
import pytest
from awaiting import finished

from litlab.deployments import deploy, list_deployments, open_deployment
from litlab.deployments.service import create_app
from litlab.errors import AlreadyExists, DeploymentFailed, JobFailed, UnknownName

pytestmark = pytest.mark.train

KEY = "a key of nobody"


@pytest.fixture(scope="module")
def inputs(entry):
    stored, _ = entry.sample()
    return {name: values[0] for name, values in stored.items()}


class Client:
    """Asks an app without a socket; starlette's own test client wants another HTTP library."""

    def __init__(self, app):
        self.app = app

    def get(self, path, **more):
        return finished(self._ask("GET", path, **more))

    def post(self, path, **more):
        return finished(self._ask("POST", path, **more))

    async def _ask(self, method, path, **more):
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **more)


@pytest.fixture(scope="module")
def client(entry):
    return Client(create_app([entry.scorer()]))


@pytest.fixture(scope="module")
def guarded(entry):
    return Client(create_app([entry.scorer()], [hashlib.sha256(KEY.encode()).hexdigest()]))


def listed(inputs):
    return {"inputs": {name: values.tolist() for name, values in inputs.items()}}


def test_models_tell_what_to_send_and_how_far_they_know(client, entry):
    (model,) = client.get("/models").json()
    assert model["name"] == "first"
    assert model["version"] == entry.digest
    assert model["inputs"]["100_1_minute_atr"]["columns"] == ["atr"]
    assert model["trained_up_to_ns"] == str(entry.record.trained_up_to_ns)


def test_prediction_has_the_bits_of_the_scorer(client, entry, inputs):
    answer = client.post("/models/first/predict", json=listed(inputs))
    assert answer.status_code == 200
    assert answer.json()["prediction"] == entry.scorer().predict(inputs) == entry.sample()[1][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": {}}, "is missing"),
        ({"inputs": {"100_1_minute_atr": [[1.0], [2.0, 3.0]]}}, "different lengths"),
        ({"features": {"100_1_minute_atr": "0" * 64}}, "comes from another version"),
        ({"inputs": {"100_1_minute_atr": []}}, "is missing"),
    ],
)
def test_wrong_inputs_are_answered_with_422_and_the_reason(client, inputs, change, message):
    answer = client.post("/models/first/predict", json={**listed(inputs), **change})
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


def test_matching_feature_digests_are_let_through(client, inputs):
    (model,) = client.get("/models").json()
    digests = {name: one["digest"] for name, one in model["inputs"].items()}
    assert (
        client.post("/models/first/predict", json={**listed(inputs), "features": digests}).status_code == 200
    )


def test_unknown_model_is_a_404_that_names_the_deployed(client, inputs):
    answer = client.post("/models/second/predict", json=listed(inputs))
    assert answer.status_code == 404
    assert "first" in answer.json()["detail"]


def test_without_the_key_only_the_health_is_told(guarded, inputs):
    assert guarded.get("/healthz").json() == {"status": "ok"}
    assert guarded.get("/models").status_code == 401
    assert guarded.post("/models/first/predict", json=listed(inputs)).status_code == 401
    assert guarded.get("/models", headers={"X-API-Key": "another"}).status_code == 401
    assert guarded.get("/models", headers={"X-API-Key": KEY}).status_code == 200


def test_no_page_of_the_service_fetches_from_elsewhere(client):
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert "/models/{name}/predict" in client.get("/openapi.json").json()["paths"]


def test_another_host_name_is_refused(client):
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_deployed_entry_predicts_until_it_is_stopped(entry, inputs):
    deployment = deploy(entry, api_keys=[KEY])
    try:
        assert deployment.address.startswith("http://127.0.0.1:")
        assert deployment.predict(inputs, api_key=KEY) == entry.scorer().predict(inputs)
        assert deployment.models(KEY)[0]["version"] == entry.digest
        with pytest.raises(DeploymentFailed, match="status 401"):
            deployment.predict(inputs)
        with pytest.raises(AlreadyExists, match="running deployment 'first'"):
            deploy(entry)
        assert KEY not in "".join(path.read_text() for path in deployment.folder.iterdir())
        assert open_deployment(entry.team, "first").state == "running"
    finally:
        assert deployment.stop() == "stopped"
    with pytest.raises(JobFailed):
        deployment.predict(inputs, api_key=KEY)
    assert [one.record.name for one in list_deployments(entry.team)] == ["first"]
    with pytest.raises(UnknownName, match="Did you mean 'first'"):
        open_deployment(entry.team, "frist")


def test_service_loads_no_tensorflow():
    script = "import sys, litlab.deployments.service\nassert not {'tensorflow', 'keras'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_service_of_a_broken_entry_ends_with_one_sentence(tmp_path):
    (tmp_path / "entry.json").write_text("{}")
    argv = [sys.executable, "-m", "litlab.deployments.service", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("error: ")
    assert "Traceback" not in done.stderr
