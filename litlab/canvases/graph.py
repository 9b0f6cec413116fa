"""A canvas as a graph: its scripts found, its wiring checked, its nodes in order."""

from __future__ import annotations

import collections
import dataclasses
import graphlib
from collections.abc import Iterator
from typing import Any

from litlab.canvases.canvas import Canvas, Node
from litlab.errors import (
    BadCanvas,
    BadName,
    BadNodeParameter,
    BadParameter,
    BadScript,
    BrokenComponent,
    LooseNode,
    LooseWire,
    NoOutput,
    NothingComesOut,
    RepeatedNode,
    RepeatedOutput,
    UnknownComponent,
    UnknownName,
    WireFromOutput,
    WiresInCircle,
    WrongWires,
)
from litlab.records import check_name
from litlab.scripts import Script, find_script, load_script
from litlab.workspace import Team


@dataclasses.dataclass(frozen=True)
class Step:
    """A node ready to be made: its script, its checked parameters, the nodes that feed it."""

    node: Node
    script: Script
    params: dict[str, Any]
    inputs: tuple[str, ...]

    def fields(self, kind: str) -> dict[str, str]:
        """Return field name → chosen name for the form's fields of one kind, set ones only."""
        return {
            field.name: self.params[field.name]
            for field in self.script.fields
            if field.kind == kind and field.name in self.params
        }

    @property
    def is_output(self) -> bool:
        """Whether the node names a label: it makes the prediction."""
        return any(field.kind == "label" for field in self.script.fields)

    @property
    def output_name(self) -> str:
        """What the output is called where a canvas has several."""
        return str(self.params.get("name") or self.params.get("label") or self.node.id)

    @property
    def shares(self) -> str | None:
        """The node whose layers this one uses once more."""
        field = getattr(self.script.module, "SHARES", None)
        return None if field is None else str(self.params.get(field, ""))

    @property
    def wires(self) -> tuple[int, int | None]:
        """The least and the largest number of incoming wires."""
        least, most = getattr(self.script.module, "WIRES", (1, None))
        return least, most

    @property
    def stands_alone(self) -> bool:
        """Whether the node is wired to nothing: it only says something, as Globals does."""
        return self.wires == (0, 0) and not any(one.kind == "feature" for one in self.script.fields)


@dataclasses.dataclass(frozen=True)
class Survey:
    """What can be said of a canvas without an asset and without Keras.

    Attributes
    ----------
    steps : tuple of Step
        Nodes that may be made, each after all that feed it. Nodes of equal standing keep the order of the
        file, so that the same canvas always draws its first weights in the same order.
    problems : tuple of BadCanvas
        Every problem, each naming its node.
    """

    steps: tuple[Step, ...]
    problems: tuple[BadCanvas, ...]


def ordered(canvas: Canvas, team: Team | None) -> list[Step]:
    """Return the canvas's nodes, each after all that feed it.

    Raises
    ------
    BadCanvas
        The first problem that ``survey`` finds.
    """
    found = survey(canvas, team)
    if found.problems:
        raise found.problems[0]
    return list(found.steps)


def survey(canvas: Canvas, team: Team | None) -> Survey:
    """Look a canvas over: names, wires, scripts, parameters, circles, ends; nothing is raised."""
    problems: list[BadCanvas] = list(_names_and_ends(canvas))
    steps: dict[str, Step] = {}
    loaded: dict[str, Script] = {}
    fed: dict[str, list[str]] = collections.defaultdict(list)
    for edge in canvas.edges:
        fed[edge.target].append(edge.source)
    for node in canvas.nodes:
        if node.id in steps:
            continue
        try:
            steps[node.id] = _step(canvas, node, fed[node.id], team, loaded)
        except BadCanvas as problem:
            problems.append(problem)
    order = _sorted(canvas, steps, problems)
    leaving = {edge.source: edge.target for edge in reversed(canvas.edges)}
    for step in steps.values():
        problems.extend(_wiring(canvas, step, leaving.get(step.node.id)))
        problems.extend(_fed_by_nothing(canvas, step, steps))
    problems.extend(_outputs(canvas, steps))
    return Survey(tuple(steps[one] for one in order if one in steps), tuple(problems))


