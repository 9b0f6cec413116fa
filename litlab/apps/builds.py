"""Builds: what runs, how far each chunk is, what its processes do and say; builds go on without the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import panel as pn

from litlab.apps import background, shell
from litlab.apps import build_views as drawn
from litlab.apps.fragment import Fragment
from litlab.apps.log_window import LogWindow
from litlab.apps.request import Request
from litlab.apps.schema_form import failed as sentence
from litlab.builds import (
    BuildLog,
    Processes,
    chunk_states,
    facts,
    list_builds,
    resume_build,
    stop_build,
    tail,
)
from litlab.errors import LitlabError
from litlab.workspace import Project

PERIOD_MS = 1_000
_OPEN = ("queued", "running")
_SHOWN = 100  # builds, the newest; as many again on demand
_WORKFLOW, _PRINTED = "workflow.log", "log.txt"
_QUICK_S = 0.2  # a search that took longer is not done again by itself

_CODE = """from litlab.builds import chunk_states, facts, find_build, tail, team_facts
from litlab.builds import resume_build, stop_build
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
builds = team_facts(team, {project!r})  # newest first; JSON values
build = find_build(team, {number})
told = facts(build)  # state, chunks, samples, ticks_per_s, eta_s, rss_bytes, reason …
chunks = chunk_states(build)
log = tail.last(build.folder / "workflow.log").lines
# stop_build(team, {number}) ends it; resume_build(team, {number}) goes on where it ended
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page, its address kept in step with the build shown."""
    made = Builds(project, asked)
    head = shell.header(project.team.workspace, asked, "builds", project, made.state, made.code or " ")
    location = pn.state.location

    def follow() -> None:
        head.say(state=made.state, code=made.code)
        if location is not None and made.current:
            location.update_query(build=made.current)

    made.on_change = follow
    follow()
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the project's builds."""
    return Builds(project, Request()).panel


