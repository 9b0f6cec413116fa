"""Experiments: training runs, each a supervised process of its own with a folder that tells everything.

    train/<project>/<run>/  definition.json  what is trained, on what, how
                            description.txt  a person's words
                            features.json    the asset's features: scripts, digests, parameters
                            session.txt      versions, device, the model's layers
                            log.txt          what the process said
                            perf.csv         a row per finished epoch, append-only
                            saved_models/    model.<epoch>.keras and state.<epoch>.npz of every epoch

1. ``launch`` writes the folder (``prepare``, ``clone_run``) and starts ``python -m
   litlab.experiments.train FOLDER`` (``start``; ``resume`` goes on behind the last finished epoch).
2. ``train`` makes the model (``compiling``, after ``memory`` has reckoned whether it fits) and fits it.
3. ``watch`` sees a stop and a loss gone wrong after each batch; after each epoch it scores the validation
   part, stores the checkpoint (``checkpoints``), then appends the row: a row means a complete checkpoint.
4. ``run`` reads all that, from any process, while it happens or later.
5. ``recording`` and ``callbacks`` make the same folder around a ``fit`` in somebody's own code.

TensorFlow is imported in the training process only.
"""

from litlab.experiments import callbacks
from litlab.experiments.launch import clone_run, launch, prepare, resume, start
from litlab.experiments.run import Run, find_run, list_runs, open_run, workspace_runs

__all__ = [
    "Run", "callbacks", "clone_run", "find_run", "launch", "list_runs", "open_run", "prepare", "resume",
    "start", "workspace_runs",
]  # fmt: skip
