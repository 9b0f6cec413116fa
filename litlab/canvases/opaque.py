"""Opaque nodes: layers and operations of Keras that the palette lacks, kept as Keras writes them down."""

from __future__ import annotations

import json
from typing import Any

from litlab.canvases.allowed import forbidden
from litlab.canvases.backend import load_keras

WIRE = "wire"


def rebuilt(node: str, params: dict[str, Any], inputs: list[Any]) -> Any:
    """Make the layer that an opaque node holds and call it.

    Parameters
    ----------
    node : str
        Its id; the layer is called so.
    params : dict
        ``layer`` and ``call``, JSON.
    inputs : list of KerasTensor

    Raises
    ------
    ValueError
        If it is no JSON, or names anything but layers and operations of Keras that are known here.
    """
    if "layer" not in params:
        raise ValueError("no layer is described")
    try:
        layer = json.loads(params["layer"])
        call = json.loads(params.get("call") or "null")
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"the layer is no JSON: {problem}") from None
    for reason in (*forbidden(layer), *forbidden(call)):
        raise ValueError(reason)
    if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
        raise ValueError("the layer is no JSON object with a config")
    if str(layer.get("module")).startswith("keras.layers"):
        layer = {**layer, "config": {**layer["config"], "name": node}}
    made = load_keras("A canvas").saving.deserialize_keras_object(_unbuilt(layer), safe_mode=True)
    if call is None:
        return made(*inputs)
    arguments = _filled(call, inputs)
    return made(*arguments.get("args", []), **arguments.get("kwargs", {}))


def _unbuilt(value: Any) -> Any:
    """Return a config without what Keras noted down when it was built: it is built when it is called."""
    if isinstance(value, dict):
        return {key: _unbuilt(part) for key, part in value.items() if key != "build_config"}
    return list(map(_unbuilt, value)) if isinstance(value, list) else value


def _filled(value: Any, inputs: list[Any]) -> Any:
    """Return a call's arguments with the tensors in the place of their wires."""
    if isinstance(value, dict):
        if set(value) == {WIRE}:
            return inputs[value[WIRE]]
        if "class_name" in value:
            return load_keras("A canvas").saving.deserialize_keras_object(value, safe_mode=True)
        return {name: _filled(part, inputs) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, inputs) for part in value]
    return value


def described(layer: dict[str, Any], call: dict[str, Any], plain: bool) -> dict[str, str]:
    """Return the parameters of an opaque node: a layer's config and, unless it is plain, its call."""
    parts = ("module", "class_name", "config", "registered_name")
    layer = {key: _unbuilt(layer[key]) for key in parts if key in layer}
    layer["config"] = {key: value for key, value in layer["config"].items() if key != "name"}
    params = {"layer": json.dumps(layer, sort_keys=True)}
    return params if plain else {**params, "call": json.dumps(call, sort_keys=True)}