class Builds:
    """The builds, and what is known of the one chosen.

    Attributes
    ----------
    panel : Viewable
    current : int
        The number of the build shown; 0 without any.
    pane : {"status", "processes", "log"}
    state : str
        For the header.
    on_change : callable
        Called after the page was brought up to date.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked, self.team = project, asked, project.team
        self.on_change: Callable[[], None] = lambda: None
        number = asked.arguments.get("build", "")
        self.current = int(number) if number.isdecimal() and number.isascii() and len(number) < 19 else 0
        self._wanted = number  # what the address asks for, until another is chosen
        self.pane = "status"
        self.said = self.missing = ""
        self._known: dict[int, tuple[dict[str, Any], str]] = {}
        self._elsewhere: set[int] = set()
        self._most, self._more = _SHOWN, False
        self._listed: list[int] = []
        self._timer: Any = None
        self._log: LogWindow | None = None
        self._file, self._words, self._level = _WORKFLOW, "", ""
        self._search_s, self._searching, self._found_at = 0.0, 0, -1
        self._processes: Processes | None = None
        self.panel: Any = Fragment(drawn.FRAME, self.handle, sizing_mode="stretch_both")
        self.refresh()

    # --- reading ------------------------------------------------------------------------------------

    def _look(self) -> list[dict[str, Any]]:
        """Return the facts of the project's builds, newest first; those that are over are read once."""
        every: list[dict[str, Any]] = []
        builds = list_builds(self.team)
        self._listed, self._more = [build.number for build in builds], False
        for build in reversed(builds):
            number = build.number
            if number in self._elsewhere:
                continue
            if number not in self._known or self._known[number][0]["state"] in _OPEN:
                told = facts(build)
                if told["project"] not in ("", self.project.name):
                    self._elsewhere.add(number)
                    continue
                self._known[number] = told, drawn.track(chunk_states(build))
            if len(every) == self._most:
                self._more = True
                break
            every.append(self._known[number][0])
        return every

    @property
    def _build(self) -> BuildLog:
        return BuildLog(self.team.folder("logs") / str(self.current))

    def refresh(self) -> None:
        """Bring the page up to what the disk says, and go on doing so."""
        every = self._look()
        numbers = [told["build"] for told in every]
        self._keep_looking()
        if not every:
            self._nothing()
            return
        self.panel.html = drawn.FRAME
        if self.current not in numbers:
            self.missing = self._missing(self._wanted, numbers)
            self._choose(next((told["build"] for told in every if told["state"] in _OPEN), numbers[0]))
        running = sum(told["state"] in _OPEN for told in every)
        self.state = (
            f"◐ {running} running"
            if running
            else f"● {len(every)} build{'s' * (len(every) != 1)}, none running"
        )
        told = self._known[self.current][0]
        tracks = {number: self._known[number][1] for number in numbers}
        link = self.asked.link("assets", schema=told["schema"], digest=told["asset"])
        missing = f'<p class="problem" role="alert">▲ {escape(self.missing)}</p>' if self.missing else ""
        self.panel.say(
            rows=missing + drawn.rows(every, tracks, self.current, self._more),
            head=drawn.head(told, link, self.asked.link("schemas", schema=told["schema"])),
            tabs=drawn.pane_tabs(self.pane),
        )
        self._draw_pane(told)
        self.on_change()

    def _again(self) -> None:
        """Look again where something runs, or was begun since, wherever that was."""
        runs = any(told["state"] in _OPEN for told, _ in self._known.values())
        if runs or [build.number for build in list_builds(self.team)] != self._listed:
            self.refresh()

    def _missing(self, wanted: str, numbers: list[int]) -> str:
        """Return that there is no such build as the address names; "" where it names none."""
        if not wanted:
            return ""
        return f"There is no build {wanted[:40]!r} of this project. Its newest is {max(numbers)}."

    def _nothing(self) -> None:
        self.state = "○ no builds"
        link = self.asked.link("schemas")
        self.panel.html = drawn.nothing(link)

    def _keep_looking(self) -> None:
        if self._timer is None:
            self._timer = background.every(PERIOD_MS, self._again)

    def _choose(self, number: int) -> None:
        self.current = number
        self._log, self._processes = None, None
        self._file, self._words, self._level = _WORKFLOW, "", ""

    # --- below the rows -----------------------------------------------------------------------------

    def _draw_pane(self, told: dict[str, Any]) -> None:
        if self.pane == "log":
            self._draw_log()
            return
        if self.pane == "processes":
            self._processes = self._processes or Processes(self._build)
            html = drawn.processes(self._processes.look())
        else:
            html = drawn.status(told, sentence(self.said) if self.said else "")
        self.panel.say(tools="", pane=html)

    def _path(self) -> Path:
        folder = self._build.folder
        return folder / "processes" / f"{self._file}.log" if self._file.isdecimal() else folder / self._file

    def _draw_log(self, tools: bool = False) -> None:
        if tools or not self.panel.values.get("tools"):
            self.panel.say(tools=drawn.log_tools(self._files(), self._file, self._words, self._level))
        if self._words or self._level:
            self._search()
            return
        if self._log is None or self._log.path != self._path():
            self._log = LogWindow(self._path())
        else:
            self._log.advance()
        window = self._log
        count = len(window.lines)
        part = f"the last {count:,} lines" if window.follows else f"{count:,} lines"
        lines = part if window.start or not window.follows else f"{count:,} lines, all there are"
        self.panel.say(lines=lines, pane=drawn.log(window.lines, window.start > 0, not window.follows))

    def _files(self) -> dict[str, str]:
        files = {_WORKFLOW: "what happened (workflow.log)"}
        build = self._build
        if (build.folder / _PRINTED).is_file():
            files[_PRINTED] = "what the build printed (log.txt)"
        printed = sorted(build.processes.glob("*.log"))
        return files | {path.stem: f"what process {path.stem} printed" for path in printed}

    def _search(self) -> None:
        """Look through the whole log in the background; again by itself only where that is quick."""
        path = self._path()
        size = path.stat().st_size if path.is_file() else 0
        if size == self._found_at or (self._found_at >= 0 and self._search_s > _QUICK_S):
            return
        self._found_at = size
        self._searching += 1
        turn, began = self._searching, time.monotonic()
        words, level = self._words, self._level
        pid = None
        if words.startswith("pid:") and words[4:].isdecimal():
            words, pid = "", int(words[4:])

        def done(found: tail.Matches) -> None:
            if turn != self._searching:
                return
            self._search_s = time.monotonic() - began
            shown = f", the last {len(found.lines):,} shown" if found.count > len(found.lines) else ""
            self.panel.say(
                lines=f"{found.count:,} lines match{shown}", pane=drawn.log(found.lines, False, False)
            )

        def failed(told: str) -> None:
            self.panel.say(lines="", pane=sentence(told))

        self.panel.say(lines="◐ searching …")
        background.run(lambda: tail.search(path, words, level, pid), done, failed)

    # --- what people do -----------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a tab or a field asks; what is wrong stands in the Status pane."""
        self.said = ""
        if action == "show" and value.isdecimal():
            self._choose(int(value))
            self.panel.say(tools="")
        elif action == "pane" and value in drawn.PANES:
            self.pane = value
        elif action == "older":
            self._most += _SHOWN
        elif action in ("cancel", "resume"):
            self._order(action, int(value))
        elif action == "process-log":
            self._show_process(value)
        elif action in ("file", "words", "level", "earlier", "latest"):
            self._turn_log(action, value)
        self.refresh()

    def _order(self, action: str, number: int) -> None:
        try:
            if action == "cancel":
                stop_build(self.team, number)
                job = self._build.job
                if job is not None:
                    job.wait(2)
            else:
                self._choose(BuildLog(resume_build(self.team, number).folder).number)
        except LitlabError as problem:
            self.said, self.pane = str(problem), "status"

    def _show_process(self, pid: str) -> None:
        """Show what the shared log says of a process."""
        self.pane, self._file, self._level = "log", _WORKFLOW, ""
        self._words, self._found_at = f"pid:{pid}", -1
        self.panel.say(tools="")

    def _turn_log(self, action: str, value: str) -> None:
        self._found_at = -1
        if action == "file":
            self._file = value if value in self._files() else _WORKFLOW
        elif action == "words":
            self._words = value.strip()
        elif action == "level":
            self._level = value if value in tail.LEVELS else ""
        elif self._log is not None and action == "earlier":
            self._log.earlier()
        elif self._log is not None:
            self._log.latest()

    @property
    def code(self) -> str:
        """The calls that tell what the page shows."""
        if not self.current:
            return ""
        return _CODE.format(
            home=str(self.team.workspace.home), team=self.team.name, project=self.project.name,
            number=self.current,
        )  # fmt: skip
