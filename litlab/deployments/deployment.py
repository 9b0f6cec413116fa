"""A deployment, seen from outside: its record, its process, its answers."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from litlab import atomic
from litlab.errors import AlreadyExists, DeploymentFailed, JobFailed, UnknownName
from litlab.jobs import Job
from litlab.records import Record, check_name
from litlab.shown import Shown
from litlab.vault.entry import Entry
from litlab.workspace import Team

LOG = "predictions.jsonl"
START_S = 30.0  # ONNX Runtime and FastAPI start in about 1 s


@dataclasses.dataclass(frozen=True)
class DeploymentRecord(Record):
    """What ``preview/<name>.json`` holds.

    Attributes
    ----------
    name : str
    output : dict
        ``device``, and ``models``: model name → version.
    stream : str
        Where ticks come from; "" while only the REST service runs.
    parameters : dict
        Of the stream.
    """

    KIND: ClassVar[str] = "deployment"

    name: str
    output: dict[str, Any]
    stream: str = ""
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


class Deployment(Shown):
    """Models behind HTTP on the loopback address.

    Attributes
    ----------
    folder : Path
        ``preview/<name>``: the process's log, its port, ``predictions.jsonl``.
    record : DeploymentRecord
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.record = DeploymentRecord.load(self.folder.with_name(f"{self.folder.name}.json"))

    def __repr__(self) -> str:
        return f"Deployment({self.record.name!r}, {self.state})"

    def _facts(self) -> dict[str, Any]:
        return {**self.record._facts(), "state": self.state}

    @property
    def job(self) -> Job:
        """The process behind the deployment."""
        return Job(self.folder)

    @property
    def state(self) -> str:
        """One of queued, running, done, stopped, failed."""
        return self.job.state

    @property
    def address(self) -> str:
        """The service's address, ``http://127.0.0.1:<port>``; waits for its start.

        Raises
        ------
        JobFailed
            If the process has ended.
        """
        end = time.monotonic() + START_S
        ready = self.folder / "ready.json"
        while not ready.is_file() and time.monotonic() < end:
            if self.job.wait(0.05) not in ("queued", "running"):
                break
        if self.state != "running" or not ready.is_file():
            raise JobFailed(job=self.record.name, status=self.job.exit_status, log=self.job.log)
        return f"http://127.0.0.1:{json.loads(ready.read_text())['port']}"

    def models(self, api_key: str = "") -> list[dict[str, Any]]:
        """Return what is deployed: name, version, label, inputs, trained_up_to_ns."""
        found: list[dict[str, Any]] = self._ask("/models", api_key=api_key)
        return found

    def predict(self, inputs: Mapping[str, Any], model: str | None = None, api_key: str = "") -> float:
        """Ask the service for one prediction; of several columns the first.

        Parameters
        ----------
        inputs : mapping of str to (rows, cols)
            By feature name; arrays or lists.
        model : str, optional
            The only one by default.

        Raises
        ------
        DeploymentFailed
            If the service refuses; with its reason.
        """
        return next(iter(self.outputs(inputs, model, api_key).values()))

    def outputs(
        self, inputs: Mapping[str, Any], model: str | None = None, api_key: str = ""
    ) -> dict[str, float]:
        """Ask the service for all columns of one prediction; the arguments are those of ``predict``.

        Returns
        -------
        dict of str to float
            The label, "0", "1", … for classes, "0.05", "0.5", … for quantiles, and what is said of each.
        """
        model = model or next(iter(self.record.output["models"]))
        listed = {name: getattr(values, "tolist", lambda v=values: v)() for name, values in inputs.items()}
        answer = self._ask(f"/models/{model}/predict", {"inputs": listed}, api_key)
        return {name: float(value) for name, value in answer["outputs"].items()}

    def predictions(self, count: int = 100) -> list[dict[str, Any]]:
        """Return the latest answers as they were written down, oldest first.

        Each has ``time_ns`` (when it was answered), ``model``, ``version``, ``label``, ``kind``, ``outputs``
        and ``trained_up_to_ns``.
        """
        files = (self.folder / f"{LOG}.1", self.folder / LOG)
        lines = [line for path in files for line in atomic.read_lines(path)]
        return [json.loads(line) for line in lines[-count:]] if count > 0 else []

    def stop(self, timeout_s: float = 10.0) -> str:
        """End the service and return its final state."""
        self.job.stop()
        return self.job.wait(timeout_s)

    def _ask(self, path: str, body: Any = None, api_key: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "X-API-Key": api_key}
        request = urllib.request.Request(self.address + path, data, headers)
        # No proxy of the environment stands between two processes of one machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                reason = str(json.load(problem).get("detail", problem.reason)).rstrip(".")
            raise DeploymentFailed(name=self.record.name, status=problem.code, reason=reason) from None


def deploy(entry: Entry, name: str | None = None, api_keys: Sequence[str] = ()) -> Deployment:
    """Keep a vault entry running behind HTTP; return when it answers.

    Parameters
    ----------
    entry : Entry
        This version stays deployed until someone deploys another.
    name : str, optional
        The model's name by default.
    api_keys : sequence of str
        Only their sha256 is kept. None lets every process of this machine in.

    Raises
    ------
    AlreadyExists
        If a deployment of this name is running.
    JobFailed
        If the service does not come up.
    """
    name = check_name(name or entry.name, "deployment")
    folder = entry.team.folder("preview") / name
    if folder.is_dir() and (folder / "job.json").is_file() and Job(folder).state in ("queued", "running"):
        raise AlreadyExists(kind="running deployment", name=name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready.json").unlink(missing_ok=True)
    keys = "".join(f"{hashlib.sha256(key.encode()).hexdigest()}\n" for key in api_keys)
    atomic.write_bytes(folder / "keys.txt", keys.encode())
    output = {"device": "cpu", "models": {entry.name: entry.digest}}
    DeploymentRecord(name, output).save(folder.with_name(f"{name}.json"))
    argv = [sys.executable, "-m", "litlab.deployments.service", str(entry.path)]
    argv += ["--port", "0", "--ready-file", str(folder / "ready.json"), "--keys", str(folder / "keys.txt")]
    argv += ["--log", str(folder / LOG)]
    Job.launch(folder, argv, name=f"deployment {name}")
    deployment = Deployment(folder)
    _ = deployment.address
    return deployment


def list_deployments(team: Team) -> list[Deployment]:
    """Return a team's deployments, by name, running or not."""
    folder = team.folder("preview")
    return [Deployment(path.with_suffix("")) for path in sorted(folder.glob("*.json"))]


def open_deployment(team: Team, name: str) -> Deployment:
    """Return a team's deployment by name."""
    known = {one.record.name: one for one in list_deployments(team)}
    if name not in known:
        raise UnknownName(kind="deployment", given=name, known=known)
    return known[name]
