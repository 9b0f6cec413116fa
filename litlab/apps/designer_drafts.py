"""What was drawn and not saved, as the browser keeps it: found again after a reload, or on coming back."""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from typing import Any

from litlab.experiments.drawing import Drawing
from litlab.workspace import Project


@dataclasses.dataclass(frozen=True)
class Draft:
    """What was drawn: on which canvas ("" for a new one), over which of its files, and when."""

    name: str
    over: str
    at: float
    canvas: dict[str, Any]

    @property
    def title(self) -> str:
        """What its settings call it."""
        settings = self.canvas.get("settings")
        return str((settings.get("name") if isinstance(settings, dict) else "") or "canvas")


class Drafts:
    """The drafts of one project's canvases, by the key under which the browser keeps each."""

    def __init__(self, project: Project) -> None:
        home = hashlib.sha256(str(project.team.workspace.home).encode()).hexdigest()[:12]
        self._place = f"{home}/{project}"
        self._kept: dict[str, Draft] = {}
        self._new = ""  # the key of the new canvas that is open

    def take(self, found: Any) -> None:
        """Take what the browser sends; what is no draft of ours is passed over."""
        for key, one in found.items() if isinstance(found, dict) else ():
            if not self.is_key(str(key)) or not isinstance(one, dict):
                continue
            canvas, at = one.get("canvas"), one.get("at")
            if isinstance(canvas, dict) and isinstance(at, int | float):
                self._kept[str(key)] = Draft(
                    str(one.get("name") or ""), str(one.get("over") or ""), at, canvas
                )

    def is_key(self, text: str) -> bool:
        """Tell whether a text is a key, and no canvas's name."""
        return text.startswith(f"{self._place}/")

    @property
    def latest(self) -> str:
        """The key of the draft that was drawn last, "" where there is none."""
        return max(self._kept, key=lambda key: self._kept[key].at, default="")

    @property
    def unnamed(self) -> dict[str, str]:
        """Key → title of the new canvases that were never saved, but for the one that is open."""
        return {key: one.title for key, one in self._kept.items() if not one.name and key != self._new}

    def opened(self, drawing: Drawing, again: bool = False) -> dict[str, str]:
        """Return under what the browser keeps what is open; a new canvas has a key of its own.

        `again` where it is a draft that was restored: its key stays.
        """
        if drawing.name:
            self._new, key = "", f"{self._place}/canvas/{drawing.name}"
        else:
            if not (again and self._new):
                self._new = f"{self._place}/new/{uuid.uuid4().hex[:12]}"
            key = self._new
        return {"place": self._place, "key": key, "name": drawing.name, "over": drawing.over}

    def restore(self, drawing: Drawing, key: str) -> bool:
        """Put a draft on the desk; False where there is none."""
        draft = self._kept.get(key)
        if draft is None:
            return False
        drawing.restore(draft.canvas, draft.name, draft.over)
        if not drawing.name:
            self._new = key
        return True

    def forget(self, key: str) -> None:
        """Forget a draft: it is saved, or not wanted."""
        self._kept.pop(key, None)
