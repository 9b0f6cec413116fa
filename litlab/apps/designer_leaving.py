"""How a page of the Designer goes from one canvas to another, and comes back, without anything being lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litlab.apps.designer_drafts import Drafts
from litlab.apps.designer_view import View
from litlab.apps.request import Request
from litlab.canvases import list_canvases
from litlab.experiments.drawing import Drawing
from litlab.workspace import Team


class Leaving:
    """The part of the Designer that asks what becomes of a drawing, and finds drafts again."""

    asked: Request
    drafts: Drafts
    drawing: Drawing
    leaving: Callable[[], None] | None
    problem: str
    restored: bool
    save: Callable[[], None]
    team: Team
    tell: Callable[[], None]
    view: View
    _shown: Callable[[], None]
    _touched: bool
    _try: Callable[[Callable[[], object]], None]

    def _leave(self, to: Callable[[], None], shows: bool = True) -> None:
        """Go to another canvas; where something is not saved the bar asks first what becomes of it."""

        def go() -> None:
            self.restored = False
            self._try(to)
            if shows:
                self._shown()

        if self._touched and not self.drawing.saved:
            self.leaving = go
            self.tell()
        else:
            go()

    def _answered(self, action: str, go: Callable[[], None] | None) -> None:
        """Save and go, drop what was drawn and go, or stay."""
        if go is not None and action != "leave-not":
            if action == "leave-save":
                self.save()
            if action == "leave-drop" or self.view.said["kind"] != "problem":
                self._forget()
                go()
                return
        self.tell()

    def _open(self, name: str) -> None:
        """Open a canvas, or a new one that was never saved, with what was drawn on it before."""
        if not self.drafts.is_key(name):
            self.drawing.open(name)
            name = self.drafts.opened(self.drawing)["key"]
        self.restored = self.drafts.restore(self.drawing, name)

    def _come_back(self, found: Any) -> None:
        """Take what the browser kept of earlier visits; go on with it where nothing else was asked for."""
        self.drafts.take(found)
        if self._touched or self.problem:
            self.tell()
            return
        here = self.view.opened["key"]
        key = here if self.asked.arguments.get("canvas") else self.drafts.latest or here
        self._try(lambda: self._open(key))
        if self.restored:
            self._shown()
        self.tell()

    def _discard(self) -> None:
        """Go back to what is in the file; a new canvas was never anywhere else."""
        self._forget()
        names = list_canvases(self.team)
        name = self.drawing.name or (names[0] if names else "")
        self._try(lambda: self.drawing.open(name) if name else self.drawing.begin())
        self._shown()

    def _forget(self) -> None:
        """Have the browser drop its draft of what is open."""
        key = self.view.opened.get("key", "")
        self.drafts.forget(key)
        self.view._send_msg({"forget": key})
        self.restored = False
