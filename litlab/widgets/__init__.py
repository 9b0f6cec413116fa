"""Widgets for notebooks: the forms of the apps, the chart of ticks, progress bars and magics.

1. ``fields`` draws a form's fields as ipywidgets. 2. ``feature`` and ``schema`` are forms that test, save and
build: each shows the call it makes. 3. ``discovery`` is the tick chart, drawn by the browser from binary
buffers. 4. ``progress`` are bars for whatever takes a ``progress`` callback. 5. ``magics`` is what
``%load_ext litlab`` brings. 6. ``designer`` is the drawn canvas. 7. ``runs`` are the runs of a project, live.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litlab.widgets.designer import CanvasView as CanvasView
    from litlab.widgets.discovery import TickView as TickView
    from litlab.widgets.feature import FeatureForm as FeatureForm
    from litlab.widgets.progress import progress as progress
    from litlab.widgets.runs import RunView as RunView
    from litlab.widgets.schema import SchemaForm as SchemaForm

_LAZY = {
    "CanvasView": "designer", "FeatureForm": "feature", "RunView": "runs", "SchemaForm": "schema",
    "TickView": "discovery", "progress": "progress",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f"litlab.widgets.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'litlab.widgets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
