"""What the checker answers, as JSON: made by the process that has TensorFlow loaded."""

from __future__ import annotations

import functools
import gc
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litlab import rehearsal
from litlab.assets import Asset
from litlab.canvases.backend import load_keras, weightless
from litlab.canvases.canvas import Canvas
from litlab.canvases.checking import Checked, check
from litlab.canvases.named import asset_name, asset_of, is_promoted
from litlab.canvases.needs import FRAMEWORK_BYTES, free_bytes
from litlab.canvases.outlining import Known
from litlab.canvases.python import as_python
from litlab.canvases.settings import training_settings
from litlab.errors import BadCanvas, BadNodeParameter, LitlabError
from litlab.features.workbench import tell
from litlab.workspace import Team, Workspace

Answered = dict[str, Any]


# What a host shows before anything is known.
NOTHING: Answered = {
    "ok": False, "problems": {}, "shapes": {}, "parameters": {}, "total": 0, "output": "", "waiting": [],
    "seconds": 0.0, "said": "",
}  # fmt: skip

_known = Known()  # in the process that has TensorFlow: what all pages' checks have found


@functools.cache
def warm() -> None:
    """Load TensorFlow, and do once what it does the first time only."""
    keras = load_keras("A canvas")
    with weightless():
        window = keras.Input((2, 2))
        keras.Model(window, keras.layers.Dense(1)(keras.layers.Flatten()(window)))
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again: 0.3 s, in the middle of some stroke


def read_drawn(body: Any) -> Canvas:
    """Read what a browser sends of a canvas; BadRecord where it is none."""
    fields = {key: value for key, value in body.items() if key != "kind"} if isinstance(body, dict) else body
    return Canvas.from_json(fields, "The canvas")


def checked_json(canvas: Canvas, checked: Checked) -> Answered:
    """Return what a check came to as JSON.

    Returns
    -------
    answered : dict
        ``ok``; ``problems`` by node, each {text, kind}, those of no node under ""; ``shapes`` by
        "source→target"; ``parameters`` by node and their ``total``; ``output``; ``waiting``; ``needed``
        (TensorFlow's own included) and ``free``, bytes of memory, or None.
    """
    nodes = {node.id for node in canvas.nodes}
    problems: dict[str, list[dict[str, str]]] = {}
    for node, several in checked.problems.items():
        told = problems.setdefault(node if node in nodes else "", [])
        told += [{"text": at_node(one), "kind": type(one).__name__} for one in several]
    return {
        "ok": checked.ok,
        "problems": problems,
        "shapes": {f"{source}→{target}": str(shape) for (source, target), shape in checked.shapes.items()},
        "parameters": checked.parameters,
        "total": sum(checked.parameters.values()),
        "output": ", ".join(map(str, checked.outputs.values())),
        "waiting": list(checked.waiting),
        "needed": None if checked.needed_bytes is None else checked.needed_bytes + FRAMEWORK_BYTES,
        "free": free_bytes() if checked.needed_bytes is not None else None,
    }


def at_node(problem: LitlabError) -> str:
    """Return the sentence as it stands at the node itself, which need not be named there.

    Examples
    --------
    >>> from litlab.errors import LooseNode
    >>> at_node(LooseNode(canvas="mine", node="dense"))
    'Its result goes nowhere; wire it on or delete it.'
    """
    text = str(problem)
    if isinstance(problem, BadNodeParameter):  # it stands where the form is open
        text = text.removesuffix(f" {problem.remedy}")
    if isinstance(problem, BadCanvas):
        text = text.removeprefix(f"Canvas {problem.fields['canvas']!r}, node {problem.fields['node']!r}: ")
    # The name of a parameter or file stays as it is spelled.
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+ (?!=)", text) else text


def refused(problem: LitlabError, node: str = "") -> Answered:
    """Return the answer where a canvas could not be looked over at all."""
    told = {node: [{"text": at_node(problem), "kind": type(problem).__name__}]}
    return {**NOTHING, "problems": told, "needed": None, "free": None}


# --- in the process that has TensorFlow ------------------------------------------------------------


def answer_check(body: Any, home: str, team: str, known: list[str]) -> Answered:
    """Look a canvas over, and tell before each node which one it is (``Workbench.progress``)."""
    begun = time.perf_counter()
    rehearsal.trust(known)
    owner = Workspace(home).team(team)
    try:
        canvas = read_drawn(body)
    except LitlabError as problem:
        return refused(problem)
    try:
        asset = _asset(owner, canvas)
    except LitlabError as problem:
        found = checked_json(canvas, check(canvas, None, owner))
        without = refused(problem)
        problems = {**found["problems"], "": [*without["problems"][""], *found["problems"].get("", [])]}
        return {**found, "ok": False, "problems": problems, "seconds": time.perf_counter() - begun}
    checked = check(canvas, asset, owner, _teller(canvas), _known)
    found = checked_json(canvas, checked)
    said = (
        "" if is_promoted(asset) else f"Drawn for the newest {asset.schema} in the queue: not promoted yet."
    )
    return {**found, "seconds": time.perf_counter() - begun, "digest": asset.digest, "said": said,
            "batch": training_settings(canvas, owner).batch if checked.ok else None}  # fmt: skip


def answer_python(body: Any, home: str, team: str, known: list[str]) -> Answered:
    """Write the canvas as a Keras file; what is wrong is raised."""
    rehearsal.trust(known)
    owner = Workspace(home).team(team)
    canvas = read_drawn(body)
    return {"text": as_python(canvas, _asset(owner, canvas), owner)}


def _asset(owner: Team, canvas: Canvas) -> Asset:
    found = asset_of(owner, asset_name(canvas))
    return _kept(found.path, (found.path / "manifest.json").stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _kept(path: Path, mtime_ns: int) -> Asset:
    """Return an opened asset: its manifest may be long, and it never changes under its digest."""
    del mtime_ns
    return Asset(path)


def _teller(canvas: Canvas) -> Callable[[str], None]:
    places = {node.id: at for at, node in enumerate(canvas.nodes)}
    return lambda node: tell(places[node] + 1, len(places))
