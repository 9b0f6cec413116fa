"""A piece of a page: HTML made in Python, whose buttons and fields send messages back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

STATIC = Path(__file__).parent / "static"
_CSS = (STATIC / "litlab.css").read_text("utf-8")

Handler = Callable[[str, str], None]


class Fragment(pn.custom.JSComponent):  # type: ignore[misc]  # panel is not followed by mypy here
    """HTML with ``data-`` attributes that ``fragment.js`` brings to life.

    Parameters
    ----------
    html : str
        Everything people gave has to be escaped by who makes it.
    values : dict of str to str
        What stands in the elements ``data-value="name"``; a field being typed in is left alone.

    Notes
    -----
    ``data-action="name"`` on a button or field calls ``handle(name, value)``; ``data-key="s"`` is its key.
    A ``form`` with ``data-action`` sends all its fields as one JSON object when it is submitted, the
    ``data-argument`` of the button pressed under "" (a button's own ``data-action`` wins);
    ``data-live="name"`` sends the same while people type. Check boxes with ``data-item`` and one name are a
    list of their values.
    ``data-file="name"`` on a file input sends {name, data} with the bytes as base64, {name, large} for a file
    of more than ``data-most`` bytes.
    ``data-send="address"`` on a file input sends a file of any size there with PUT; its ``data-action`` gets
    {sending: name}, then the JSON of the answer.
    ``data-go="name"`` goes to the address that the value becomes.
    ``data-html="name"`` holds a value that is HTML, changed alone. New HTML keeps focus, typed text, what is
    open and scroll positions of what has an id or a name. ``role="tab"`` answers to arrow keys.
    ``data-open``, ``data-close`` and ``data-copy`` open a dialog, close it and copy code, in the browser.
    ``data-theme="dark"`` shows the page in another theme; JupyterLab has its own, there it is hidden.
    ``data-lab="name"`` asks JupyterLab around the page (``edit-source``, ``log``, ``insert``, ``open``) with
    its ``data-argument``; outside of Lab it is an action like any other.
    """

    html = param.String(default="")
    values = param.Dict(default={})

    _esm = (STATIC / "fragment.js").read_text("utf-8")
    _stylesheets: ClassVar[list[str]] = [_CSS]

    def __init__(self, html: str = "", handle: Handler | None = None, **params: Any) -> None:
        super().__init__(html=html, **{"margin": 0, "sizing_mode": "stretch_width", **params})
        self.handle = handle

    def _handle_msg(self, data: Any) -> None:
        if self.handle is None or not isinstance(data, dict):
            return
        call = functools.partial(self.handle, str(data.get("action", "")), str(data.get("value") or ""))
        document = pn.state.curdoc
        if document is not None and document.session_context is not None:
            # Panel may call this without the document's lock (when writes are pending); Bokeh's own models,
            # the chart's, refuse to be changed then. Bokeh's next tick holds the lock.
            document.add_next_tick_callback(call)
        else:
            call()

    def _get_properties(self, doc: Any) -> dict[str, Any]:
        # Its script is plain JavaScript. With a bundle's name Panel does not translate it from TypeScript,
        # for every fragment again, and the browser compiles it once.
        return {**super()._get_properties(doc), "bundle": type(self).__name__}

    def say(self, **values: str) -> None:
        """Change some of the values, in place."""
        self.values = {**self.values, **values}
