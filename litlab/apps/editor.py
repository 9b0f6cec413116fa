"""An editor for one script: the team's own copy, saved in one step, with what is wrong said at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

from litlab.apps.fragment import Fragment
from litlab.errors import BadName, BadScript, LitlabError
from litlab.scripts import find_script
from litlab.sources import check_component_source, check_feature_source, copy_to_team, is_own, save_source
from litlab.workspace import Team


class Editor:
    """A text area over the lower half of a page.

    Parameters
    ----------
    team : Team
    kind : {"scripts", "components"}

    Attributes
    ----------
    panel : Fragment
        Hidden while nothing is edited.
    name : str
        The script's, "" for none.
    on_saved : callable
        Called with the script's name once it is on disk.
    on_closed : callable
    """

    def __init__(self, team: Team, kind: str = "scripts") -> None:
        self.team, self.kind, self.name = team, kind, ""
        self.panel = Fragment(handle=self.handle, visible=False, sizing_mode="stretch_both")
        self.on_saved: Callable[[str], None] = lambda _: None
        self.on_closed: Callable[[], None] = lambda: None
        self._saved = self._typed = ""

    def open(self, name: str) -> None:
        """Show a script's source; a plugin's is copied into the workspace when it is saved.

        Raises
        ------
        UnknownName
            If there is no such script.
        """
        path = find_script(self.team, self.kind, name)
        source = path.read_text("utf-8", "replace")
        whose = (
            f"The team's own {self._word}." if is_own(self.team, self.kind, name)
            else f"A plugin's {self._word}: saving makes the team's own copy, which is used from then on."
        )  # fmt: skip
        self.name, self._saved, self._typed = name, source, source
        self.panel.html = _html(name, source, whose)
        self.panel.visible = True
        self._check(source)

    def handle(self, action: str, value: str) -> None:
        """Do what a button of the editor asks for."""
        try:
            if action == "close":
                self._close()
            elif action in ("typed", "save-source"):
                self._typed = str(_posted(value).get("source", ""))
                if action == "save-source":
                    self._save()
                self._check(self._typed)
        except LitlabError as error:
            self.panel.say(problem=str(error))

    def _save(self) -> None:
        copy_to_team(self.team, self.kind, self.name)
        save_source(self.team, self.kind, self.name, self._typed)
        self._saved = self._typed
        self.on_saved(self.name)

    def _check(self, source: str) -> None:
        """Say what is wrong with a text, at which line."""
        try:
            check = check_feature_source if self.kind == "scripts" else check_component_source
            check(source, find_script(self.team, self.kind, self.name))
            said = ""
        except BadScript as problem:
            line = problem.fields["line"]
            said = f"▲ {f'Line {line}: ' if line else ''}{problem.fields['reason']}."
        unsaved = source != self._saved
        self.panel.say(problem=said, state="◌ not saved yet" if unsaved else "● saved", closing="")

    @property
    def _word(self) -> str:
        return self.kind.removesuffix("s")

    def _close(self) -> None:
        if self._typed != self._saved and not self.panel.values.get("closing"):
            self.panel.say(closing="What you changed is not saved. Close again to drop it.")
            return
        self.name = ""
        self.panel.visible = False
        self.on_closed()


def _posted(value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError:
        raise BadName(kind="message", given=value[:40]) from None
    return found if isinstance(found, dict) else {}


def _html(name: str, source: str, whose: str) -> str:
    shown = escape(name)
    rows = max(source.count("\n") + 2, 12)
    numbers = "\n".join(map(str, range(1, max(rows, 1) + 200)))
    return f"""<form class="editor" data-action="save-source" data-live="typed" role="dialog"
        aria-label="Source of {shown}"><div class="bar"><strong>{shown}.py</strong>
        <span class="quiet line">{escape(whose)}</span><span class="grow"></span>
        <span class="quiet" role="status" data-value="state"></span>
        <button type="submit" class="filled">Save</button>
        <button type="button" data-action="close">Close</button></div>
        <p class="problem said" role="alert" data-value="problem"></p>
        <p class="problem said" role="status" data-value="closing"></p>
        <div class="text" id="source-text"><pre aria-hidden="true">{numbers}</pre>
        <textarea name="source" aria-label="Source of {shown}.py" spellcheck="false" wrap="off"
        rows="{rows}" autocomplete="off">{escape(source)}</textarea></div></form>"""
