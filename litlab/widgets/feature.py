"""The form of a feature script in a notebook: fill in, test at a tick, save under a name."""

from __future__ import annotations

import random
from html import escape
from typing import Any

import ipywidgets

from litlab.adapters import load_adapter_by_project
from litlab.errors import LitlabError
from litlab.features import Tested, list_features, save_feature, test_feature
from litlab.scripts import find_script
from litlab.shown import rows_html
from litlab.sources import outline
from litlab.widgets.fields import Fields
from litlab.workspace import Project, Workspace

_ROWS = 12
_CODE = """from litlab.features import save_feature, test_feature
from litlab.workspace import Workspace

project = Workspace({home!r}).project({team!r}, {project!r})
tested = test_feature(project, {script!r}, {params!r}, {index})
save_feature(project.team, {name!r}, {script!r}, {params!r})"""


class FeatureForm(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is not typed
    """A script's form: Test shows its values at a tick, Save keeps script and parameters under a name.

    Parameters
    ----------
    script : str
        A script's name: the team's own, a plugin's, or one that litlab ships.
    project : Project, optional
        Whose ticks it is tested on; by default the only one of the workspace.
    index : int, optional
        The tick it is tested at; the middle of the data by default.

    Attributes
    ----------
    tested : Tested or None
        What the last test gave.

    Raises
    ------
    UnknownName, BadScript
        If there is no such script, or it has no form.
    """

    def __init__(self, script: str, project: Project | None = None, index: int | None = None) -> None:
        self.project = project or Workspace().project()
        self.script = script
        self.tested: Tested | None = None
        found = outline(find_script(self.project.team, "scripts", script))
        saved = list(list_features(self.project.team))
        self.form = Fields(found.fields, known={"feature": saved, "label": saved})
        self.index = ipywidgets.Text(
            value="" if index is None else str(index), description="index", placeholder="the middle",
            style={"description_width": "120px"},
        )  # fmt: skip
        self.name = ipywidgets.Text(value=script, description="Save as", style={"description_width": "120px"})
        test = ipywidgets.Button(description="Test", button_style="primary")
        shuffle, save = (ipywidgets.Button(description=words) for words in ("Shuffle", "Save"))
        test.on_click(lambda _: self.test())
        shuffle.on_click(lambda _: self.shuffle())
        save.on_click(lambda _: self.save())
        self.said = ipywidgets.HTML()
        self.code = ipywidgets.HTML()
        about = ipywidgets.HTML(f"<strong>{escape(script)}</strong> {escape(found.about)}")
        bar = ipywidgets.HBox([test, shuffle, save])
        super().__init__([about, self.form, self.index, self.name, bar, self.said, self.code])
        self._show_code()

    def params(self) -> dict[str, Any] | None:
        """Return what stands in the form, typed; None where it is wrong."""
        return self.form.values()

    def test(self) -> Tested | None:
        """Compute the script at the tick in the form and show the values; None where it cannot be."""
        params = self.params()
        if params is None:
            return None
        try:
            self.tested = test_feature(self.project, self.script, params, self._index())
        except (LitlabError, IndexError) as problem:
            self.tested = None
            self._say(str(problem), wrong=True)
        else:
            self.said.value = tested_html(self.tested)
        self._show_code()
        return self.tested

    def shuffle(self) -> Tested | None:
        """Test at a tick by chance."""
        adapter = load_adapter_by_project(
            self.project.team.name, self.project.name, self.project.team.workspace
        )
        self.index.value = str(random.randrange(len(adapter)))
        return self.test()

    def save(self) -> None:
        """Keep script and parameters under the name in the form."""
        params = self.params()
        if params is None:
            return
        try:
            save_feature(self.project.team, self.name.value, self.script, params)
        except LitlabError as problem:
            self._say(str(problem), wrong=True)
        else:
            self._say(f"saved as {self.name.value}")
        self._show_code()

    def _index(self) -> int:
        text = self.index.value.replace(",", "").strip()
        if text:
            return int(text) if text.isdecimal() else -1
        adapter = load_adapter_by_project(
            self.project.team.name, self.project.name, self.project.team.workspace
        )
        return len(adapter) // 2

    def _say(self, words: str, wrong: bool = False) -> None:
        mark = "▲ " if wrong else "● "
        self.said.value = f'<span role="{"alert" if wrong else "status"}">{mark}{escape(words)}</span>'

    def _show_code(self) -> None:
        team = self.project.team
        code = _CODE.format(
            home=str(team.workspace.home), team=team.name, project=self.project.name, script=self.script,
            params=self.form.values() or {}, index=self.index.value or "0", name=self.name.value,
        )  # fmt: skip
        self.code.value = f"<details><summary>Copy as code</summary><pre>{escape(code)}</pre></details>"


def tested_html(tested: Tested) -> str:
    """Return what a test gave as a table for a notebook: the last rows, what was read, what was printed."""
    lo, hi = tested.reads
    ends = f"{lo - tested.index:+,} to {hi - 1 - tested.index:+,}"
    read = f"read {hi - lo:,} ticks, {ends} of index {tested.index:,}"
    if tested.values is None:
        why = f"left out by {tested.rejected_by}" if tested.rejected_by else "kept; a gate has no values"
        table = f"<p>○ {escape(why)}</p>"
    else:
        rows = [[f"{value:.6g}" for value in row] for row in tested.values[-_ROWS:].tolist()]
        more = f", the last {_ROWS} of {len(tested.values):,} rows" if len(tested.values) > _ROWS else ""
        table = rows_html(f"{tested.script}{more}", tested.columns, rows)
    printed = f"<pre>{escape(tested.printed)}</pre>" if tested.printed else ""
    return f"{table}<p style='opacity:.7'>{escape(read)}; {tested.seconds * 1e3:.1f} ms</p>{printed}"
