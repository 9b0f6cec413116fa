"""The JSON bodies that go between the Jupyter server and the browser.

The extension's types are made of these: ``python -m litlab.server.typescript`` writes them, a test compares.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from litlab.workspace import Project, ProjectRecord, Workspace

# The rooms of the workflow, in its order.
Room = Literal[
    "uploads", "discovery", "features", "schemas", "builds", "assets",
    "designer", "experiments", "vault", "streams", "deployments", "insights",
]  # fmt: skip
# "" is nothing yet; what states mean for a room is said in ``status``.
State = Literal["", "queued", "running", "done", "paused", "stopped", "failed"]
Kind = Literal["scripts", "components"]
# A parameter's value; a canvas as its file has it (litlab/canvases/litcanvas.schema.json).
Value = str | int | float | bool | None | list[str | int | float]
Drawn = dict[str, Any]


class ProjectBody(TypedDict):
    """A project as the browser sees it."""

    team: str
    name: str
    adapter: str
    features: list[str]


class ProjectsBody(TypedDict):
    """Answer of ``GET litlab-api/projects``: every project of the workspace, by team, then name."""

    projects: list[ProjectBody]


class NewProjectBody(TypedDict):
    """What ``POST litlab-api/projects`` takes; the answer is the ProjectBody."""

    team: str
    name: str


class RoomBody(TypedDict):
    """How far a room is: how many things it holds, and ``done`` of ``total`` where that says something."""

    room: Room
    count: int
    state: State
    done: int
    total: int


class JobBody(TypedDict):
    """A process that works for the team, running or ended lately; times are seconds since 1970, UTC.

    ``id`` is its folder below the team's, ``room`` the one it works for if that is known, ``project`` its
    project or "", ``ended_s`` 0 while it runs; ``done`` and ``total`` are chunks, epochs or bytes.
    """

    id: str
    room: Room | None
    name: str
    project: str
    state: State
    done: int
    total: int
    started_s: float
    ended_s: float
    reason: str


class StatusBody(TypedDict):
    """Answer of ``GET litlab-api/status/<team>/<project>``.

    ``stands`` is the last room in which there is something, ``now_s`` the server's clock, ``home`` the
    workspace's folder.
    """

    home: str
    project: ProjectBody
    rooms: list[RoomBody]
    jobs: list[JobBody]
    stands: Room | None
    now_s: float


class LogBody(TypedDict):
    """Answer of ``GET litlab-api/logs/<team>/<id>?file=&offset=``: whole lines from ``start`` to ``offset``.

    ``file`` is the one of the folder that was read; asking with another begins at its end.
    """

    file: str
    text: str
    start: int
    offset: int
    size: int
    state: State


class ScriptBody(TypedDict):
    """Answer of ``litlab-api/scripts/<team>/<kind>/<name>``: where the drive has the script in use.

    ``shipped`` tells that it came with litlab or a plugin, and can only be read.
    """

    path: str
    shipped: bool


class FieldBody(TypedDict):
    """A field of a component's form; ``type`` is what a value, or an item of a list, must be."""

    name: str
    kind: Literal["number", "choice", "boolean", "text", "list", "feature", "label"]
    type: Literal["whole", "number", "text", "boolean"]
    default: Value
    choices: list[str] | None
    least: float | None
    most: float | None
    unit: str
    help: str
    wanted: str
    prefill: Value


class ComponentBody(TypedDict):
    """A component that can be put on a canvas; ``wires`` are the least and the largest number into it."""

    component: str
    title: str
    group: str
    summary: str
    source: str
    wires: list[int | None]
    stands_alone: bool
    is_output: bool
    shares: str | None
    problem: str
    fields: list[FieldBody]


class AssetBody(TypedDict):
    """An asset that a canvas may be drawn for."""

    id: str
    title: str
    stage: Literal["production", "queue"]
    promoted: bool


class ChoicesBody(TypedDict):
    """What a canvas's fields and settings may be chosen from."""

    feature: list[str]
    label: list[str]
    projects: list[str]
    assets: list[AssetBody]
    devices: list[str]


class PaletteBody(TypedDict):
    """Answer of ``GET litlab-api/canvas/<team>/palette?asset=``."""

    palette: list[ComponentBody]
    choices: ChoicesBody


class CheckBody(TypedDict):
    """What ``POST litlab-api/canvas/<team>/check`` takes: of one ``page`` the newest question is answered."""

    page: str
    canvas: Drawn


class ProblemBody(TypedDict):
    """What is wrong, and the name of litlab's error."""

    text: str
    kind: str


class CheckedBody(TypedDict):
    """What a canvas came to: by node, and under "" what belongs to none; shapes by "source→target".

    ``superseded`` says that the page has asked again meanwhile, and nothing else then holds. ``needed`` and
    ``free`` are bytes of memory that training takes, and that are free; ``digest`` is the asset's version.
    """

    superseded: bool
    ok: bool
    problems: dict[str, list[ProblemBody]]
    shapes: dict[str, str]
    parameters: dict[str, int]
    total: int
    output: str
    waiting: list[str]
    needed: int | None
    free: int | None
    digest: str
    seconds: float
    said: str


class LaunchBody(TypedDict):
    """What ``POST litlab-api/canvas/<team>/launch`` takes; "" as ``device`` is the canvas's own."""

    canvas: Drawn
    device: str
    description: str


class LaunchedBody(TypedDict):
    """A run that was launched."""

    run: str
    project: str


class PythonBody(TypedDict):
    """Answer of ``POST litlab-api/canvas/<team>/python``, which takes a CheckBody: a Keras file."""

    text: str


def project_body(project: Project, record: ProjectRecord | None = None) -> ProjectBody:
    """Tell a project by its record, read anew by default; BadRecord where it cannot be read."""
    record = record or project.record
    return {
        "team": project.team.name,
        "name": project.name,
        "adapter": record.adapter,
        "features": list(record.features),
    }


def projects_body(workspace: Workspace) -> ProjectsBody:
    """List the projects of a workspace.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     workspace = Workspace(home)
    ...     _ = workspace.create_project("contoso", "volatility")
    ...     projects_body(workspace)
    {'projects': [{'team': 'contoso', 'name': 'volatility', 'adapter': '', 'features': []}]}
    """
    return {"projects": [project_body(project) for project in workspace.projects()]}
