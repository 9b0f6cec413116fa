"""The contract of component scripts, as a check that a component's author runs too."""

from __future__ import annotations

import ast
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litlab.assets import Asset, write_asset
from litlab.canvases import Canvas, Node
from litlab.canvases.allowed import LAYERS, OPERATIONS
from litlab.canvases.backend import load_keras
from litlab.canvases.compile import seeded
from litlab.canvases.graph import Step
from litlab.canvases.making import Making
from litlab.errors import BadCanvas, BadScript, LitlabError
from litlab.scripts import Script, load_script
from litlab.testing.report import Finding, Report

_BATCH = 3
_FEATURE, _LABEL = "bars", "up"
_COLUMNS = ("open", "high", "low", "close", "trades", "volume", "mean_size", "max_size")


def check_component(
    path: Path | str,
    params: Mapping[str, Any] | None = None,
    shapes: Sequence[tuple[int, ...]] | None = None,
) -> Report:
    """Check that a component script keeps the contract of components.

    Parameters
    ----------
    path : Path
        The script.
    params : mapping, optional
        What its form says; what its docstring gives as defaults and examples otherwise.
    shapes : sequence of tuple of int, optional
        Of what its wires carry, without the number of samples; as many windows of 12 rows and 4 columns as
        it wants, or vectors where it wants those, otherwise.

    Returns
    -------
    report : Report
        *form*: its docstring is a form and there is ``make_component``. *keras*: it imports nothing of a
        backend. *shape*: one float tensor whose first axis is the number of samples, and the values computed
        have the shape announced. *layers*: no Lambda, only layers of Keras. *names*: layers are called after
        the node. *seed*: one seed, equal weights and predictions; the graph does not depend on the call
        before. *save*: saved and loaded, it says the same bit for bit.

    Examples
    --------
    >>> from litlab.scripts import shipped
    >>> print(check_component(shipped("components", "dense")))  # doctest: +SKIP
    dense on .../dense.py
      form: passed
      ...
    """
    path = Path(path)
    try:
        script = load_script(path)
    except BadScript as problem:
        return Report(path.stem, path, (Finding("form", str(problem)),))
    return Report(path.stem, path, tuple(_findings(script, params, shapes)))


def _findings(
    script: Script, params: Mapping[str, Any] | None, shapes: Sequence[tuple[int, ...]] | None
) -> Iterator[Finding]:
    if not callable(getattr(script.module, "make_component", None)):
        yield Finding("form", "there is no function make_component")
        return
    yield Finding("form")
    yield Finding("keras", _foreign_import(script))
    with tempfile.TemporaryDirectory() as folder:
        rig = _Rig(script, params, shapes, Path(folder))
        try:
            step = rig.step()
            if step.stands_alone:
                made = script.module.make_component({**step.params, "node": "node", "sources": {}}, [])
                yield Finding("shape", "" if made is None else "it takes no wires, so it should return None")
                return
            first, again = rig.model(), rig.model()
        except LitlabError as problem:
            yield Finding("shape", str(problem))
            return
        yield Finding("shape", rig.wrong_shape(first))
        yield Finding("layers", _wrong_layers(first))
        yield Finding("names", _wrong_names(first))
        yield Finding("seed", rig.differs(first, again))
        yield Finding("save", rig.lost(first))


def _foreign_import(script: Script) -> str:
    for node in ast.walk(ast.parse(script.source)):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.split(".")[0] in {"tensorflow", "torch", "jax", "tf_keras"}:
                return f"it imports {name}; keras.layers and keras.ops run on every backend"
    return ""


def _wrong_layers(model: Any) -> str:
    for layer in model.operations:
        name, module = type(layer).__name__, type(layer).__module__
        if name == "Lambda":
            return f"{layer.name} is a Lambda: it cannot be opened by anybody else"
        if not module.startswith("keras.") or name not in LAYERS | OPERATIONS:
            return f"{layer.name} is a {name}, which vaults and importers do not open"
    return ""


def _wrong_names(model: Any) -> str:
    for layer in model.layers:
        if not layer.name.startswith("node") and type(layer).__name__ != "InputLayer":
            return f"the layer {layer.name} is not called after params['node']; two such nodes would collide"
    return ""


