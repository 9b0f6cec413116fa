"""The scoring service: ``python -m litlab.deployments.service ENTRY... --port 0 --ready-file FILE``.

    GET  /healthz                  {"status": "ok"}
    GET  /models                   what is loaded: label, inputs with their columns and digests, trained up to
    POST /models/{name}/predict    {"inputs": {feature: rows of numbers}} → {"outputs": {column: …}, …}
    GET  /openapi.json             the same for machines

Every column of the output has a name: the label's for a probability or a level, "0", "1", … for classes,
"0.05", "0.5", … for quantiles. With ``--log FILE`` every answer is a line there: the moment, the model and
its version, the outputs. The log goes on in a new file at 64 MiB; of older ones one is kept.

It listens on 127.0.0.1 only and answers to no other host name, so that no web page can reach it by a name
that resolves here. With ``--keys FILE`` (a sha256 a line) all but /healthz wants the header X-API-Key.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import logging
import logging.handlers
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from pydantic import BaseModel

import litlab
from litlab import atomic
from litlab.errors import BadParameter, FeatureMismatch, LitlabError
from litlab.vault.scorer import Scorer, feature_digest

HOST = "127.0.0.1"
LOG_BYTES = 64 << 20

Note = Callable[["Prediction"], None]


class PredictRequest(BaseModel):
    """Inputs by feature name, each (rows, columns); `features` may name the digests they were made with."""

    inputs: dict[str, list[list[float]]]
    features: dict[str, str] | None = None


class Prediction(BaseModel):
    """What a model says; times in ns as text, because JSON numbers lose nanoseconds.

    `kind` is what the output is: probability, classes, level, quantiles. `outputs` holds all its columns,
    `prediction` the first of them.
    """

    model: str
    version: str
    label: str
    kind: str
    outputs: dict[str, float]
    prediction: float
    trained_up_to_ns: str


class Input(BaseModel):
    """One input of a model."""

    rows: int
    columns: list[str]
    digest: str


class Model(BaseModel):
    """One model that is ready to predict."""

    name: str
    version: str
    label: str
    kind: str
    outputs: list[str]
    inputs: dict[str, Input]
    trained_up_to_ns: str


def create_app(
    scorers: Sequence[Scorer], key_digests: Sequence[str] = (), ready: Callable[[], None] | None = None,
    note: Note | None = None,
) -> FastAPI:  # fmt: skip
    """Make the service for some loaded models.

    Parameters
    ----------
    scorers : sequence of Scorer
        Later ones replace earlier ones of the same name.
    key_digests : sequence of str
        sha256 of every API key that is let in; none asks for no key.
    ready : callable, optional
        Called once when the service answers.
    note : callable, optional
        Called with every Prediction before it is answered.
    """
    loaded = {scorer.record.name: scorer for scorer in scorers}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        if ready is not None:
            ready()
        yield

    def check_key(x_api_key: Annotated[str, Header()] = "") -> None:
        given = hashlib.sha256(x_api_key.encode()).hexdigest()
        if key_digests and not any(hmac.compare_digest(given, known) for known in key_digests):
            raise HTTPException(401, "the header X-API-Key holds no known key")

    # The documentation pages of FastAPI fetch their scripts from a CDN.
    app = FastAPI(
        title="litlab", version=litlab.__version__, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Tell that the service answers."""
        return {"status": "ok"}

    @app.get("/models", dependencies=[Depends(check_key)])
    def models() -> list[Model]:
        """List the models that are ready to predict."""
        return [_describe(scorer) for scorer in loaded.values()]

    @app.post("/models/{name}/predict", dependencies=[Depends(check_key)])
    def predict(name: str, request: PredictRequest) -> Prediction:
        """Predict one sample."""
        if name not in loaded:
            raise HTTPException(404, f"there is no model {name!r}; deployed: {', '.join(loaded)}")
        found = _answer(loaded[name], request)
        if note is not None:
            note(found)
        return found

    return app


def notebook(path: Path) -> Note:
    """Return what writes every prediction down as one line of JSON, `time_ns` being when it was answered."""
    log = logging.getLogger(f"{__name__}.{path}")
    log.propagate = False
    log.setLevel(logging.INFO)
    kept = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    kept.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(kept)

    def note(found: Prediction) -> None:
        told = {"time_ns": str(time.time_ns()), **found.model_dump(exclude={"prediction"})}
        log.info("%s", json.dumps(told))

    return note


def _answer(scorer: Scorer, request: PredictRequest) -> Prediction:
    try:
        _check_digests(scorer, request.features or {})
        inputs = {name: _window(scorer, name, rows) for name, rows in request.inputs.items()}
        found = scorer.outputs(inputs)
        if len(found) != 1:
            raise BadParameter(name="inputs", given=f"{len(found)} samples", wanted="predict takes one")
        values = dict(zip(scorer.head.names(found.shape[1]), found[0].tolist(), strict=True))
    except LitlabError as problem:
        raise HTTPException(422, str(problem)) from None
    record = scorer.record
    return Prediction(
        model=record.name,
        version=record.version,
        label=record.label,
        kind=scorer.head.kind,
        outputs=values,
        prediction=next(iter(values.values())),
        trained_up_to_ns=str(record.trained_up_to_ns),
    )


def _check_digests(scorer: Scorer, given: dict[str, str]) -> None:
    for name, digest in given.items():
        if name in scorer.record.features and digest != feature_digest(scorer.record.features[name]):
            raise FeatureMismatch(entry=scorer.record.name, reason=f"{name!r} comes from another version")


def _window(scorer: Scorer, name: str, rows: list[list[float]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    if len({len(row) for row in rows}) > 1:
        reason = f"the rows of {name!r} have different lengths"
        raise FeatureMismatch(entry=scorer.record.name, reason=reason)
    return np.array(rows, np.float32).reshape(len(rows), len(rows[0]) if rows else 0)


def _describe(scorer: Scorer) -> Model:
    record = scorer.record
    inputs = {
        name: Input(rows=about["rows"], columns=about["columns"], digest=feature_digest(about))
        for name, about in record.features.items()
    }
    return Model(
        name=record.name,
        version=record.version,
        label=record.label,
        kind=scorer.head.kind,
        outputs=list(scorer.columns),
        inputs=inputs,
        trained_up_to_ns=str(record.trained_up_to_ns),
    )


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM."""
    import uvicorn

    parser = argparse.ArgumentParser(prog="python -m litlab.deployments.service")
    parser.add_argument("entries", nargs="+", type=Path, metavar="ENTRY")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", type=Path)
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        scorers = [Scorer(path) for path in chosen.entries]
    except LitlabError as problem:
        print(f"error: {problem}", flush=True)
        return 2
    keys = atomic.read_lines(chosen.keys) if chosen.keys else []
    with socket.create_server((HOST, chosen.port)) as listener:
        port = listener.getsockname()[1]

        def ready() -> None:
            if chosen.ready_file:
                atomic.write_json(chosen.ready_file, {"port": port, "pid": os.getpid()})

        app = create_app(scorers, keys, ready, notebook(chosen.log) if chosen.log else None)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
