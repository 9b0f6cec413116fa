"""Canvases for tests, drawn in one line each."""

from litlab.canvases import Canvas, Edge, Node

BARS, ATR, LABEL = "100_1_minute_bars", "100_1_minute_atr", "atr_up_next_minute"
OUT = ("out", "output", {"label": LABEL})


def drawn(nodes, wires, name="test"):
    """Make a canvas of (id, component, params) and "a b; b c" wires."""
    edges = tuple(Edge(*wire.split()) for wire in wires.split(";") if wire.strip())
    return Canvas(tuple(Node(*node) for node in nodes), edges, {"name": name})


def bars(**params):
    return ("bars", "input", {"feature": BARS, **params})


def everything():
    """Return a canvas that holds every shipped component but ``opaque``, some of them twice."""
    nodes = [
        bars(scale=ATR, last=12),
        ("atr", "input", {"feature": ATR, "normalise": "range", "last": 12}),
        ("both", "concatenate", {}),
        ("conv", "conv1d", {"filters": 4, "padding": "same", "kernel": 3}),
        ("look", "attention", {"causal": True, "dropout": 0.1}),
        ("around", "add", {}),
        ("norm", "layer_norm", {}),
        ("batch", "batch_norm", {"momentum": 0.9}),
        ("memory", "lstm", {"units": 3, "layers": 2, "dropout": 0.1}),
        ("gate", "gru", {"units": 2, "sequence": True}),
        ("half", "pooling", {"by": "maximum", "size": 2}),
        ("mean", "pooling", {}),
        ("small", "input", {"feature": ATR, "last": 4, "normalise": "none"}),
        ("codes", "embedding", {"codes": 8, "size": 2}),
        ("flat", "flatten", {}),
        ("side", "concatenate", {}),
        ("quiet", "dropout", {}),
        ("deep", "dense", {"units": 4, "l2": 0.001, "layers": 2}),
        ("turn", "dense", {"units": 4, "activation": "tanh"}),
        ("again", "shared", {"of": "turn"}),
        ("sum", "add", {}),
        ("out", "output", {"label": LABEL, "head": "quantiles"}),
        ("training", "globals", {"seed": 5}),
    ]
    wires = (
        "bars both; atr both; both conv; conv look; conv around; look around; around norm; norm batch;"
        "batch memory; batch gate; gate half; half mean; small codes; codes flat; memory side; mean side;"
        "flat side; side quiet; quiet deep; deep turn; turn again; turn sum; again sum; sum out"
    )
    return drawn(nodes, wires, "everything")
