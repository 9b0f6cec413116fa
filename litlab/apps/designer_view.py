"""The canvas that the browser draws, as a part of the Designer's page.

One module, ``litlab/static/canvas.js``, fetched once and kept; the few lines in ``static/designer.js`` carry
its traits and messages. ``static/drafts.js``, which goes before them, keeps what is not saved in the browser:
it sends {do: "drafts", found: {key: {at, name, over, canvas}}} once, and keeps
and forgets at {keep: true} and {forget: key}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import param

from litlab.apps import bundle
from litlab.apps.fragment import STATIC


class View(pn.custom.JSComponent):  # type: ignore[misc]  # panel is not followed by mypy here
    """The drawn canvas; its parameters are what goes between browser and page."""

    canvas = param.Dict(default={})
    palette = param.List(default=[])
    choices = param.Dict(default={})
    checked = param.Dict(default={})
    serial = param.Integer(default=0)
    said = param.Dict(default={"kind": "", "text": "", "field": ""})
    saved = param.Boolean(default=False)
    readonly = param.Boolean(default=False)
    theme = param.String(default="")
    code = param.String(default="")  # the header shows it
    opened = param.Dict(default={})  # under which ``key`` a draft of it is kept, and ``over`` which file

    _esm = "\n".join(
        (STATIC / name).read_text("utf-8").replace(":VERSION", bundle.version())
        for name in ("drafts.js", "designer.js")
    )

    def __init__(self, heard: Callable[[dict[str, Any]], None], **params: Any) -> None:
        super().__init__(**{"sizing_mode": "stretch_both", "margin": 0, **params})
        self._heard = heard

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict):
            self._heard(data)
