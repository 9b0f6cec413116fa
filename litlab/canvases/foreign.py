"""Models and canvases from elsewhere: looked into first, and loaded where they do no harm.

1. The archive is opened as what it is, a zip of three files of known names and bounded sizes; nothing in it
   is ever unpickled. 2. ``allowed`` reads its config: layers of Keras that compute, and nothing else.
3. A copy of what was looked at, without what its author compiled it with, is loaded by a process of its own
   under limits of time and memory (``rehearsal``); ``arriving`` is its side. 4. What comes back is a canvas,
   as JSON, and arrays.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.canvases.allowed import MODELS, forbidden
from litlab.canvases.bounds import current
from litlab.canvases.canvas import Canvas
from litlab.errors import BadRecord, ForeignRefused, NewerFormat
from litlab.rehearsal.process import Rehearsal

LOAD_S, LOAD_BYTES = 60.0, 4 << 30
_MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
CANVAS, WEIGHTS, REFUSED = "canvas.json", "weights.npz", "refused.txt"
SAMPLES, SAID = "samples.npz", "said.npy"


@dataclasses.dataclass(frozen=True)
class Foreign:
    """A model from elsewhere.

    Attributes
    ----------
    canvas : Canvas
    weights : dict of str to ndarray
        By path, as ``variable.path`` has it in the compiled canvas.
    said : (n, columns) ndarray or None
        What it says of the samples that it was asked about.
    """

    canvas: Canvas
    weights: dict[str, npt.NDArray[Any]]
    said: npt.NDArray[Any] | None = None

    def set_weights(self, model: Any) -> None:
        """Give a model compiled from the canvas the weights that came with it."""
        for variable in model.weights:
            if variable.path in self.weights:
                variable.assign(self.weights[variable.path])


def read_model(
    path: Path,
    seconds: float = LOAD_S,
    memory_bytes: int = LOAD_BYTES,
    samples: Mapping[str, npt.NDArray[Any]] | None = None,
) -> Foreign:
    """Read a ``.keras`` file that somebody else made.

    Parameters
    ----------
    path : Path
    seconds, memory_bytes : float, int
        What loading may take.
    samples : mapping of str to (n, rows, cols), optional
        By input: what it shall be asked about there.

    Raises
    ------
    ForeignRefused
        With the reason in one line: no such archive, a layer that runs code or is not known, weights that
        point elsewhere, more parameters than ``limits`` allow, too much time or memory, a graph that is no
        canvas.
    """
    path = Path(path)
    config, weights = _opened(path)
    with tempfile.TemporaryDirectory(prefix="litlab-foreign-") as folder:
        _write_copy(Path(folder) / "model.keras", config, weights)
        del weights
        if samples is not None:
            named: dict[str, Any] = dict(samples)
            np.savez(Path(folder) / SAMPLES, **named)
        limit = current().parameters
        source = (
            "import keras\nimport h5py\nfrom litlab.canvases.arriving import bring\n"
            f"bring({folder!r}, {path.stem!r}, {limit!r})\n"
        )
        reason, _ = Rehearsal(path, source, seconds, memory_bytes).verdict()
        if reason:
            raise ForeignRefused(path=path, reason=reason)
        return _brought(path, Path(folder))


def look_at_model(path: Path) -> None:
    """Look into a ``.keras`` file without loading it, as ``read_model`` does first; needs no Keras.

    Raises
    ------
    ForeignRefused
        If it is no such archive, or names anything but layers of Keras that compute.
    """
    _opened(Path(path))


def read_canvas(path: Path) -> Canvas:
    """Read a canvas file that somebody else made.

    Raises
    ------
    ForeignRefused
        With the reason in one line: too large, no canvas, an opaque node that is not on the list.
    """
    path, limits = Path(path), current()
    try:
        with open(path, "rb") as stream:
            text = stream.read(limits.file_bytes + 1)
        if len(text) > limits.file_bytes:
            raise ForeignRefused(path=path, reason=f"it is larger than {limits.file_bytes:,} bytes")
        canvas = Canvas.from_json(json.loads(text), path)
    except UnicodeDecodeError:
        reason = "it is no text, so no canvas. Import a .litcanvas.json or a .keras file"
        raise ForeignRefused(path=path, reason=reason) from None
    except json.JSONDecodeError as problem:
        reason = f"it is no JSON, so no canvas (line {problem.lineno}: {problem.msg})"
        raise ForeignRefused(path=path, reason=reason) from None
    except (BadRecord, NewerFormat, OSError, ValueError, RecursionError) as problem:
        if isinstance(problem, ForeignRefused):
            raise
        raise ForeignRefused(path=path, reason=_line(problem)) from None
    if len(canvas.nodes) > limits.nodes:
        raise ForeignRefused(
            path=path, reason=f"it has {len(canvas.nodes):,} nodes, more than {limits.nodes:,}"
        )
    for node in canvas.nodes:
        for config in (node.params.get("layer"), node.params.get("call")):
            if isinstance(config, str) and node.component == "opaque":
                _refuse_forbidden(path, _parsed(path, config.encode()), f"node {node.id[:64]!r}: ")
    return canvas


def _opened(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the config and the weights' bytes of an archive, both looked at."""
    limits = current()
    most = {"metadata.json": 1 << 16, "config.json": limits.file_bytes}
    try:
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in archive.infolist()]
            strange = sorted({*names} - _MEMBERS) or sorted(_MEMBERS - {*names})
            if strange or len(names) != len(_MEMBERS):
                wanted = ", ".join(sorted(_MEMBERS))
                reason = f"it holds {', '.join(sorted(names))[:200]!r}, not {wanted}"
                raise ForeignRefused(path=path, reason=reason)
            parts = {}
            for name in names:
                limit = most.get(name, limits.parameters * 4 + (64 << 20))
                with archive.open(name) as stream:
                    parts[name] = stream.read(limit + 1)
                if len(parts[name]) > limit:
                    raise ForeignRefused(path=path, reason=f"its {name} is larger than {limit:,} bytes")
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as problem:
        raise ForeignRefused(
            path=path, reason=f"it is no readable .keras archive: {_line(problem)}"
        ) from None
    config = _parsed(path, parts["config.json"])
    if not isinstance(config, dict) or config.get("class_name") not in MODELS:
        raise ForeignRefused(path=path, reason="it is no functional or sequential model")
    kept = {
        name: config[name] for name in ("module", "class_name", "config", "registered_name") if name in config
    }
    _refuse_forbidden(path, kept)
    return kept, parts["model.weights.h5"]


def _parsed(path: Path, text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ForeignRefused(path=path, reason=f"its config is no JSON: {_line(problem)}") from None


def _refuse_forbidden(path: Path, config: Any, where: str = "") -> None:
    for reason in forbidden(config):
        raise ForeignRefused(path=path, reason=f"{where}{reason}")


def _write_copy(path: Path, config: dict[str, Any], weights: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3", "date_saved": ""}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights)


def _brought(path: Path, folder: Path) -> Foreign:
    refused = folder / REFUSED
    if refused.exists():
        raise ForeignRefused(path=path, reason=refused.read_text("utf-8")[:500])
    if not (folder / WEIGHTS).exists():
        raise ForeignRefused(path=path, reason="it could not be loaded")
    with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
        weights = {name: stored[name] for name in stored.files}
    said = np.load(folder / SAID, allow_pickle=False) if (folder / SAID).exists() else None
    return Foreign(Canvas.load(folder / CANVAS), weights, said)


def _line(problem: BaseException) -> str:
    return (" ".join(str(problem).split()) or type(problem).__name__)[:300].rstrip(".")
