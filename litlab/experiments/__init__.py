"""Experiments: training runs, each a supervised process of its own with a folder that tells everything.

    train/<project>/<run>/  definition.json  what is trained, on what, how
                            description.txt  a person's words
                            features.json    the asset's features: scripts, digests, parameters
                            session.txt      versions, device, the model's layers
                            log.txt          what the process said
                            perf.csv         a row per finished epoch, append-only
                            spread.json, null.json, folds.json  what ``retraining``, ``folds`` found
                            resources.csv    what it took of the machine, every few seconds
                            saved_models/    model.<epoch>.keras and state.<epoch>.npz of every epoch

1. ``launch`` writes the folder (``prepare``, ``clone_run``) and starts ``python -m
   litlab.experiments.train FOLDER`` (``start``; ``resume`` goes on behind the last finished epoch).
2. ``train`` makes the model (``compiling``, after ``memory`` has reckoned whether it fits) and fits it.
3. ``watch`` sees a stop and a loss gone wrong after each batch; after each epoch it scores the validation
   part, stores the checkpoint (``checkpoints``), then appends the row: a row means a complete checkpoint.
4. ``run`` reads all that, from any process, while it happens or later.
5. ``recording`` and ``callbacks`` make the same folder around a ``fit`` in somebody's own code.
6. ``monitoring`` watches many runs at once (``growing``, ``curves``, ``comparing``), ``resources`` notes
   what a training takes, ``vaulting`` puts an epoch into the vault by a process of its own.
7. ``retraining`` trains a run's definition under other seeds and on permuted labels; ``folds`` walks forward.
8. ``sweeps`` trains one canvas many times over with other values, and ranks what comes of it.
9. ``drawing`` is a canvas that somebody has open, on its way to a run.

TensorFlow is imported in the training process only.
"""

from litlab.experiments import callbacks
from litlab.experiments.folds import WalkForward, evaluate_folds
from litlab.experiments.launch import clone_run, launch, prepare, resume, start
from litlab.experiments.monitoring import Monitor, monitor
from litlab.experiments.retraining import retraining_null, spread
from litlab.experiments.run import Run, find_run, list_runs, open_run, workspace_runs
from litlab.experiments.sweeps import Span, Sweep, find_sweep, list_sweeps
from litlab.experiments.sweeps.launching import resume_sweep, sweep

__all__ = [
    "Monitor", "Run", "Span", "Sweep", "WalkForward", "callbacks", "clone_run", "evaluate_folds", "find_run",
    "find_sweep", "launch", "list_runs", "list_sweeps", "monitor", "open_run", "prepare", "resume",
    "resume_sweep", "retraining_null", "spread", "start", "sweep", "vault_epoch", "workspace_runs",
]  # fmt: skip
