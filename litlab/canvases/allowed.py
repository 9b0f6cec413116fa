"""Which Keras classes a canvas or a model from elsewhere may name: they compute, and do nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# No Lambda, nothing that reads files or vocabularies (TextVectorization, StringLookup, TFSMLayer), nothing
# that imports by name (TorchModuleWrapper, JaxLayer, FlaxLayer).
LAYERS = frozenset({
    "Activation", "Add", "AdditiveAttention", "AlphaDropout", "Attention", "Average",
    "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Bidirectional", "Concatenate",
    "Conv1D", "Conv2D", "Conv1DTranspose", "Cropping1D", "Dense", "DepthwiseConv1D", "Dot",
    "Dropout", "EinsumDense", "ELU", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "GroupNormalization", "GroupQueryAttention", "GRU", "GRUCell", "Identity", "InputLayer",
    "LayerNormalization", "LeakyReLU", "LSTM", "LSTMCell", "Masking", "Maximum", "MaxPooling1D",
    "MaxPooling2D", "Minimum", "MultiHeadAttention", "Multiply", "Normalization", "Permute",
    "PReLU", "ReLU", "RepeatVector", "Rescaling", "Reshape", "RMSNormalization", "SeparableConv1D",
    "SimpleRNN", "SimpleRNNCell", "Softmax", "SpatialDropout1D", "SpectralNormalization",
    "Subtract", "TimeDistributed", "UnitNormalization", "UpSampling1D", "ZeroPadding1D",
})  # fmt: skip
MODELS = frozenset({"Functional", "Sequential"})
# Of keras.ops: classes that a functional model is made of where its author wrote x - y or ops.log(x).
OPERATIONS = frozenset({
    "Abs", "Absolute", "Add", "All", "Any", "Arctan", "Argmax", "Argmin", "Average", "BroadcastTo",
    "Cast", "Clip", "Concatenate", "Cumprod", "Cumsum", "Diff", "Divide", "Einsum", "Elu", "Equal",
    "Exp", "ExpandDims", "Expm1", "Flip", "Floor", "FloorDivide", "Gelu", "GetItem", "Greater",
    "GreaterEqual", "Less", "LessEqual", "Log", "Log1p", "LogSoftmax", "Logsumexp", "Matmul", "Max",
    "Maximum", "Mean", "Min", "Minimum", "Multiply", "Negative", "NotEqual", "Pad", "Power", "Prod",
    "Reciprocal", "Relu", "Repeat", "Reshape", "Roll", "Round", "Rsqrt", "Sigmoid", "Sign", "Silu",
    "Softmax", "Softplus", "Sqrt", "Square", "Squeeze", "Stack", "Std", "Subtract", "Sum", "Take",
    "Tanh", "Transpose", "TrueDivide", "Var", "Where",
})  # fmt: skip
# Of layers: initializers, regularizers, constraints, policies.
PARTS = frozenset({
    "Constant", "Zeros", "Ones", "Identity", "Orthogonal", "RandomNormal", "RandomUniform",
    "TruncatedNormal", "VarianceScaling", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform",
    "LecunNormal", "LecunUniform", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm",
    "MinMaxNorm", "DTypePolicy", "DTypePolicyMap",
})  # fmt: skip
# Spelled so in configs; they are no classes that anything is imported for.
PLAIN = frozenset({"__keras_tensor__", "__slice__", "__ellipsis__", "__tuple__"})
_LAYER_MODULES = re.compile(
    r"keras\.layers|keras\.src\.layers\.[a-z0-9_.]+|keras|keras\.models|keras\.src\.models\.[a-z_.]+"
)
_OPERATION_MODULES = re.compile(r"keras\.src\.ops\.(numpy|nn|math|core|linalg)")
_PART_MODULES = re.compile(r"keras|keras\.(initializers|regularizers|constraints|dtype_policies)")
DEPTH = 64


def forbidden(config: Any) -> Iterator[str]:
    """Yield why a Keras config may not be rebuilt: every class in it that is not on the list.

    Parameters
    ----------
    config : JSON value
        As ``keras.saving.serialize_keras_object`` or an archive's config.json has it.

    Examples
    --------
    >>> layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}
    >>> list(forbidden(layer))
    []
    >>> list(forbidden({**layer, "class_name": "Lambda"}))
    ['the layer Lambda runs code of its author']
    >>> list(forbidden({"module": "os", "class_name": "system", "config": "ls"}))
    ['os.system is no layer of Keras that is known here']
    """
    todo: list[tuple[Any, int]] = [(config, 0)]
    while todo:
        value, depth = todo.pop()
        if depth > DEPTH:
            yield f"its parts are nested more than {DEPTH} deep"
            return
        if isinstance(value, dict):
            yield from _forbidden_class(value)
            todo += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            todo += [(part, depth + 1) for part in value]


def _forbidden_class(value: dict[str, Any]) -> Iterator[str]:
    if "class_name" not in value:
        return
    name, module = str(value["class_name"])[:80], str(value.get("module") or "")[:80]
    known = (
        (name in LAYERS | MODELS and _LAYER_MODULES.fullmatch(module))
        or (name in OPERATIONS and _OPERATION_MODULES.fullmatch(module))
        or (name in PARTS and _PART_MODULES.fullmatch(module))
        or (name in PLAIN and not module)
    )
    if name in {"Lambda", "__lambda__"}:
        yield f"the layer {name.strip('_').title()} runs code of its author"
    elif not known:
        yield f"{module + '.' if module else ''}{name} is no layer of Keras that is known here"
    elif value.get("registered_name") not in (None, name):
        yield f"{str(value['registered_name'])[:80]} is registered by its author"
