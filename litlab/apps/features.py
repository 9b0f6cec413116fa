"""Features: a script's form, tried at any tick, proved, and saved under a name.

1. ``Features`` holds what people chose and typed, and does what they ask. 2. ``catalogue`` lists features
and scripts without running any. 3. ``feature_form`` draws the chosen script's form. 4. ``reads`` tells what a
test or a proof came to, ``editor`` changes a script's text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import panel as pn

from litlab.apps import background, catalogue, feature_form, reads, shell
from litlab.apps.discovery import Empty, discover
from litlab.apps.editor import Editor
from litlab.apps.fragment import Fragment
from litlab.apps.proving import Proving
from litlab.apps.request import Request, adapter_of
from litlab.apps.selection import Selection, fields_of
from litlab.charts import TickChart, times
from litlab.charts.ticks import MIN_TICKS
from litlab.charts.tokens import theme_named
from litlab.charts.values import DrawnValues
from litlab.errors import BadParameter, LitlabError, NoSuchTick
from litlab.features import Tested, list_features, save_feature, test_feature
from litlab.features.tested import open_data, shared_bench
from litlab.sources import new_script
from litlab.upkeep.features import remove_feature
from litlab.workspace import Project

_BAR = """<div class="bar wraps" role="toolbar" aria-label="Tick">
<button data-action="shuffle" data-key="s" title="Test at a tick by chance (S)">Shuffle<kbd>S</kbd></button>
<label>Index <input data-action="index" data-value="index" data-key="g" data-invalid="problem_index"
  aria-label="Index" inputmode="numeric" size="11" title="Go to a tick (G)"></label>
