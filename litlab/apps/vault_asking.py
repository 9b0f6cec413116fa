"""What is found out about the chosen entry on demand: asked for, followed, cancelled, shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from litlab.apps import background, vault_found
from litlab.apps.fragment import Fragment
from litlab.errors import BadParameter, NoAsset
from litlab.vault import Entry
from litlab.vault.inquiries import DRAWS, HOW, KINDS, Inquiry, ask, cancel, inquiry
from litlab.vault.predicting import added_here
from litlab.workspace import Project

_CODE = {
    "null": "entry.null({draws:_})  # the test score under permuted labels",
    "profit": "entry.profit(latency_s=1.0, least=0.0)  # what returns would have earned",
    "verify": "vault.verify(entry)  # predicted and scored again, figure by figure",
}


class Asking:
    """The chosen entry's inquiries.

    Parameters
    ----------
    project : Project
    handle : callable
        The page's, for buttons.
    chosen : Fragment
        Whose slot ``verified`` says whether the scores came out here again.

    Attributes
    ----------
    found : Fragment
        Permuted labels, and profit where returns are forecast.
    """

    def __init__(self, project: Project, handle: Callable[[str, str], None], chosen: Fragment) -> None:
        self.project, self.chosen = project, chosen
        self.found = Fragment("", handle)
        self.entry: Entry | None = None
        self.problem = ""
        self.typed: dict[str, str] = {}  # in the form of a profit
        self._asked: dict[str, Inquiry] = {}
        self._seconds: dict[str, float | None] = {}  # entry → how long permuting takes; None: no asset

    def show(self, entry: Entry | None, problem: str = "") -> None:
        """Show what is known of an entry; `problem` is what was wrong with what was asked last."""
        if entry is None or self.entry is None or entry.path != self.entry.path:
            self.typed = {}
        self.entry, self.problem = entry, problem
        self._draw()
        self._measure()

    def ask(self, kind: str) -> None:
        """Start finding something out."""
        if self.entry is not None:
            ask(self.entry, kind)

    def profit(self, fields: str) -> None:
        """Start reckoning a profit as the form says; BadParameter for what is no number."""
        told = json.loads(fields)
        self.typed = {name: str(told.get(name, "")).strip() for name in HOW}
        how = {}
        for name, text in self.typed.items():
            try:
                how[name] = float(text.replace(",", ""))
            except ValueError:
                raise BadParameter(name=name, given=text[:40], wanted="a number from 0") from None
        if self.entry is not None:
            ask(self.entry, "profit", **how)

    def cancel(self, kind: str) -> None:
        """End what is being found out."""
        if self.entry is not None and kind in KINDS:
            cancel(self.entry, kind)

    def follow(self) -> bool:
        """Bring figures up to what the processes wrote last; return whether one has ended since."""
        before = {kind for kind, one in self._asked.items() if one.running}
        if not before:
            return False
        self._draw()
        return any(not self._asked[kind].running for kind in before if kind in self._asked)

    @property
    def code(self) -> str:
        """The calls that found out what is shown; those that nobody has made yet as comments."""
        entry = self.entry
        if entry is None:
            return ""
        kinds = vault_found.kinds_of(entry.scores)
        made = {kind: (entry.path / KINDS[kind]).is_file() for kind in kinds}
        return "\n".join(("" if made[kind] else "# ") + _CODE[kind].format(draws=DRAWS) for kind in kinds)

    def _draw(self) -> None:
        entry = self.entry
        if entry is None:
            self.found.html = ""
            return
        self._asked = {kind: inquiry(entry, kind) for kind in KINDS}
        strange = not added_here(self.project.team, entry)
        self.chosen.say(verified=vault_found.verified(entry, self._asked["verify"], strange))
        seconds = self._seconds.get(str(entry.path), 0.0)
        here = seconds is not None
        pieces = [vault_found.null(entry, self._asked["null"], seconds or None, here)]
        if "profit" in vault_found.kinds_of(entry.scores):
            pieces.append(vault_found.profit(entry, self._asked["profit"], here, self.typed))
        told = f'<p class="problem" role="alert">▲ {escape(self.problem)}</p>' if self.problem else ""
        self.found.html = f'<div class="piece vault">{told}{"".join(pieces)}</div>'

    def _measure(self) -> None:
        """Find out beside the page how long permuting takes, once an entry."""
        entry = self.entry
        if entry is None or str(entry.path) in self._seconds:
            return

        def measured() -> float | None:
            try:
                return entry.null_seconds(DRAWS)
            except (NoAsset, KeyError, ValueError):
                return None

        def done(seconds: float | None) -> None:
            self._seconds[str(entry.path)] = seconds
            if self.entry is entry:
                self._draw()

        background.run(measured, done, lambda _: None)
