"""The drawer under the files: how one of them begins, and the form of what reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

from litlab.adapters import Guess
from litlab.adapters.fields import field_of, read_parameters
from litlab.adapters.loading import adapter_class
from litlab.adapters.previewing import Preview, preview
from litlab.apps import background, firstrows
from litlab.apps.fragment import Fragment
from litlab.errors import LitlabError
from litlab.shown import counted
from litlab.uploads import RawFile
from litlab.workspace import Project

_ROWS = 50
_PLACE = ":host{flex:0 0 54%!important;min-height:0}@media(max-width:800px){:host{flex:0 0 60%!important}}"


class Drawer:
    """One file's preview and form.

    Parameters
    ----------
    project : Project
    guess_of : callable
        Returns what reads a file.
    use : callable
        Called with a file, an adapter and parameters that are to be used from now on.
    close : callable
        Called when people have seen enough.

    Attributes
    ----------
    body : Fragment
    path : Path or None
        Of the file that is shown.
    typed : dict
        What stands in the form.
    """

    def __init__(
        self,
        project: Project,
        guess_of: Callable[[RawFile], Guess],
        use: Callable[[RawFile, str, dict[str, Any]], None],
        close: Callable[[], None],
    ) -> None:
        self.project, self._guess_of, self._use, self._close = project, guess_of, use, close
        self.file: RawFile | None = None
        self.typed: dict[str, Any] = {}
        self._turn = 0
        self.body = Fragment("", self.handle, visible=False, stylesheets=[_PLACE])

    @property
    def path(self) -> Any:
        """The file that is shown, None where none is."""
        return self.file.path if self.file else None

    def handle(self, action: str, value: str) -> None:
        """Close, try what was typed, or use it."""
        if action == "close":
            self._close()
        elif action in ("try", "use") and self.file is not None:
            self._read(self.file, json.loads(value), action == "use")

    def show(self, file: RawFile | None) -> None:
        """Show a file, or nothing."""
        self.file = file
        self.body.visible = file is not None
        if file is None:
            self.body.html = ""
            return
        guess = self._guess_of(file)
        self.typed = dict(guess.parameters)
        self._draw(file, guess, {}, None)
        self._preview(file, guess)

    def _read(self, file: RawFile, given: dict[str, Any], use: bool) -> None:
        """Try or use what was typed; an error stands at its field, and nothing typed is lost."""
        given.pop("", None)
        name = str(given.pop("adapter", ""))
        before = self._guess_of(file)
        problems: dict[str, str] = {}
        parameters: dict[str, Any] = {}
        try:
            kind = adapter_class(self.project.team, name)
            given = {key: text for key, text in given.items() if key in kind.PARAMETERS}
            parameters = read_parameters(kind, given)
            kind({**parameters, "paths": []}, self.project.folder("cache"))
            if use:
                self._use(file, name, parameters)
        except LitlabError as problem:
            problems[field_of(problem, given)] = str(problem)
        self.typed = given
        same = (name, parameters) == (before.adapter, before.parameters)
        guess = Guess(name, parameters, 1.0, before.reasons if same else ("you say so",))
        self._draw(file, guess, problems, None)
        if not problems:
            self._preview(file, guess)

    def _preview(self, file: RawFile, guess: Guess) -> None:
        """Read the file's beginning in the background; only the latest answer counts."""
        self._turn += 1
        turn = self._turn

        def show(found: Preview) -> None:
            if turn == self._turn and self.file is file:
                self._draw(file, guess, {found.field: found.problem} if found.field else {}, found)

        def failed(sentence: str) -> None:
            if turn == self._turn and self.file is file:
                self._draw(file, guess, {"adapter": sentence}, None)

        def work() -> Preview:
            return preview(file.path, guess.adapter, guess.parameters, self.project.team, _ROWS)

        background.run(work, show, failed)

    def _draw(self, file: RawFile, guess: Guess, problems: dict[str, str], found: Preview | None) -> None:
        count = len(self.project.record.paths)
        use = f"Read the project's {counted(count, 'file')} so" if file.in_project else "Read this file so"
        try:
            kind = adapter_class(self.project.team, guess.adapter)
            names = firstrows.adapters_of(self.project.team)
            form = firstrows.form(kind, names, self.typed, guess, problems)
        except LitlabError as error:  # an adapter that was taken away since
            form = f'<p class="problem" role="alert">{escape(str(error))}</p>'
        panes = firstrows.panes(found) if found is not None or not problems else ""
        self.body.html = f"""<section class="drawer" aria-label="Preview of {escape(file.name)}">
            <div class="bar"><h2 class="line">{escape(file.name)}</h2><span class="grow"></span>
            <button type="submit" form="read">{escape(use)}</button>
            <button data-action="close" data-key="escape">Close</button></div>
            <div class="preview" id="preview"><div id="form">{form}</div>
            <div class="panes" id="panes">{panes}</div></div></section>"""