def _names_and_ends(canvas: Canvas) -> Iterator[BadCanvas]:
    counts = collections.Counter(node.id for node in canvas.nodes)
    for one, count in counts.items():
        if count > 1:
            yield RepeatedNode(canvas=canvas.name, node=one)
        try:
            check_name(one, "node")
        except BadName as problem:
            yield BadNodeParameter(canvas=canvas.name, node=one, reason=str(problem).rstrip("."))
    for edge in canvas.edges:
        for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
            if end not in counts:
                yield LooseWire(canvas=canvas.name, node=other, other=end)


def _step(canvas: Canvas, node: Node, fed: list[str], team: Team | None, loaded: dict[str, Script]) -> Step:
    """Make a node's step; a script is loaded once for all nodes of its component."""
    where = {"canvas": canvas.name, "node": node.id}
    try:
        if node.component not in loaded:
            loaded[node.component] = load_script(find_script(team, "components", node.component))
        script = loaded[node.component]
    except (UnknownName, BadScript) as problem:
        raise UnknownComponent(**where, reason=str(problem).rstrip(".")) from None
    if not callable(getattr(script.module, "make_component", None)):
        raise BrokenComponent(**where, path=script.path, reason="there is no function make_component")
    try:
        params = script.read_params(node.params)
    except (UnknownName, BadParameter) as problem:
        raise BadNodeParameter(**where, reason=str(problem).rstrip(".")) from None
    return Step(node, script, params, tuple(fed))


def _sorted(canvas: Canvas, steps: dict[str, Step], problems: list[BadCanvas]) -> list[str]:
    """Return the ids in order; of every circle one node is left out and told."""
    place = {node.id: at for at, node in reversed(list(enumerate(canvas.nodes)))}
    before: dict[str, list[str]] = {one: [] for one in place}
    for edge in canvas.edges:
        if edge.source in place and edge.target in place:
            before[edge.target].append(edge.source)
    for step in steps.values():
        if step.shares in place:
            before[step.node.id].append(str(step.shares))
    while True:
        sorter = graphlib.TopologicalSorter(before)
        try:
            sorter.prepare()
            break
        except graphlib.CycleError as problem:
            circle = problem.args[1][::-1]
            said = " → ".join(circle)
            problems.append(WiresInCircle(canvas=canvas.name, node=circle[0], circle=said))
            before[circle[0]] = []
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        order += ready
        sorter.done(*ready)
    return order


def _wiring(canvas: Canvas, step: Step, target: str | None) -> Iterator[BadCanvas]:
    where = {"canvas": canvas.name, "node": step.node.id}
    (least, most), count = step.wires, len(step.inputs)
    if count < least or (most is not None and count > most):
        given = f"{count} ({', '.join(step.inputs)})" if count else "none"
        wanted = f"exactly {least}" if most == least else f"at least {least}"
        if most not in (None, least):
            wanted = f"{least} to {most}"
        wanted += f" incoming wire{'s' * ((most or least) != 1)}"
        yield WrongWires(**where, component=step.node.component, wanted=wanted, given=given)
    if step.is_output and target is not None:
        yield WireFromOutput(**where, target=target)
    if not step.is_output and target is None and not step.stands_alone:
        yield LooseNode(**where)
    if step.shares is not None and step.shares not in {node.id for node in canvas.nodes}:
        known = [node.id for node in canvas.nodes if node.id != step.node.id]
        problem = UnknownName(kind="node to share layers with", given=step.shares, known=known)
        yield BadNodeParameter(**where, reason=str(problem).rstrip("."))


def _fed_by_nothing(canvas: Canvas, step: Step, steps: dict[str, Step]) -> Iterator[BadCanvas]:
    for other in (*step.inputs, step.shares):
        if other in steps and steps[other].stands_alone:
            yield NothingComesOut(canvas=canvas.name, node=step.node.id, other=other)


def _outputs(canvas: Canvas, steps: dict[str, Step]) -> Iterator[BadCanvas]:
    names: dict[str, str] = {}
    for step in steps.values():
        if not step.is_output:
            continue
        other = names.setdefault(step.output_name, step.node.id)
        if other != step.node.id:
            where = {"canvas": canvas.name, "node": step.node.id}
            yield RepeatedOutput(**where, other=other, name=step.output_name)
    if not names and len(steps) == len(canvas.nodes):
        yield NoOutput(canvas=canvas.name, node="output")
