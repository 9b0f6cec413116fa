"""Errors of canvases: each names the canvas and the node, and says what to do there."""

from __future__ import annotations

from typing import ClassVar

from litlab.errors.base import LitlabError


class BadCanvas(LitlabError, ValueError):
    """A canvas that does not compile; the node is named.

    Attributes
    ----------
    harmless : bool
        Whether the node can be made all the same, to show the shapes behind it.
    """

    harmless: ClassVar[bool] = False
    sentence = "Canvas {canvas!r}, node {node!r}: {reason}."


class RepeatedNode(BadCanvas):
    """Two nodes with one id."""

    sentence = "Canvas {canvas!r}, node {node!r}: two nodes have this id."
    remedy = "Give one of them another."


class LooseWire(BadCanvas):
    """A wire from or to nowhere."""

    sentence = "Canvas {canvas!r}, node {node!r}: a wire connects it with {other!r}, which is no node."
    remedy = "Delete the wire."


class LooseNode(BadCanvas):
    """A node whose result nobody uses."""

    harmless = True
    sentence = "Canvas {canvas!r}, node {node!r}: its result goes nowhere; wire it on or delete it."


class WiresInCircle(BadCanvas):
    """Wires that lead back to where they came from."""

    sentence = "Canvas {canvas!r}, node {node!r}: the wires run in a circle: {circle}."
    remedy = "Delete one of these wires."


class WrongWires(BadCanvas):
    """Too few or too many wires into a node, or one that leaves an output."""

    sentence = "Canvas {canvas!r}, node {node!r}: {component} takes {wanted}, it has {given}."
    remedy = "Draw the missing wire, delete one, or put a concatenate or an add before it."


class WireFromOutput(BadCanvas):
    """A wire that leaves an output."""

    harmless = True
    sentence = "Canvas {canvas!r}, node {node!r}: an output is the end of the canvas, but a wire leaves it."
    remedy = "Delete the wire to {target!r}, or begin it at the node before."


class NothingComesOut(BadCanvas):
    """A node that is fed by one which makes nothing, as Globals does."""

    sentence = "Canvas {canvas!r}, node {node!r}: it is fed by {other!r}, and nothing comes out of that."
    remedy = "Feed it by another node."


class UnknownComponent(BadCanvas):
    """A node of a component that is not there, or cannot be loaded."""

    remedy = "Choose another component, or put its script in the team's folder components."


class BadNodeParameter(BadCanvas):
    """A parameter that the component does not have, or of an impossible value."""

    remedy = "Open the node's form and correct it."


class NothingChosen(BadCanvas):
    """An input without a feature, an output without a label."""

    sentence = "Canvas {canvas!r}, node {node!r}: no {kind} is chosen."
    remedy = "Choose one in the node's form; the asset has: {known}."


class NotInAsset(BadCanvas):
    """A feature or label that the canvas's asset does not have."""

    remedy = "Choose another in the node's form, or build an asset that has it."


class WrongShape(BadCanvas):
    """A component that cannot take what comes in."""

    sentence = "Canvas {canvas!r}, node {node!r}: {reason} (received: {received})."
    remedy = "Change the node, or what comes before it: flatten and pooling make vectors of windows."


class BrokenComponent(BadCanvas):
    """A component script whose ``make_component`` is missing or makes no tensor."""

    remedy = "Correct make_component in {path}."


class ComponentHangs(BadCanvas):
    """A component whose ``make_component`` does not come to its end."""

    sentence = "Canvas {canvas!r}, node {node!r}: {script}, line {line}, was still at work after {limit:g} s."
    remedy = "Look for a loop without an end in make_component."


class ComponentEnded(BadCanvas):
    """A component that ended the process that looks canvases over."""

    sentence = "Canvas {canvas!r}, node {node!r}: {script} ended the process that checks canvases ({how})."
    remedy = "Take out what ends or crashes a process."


class NoOutput(BadCanvas):
    """A canvas without an end."""

    sentence = "Canvas {canvas!r}, node {node!r}: a canvas has at least one output node, this one has 0."
    remedy = "Add an output and wire the last node to it."


class RepeatedOutput(BadCanvas):
    """Two outputs of one name."""

    harmless = True
    sentence = "Canvas {canvas!r}, node {node!r}: the output {other!r} is called {name!r} too."
    remedy = "Fill in the parameter name of one of them."


class RepeatedLayer(BadCanvas):
    """Two layers of one name, or one that is called like a feature."""

    sentence = "Canvas {canvas!r}, node {node!r}: its layer {name!r} is called like {other}."
    remedy = "Give the node another id: layers are called after it."


class CanvasTooLarge(BadCanvas):
    """A canvas that would take more memory than a mistake should."""

    sentence = "Canvas {canvas!r}, node {node!r}: {what} would hold {count:,} numbers, more than {limit:,}."
    remedy = "Make the layers smaller, or let fewer rows and columns come in."


class NoAssetChosen(LitlabError, LookupError):
    """A canvas whose settings name no asset."""

    sentence = "The canvas {canvas!r} is drawn for no asset yet."
    remedy = "Choose one in its settings."


class AssetChanged(LitlabError, ValueError):
    """A canvas drawn for a version of an asset that is not in production any more."""

    sentence = "The asset {schema!r} has changed under the canvas {canvas!r}: {changes}."
    remedy = "Look the canvas over and save it: it is drawn for the version in production from then on."


class Unchecked(LitlabError, RuntimeError):
    """What the process that looks canvases over said instead of an answer."""

    sentence = "{reason}"


class NotACanvas(LitlabError, ValueError):
    """A Keras model that cannot be drawn as a canvas."""

    sentence = "The model {model!r} cannot be drawn as a canvas: {reason}."
    remedy = "Only functional models of one tensor per layer can."


class ForeignRefused(LitlabError, ValueError):
    """A model or canvas from elsewhere that is not opened."""

    sentence = "{path} is refused: {reason}."
