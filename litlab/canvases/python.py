"""A canvas as the Keras file a person would have written.

1. The canvas is compiled; ``calls`` lists what the model calls, in the order in which it was made, so that
   the file draws the same weights from the same seed.
2. Layers are written with what differs from their defaults; operations as ``x - y``, ``x[:, -1:]`` or a
   function of ``keras.ops``. A layer called more than once gets a line of its own.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
import textwrap
from typing import Any

import numpy as np

from litlab.assets import Asset
from litlab.canvases.backend import load_keras
from litlab.canvases.calls import Call, Place, calls_of
from litlab.canvases.canvas import Canvas
from litlab.canvases.compile import made_model
from litlab.canvases.opaque import WIRE
from litlab.canvases.settings import TrainingSettings, training_settings
from litlab.errors import BadCanvas
from litlab.workspace import Team

_INFIX = {"Add": "+", "Subtract": "-", "Multiply": "*", "TrueDivide": "/", "Power": "**"}
_OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}
_LOSSES = {"binary": "binary_crossentropy", "classes": "sparse_categorical_crossentropy"}
_PINBALL = """

def pinball(truth, predicted):
    levels = ops.convert_to_tensor({levels})
    above = truth - predicted
    return ops.mean(ops.maximum(levels * above, (levels - 1) * above), axis=-1)
