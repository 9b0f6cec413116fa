"""What a sweep goes over, and the trials that are drawn from it.

A path names what changes: ``NODE.PARAMETER`` of the canvas; a training setting by its own name
(``learning_rate``), which is the Globals node's; or ``asset``. Its choices are a list of values, or a Span to
draw from.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litlab.assets import Asset
from litlab.canvases import Canvas, Node
from litlab.canvases.settings import COMPONENT
from litlab.errors import BadParameter, UnknownName
from litlab.forms import Field
from litlab.scripts import find_script
from litlab.sources import outline
from litlab.workspace import Team

ASSET = "asset"
MOST = 1_000
_SPAN = re.compile(r"(log:)?([^,\[\]\"]+?)\.\.([^,\[\]\"]+)")


@dataclasses.dataclass(frozen=True)
class Span:
    """A range that values are drawn from, evenly, or evenly in their logarithm.

    Examples
    --------
    >>> Span(1e-4, 1e-2, log=True)
    Span(low=0.0001, high=0.01, log=True)
    """

    low: float
    high: float
    log: bool = False


@dataclasses.dataclass(frozen=True)
class Axis:
    """One thing that a sweep changes.

    Attributes
    ----------
    path : str
    values : tuple
        The choices, as the form reads them; () for a span.
    span : Span, optional
    whole : bool
        Whether what is drawn from the span is an integer.
    """

    path: str
    values: tuple[Any, ...] = ()
    span: Span | None = None
    whole: bool = False

    def drawn(self, rng: np.random.Generator) -> Any:
        """Return one choice."""
        if self.span is None:
            return self.values[int(rng.integers(len(self.values)))]
        low, high = self.span.low, self.span.high
        if self.whole and not self.span.log:
            return int(rng.integers(round(low), round(high) + 1))
        value = (
            math.exp(rng.uniform(math.log(low), math.log(high))) if self.span.log else rng.uniform(low, high)
        )
        value = min(max(float(value), low), high)
        return round(value) if self.whole else value


def parse_over(text: str) -> tuple[str, Any]:
    """Read one ``PATH=CHOICES`` of the command line.

    Examples
    --------
    >>> parse_over("conv.filters=16,32")
    ('conv.filters', [16, 32])
    >>> parse_over("learning_rate=log:1e-4..1e-2")
    ('learning_rate', Span(low=0.0001, high=0.01, log=True))
    >>> parse_over("dense.activation=relu,tanh"), parse_over("up.quantiles=[0.1,0.9],[0.2,0.8]")
    (('dense.activation', ['relu', 'tanh']), ('up.quantiles', [[0.1, 0.9], [0.2, 0.8]]))
    """
    path, _, said = (part.strip() for part in text.partition("="))
    if not path or not said:
        wanted = "it must be like conv.filters=16,32 or learning_rate=log:1e-4..1e-2"
        raise BadParameter(name="--over", given=text, wanted=wanted)
    if found := _SPAN.fullmatch(said):
        try:
            return path, Span(float(found[2]), float(found[3]), bool(found[1]))
        except ValueError:
            wanted = "a range is two numbers with .. between"
            raise BadParameter(name=path, given=said, wanted=wanted) from None
    try:
        return path, json.loads(f"[{said}]")
    except ValueError:
        return path, [part.strip() for part in said.split(",")]


def with_globals(canvas: Canvas) -> Canvas:
    """Return the canvas with a Globals node: its own, or one that changes nothing."""
    if any(node.component == COMPONENT for node in canvas.nodes):
        return canvas
    taken = {node.id for node in canvas.nodes}
    name = next(
        one for one in (COMPONENT, *map("training_{}".format, range(len(taken) + 1))) if one not in taken
    )
    return dataclasses.replace(canvas, nodes=(*canvas.nodes, Node(name, COMPONENT)))


def read_axes(
    canvas: Canvas, team: Team, over: Mapping[str, Sequence[Any] | Span], assets: Sequence[str] = ()
) -> list[Axis]:
    """Check what a sweep shall go over by the forms of the canvas's nodes.

    Parameters
    ----------
    canvas : Canvas
        With a Globals node (``with_globals``).
    team : Team
    over : mapping of path to choices
    assets : sequence of str
        What the assets are called; several make an axis of their own.

    Raises
    ------
    UnknownName
        For a node, parameter or setting that is not there, with the nearest one.
    BadParameter
        For a choice that the form refuses, or nothing to choose from.
    """
    axes = [_axis(canvas, team, path, choices) for path, choices in over.items()]
    if len(assets) > 1:
        axes.append(Axis(ASSET, tuple(assets)))
    if not axes:
        wanted = "name something to change, like conv.filters=16,32"
        raise BadParameter(name="over", given="nothing", wanted=wanted)
    return axes


def _axis(canvas: Canvas, team: Team, path: str, choices: Sequence[Any] | Span) -> Axis:
    field = dataclasses.replace(_field(canvas, team, path), name=path)
    if field.kind == "label":
        wanted = "every trial must learn the same label, or they could not be compared"
        raise BadParameter(name=path, given="…", wanted=wanted)
    if isinstance(choices, Span):
        if field.kind != "number" or not choices.low < choices.high or (choices.log and choices.low <= 0):
            said = f"{'log:' if choices.log else ''}{choices.low:g}..{choices.high:g}"
            wanted = "a range takes a parameter that is a number, from low to high, above 0 for log"
            raise BadParameter(name=path, given=said, wanted=wanted)
        low, high = field.read(choices.low), field.read(choices.high)
        return Axis(path, (), Span(float(low), float(high), choices.log), field.whole)
    if isinstance(choices, str) or not isinstance(choices, Sequence):
        raise BadParameter(name=path, given=choices, wanted="its choices must be a list or a Span")
    if not choices:
        raise BadParameter(name=path, given=[], wanted="there must be a choice")
    values = {json.dumps(value): value for value in map(field.read, choices)}  # a list has no hash
    return Axis(path, tuple(values.values()))


def _field(canvas: Canvas, team: Team, path: str) -> Field:
    node, kind = node_of(canvas, path), f"parameter of the node {path.rpartition('.')[0]}"
    if "." not in path:
        kind = "training setting (a node's parameter is NODE.PARAMETER)"
    fields = {one.name: one for one in _form(team, node)}
    name = path.rpartition(".")[2]
    if name not in fields:
        raise UnknownName(kind=kind, given=name, known=fields)
    return fields[name]


def node_of(canvas: Canvas, path: str) -> Node:
    """Return the node that a path speaks of."""
    name = path.rpartition(".")[0]
    return canvas.node(name) if name else next(one for one in canvas.nodes if one.component == COMPONENT)


def _form(team: Team, node: Node) -> tuple[Field, ...]:
    """Return the form of a node, read and not run: a component imports TensorFlow."""
    return outline(find_script(team, "components", node.component)).fields


def draw(axes: Sequence[Axis], count: int | None = None, seed: int = 0) -> list[dict[str, Any]]:
    """Return the trials: path → value each.

    Parameters
    ----------
    axes : sequence of Axis
    count : int, optional
        So many at random; all combinations without it. Listed choices are drawn without repetition, and all
        of them where there are no more than `count`.
    seed : int

    Examples
    --------
    >>> axes = [Axis("a", (1, 2)), Axis("b", ("x", "y"))]
    >>> draw(axes)[:2], len(draw(axes, 3, seed=1)), draw(axes, 3, seed=1) == draw(axes, 3, seed=1)
    ([{'a': 1, 'b': 'x'}, {'a': 1, 'b': 'y'}], 3, True)
    """
    spans = [axis.path for axis in axes if axis.span is not None]
    size = math.prod(len(axis.values) for axis in axes if axis.span is None)
    if count is None and spans:
        raise BadParameter(name=spans[0], given="a range", wanted="say how many to draw: --random N")
    wanted = size if count is None else count
    if not 1 <= wanted <= MOST:
        raise BadParameter(name="trials", given=wanted, wanted=f"it must be 1 to {MOST:,}: draw --random N")
    rng = np.random.default_rng(seed)
    if spans:
        return [{axis.path: axis.drawn(rng) for axis in axes} for _ in range(wanted)]
    shape = tuple(len(axis.values) for axis in axes)
    chosen = range(size) if wanted >= size else rng.choice(size, wanted, replace=False).tolist()
    places = [np.unravel_index(at, shape) for at in chosen]
    return [{one.path: one.values[int(at)] for one, at in zip(axes, place, strict=True)} for place in places]


def applied(canvas: Canvas, values: Mapping[str, Any]) -> Canvas:
    """Return the canvas with a trial's values in it; its asset is no part of a canvas."""
    changes: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        if path != ASSET:
            changes.setdefault(node_of(canvas, path).id, {})[path.rpartition(".")[2]] = value
    nodes = tuple(
        dataclasses.replace(node, params={**node.params, **changes.get(node.id, {})}) for node in canvas.nodes
    )
    return dataclasses.replace(canvas, nodes=nodes)


def fitted(canvas: Canvas, team: Team, home: Asset, asset: Asset) -> Canvas:
    """Return a canvas drawn for one asset with its features called as another asset calls them.

    A feature that the other one lacks is taken to be its only one of the same script: the same feature with
    other parameters.

    Raises
    ------
    BadParameter
        If there is none, or several.
    """
    nodes = []
    for node in canvas.nodes:
        names = {
            field.name: node.params[field.name]
            for field in _form(team, node)
            if field.kind in ("feature", "label") and field.name in node.params
        }
        changes = {key: _counterpart(str(name), home, asset) for key, name in names.items()}
        nodes.append(dataclasses.replace(node, params={**node.params, **changes}))
    return dataclasses.replace(canvas, nodes=tuple(nodes))


def _counterpart(name: str, home: Asset, asset: Asset) -> str:
    features = asset.manifest["features"]
    if name in features or name not in home.manifest["features"]:
        return name
    script = str(home.about(name)["script"])
    same: list[str] = [one for one, about in features.items() if about["script"] == script]
    if len(same) != 1:
        wanted = f"it has {len(same)} features of the script {script} to stand for {name}; it must have one"
        raise BadParameter(name=ASSET, given=asset.schema, wanted=wanted)
    return same[0]
