"""Sweeps: one canvas trained over and over, each time with other values, and what the best is worth.

    train/<project>/sweeps/<sweep>/  definition.json  what is gone over, and every trial's values
                                     trials.csv       a row a trial: its run, its best epoch, its scores
                                     result.json      the best, and how good the best of so many is by luck
                                     log.txt          what happened when

1. ``axes`` reads what a sweep goes over and draws the trials; ``reckoning`` says what they take.
2. ``launching`` lays the folder out and starts ``python -m litlab.experiments.sweeps.conduct FOLDER``.
3. ``conduct`` trains so many trials at once, each an ordinary run in a process of its own; what is done is
   never done again.
4. ``sweep`` reads all that; ``luck`` tells what the best of so many comes to where there is nothing to know.

Epochs and trials are chosen on validation; the test part is opened once, by ``Sweep.vault``.
"""

from litlab.experiments.sweeps.axes import Span
from litlab.experiments.sweeps.reckoning import Needs
from litlab.experiments.sweeps.sweep import Sweep, find_sweep, list_sweeps

__all__ = ["Needs", "Span", "Sweep", "find_sweep", "list_sweeps"]
