"""Experiments: training runs, each a supervised process of its own with a folder that tells everything.

    train/<project>/<run>/  definition.json  what is trained, on what, how
                            description.txt  a person's words
                            features.json    the asset's features: scripts, digests, parameters
                            session.txt      versions, device, the model's layers
                            log.txt          what the process said
                            perf.csv         a row per finished epoch, append-only
                            saved_models/    model.<epoch>.keras and state.<epoch>.npz of every epoch

1. ``launch`` writes the folder (``prepare``) and starts ``python -m litlab.experiments.train FOLDER``
   (``start``, which also lets a stopped run go on behind its last finished epoch).
2. ``train`` compiles the canvas, trains, and after each epoch scores the validation part, stores the
   checkpoint, then appends the row: a row means that its checkpoint is complete.
3. ``run`` reads all that, from any process, while it happens or later.

TensorFlow is imported in the training process only.
"""

from litlab.experiments.launch import launch, prepare, start
from litlab.experiments.run import Run, list_runs, open_run

__all__ = ["Run", "launch", "list_runs", "open_run", "prepare", "start"]
