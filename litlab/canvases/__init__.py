"""Canvases: a model drawn as nodes and wires, compiled into a Keras functional model.

1. ``canvas``: the record behind ``*.litcanvas.json``, and where a team keeps them; ``litcanvas.schema.json``
   says the same to editors.
2. ``graph`` looks names, forms and wires over and puts the nodes in an order in which each comes after what
   feeds it. 3. ``making`` calls the component script of every node; ``checking`` does it without weights and
   tells every problem at its node, ``compile`` makes the model. ``outlining`` is how checking does it, and
   remembers; ``tally`` counts, ``bounds`` says how large a canvas may be.
4. ``python``: the same model as Keras code. 5. ``importing``: a Keras model as a canvas; what the palette
   lacks becomes an ``opaque`` node. 6. ``foreign``: the same for files from elsewhere, in a process of its
   own, if ``allowed`` has nothing against what is in them.
7. ``settings``: what the Globals node says about training. 8. ``default``: the canvas to start from.
9. ``backend`` imports Keras.
10. ``palette`` lists what can be drawn with, and runs none of it. 11. ``checker`` asks, ``checkhost`` is the
   process asked, which keeps TensorFlow warm for everybody, ``answers`` is what it says. 12. ``named`` finds
   the asset that a canvas names and tells whether it has changed; ``needs`` reckons the memory of a training.
"""

from litlab.canvases.bounds import limits
from litlab.canvases.canvas import Canvas, Edge, Node, list_canvases, load_canvas, save_canvas, saved_digest
from litlab.canvases.checker import Checker, shared_checker
from litlab.canvases.checking import Checked, check
from litlab.canvases.compile import compile_canvas
from litlab.canvases.default import default_canvas
from litlab.canvases.foreign import Foreign, read_canvas, read_model
from litlab.canvases.importing import from_keras
from litlab.canvases.named import promoted_asset
from litlab.canvases.palette import choices, palette
from litlab.canvases.python import as_python
from litlab.canvases.settings import TrainingSettings, training_settings

__all__ = [
    "Canvas", "Checked", "Checker", "Edge", "Foreign", "Node", "TrainingSettings", "as_python", "check",
    "choices", "compile_canvas", "default_canvas", "from_keras", "limits", "list_canvases",
    "load_canvas", "palette", "promoted_asset", "read_canvas", "read_model", "save_canvas", "saved_digest",
    "shared_checker", "training_settings",
]  # fmt: skip
