"""A Keras functional model as a canvas.

1. ``calls`` lists what the model calls. A layer's second call becomes a ``shared`` node.
2. ``PALETTE`` proposes a component and its parameters for a layer. The component is then asked to make the
   layer, and what it makes is compared with the layer, option by option: a layer with an option that the form
   lacks becomes an ``opaque`` node instead, as any other layer or operation does.
3. The last layer becomes an output, with the head that makes the same layer, else with ``given`` behind it.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from litlab.canvases.backend import load_keras, weightless
from litlab.canvases.calls import Call, Place, calls_of, ends
from litlab.canvases.canvas import Canvas, Edge, Node
from litlab.canvases.opaque import described
from litlab.errors import LitlabError, NotACanvas
from litlab.scripts import find_script, load_script

Params = dict[str, Any]


def _l2(config: Mapping[str, Any]) -> Params:
    said = config.get("kernel_regularizer")
    return {"l2": said["config"].get("l2")} if isinstance(said, dict) else {}


def _recurrent(call: Call) -> Params:
    config = call.config
    return {"units": config["units"], "dropout": config["dropout"], "sequence": config["return_sequences"]}


def _pooling(by: str) -> Callable[[Call], Params]:
    def params(call: Call) -> Params:
        size = call.config.get("pool_size")
        return {"by": by, **({"size": size[0]} if size else {})}

    return params


PALETTE: dict[str, tuple[str, Callable[[Call], Params]]] = {
    "Dense": ("dense", lambda call: {
        "units": call.config["units"], "activation": call.config["activation"], **_l2(call.config)}),
    "Conv1D": ("conv1d", lambda call: {
        "filters": call.config["filters"], "kernel": call.config["kernel_size"][0],
        "stride": call.config["strides"][0], "padding": call.config["padding"],
        "activation": call.config["activation"]}),
    "LSTM": ("lstm", _recurrent),
    "GRU": ("gru", _recurrent),
    "MultiHeadAttention": ("attention", lambda call: {
        "heads": call.config["num_heads"], "size": call.config["key_dim"], "dropout": call.config["dropout"],
        "causal": bool(call.kwargs.get("use_causal_mask"))}),
    "LayerNormalization": ("layer_norm", lambda call: {"epsilon": call.config["epsilon"]}),
    "BatchNormalization": ("batch_norm", lambda call: {
        "momentum": call.config["momentum"], "epsilon": call.config["epsilon"]}),
    "Dropout": ("dropout", lambda call: {"rate": call.config["rate"]}),
    "Embedding": ("embedding", lambda call: {
        "codes": call.config["input_dim"], "size": call.config["output_dim"]}),
    "GlobalAveragePooling1D": ("pooling", _pooling("average")),
    "GlobalMaxPooling1D": ("pooling", _pooling("maximum")),
    "AveragePooling1D": ("pooling", _pooling("average")),
    "MaxPooling1D": ("pooling", _pooling("maximum")),
    "Flatten": ("flatten", lambda call: {}),
    "Concatenate": ("concatenate", lambda call: {}),
    "Add": ("add", lambda call: {}),
}  # fmt: skip
_HEADS = {"sigmoid": "binary", "softmax": "classes", "linear": "regression"}


def from_keras(model: Any, name: str | None = None, asset: str = "", label: str | None = None) -> Canvas:
    """Draw a functional (or sequential) Keras model as a canvas.

    Compiled on an asset whose features are called as the model's inputs, the canvas makes the same layers
    under the same names; their weights can be set from the model's, layer by layer.

    Parameters
    ----------
    model : keras.Model
    name : str, optional
        Of the canvas; the model's by default.
    asset : str
        The schema whose asset the canvas is for.
    label : str, optional
        What it predicts. Without it the output's form is left open, and the designer asks there.

    Raises
    ------
    NotACanvas
        For subclassed models, layers with several results, and classes that are not of Keras.
    """
    name = name or str(model.name)
    return _Drawing(name, label, *_config_and_shapes(model, name)).canvas(asset)


def _config_and_shapes(model: Any, name: str) -> tuple[dict[str, Any], dict[Place, tuple[Any, ...]]]:
    keras = load_keras("Importing a model")
    if type(model).__name__ not in ("Functional", "Model", "Sequential") or not getattr(
        model, "inputs", None
    ):
        raise NotACanvas(model=name, reason="it is a class of its author, not a graph of layers")
    if type(model).__name__ == "Sequential":
        model = keras.Model(model.inputs, model.outputs)
    try:
        config = model.get_config()
    except NotImplementedError as problem:
        raise NotACanvas(model=name, reason=str(problem).split(".")[0].strip()) from None
    if "output_layers" not in config:
        raise NotACanvas(model=name, reason="it is a class of its author, not a graph of layers")
    shapes = {}
    for layer in model.operations:
        for at in range(len(layer._inbound_nodes)):
            shapes[layer.name, at] = tuple(layer._inbound_nodes[at].output_tensors[0].shape)
    return config, shapes


class _Drawing:
    def __init__(
        self, name: str, label: str | None, config: dict[str, Any], shapes: dict[Place, tuple[Any, ...]]
    ) -> None:
        self.name, self.label, self.shapes = name, label, shapes
        self.calls = calls_of(config)
        self.ends = ends(config)
        self.ids: dict[Place, str] = {}
        self.taken: set[str] = set()
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.depth: collections.Counter[Place] = collections.Counter()
        self.rows: collections.Counter[int] = collections.Counter()

    def canvas(self, asset: str) -> Canvas:
        used = {source for call in self.calls for source in call.sources}
        named = {place: name for name, place in self.ends.items()}
        for call in self.calls:
            place = call.name, call.number
            if any(call.picks):
                source = call.sources[next(at for at, pick in enumerate(call.picks) if pick)][0]
                raise NotACanvas(model=self.name, reason=f"the layer {source} gives several results")
            self.depth[place] = 1 + max((self.depth[one] for one in call.sources), default=-1)
            ends_here = place in named and place not in used
            node = (self._output(call, named[place]) if ends_here else None) or self._node(call)
            self._draw(call, node)
            if place in named and node.component != "output":
                end = self._free(f"{call.name}_output")
                params = self._head({"head": "given"}, named[place])
                self._place(Node(end, "output", params), self.depth[place] + 1)
                self.edges.append(Edge(node.id, end))
        settings = {"name": self.name, "asset": asset}
        return Canvas(tuple(self.nodes), tuple(self.edges), settings)

    def _draw(self, call: Call, node: Node) -> None:
        place = call.name, call.number
        self.ids[place] = node.id
        self._place(node, self.depth[place])
        sources = call.sources
        if node.component == "attention" and len(set(sources)) == 1:
            sources = sources[:1]
        self.edges += [Edge(self.ids[one], node.id) for one in sources]

    def _place(self, node: Node, depth: int) -> None:
        self.nodes.append(
            Node(node.id, node.component, node.params, {"x": 256.0 * depth, "y": 120.0 * self.rows[depth]})
        )
        self.rows[depth] += 1

    def _free(self, wanted: str) -> str:
        """Return a node id that is like `wanted` and not taken."""
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", wanted)[:56].strip("._-") or "node"
        number, free = 1, name
        while free in self.taken:
            number += 1
            free = f"{name}_{number}"
        self.taken.add(free)
        return free

    def _node(self, call: Call) -> Node:
        if call.number:
            return Node(self._free(call.name), "shared", {"of": self.ids[call.name, 0]})
        if call.kind == "InputLayer":
            return Node(self._free(call.name), "input", {"feature": call.name, "normalise": "none"})
        if not (call.is_operation or str(call.layer.get("module")).startswith("keras")):
            raise NotACanvas(model=self.name, reason=f"{call.kind} is a class of its author")
        # Keras numbers operations as a process goes; here they are counted anew, so that files compare.
        node = self._free(
            re.sub(r"(?<=[a-z])(?=[A-Z])", "_", call.kind).lower() if call.is_operation else call.name
        )
        found = self._found(call)
        if found is not None:
            return Node(node, *found)
        return Node(
            node, "opaque", described(call.layer, {"args": call.args, "kwargs": call.kwargs}, call.is_plain)
        )

    def _found(self, call: Call) -> tuple[str, Params] | None:
        if call.is_operation or call.kind not in PALETTE:
            return None
        component, propose = PALETTE[call.kind]
        params = {key: value for key, value in propose(call).items() if value is not None}
        return (component, params) if self._makes(component, params, call) else None

    def _head(self, params: Params, name: str) -> Params:
        said = {**params, **({"name": name} if len(self.ends) > 1 else {})}
        return {"label": self.label, **said} if self.label is not None else said

    def _output(self, call: Call, name: str) -> Node | None:
        """Return the output whose head makes this layer, None where none does."""
        head = _HEADS.get(str(call.config.get("activation"))) if call.kind == "Dense" else None
        if head is None or call.number:
            return None
        units = call.config["units"]
        params = {"head": head, **_l2(call.config), **({"classes": units} if head == "classes" else {})}
        columns = ("value",) * (1 if head == "classes" else units)
        zeros = {"min": [0.0], "max": [units - 1.0]}
        label = SimpleNamespace(columns=columns, name="label", statistics=zeros)
        if not self._makes("output", params, call, {"label": label}):
            return None
        return Node(self._free(call.name), "output", self._head(params, name))

    def _makes(
        self, component: str, params: Params, call: Call, sources: Mapping[str, Any] | None = None
    ) -> bool:
        """Tell whether a component makes this very layer, options and call alike."""
        keras = load_keras("Importing a model")
        script = load_script(find_script(None, "components", component))
        try:
            read = script.read_params(params)
        except LitlabError:
            return False
        tools = {"node": call.name, "names": lambda count: [call.name], "sources": sources or {}}
        with weightless():
            fed = {one: keras.Input(self.shapes[one][1:]) for one in call.sources}
            inputs = [fed[one] for one in call.sources]
            try:
                made = script.module.make_component({**read, **tools}, inputs)
                twin = keras.Model(list(fed.values()), made).get_config()
            except ValueError:
                return False
        other = [one for one in calls_of(twin) if one.kind != "InputLayer"]
        return len(other) == 1 and _alike(other[0], call)


def _alike(one: Call, other: Call) -> bool:
    same = (one.kind, one.args, one.kwargs) == (other.kind, other.args, other.kwargs)
    return same and _options(one.config) == _options(other.config)


def _options(config: Mapping[str, Any]) -> Params:
    # Shapes that attention notes down when it is built say nothing about the layer.
    return {key: value for key, value in config.items() if key != "name" and not key.endswith("_shape")}
