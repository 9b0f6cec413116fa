"""The one place that imports Keras with TensorFlow for litlab: late, and with what it says kept short."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def computing(precision: str) -> Iterator[None]:
    """Let layers made in the block compute in `precision` unless they say otherwise."""
    keras = load_keras("A canvas")
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


@contextmanager
def weightless() -> Iterator[None]:
    """Let layers be built for their shapes alone: their weights take no memory and are never drawn."""
    keras = load_keras("A canvas")
    # The list of weights yet to be drawn has no public name; without this, whoever leaves the next
    # stateless scope would draw ours (tests/canvases/test_check.py).
    from keras.src.backend.common import global_state

    waiting = "uninitialized_variables"
    earlier = global_state.get_global_attribute(waiting)
    global_state.set_global_attribute(waiting, [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(waiting, earlier)
