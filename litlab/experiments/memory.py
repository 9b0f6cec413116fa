"""Will it fit? A training that cannot is refused before its first batch (``canvases.needs`` reckons)."""

from __future__ import annotations

from typing import Any

from litlab.canvases.needs import free_bytes, needed_bytes
from litlab.errors import NotEnoughMemory

__all__ = ["check_memory", "free_bytes", "needed_bytes"]


def check_memory(model: Any, batch: int) -> None:
    """Refuse a training that cannot fit.

    Raises
    ------
    NotEnoughMemory
        With what it needs and what there is.
    """
    needed, free = needed_bytes(model, batch), free_bytes()
    if needed > free:
        raise NotEnoughMemory(needed=needed, free=free, batch=batch)
