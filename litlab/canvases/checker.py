"""The checker seen from outside: what pages, notebooks and the Jupyter server ask while people draw.

One process (``checkhost``) has TensorFlow loaded for all of them; it is started by whoever asks first and
ends with the last (``litlab.companion``). This module loads none of it.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import uuid
from pathlib import Path
from typing import Any

from litlab.canvases.canvas import Canvas
from litlab.canvases.checkhost import LIMIT_S, LOADING_S
from litlab.companion import Companion
from litlab.errors import CompanionGone, Unchecked
from litlab.workspace import Team

HOST = "litlab.canvases.checkhost"
_SLACK_S = 60.0


class Checker:
    """Looks canvases over in a process that is warm.

    Parameters
    ----------
    limit_s : float
        That a component may take; then the sentence stands at its node.
    folder : Path, optional
        Of its own process; by default one that all of this user's processes share.
    """

    def __init__(self, limit_s: float = LIMIT_S, folder: Path | None = None) -> None:
        self.limit_s = limit_s
        self._companion = Companion(HOST, folder)

    def check(self, canvas: Canvas | dict[str, Any], team: Team, page: str = "") -> dict[str, Any] | None:
        """Look a canvas over and return plain JSON, as ``answers.checked_json`` has it.

        Parameters
        ----------
        canvas : Canvas or dict
            Its settings name the asset.
        team : Team
        page : str
            Who asks; of one page the newest question is answered only.

        Returns
        -------
        answered : dict or None
            None where the same page has asked again meanwhile.
        """
        answered = self._ask("check", canvas, team, page)
        return None if answered.get("superseded") else answered

    def python(self, canvas: Canvas | dict[str, Any], team: Team) -> str:
        """Return the canvas as a Keras file, as ``as_python`` does.

        Raises
        ------
        Unchecked
            With the sentence of what is wrong.
        """
        return str(self._ask("python", canvas, team, "")["text"])

    def warm(self) -> None:
        """Start the process, so that the first stroke need not wait for it; returns at once."""

        def start() -> None:
            with contextlib.suppress(CompanionGone):  # who asks next is told
                self.pid()

        threading.Thread(target=start, daemon=True, name="checker").start()

    def pid(self) -> int:
        """Return the id of the process, started where it is not yet."""
        return int(self._companion.ask({"do": "pid"})["pid"])

    def close(self) -> None:
        """Leave the process; it ends with the last that asks it."""
        self._companion.close()

    def _ask(self, what: str, canvas: Canvas | dict[str, Any], team: Team, page: str) -> dict[str, Any]:
        question = {
            "do": what, "page": page or uuid.uuid4().hex, "limit_s": self.limit_s, "team": team.name,
            "home": str(team.workspace.home),
            "canvas": canvas.to_json() if isinstance(canvas, Canvas) else canvas,
        }  # fmt: skip
        answered = self._companion.ask(question, LOADING_S + self.limit_s + _SLACK_S)
        if "refused" in answered:
            raise Unchecked(reason=answered["refused"])
        return answered


@functools.cache
def shared_checker() -> Checker:
    """Return the checker that all pages of this process share with every other process of this user."""
    return Checker()