"""
_WIDTH = 100


def as_python(canvas: Canvas, asset: Asset, team: Team | None = None) -> str:
    """Return the source of a Python file that makes the canvas's model with Keras alone.

    Its ``build_model()`` gives the same layers and, under the same seed, the same weights as
    ``compile_canvas``; nothing in it needs litlab.

    Parameters
    ----------
    canvas, asset, team
        As for ``compile_canvas``.

    Raises
    ------
    BadCanvas
        If the canvas does not compile, or a component brings a layer class of its own, which no other file
        can import.
    """
    model, making = made_model(canvas, asset, team)
    node_of = {layer.name: node for node, layers in making.layers.items() for layer in layers}
    rank = {name: at for at, name in enumerate(node_of)}
    last = {_place(tensor): node for node, tensor in making.made.items()}
    writing = _Writing(canvas, calls_of(model.get_config(), rank), node_of, last)
    body = writing.lines()
    ins = ", ".join(f'"{name}": {writing.variables[name, 0]}' for name in sorted(making.features))
    if isinstance(model.output, dict):
        named = {name: writing.variables[_place(tensor)] for name, tensor in model.output.items()}
        result = "{" + ", ".join(f'"{name}": {variable}' for name, variable in named.items()) + "}"
    else:
        result = writing.variables[_place(model.output)]
    body.append(f'return keras.Model({{{ins}}}, {result}, name="canvas")')
    main = _main(canvas, training_settings(canvas, team), model)
    if "ops." in main:
        writing.used.add("ops")
    used = sorted(writing.used)
    head = f'"""The model of the canvas {canvas.name}."""\n\nimport keras\n'
    head += f"from keras import {', '.join(used)}\n" if used else ""
    return head + "\n\ndef build_model():\n" + "".join(map(_wrapped, body)) + main


def _place(tensor: Any) -> Place:
    history = tensor._keras_history
    return history.operation.name, history.node_index


def _wrapped(line: str) -> str:
    """Return a line of the function's body, broken where it is long: blanks there lie in brackets."""
    parts = textwrap.wrap(line, _WIDTH, initial_indent="    ", subsequent_indent=" " * 8,
                          break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return "".join(f"{part}\n" for part in parts)


def _main(canvas: Canvas, settings: TrainingSettings, model: Any) -> str:
    """Return what trains the model: seed, optimizer, and the loss of the only output's head."""
    lines = [f"keras.utils.set_random_seed({settings.seed})", "model = build_model()"]
    before = ""
    if not isinstance(model.output, dict):
        params = next(node.params for node in canvas.nodes if node.component == "output")
        loss = f'"{_LOSSES.get(params.get("head", "binary"), "mean_squared_error")}"'
        if params.get("head") == "quantiles":
            levels = params.get("quantiles", [0.05, 0.5, 0.95])
            before, loss = _PINBALL.format(levels=levels), "pinball"
        rate, name = settings.learning_rate, _OPTIMIZERS[settings.optimizer]
        lines.append(f"model.compile(keras.optimizers.{name}({rate!r}), loss={loss})")
    lines.append("model.summary()")
    return before + '\n\nif __name__ == "__main__":\n' + "".join(f"    {line}\n" for line in lines)


class _Writing:
    """The file being written: names given so far, modules used so far."""

    def __init__(
        self, canvas: Canvas, calls: list[Call], node_of: dict[str, str], last: dict[Place, str]
    ) -> None:
        self.canvas, self.calls, self.node_of, self.last = canvas, calls, node_of, last
        self.keras = load_keras("A canvas")
        self.often = {call.name for call in calls if call.number}
        self.many = {source for call in calls for source, pick in zip(call.sources, call.picks) if pick}
        self.variables: dict[Place, str] = {}
        self.taken = {"keras", "layers", "ops", "regularizers", "initializers", "constraints"}
        self.used: set[str] = set()

    def lines(self) -> list[str]:
        found: list[str] = []
        for call in self.calls:
            if call.kind == "InputLayer":
                shape = tuple(call.config["batch_shape"][1:])
                text = f'keras.Input({shape!r}, name="{call.name}")'
            elif call.is_operation:
                text = self._operation(call)
            else:
                text = self._layer_call(call, found)
            found.append(f"{self._named(call)} = {text}")
        return found

    def _named(self, call: Call) -> str:
        node = self.node_of.get(call.name, "")
        if call.kind == "InputLayer":
            wanted = f"{call.name}_input"
        elif (call.name, call.number) in self.last:
            wanted = self.last[call.name, call.number]
        elif call.is_operation:
            wanted = f"{node}_{_snake(call.kind)}"
        else:
            wanted = call.name
        name = self.variables[call.name, call.number] = self._free(wanted)
        return name

    def _free(self, wanted: str) -> str:
        name = re.sub(r"\W", "_", wanted)
        name = name if name.isidentifier() else f"x_{name}"
        if keyword.iskeyword(name) or hasattr(builtins, name):
            name += "_"
        number, free = 1, name
        while free in self.taken:
            number += 1
            free = f"{name}_{number}"
        self.taken.add(free)
        return free

    def _layer_call(self, call: Call, found: list[str]) -> str:
        made = self._made(call.layer, call)
        if call.name in self.often:
            variable = f"{re.sub(r'[^0-9a-zA-Z_]', '_', call.name)}_layer"
            if not call.number:
                found.append(f"{variable} = {made}")
            made = variable
        return f"{made}({self._arguments(call)})"

    def _arguments(self, call: Call) -> str:
        args = [self._value(one, call) for one in call.args]
        return ", ".join([*args, *(f"{key}={self._value(one, call)}" for key, one in call.kwargs.items())])

    def _operation(self, call: Call) -> str:
        if call.kind == "GetItem":
            index = call.args[1] if isinstance(call.args[1], list) else [call.args[1]]
            return f"{self._value(call.args[0], call)}[{', '.join(self._slice(one) for one in index)}]"
        args = [self._value(one, call) for one in call.args]
        if call.kind in _INFIX and len(args) == 2 and not call.kwargs:
            return f"{args[0]} {_INFIX[call.kind]} {args[1]}"
        name = _snake(call.kind)
        if not hasattr(self.keras.ops, name):
            raise self._cannot(call, f"keras.ops has no {name}")
        self.used.add("ops")
        wanted = inspect.signature(getattr(self.keras.ops, name)).parameters
        options = {key: value for key, value in call.config.items() if key in wanted and key != "name"}
        said = [f"{key}={self._value(value, call)}" for key, value in options.items()
                if value != wanted[key].default]  # fmt: skip
        return f"ops.{name}({', '.join([self._arguments(call), *said])})"

    def _slice(self, value: Any) -> str:
        if not isinstance(value, dict):
            return repr(value)
        if value["class_name"] == "__ellipsis__":
            return "..."
        start, stop, step = (value["config"][key] for key in ("start", "stop", "step"))
        text = f"{'' if start is None else start}:{'' if stop is None else stop}"
        return text if step is None else f"{text}:{step}"

    def _made(self, layer: dict[str, Any], call: Call) -> str:
        """Return the text that makes an object of Keras from its config: a layer, or a part of one."""
        name, module = (
            layer["class_name"],
            str(layer.get("module") or "").removeprefix("keras.").split(".")[0],
        )
        kind = getattr(getattr(self.keras, module, None), name, None)
        if kind is None:
            raise self._cannot(call, f"its layer {name} is no class of Keras")
        self.used.add(module)
        config = dict(layer["config"])
        said: list[str] = []
        positional = True
        for key, parameter in inspect.signature(kind.__init__).parameters.items():
            if key in ("self", "name") or parameter.kind is parameter.VAR_KEYWORD:
                continue
            default = _resolved(key, parameter.default, config)
            if key not in config or self._is_default(key, config[key], default):
                positional = False
                continue
            text = self._value(config[key], call)
            positional = positional and parameter.default is parameter.empty
            said.append(text if positional else f"{key}={text}")
        if isinstance(config.get("dtype"), dict) and config["dtype"]["config"].get("name") != "float32":
            said.append(f'dtype="{config["dtype"]["config"]["name"]}"')
        if config.get("trainable") is False:
            said.append("trainable=False")
        if module == "layers" and "name" in config:
            said.append(f'name="{config["name"]}"')
        return f"{module}.{name}({', '.join(said)})"

    def _is_default(self, key: str, value: Any, default: Any) -> bool:
        if default is inspect.Parameter.empty:
            return False
        for ending in ("initializer", "regularizer", "constraint"):
            if key.endswith(ending) and value is not None and default is not None:
                room = getattr(self.keras, f"{ending}s")
                other = room.serialize(room.get(default))
                return isinstance(value, dict) and all(
                    value.get(part) == other.get(part) for part in ("class_name", "config")
                )
        if key == "activation" and default is None:
            return value in (None, "linear")
        return bool(_plain(value) == _plain(default))

    def _value(self, value: Any, call: Call) -> str:
        if isinstance(value, dict):
            if set(value) == {WIRE}:
                at = value[WIRE]
                text = self.variables[call.sources[at]]
                return f"{text}[{call.picks[at]}]" if call.sources[at] in self.many else text
            if "class_name" in value:
                return self._made(value, call)
        value = _plain(value)
        if isinstance(value, (list, tuple)):
            inner = ", ".join(self._value(one, call) for one in value)
            return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
        if isinstance(value, float) and float(np.float32(value)) == value:
            return repr(float(str(np.float32(value))))  # 0.001, where Keras kept the float32 next to it
        return f'"{value}"' if isinstance(value, str) else repr(value)

    def _cannot(self, call: Call, reason: str) -> BadCanvas:
        node = self.node_of.get(call.name, call.name)
        reason = f"it cannot be written as Python, {reason}"
        return BadCanvas(canvas=self.canvas.name, node=node, reason=reason)


def _resolved(key: str, default: Any, config: dict[str, Any]) -> Any:
    """Return what a layer makes of an option left out, where that is not the default itself."""
    if default is not None:
        return default
    if key == "data_format":
        return load_keras("A canvas").config.image_data_format()
    if key == "attention_axes" and "num_heads" in config:
        return (1,)
    return config.get({"value_dim": "key_dim", "strides": "pool_size"}.get(key, ""))


def _plain(value: Any) -> Any:
    """Return 9 for [9] and (70, 0) for [70, 0]; lists of anything but whole numbers stay."""
    if isinstance(value, (list, tuple)) and value and all(type(one) is int for one in value):
        return value[0] if len(value) == 1 else tuple(value)
    return value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
