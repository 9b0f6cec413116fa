"""Canvases: a model drawn as nodes and wires, compiled into a Keras functional model.

1. ``canvas``: the record behind ``*.litcanvas.json``, and where a team keeps them.
2. ``graph``: checks the wiring and puts the nodes in an order in which each comes after what feeds it.
3. ``compile``: calls the component script of every node and makes the model; the only step that needs
   TensorFlow.
4. ``settings``: what the Globals node says about training. 5. ``default``: the canvas to start from.
6. ``backend`` imports Keras.
"""

from litlab.canvases.canvas import Canvas, Edge, Node, list_canvases, load_canvas, save_canvas
from litlab.canvases.compile import compile_canvas
from litlab.canvases.default import default_canvas
from litlab.canvases.settings import TrainingSettings, training_settings

__all__ = [
    "Canvas", "Edge", "Node", "TrainingSettings", "compile_canvas", "default_canvas", "list_canvases",
    "load_canvas", "save_canvas", "training_settings",
]  # fmt: skip
