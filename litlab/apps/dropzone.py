"""Where files are dropped: sends them to ``upload`` in pieces, in the browser; see ``uploading``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import panel as pn
import param

from litlab.apps.fragment import _CSS, STATIC, Fragment
from litlab.workspace import Project


class DropZone(pn.custom.JSComponent):  # type: ignore[misc]  # panel is not followed by mypy here
    """A strip that says where files may be dropped, a chooser, and how far each file is.

    Parameters
    ----------
    large : bool
        Whether it is all there is: an empty page's one next step.
    project : str
        "team/name".

    Notes
    -----
    ``handle("uploaded", name)`` is called for each file that is whole, ``handle("changed", name)`` for one
    that stopped.
    """

    large = param.Boolean(default=False)
    project = param.String(default="")

    _esm = (STATIC / "dropzone.js").read_text("utf-8")
    _stylesheets: ClassVar[list[str]] = [_CSS]

    def __init__(self, project: Project, handle: Callable[[str, str], None], **params: Any) -> None:
        super().__init__(project=str(project), **{"margin": 0, "sizing_mode": "stretch_width", **params})
        self.handle = handle

    _handle_msg = Fragment._handle_msg