class _Rig:
    """A model that holds the component and nothing else."""

    def __init__(
        self,
        script: Script,
        params: Mapping[str, Any] | None,
        shapes: Sequence[tuple[int, ...]] | None,
        folder: Path,
    ) -> None:
        self.keras = load_keras("Checking a component")
        self.script, self.folder = script, folder
        self.asset = _small_asset(folder / "asset")
        self.params = dict(params or {})
        for field in script.fields:
            if field.kind in ("feature", "label") and field.name in ("feature", "label"):
                self.params.setdefault(field.name, _FEATURE if field.kind == "feature" else _LABEL)
        least = getattr(script.module, "WIRES", (1, None))[0]
        vector = any(field.kind == "label" for field in script.fields)
        self.shapes = tuple(shapes) if shapes is not None else (((5,) if vector else (12, 4)),) * least

    def step(self) -> Step:
        wires = tuple(f"wire_{at}" for at in range(len(self.shapes)))
        params = self.script.read_params(self.params)
        return Step(Node("node", self.script.name, params), self.script, params, wires)

    def model(self) -> Any:
        canvas = Canvas((), (), {"name": f"check of {self.script.name}"})
        with seeded(7):
            making = Making(canvas, self.asset)
            fed = {
                f"wire_{at}": self.keras.Input(shape, name=f"wire_{at}")
                for at, shape in enumerate(self.shapes)
            }
            making.made.update(fed)
            making.add(self.step())
        result = making.made["node"]
        if result.shape[0] is not None or not str(result.dtype).startswith("float"):
            reason = f"its result is {result.shape} of {result.dtype}, wanted (None, …) of floats"
            raise BadCanvas(canvas=canvas.name, node="node", reason=reason)
        return self.keras.Model({**making.features, **fed}, result)

    def inputs(self) -> dict[str, Any]:
        rng = np.random.default_rng(0)
        wires = {
            f"wire_{at}": rng.random((_BATCH, *shape), np.float32) for at, shape in enumerate(self.shapes)
        }
        return {_FEATURE: np.asarray(self.asset.array("train", _FEATURE)[:_BATCH]), **wires}

    def answer(self, model: Any) -> Any:
        inputs = self.inputs()
        return np.asarray(model.predict_on_batch({name: inputs[name] for name in model.input}))

    def wrong_shape(self, model: Any) -> str:
        answer, wanted = self.answer(model), (_BATCH, *model.output.shape[1:])
        if answer.shape != wanted:
            return f"it announces {wanted} and gives {answer.shape}"
        if not np.isfinite(answer).all():
            return (
                f"{np.count_nonzero(~np.isfinite(answer))} of {math.prod(answer.shape)} values are not finite"
            )
        return ""

    def differs(self, first: Any, again: Any) -> str:
        if [type(one).__name__ for one in first.operations] != [
            type(one).__name__ for one in again.operations
        ]:
            return "a second call makes other layers"
        for one, other in zip(first.weights, again.weights, strict=True):
            if not np.array_equal(one.numpy(), other.numpy()):
                return f"{one.path} differs under one seed"
        return (
            ""
            if np.array_equal(self.answer(first), self.answer(again))
            else "predictions differ under one seed"
        )

    def lost(self, model: Any) -> str:
        path = self.folder / "model.keras"
        try:
            model.save(path)
            loaded = self.keras.models.load_model(path, compile=False, safe_mode=True)
        except Exception as problem:  # layers of people's own may raise anything here
            return f"it cannot be saved and loaded: {' '.join(str(problem).split())[:300]}"
        same = np.array_equal(self.answer(model), self.answer(loaded))
        return "" if same else "saved and loaded, it predicts otherwise"


def _small_asset(path: Path) -> Asset:
    """Write an asset of 40 samples of a window of eight columns and a label of zeros and ones."""
    rng = np.random.default_rng(1)
    window = (100 + rng.random((40, 12, 8))).astype(np.float32)
    window[:, :, 1] += 1  # high
    window[:, :, 2] -= 1  # low
    at = np.arange(40)
    label = (rng.random((40, 1, 1)) < 0.5).astype(np.float32)
    content = {
        part: {
            "arrays": {_FEATURE: window[chosen], _LABEL: label[chosen]},
            **dict.fromkeys(("index", "read_lo", "read_hi", "label_lo", "label_hi"), at[chosen]),
            "as_of_ns": at[chosen] * 10**9,
            "label_end_ns": at[chosen] * 10**9,
            "session_day": at[chosen].astype(np.int32),
            "instrument": np.zeros(len(at[chosen]), np.int16),
            "weight": np.ones(len(at[chosen]), np.float32),
        }
        for part, chosen in (("train", slice(0, 24)), ("validation", slice(24, 32)), ("test", slice(32, 40)))
    }
    about = {"script": "", "script_digest": "0" * 64, "params": {}}
    features = {
        _FEATURE: {**about, "columns": list(_COLUMNS), "rows": 12, "label": False},
        _LABEL: {**about, "columns": ["up"], "rows": 1, "label": True},
    }
    return write_asset(path, content, features, {"schema": "check", "zone": "UTC", "schema_digest": "0" * 64})
