"""litlab: deep-learning forecasts from tick data, proved free of lookahead, rebuilt bit for bit.

``import litlab`` loads the standard library only; every name below loads its room when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from litlab.workspace import Project as Project
    from litlab.workspace import Workspace as Workspace

_LAZY = {
    "Workspace": "litlab.workspace",
    "Project": "litlab.workspace",
}
_ROOMS = ("atomic", "errors", "records", "workspace")

__all__ = ["Project", "Workspace", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"litlab.{name}")
    raise AttributeError(f"module 'litlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_ROOMS})
