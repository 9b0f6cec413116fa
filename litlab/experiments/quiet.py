"""TensorFlow imported without the words it says of itself: a run's log begins with the run."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# No environment variable keeps these back; warnings and errors begin with W, E and F.
_NOISE = re.compile(r"I\d{4} .*|WARNING: All log messages before absl::InitializeLog.*")


def import_tensorflow() -> None:
    """Import Keras and TensorFlow; what is worth reading of what they say goes to standard error."""
    if "tensorflow" in sys.modules:
        return
    with without_noise():
        import keras  # noqa: F401
        import tensorflow as tf  # noqa: F401


@contextmanager
def without_noise() -> Iterator[None]:
    """Hold standard error back while the block runs, then let through what is no mere information."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not _NOISE.match(line.decode("utf-8", "replace")):
                    os.write(2, line)
