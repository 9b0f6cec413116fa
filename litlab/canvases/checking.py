"""What a designer asks after every stroke: what is wrong where, and what shape runs on which wire.

No weights are drawn, so that it takes a fraction of a second whatever the model's size.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from litlab.assets import Asset
from litlab.canvases.backend import computing, weightless
from litlab.canvases.bounds import current
from litlab.canvases.canvas import Canvas
from litlab.canvases.compile import seeded
from litlab.canvases.graph import Survey, survey
from litlab.canvases.outlining import Known, Outlining
from litlab.canvases.settings import TrainingSettings, training_settings
from litlab.errors import BadCanvas, CanvasTooLarge
from litlab.workspace import Team


@dataclasses.dataclass(frozen=True)
class Checked:
    """What is known of a canvas.

    Attributes
    ----------
    problems : dict of str to tuple of BadCanvas
        By node, each with what to do; "output" stands for the output that is missing.
    shapes : dict of (str, str) to tuple
        (source, target) of every wire that carries something → its shape; None is the number of samples.
    parameters : dict of str to int
        By node: the numbers that its layers hold. Layers used once more count where they were made.
    waiting : tuple of str
        Nodes that nothing can be said of before the problems before them are solved.
    outputs : dict of str to tuple
        Output name → the shape of the prediction.
    needed_bytes : int or None
        The memory that training takes, reckoned from shapes; None where the canvas does not compile.
    """

    problems: dict[str, tuple[BadCanvas, ...]]
    shapes: dict[tuple[str, str], tuple[int | None, ...]]
    parameters: dict[str, int]
    waiting: tuple[str, ...] = ()
    outputs: dict[str, tuple[int | None, ...]] = dataclasses.field(default_factory=dict)
    needed_bytes: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the canvas compiles."""
        return not self.problems

    def raise_if_bad(self) -> None:
        """Raise the first problem."""
        for problems in self.problems.values():
            raise problems[0]


def check(
    canvas: Canvas,
    asset: Asset | None = None,
    team: Team | None = None,
    before: Callable[[str], None] | None = None,
    known: Known | None = None,
) -> Checked:
    """Look a canvas over, all of it: problems at their nodes, shapes on wires, parameters.

    Parameters
    ----------
    canvas : Canvas
    asset : Asset, optional
        Without one, names, forms and wires are checked and Keras is not needed.
    team : Team, optional
        Whose own component scripts come first.
    before : callable, optional
        Called with a node's id before its component is; what hangs or ends the process is the last one's.
    known : Known, optional
        What earlier checks have found, and where this one leaves what it finds: components whose script,
        parameters and inputs are the same are not called again. The answer is the same without it.

    Returns
    -------
    checked : Checked

    Examples
    --------
    >>> from litlab.canvases import Edge, Node
    >>> canvas = Canvas((Node("bars", "input", {"feature": "bars"}), Node("deep", "dense", {"units": -1})),
    ...                 (Edge("bars", "deep"),))
    >>> for node, problems in check(canvas).problems.items():
    ...     print(node, "|", type(problems[0]).__name__, problems[0].fields.get("reason", ""))
    deep | BadNodeParameter units = -1 is not possible: it must be a whole number, 1 to 65536
    """
    if len(canvas.nodes) > current().nodes:
        count, limit = len(canvas.nodes), current().nodes
        last = canvas.nodes[-1].id
        what = "a canvas of so many nodes"
        problem = CanvasTooLarge(canvas=canvas.name, node=last, what=what, count=count, limit=limit)
        return Checked({last: (problem,)}, {}, {})
    found = survey(canvas, team)
    problems = list(found.problems)
    try:
        settings = training_settings(canvas, team)
    except BadCanvas as problem:
        settings = TrainingSettings()
        if all(str(problem) != str(one) for one in problems):
            problems.append(problem)
    outlining: Outlining | None = None
    waiting: tuple[str, ...] = ()
    if asset is not None:
        outlining = Outlining(canvas, asset, settings.precision, known, before or (lambda _: None))
        with computing(settings.precision), seeded(settings.seed), weightless():
            more, waiting = _add_all(found, outlining)
        problems += more
    checked = _summed_up(canvas, problems, outlining, waiting)
    if outlining is None or problems:
        return checked
    ends = {step.output_name: outlining.carried[step.node.id] for step in found.steps if step.is_output}
    return dataclasses.replace(
        checked,
        outputs={name: one.shape for name, one in ends.items()},
        needed_bytes=outlining.needed_bytes(settings.batch),
    )


def _add_all(found: Survey, outlining: Outlining) -> tuple[list[BadCanvas], tuple[str, ...]]:
    """Add every node that can be made; return the problems of those that cannot, and who waits for them."""
    known = {str(problem.fields["node"]) for problem in found.problems}
    problems: list[BadCanvas] = []
    waiting: list[str] = []
    for step in found.steps:
        needed = [*step.inputs, *([step.shares] if step.shares is not None else [])]
        if step.node.id in known and not _can_be_made(found, step.node.id):
            continue
        if not set(needed) <= outlining.carried.keys():
            if step.node.id not in known:
                waiting.append(step.node.id)
            continue
        try:
            outlining.add(step)
        except CanvasTooLarge as problem:
            problems.append(problem)
            break
        except BadCanvas as problem:
            problems.append(problem)
    return problems, tuple(waiting)


def _can_be_made(found: Survey, node: str) -> bool:
    """Tell whether all that is wrong with a node lies behind it: a result that is not used yet."""
    return all(one.harmless for one in found.problems if one.fields["node"] == node)


def _summed_up(
    canvas: Canvas, problems: list[BadCanvas], outlining: Outlining | None, waiting: tuple[str, ...]
) -> Checked:
    places: dict[str, tuple[BadCanvas, ...]] = {}
    # What stops a node comes first: that its result is used nowhere yet explains nothing.
    for problem in sorted(problems, key=lambda one: one.harmless):
        node = str(problem.fields["node"])
        places[node] = (*places.get(node, ()), problem)
    if outlining is None:
        return Checked(places, {}, {}, waiting)
    shapes = {
        (edge.source, edge.target): outlining.carried[edge.source].shape
        for edge in canvas.edges
        if edge.source in outlining.carried
    }
    return Checked(places, shapes, dict(outlining.tally.parameters), waiting)
