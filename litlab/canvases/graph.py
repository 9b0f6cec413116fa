"""A canvas as a graph: its scripts found, its wiring checked, its nodes in order."""

from __future__ import annotations

import dataclasses
import graphlib
from typing import Any

from litlab.canvases.canvas import Canvas, Node
from litlab.errors import BadCanvas, BadParameter, BadScript, UnknownName
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


def fail(canvas: Canvas, node: str, reason: str) -> BadCanvas:
    """Return the error that names canvas and node."""
    return BadCanvas(canvas=canvas.name, node=node, reason=reason)


def ordered(canvas: Canvas, team: Team | None) -> list[Step]:
    """Return the canvas's nodes, each after all that feed it.

    Nodes of equal standing keep the order of the file, so that the same canvas always draws its first
    weights in the same order.

    Raises
    ------
    BadCanvas
        On a node described twice, a wire from or to nowhere, a cycle, an unknown component, an unknown or
        impossible parameter, a missing or superfluous wire, a result that goes nowhere.
    """
    ids = [node.id for node in canvas.nodes]
    for one in ids:
        if ids.count(one) > 1:
            raise fail(canvas, one, "two nodes have this id")
    for edge in canvas.edges:
        for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
            if end not in ids:
                raise fail(canvas, other, f"a wire connects it with {end!r}, which is no node")
    steps = {node.id: _step(canvas, node, team) for node in canvas.nodes}
    sorter = graphlib.TopologicalSorter({one: canvas.into(one) for one in ids})
    try:
        sorter.prepare()
    except graphlib.CycleError as problem:
        circle = problem.args[1]
        raise fail(canvas, circle[0], f"the wires run in a circle: {' → '.join(reversed(circle))}") from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=ids.index)
        order += ready
        sorter.done(*ready)
    for step in steps.values():
        _check_wires(canvas, step)
    return [steps[one] for one in order]


def _step(canvas: Canvas, node: Node, team: Team | None) -> Step:
    try:
        script = load_script(find_script(team, "components", node.component))
        params = script.read_params(node.params)
    except (UnknownName, BadScript, BadParameter) as problem:
        raise fail(canvas, node.id, str(problem)) from None
    return Step(node, script, params, tuple(canvas.into(node.id)))


def _check_wires(canvas: Canvas, step: Step) -> None:
    least, most = getattr(step.script.module, "WIRES", (1, None))
    count = len(step.inputs)
    if count < least or (most is not None and count > most):
        wanted = f"exactly {least}" if most == least else f"at least {least}" if most is None else None
        came = f"it has {count} ({', '.join(step.inputs)})" if count else "it has none"
        reason = f"{step.node.component} takes {wanted or f'{least} to {most}'} incoming wires, {came}"
        raise fail(canvas, step.node.id, reason)
    leaves = any(edge.source == step.node.id for edge in canvas.edges)
    if step.is_output and leaves:
        raise fail(canvas, step.node.id, "an output is the end of the canvas, but a wire leaves it")
    if not step.is_output and not leaves and (least, most, *step.fields("feature")) != (0, 0):
        raise fail(canvas, step.node.id, "its result goes nowhere; wire it on or delete it")
