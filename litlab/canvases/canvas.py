"""The record behind a ``*.litcanvas.json`` file: nodes, edges, settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from litlab.canvases.written import written
from litlab.errors import UnknownName
from litlab.records import Record, check_name
from litlab.workspace import Team

SCHEMA = Path(__file__).with_name("litcanvas.schema.json")  # the file's JSON schema, for editors


@dataclasses.dataclass(frozen=True)
class Node:
    """One component with its parameters.

    Attributes
    ----------
    id : str
        Unique in its canvas; layers are called after it.
    component : str
        Name of the component script.
    params : dict
        What its form says; absent ones stay absent.
    position : dict
        ``x`` and ``y`` of the drawing; no meaning for the model.
    """

    id: str
    component: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    position: dict[str, float] = dataclasses.field(default_factory=lambda: {"x": 0.0, "y": 0.0})


@dataclasses.dataclass(frozen=True)
class Edge:
    """A wire: what node `source` makes goes into node `target`."""

    source: str
    target: str


@dataclasses.dataclass(frozen=True)
class Canvas(Record):
    """A drawn model.

    Attributes
    ----------
    nodes, edges
        The order of a node's incoming edges is the order of its inputs.
    settings : dict
        ``name``, ``project``, ``asset``.

    Examples
    --------
    >>> canvas = Canvas((Node("bars", "input", {"feature": "bars"}), Node("up", "output")),
    ...                 (Edge("bars", "up"),), {"name": "small"})
    >>> Canvas.from_json(canvas.to_json()) == canvas, canvas.into("up")
    (True, ['bars'])
    """

    KIND: ClassVar[str] = "canvas"
    FORMAT: ClassVar[int] = 2
    SUFFIX: ClassVar[str] = ".litcanvas.json"

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def upgrade(cls, body: dict[str, Any], found: int) -> dict[str, Any]:
        """Bring format 1 up: an output had an activation, it has a head now."""
        del found
        heads = {"sigmoid": "binary", "linear": "regression"}

        def brought(node: Any) -> Any:
            if not isinstance(node, dict) or node.get("component") != "output":
                return node
            params = dict(node.get("params") or {})
            if "activation" in params:
                params["head"] = heads.get(params.pop("activation"), "binary")
            return {**node, "params": params}

        nodes = body.get("nodes")
        return {**body, "nodes": list(map(brought, nodes))} if isinstance(nodes, list) else body

    def file_bytes(self) -> bytes:
        """Return what ``save`` writes: the same bytes as a browser writes for the same canvas."""
        return written(self.to_json()).encode()

    @property
    def name(self) -> str:
        """The name in the settings, for messages."""
        return str(self.settings.get("name", "unnamed"))

    def node(self, wanted: str) -> Node:
        """Return the node with this id."""
        for node in self.nodes:
            if node.id == wanted:
                return node
        raise UnknownName(
            kind=f"node of canvas {self.name}", given=wanted, known=[one.id for one in self.nodes]
        )

    def into(self, target: str) -> list[str]:
        """Return the ids of the nodes wired into `target`, in the order of the edges."""
        return [edge.source for edge in self.edges if edge.target == target]


def canvas_path(team: Team, name: str) -> Path:
    """Return where a team's canvas of this name lies."""
    return team.folder("canvases") / f"{check_name(name, 'canvas')}{Canvas.SUFFIX}"


def save_canvas(team: Team, name: str, canvas: Canvas, over: str | None = None) -> Path:
    """Write the canvas under `name` and return its path.

    Parameters
    ----------
    over : str, optional
        The ``saved_digest`` of what it is to replace, "" for nothing; without it, whatever is there.

    Raises
    ------
    BadName
        If it cannot be a name.
    RecordChanged
        If the file holds another canvas than `over` says: somebody else has saved meanwhile.
    """
    path = canvas_path(team, name)
    dataclasses.replace(canvas, settings={**canvas.settings, "name": name}).save(path, over)
    return path


def saved_digest(team: Team, name: str) -> str:
    """Return the digest of a team's canvas, "" where there is none: who saves tells with it what they saw."""
    return Canvas.digest_at(canvas_path(team, name))


def load_canvas(team: Team, name: str) -> Canvas:
    """Read a team's canvas; UnknownName with the nearest one where there is none."""
    path = canvas_path(team, name)
    if not path.is_file():
        raise UnknownName(kind="canvas", given=name, known=list_canvases(team))
    return Canvas.load(path)


def list_canvases(team: Team) -> list[str]:
    """Return the names of a team's canvases, sorted."""
    return sorted(
        path.name.removesuffix(Canvas.SUFFIX) for path in team.folder("canvases").glob(f"*{Canvas.SUFFIX}")
    )