<span class="quiet" data-value="time"></span>
<span class="problem" role="alert" data-value="problem"></span><span class="grow"></span>
<span role="status" aria-label="Reads" data-value="reads"></span>
<span role="status" aria-label="Test" data-value="testing"></span>
<span data-html="stop"></span></div>"""

_REST_MS = 250  # the address waits for the chart to stand still
_STOP = '<button data-action="stop">Stop</button>'


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with what is chosen."""
    workspace = project.team.workspace
    made = features(project, asked)
    head = shell.header(workspace, asked, "features", project, made.state, made.code)
    if isinstance(made, Empty):
        return shell.frame(head, made.panel)
    location = pn.state.location

    def follow() -> None:
        head.say(state=made.state, code=made.code)
        if location is not None:
            seen = made.chart.sight
            location.search = asked.link(
                "", project=str(project), view=f"{seen.start}-{seen.stop}", index=str(made.chart.index),
                script="" if made.feature else made.script, feature=made.feature,
            )  # fmt: skip

    if asked.view is not None:
        made.chart.show(*asked.view)
    made.on_change = follow
    made.chart.on_view = background.Later(follow, _REST_MS)
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable."""
    return features(project, Request()).panel


def features(project: Project, asked: Request) -> Features | Empty:
    """Return the page of a project, or what to do first where it has no cached ticks."""
    adapter = adapter_of(project)
    if adapter is None or not len(adapter):
        found = discover(project)
        assert isinstance(found, Empty)
        return found
    return Features(project, adapter, asked)


class Features(Selection):
    """The chart on top, values below it, the lists and the form at the bottom.

    Attributes
    ----------
    panel : Viewable
    chart : TickChart
    drawn : DrawnValues
    bar, values, lower : Fragment
    editor : Editor
    tested : Tested or None
    problem : LitlabError or None
        Of the last test.
    """

    def __init__(self, project: Project, adapter: Any, asked: Request) -> None:
        super().__init__(project, asked)
        self.adapter = adapter
        self.on_change: Callable[[], None] = lambda: None
        self.random = random.Random()
        self.tested: Tested | None = None
        self.problem: LitlabError | None = None
        self.running = self.again = False
        self.proving = Proving(self._tell_progress, self._say)
        self.beside = ""
        self.made = 0  # scripts made on this page: their form closes after each
        index = len(adapter) // 2 if asked.index is None else asked.index
        self.bar = Fragment(_BAR, self.handle)
        self.values = Fragment(handle=self.handle, stylesheets=[_VALUES])
        self.lower = Fragment(handle=self.handle, sizing_mode="stretch_both", stylesheets=[_LOWER])
        self.editor = Editor(self.team)
        self.editor.panel.stylesheets = [*self.editor.panel.stylesheets, _LOWER]
        self.editor.on_saved = self._source_saved
        self.editor.on_closed = lambda: self._edit(False)
        self.chart = TickChart(adapter, index, theme=asked.theme or theme_named("light"))
        self.chart.together = pn.io.unlocked
        self.chart.shade(False)
        self.chart.volume.height = 88
        self.drawn = DrawnValues(self.chart)
        self.chart.on_select = lambda _: self._tick_chosen()
        self._choose_asked()
        self.panel = pn.Column(
            self.bar,
            pn.pane.Bokeh(self.chart.layout, sizing_mode="stretch_both", margin=0),
            self.values, self.lower, self.editor.panel,
            sizing_mode="stretch_both", margin=0, styles={"gap": "0"},
        )  # fmt: skip
        self.tell()
        background.run(lambda: open_data(project), _nothing, _nothing)

    def _forget(self) -> None:
        """Take away what was shown of another script."""
        super()._forget()
        self.tested, self.problem, self.beside = None, None, ""
        self.drawn.clear_values()
        self.chart.mark_read(0, 0)

    # --- messages -----------------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a field or a key asks for; what is wrong stands beside it."""
        self.bar.say(problem="", problem_index="")
        try:
            self._do(action, value)
        except LitlabError as error:
            if action == "index":
                self.bar.say(problem=str(error), problem_index="true")
            else:
                self.said = f"▲ {error}"
                self.tell()

    def _do(self, action: str, value: str) -> None:
        if action == "shuffle":
            self._go(self.random.randrange(len(self.adapter)))
        elif action == "index":
            self._go(_index(value, len(self.adapter)))
        elif action == "typing":
            self._take(value)
            self.on_change()
        elif action == "stop":
            shared_bench().stop()
        elif action == "stop-proving":
            self.proving.stop()
        elif action == "edit-source":
            self.editor.open(value.rpartition("/")[2])
            self._edit(True)
        else:
            self._change(action, value)
            self.tell()

    def _change(self, action: str, value: str) -> None:
        """Do what changes the lower half."""
        self.said, self.refused = "", False
        if action == "tab":
            self.tab = "scripts" if value == "scripts" else "features"
        elif action == "script":
            self._choose_script(value)
        elif action == "feature":
            self._choose_feature(value)
        elif action in ("test", "save", "prove"):
            if value:
                self._take(value)
            {"test": self.test, "save": self._save, "prove": self._prove}[action]()
        elif action == "draw":
            self.beside = value
            self._draw()
        elif action == "delete":
            remove_feature(self.team, value)
            self.said = f"The feature {value} is gone."
            self._choose_script(self.script)
            self.tab = "features"
        elif action == "new-script":
            name = str(fields_of(value).get(":new", "")).strip()
            new_script(self.team, name)
            self.made += 1
            self._choose_script(name)

    def _go(self, index: int) -> None:
        self.chart.go(index)
        self._tick_chosen()

    def _tick_chosen(self) -> None:
        self.test()
        self.tell()

    # --- Test ---------------------------------------------------------------------------------------

    def test(self) -> None:
        """Compute what is chosen at the chart's tick, in the background."""
        if not self.script:
            return
        try:
            params = self.params()
        except LitlabError as error:
            self._told(error)
            return
        if params is None:  # said at the fields at once, whatever is still running
            return
        if self.running:
            self.again = True
            return
        script, index = self.script, self.chart.index
        self.running, self.again = True, False

        def work() -> Tested | LitlabError:
            try:
                return test_feature(self.project, script, params, index)
            except LitlabError as error:
                return error

        self.bar.say(testing=f"◐ testing {script} …", stop=_STOP)
        background.run(work, lambda found: self._told(found, script), lambda said: self._told(_other(said)))

    def _told(self, found: Tested | LitlabError, script: str = "") -> None:
        self.running = False
        self.bar.say(testing="", stop="")
        if self.again or (script and script != self.script):
            self.again = False
            self.test()
            self.tell()
            return
        if isinstance(found, Tested):
            self.tested, self.problem = found, None
        else:
            self.tested, self.problem = None, found
        self._draw()
        self.tell()

    def _draw(self) -> None:
        """Draw the values and what they read; the view moves to where that can be seen."""
        self.drawn.clear_values()
        found = self.tested
        if found is None:
            self.chart.mark_read(0, 0)
            return
        start, stop = found.reads
        self.chart.mark_read(start, stop)
        seen = self.chart.sight
        inside = seen.start <= start and stop <= seen.stop
        if not inside or stop - start < seen.count * _LEAST:
            air = max((stop - start) // 4, MIN_TICKS)
            self.chart.show(start - air, stop + air)
        if found.values is not None and found.spans is not None:
            self.drawn.show(found.values, found.spans, found.columns, found.reads, self.beside)

    # --- Save, Prove, Edit source -------------------------------------------------------------------

    def _save(self) -> None:
        params = self.params()
        if params is None:
            return
        name, script = self.name, self.script
        path = catalogue.find(self.team, script)

        # Saving loads the script, whose own lines may do anything: in the process for tests, within limits.
        def work() -> str:
            try:
                shared_bench().run(
                    save_feature, self.team, name, script, params, script=script, scripts=[path]
                )
            except LitlabError as error:
                return str(error)
            return ""

        background.run(work, lambda problem: self._saved(name, script, problem), self._say)

    def _saved(self, name: str, script: str, problem: str) -> None:
        """Show the feature that was saved, with what was tested of it, or why it was not."""
        if problem or script != self.script:
            self.refused = bool(problem)
            self._say(f"▲ {problem}" if problem else f"● Saved as {name}.")
            return
        tested, failed = self.tested, self.problem
        self._choose_feature(name)
        self.tested, self.problem = tested, failed
        self._draw()
        self._say(f"● Saved as {name}.")

    def _say(self, said: str) -> None:
        self.said = said
        self.tell()

    def _prove(self) -> None:
        params = self.params()
        if params is not None:
            self.proving.start(self.project, self.script, params)

    def _tell_progress(self, done: int, total: int) -> None:
        self.lower.say(proved=str(done / total if total else 0), steps=f"{done:,} of {total:,} steps")

    def _edit(self, on: bool) -> None:
        self.lower.visible = not on
        self.editor.panel.visible = on
        if not on:
            self.tell()

    def _source_saved(self, name: str) -> None:
        """Show a changed script's form at once, what was typed kept where the field is still there."""
        if name != self.script:
            return
        try:
            known = {field.name for field in catalogue.outlined(self.team, name).fields}
            kept = {key: value for key, value in self.typed.items() if key in known}
            self.typed = {**feature_form.prefilled(self.team, name), **kept}
            self.test()
        except LitlabError as error:
            self._told(error)

    # --- what is said -------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """For the header."""
        saved = len(list_features(self.team))
        return f"● {saved} feature{'s' * (saved != 1)} · {len(self.adapter):,} ticks"

    @property
    def code(self) -> str:
        """The calls behind what is on the page."""
        return self.code_at(self.chart.index)

    def tell(self) -> None:
        """Bring everything up to what is chosen and what is known of it."""
        at, zone, store = self.chart.index, self.adapter.zone, self.adapter.store
        time_ns = int(store.times(at, at + 1)[0])
        found = self.tested
        self.bar.say(
            index=f"{at:,}", time=f"{times.stamp(time_ns, zone, 3)} {times.city(zone)}",
            reads=reads.reads_words(found) if found and not found.rejected_by else "",
        )  # fmt: skip
        self.values.html = reads.pane(self)
        self.lower.html = (
            f'<div class="features">{catalogue.html(self)}<div class="chosen" id="chosen">'
            f"{feature_form.html(self)}</div></div>"
        )
        self.on_change()


def _index(value: str, total: int) -> int:
    text = re.sub(r"[\s,_]", "", value)
    if not re.fullmatch(r"\d{1,18}", text) or int(text) >= total:
        raise NoSuchTick(given=value, last=total - 1)
    return int(text)


def _other(said: str) -> LitlabError:
    return BadParameter(name="script", given="", wanted=said)


def _nothing(*_: object) -> None:
    return None


_LEAST = 0.08  # of the view that the ticks read take, else they are looked at more closely
_LOWER = ":host{flex:0 0 31%!important;min-height:248px}"
_VALUES = ":host{flex:0 0 auto!important;height:auto!important;max-height:148px;overflow:auto}"
