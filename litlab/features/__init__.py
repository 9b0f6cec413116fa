"""Features: a script and its parameters, saved under a name; a function of (adapter, index).

1. ``feature`` keeps the records and loads their scripts. 2. ``order`` says what is computed first.
3. ``compute`` runs one sample, or many rows at once, through the views that record and limit what is read.
4. ``output`` checks what came back. 5. ``indicators`` holds the kernels that shipped scripts share, ``rows``
what their bars and rows have in common. 6. ``records`` passes on what scripts log. 7. ``tested`` tries a
script in a process of its own, the ``workbench``; ``verdicts`` remembers what the ``prover`` said.
"""

from litlab.features.compute import Rows, Sample, compute_rows, compute_sample
from litlab.features.feature import Feature, LoadedFeature, list_features, load_features, save_feature
from litlab.features.order import in_order
from litlab.features.tested import Tested, test_feature

__all__ = [
    "Feature", "LoadedFeature", "Rows", "Sample", "Tested", "compute_rows", "compute_sample", "in_order",
    "list_features", "load_features", "save_feature", "test_feature",
]  # fmt: skip
