"""The one place that imports Keras with TensorFlow for litlab: late, and with what it says kept short."""

from __future__ import annotations

import os
from typing import Any

from litlab.errors import MissingExtra


def load_keras(what: str) -> Any:
    """Import and return ``keras``; about 8 s the first time in a process.

    Parameters
    ----------
    what : str
        What needs it, for the message.

    Raises
    ------
    MissingExtra
        If it, or its TensorFlow, is not installed.
    """
    # TensorFlow's C++ tells every CPU feature and device otherwise; errors still come through.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Its banner on oneDNN comes at any level; oneDNN only makes training faster, and a run's own process
    # switches it on (experiments.launch).
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        import keras
    except ImportError:
        raise MissingExtra(what=what, module="keras with TensorFlow", extra="train-cpu") from None
    return keras
