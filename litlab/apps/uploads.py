"""Uploads: raw files on their way to ticks, dropped or put there by hand, looked at, cached, added."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import panel as pn

from litlab.adapters import Guess
from litlab.apps import background, filetable, shell
from litlab.apps.drawer import Drawer
from litlab.apps.dropzone import DropZone
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.errors import LitlabError
from litlab.uploads import (
    Caching,
    RawFile,
    add_files,
    discard,
    list_cachings,
    list_files,
    plan_caching,
    start_caching,
    take_out,
    use_adapter,
)
from litlab.uploads.files import guess_of
from litlab.workspace import Project

_PERIOD_MS = 500
_SURE = 0.9  # what a look at a file must be for its caching to begin by itself
_CODE = """from litlab.adapters.previewing import preview
from litlab.uploads import add_files, list_files, plan_caching, start_caching
from litlab.workspace import Workspace

project = Workspace({home!r}).project({team!r}, {project!r})
files = {files}
tasks = plan_caching(project, files{chosen})
start_caching(project.team, tasks).wait()  # goes on without whoever started it
add_files(project, files{read})
beginning = preview({path!r}, {adapter!r}, {parameters!r}, project.team)
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page."""
    made = Uploads(project, asked)
    head = shell.header(project.team.workspace, asked, "uploads", project, made.state, made.code)
    made.on_change = lambda: head.say(state=made.state, code=made.code)
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the files, or where to drop some."""
    return Uploads(project, Request()).panel


class Uploads:
    """The bar, the place to drop files, their table, the drawer of the one that is looked at.

    Attributes
    ----------
    panel : Viewable
    bar, table : Fragment
    drop : DropZone
    drawer : Drawer
    files : list of RawFile
    guesses : dict of Path to Guess or str
        What a look at files gave, or why it gave nothing.
    chosen : dict of Path to (adapter, parameters)
        What people decided for files of no project.
    running : list of Caching
    state, code : str
        For the header.
    on_change : callable
        Called after any of it changed.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked = project, asked
        self.files: list[RawFile] = []
        self.guesses: dict[Path, Guess | str] = {}
        self.chosen: dict[Path, tuple[str, dict[str, Any]]] = {}
        self.said: dict[Path, str] = {}
        self.problem = ""
        self.running: list[Caching] = []
        self.waiting: set[Path] = set()  # sent by this page, to be cached as soon as they are known
        self.on_change: Callable[[], None] = lambda: None
        self._seen: Any = None
        self._turn = 0
        self.bar, self.table = Fragment("", self.handle), Fragment("", self.handle, stylesheets=[_TABLE])
        self.drawer = Drawer(project, self.guess, self.use, self.close)
        self.drop = DropZone(project, self.handle)
        self.table.html = '<div class="piece"><p class="quiet" role="status">◐ Reading the files …</p></div>'
        self.panel: Any = pn.Column(
            self.bar, self.drop, self.table, self.drawer.body,
            sizing_mode="stretch_both", margin=0, styles={"gap": "0"},
        )  # fmt: skip
        self.refresh()
        background.every(_PERIOD_MS, self.follow)

    # --- what people do -------------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button or field asks; what is wrong stands where it was asked."""
        self.problem = ""
        if action.startswith("tick-"):
            self._tick(self._path(action.removeprefix("tick-")), value == "true")
        elif action in ("preview", "discard"):
            path = self._path(value)
            if path is not None and action == "preview":
                self.show(None if path == self.drawer.path else path)
            elif path is not None:
                self._do(path, lambda: discard(self.project.team, path.name))
        elif action == "uploaded":
            self.waiting.add(self.project.folder("raw") / value)
            self.refresh()
        elif action in _ACTIONS:
            _ACTIONS[action](self)

    def _path(self, key: str) -> Path | None:
        return next((one.path for one in self.files if filetable.key_of(one.path) == key), None)

    def _do(self, path: Path, work: Callable[[], object]) -> None:
        """Do what may take a look at the file; what is wrong stands under its row."""
        self.said.pop(path, None)

        def failed(sentence: str) -> None:
            self.said[path] = sentence
            self.refresh()

        background.run(work, lambda _: self.refresh(), failed)

    def _tick(self, path: Path | None, wanted: bool) -> None:
        if path is None:
            return
        adapter, parameters = self.chosen.get(path, ("", {}))
        if wanted:
            self._do(path, lambda: add_files(self.project, [path], adapter, parameters))
        else:
            self._do(path, lambda: take_out(self.project, [path]))

    def cache(self) -> None:
        """Start the caching of the project's files that are not cached, of all where it has none such."""
        self._cache([one.path for one in self.targets()])

    def stop(self) -> None:
        """End the cachings at hand; what is cached stays."""
        for one in self.running:
            one.stop()

    def show(self, path: Path | None) -> None:
        """Open the drawer on a file, or close it."""
        self.drawer.show(next((one for one in self.files if one.path == path), None))
        self.draw()

    def close(self) -> None:
        """Close the drawer."""
        self.show(None)

    def guess(self, file: RawFile) -> Guess:
        """Return what reads a file: people's word, the project's, its cache's, else a proposal."""
        if file.path in self.chosen and not file.in_project:
            adapter, parameters = self.chosen[file.path]
            return Guess(adapter, parameters, 1.0, ("you said so",))
        if file.adapter:
            return guess_of(file)
        found = self.guesses.get(file.path)
        return found if isinstance(found, Guess) else Guess("csv", {}, 0.0, (found or "not looked at yet",))

    def use(self, file: RawFile, adapter: str, parameters: dict[str, Any]) -> None:
        """Read a file with an adapter from now on; all of the project's where it is one of them."""
        if file.in_project:
            use_adapter(self.project, adapter, parameters)
        else:
            self.chosen[file.path] = (adapter, parameters)
            self.guesses[file.path] = Guess(adapter, parameters, 1.0, ("you said so",))
        self.refresh()

    def log(self) -> None:
        """Show what the latest caching printed."""
        latest = next(iter(list_cachings(self.project.team)), None)
        text = latest.job.log.read_text("utf-8", "replace")[-20_000:] if latest else ""
        self.bar.say(log=text or "Nothing has been printed yet.")

    def _cache(self, paths: list[Path]) -> None:
        if not paths:
            return
        chosen = {path: self.chosen[path] for path in paths if path in self.chosen}

        def failed(sentence: str) -> None:
            self.problem = sentence
            self._draw_bar()

        def work() -> Caching:
            return start_caching(self.project.team, plan_caching(self.project, paths, chosen))

        background.run(work, lambda _: self.refresh(), failed)

    # --- what stands on the page ----------------------------------------------------------------------

    def targets(self) -> list[RawFile]:
        """Return what "Cache files" caches."""
        known = [one for one in self.files if not isinstance(self.guesses.get(one.path), str)]
        every = [one for one in known if one.can_be_cached or self._decided_anew(one)]
        return [one for one in every if one.in_project] or every

    def _decided_anew(self, one: RawFile) -> bool:
        wanted = self.chosen.get(one.path)
        return wanted is not None and one.state == "cached" and wanted != (one.adapter, one.parameters)

    def refresh(self) -> None:
        """Read the disk again and draw; a file nobody knows yet is looked at, one after another."""

        def read() -> tuple[list[RawFile], list[Caching]]:
            every = list_files(self.project)
            return every, [one for one in list_cachings(self.project.team)[:5] if one.running]

        background.run(read, self._listed, self._failed)

    def _failed(self, sentence: str) -> None:
        self.problem = sentence
        self._draw_bar()

    def _listed(self, found: tuple[list[RawFile], list[Caching]]) -> None:
        self.files, self.running = found
        self._seen = self._signature()
        self.draw()
        unknown = [one for one in self.files if self._is_unknown(one)]
        if unknown:
            background.run(lambda: _look(unknown), self._looked, self._failed)
        else:
            self._cache_sent()

    def _is_unknown(self, one: RawFile) -> bool:
        known = one.adapter or one.path in self.guesses or one.part is not None or one.state == "gone"
        return not known

    def _looked(self, found: Mapping[Path, Guess | str]) -> None:
        self.guesses.update(found)
        self.draw()
        self._cache_sent()

    def _cache_sent(self) -> None:
        """Cache what this page has sent, where there is no doubt what it is; one caching at a time."""
        if self.running:
            return
        known = {one.path: one for one in self.files if not self._is_unknown(one)}
        sent = [one for path, one in known.items() if path in self.waiting]
        self.waiting -= known.keys()  # what is not listed or looked at yet has its turn later
        self._cache([one.path for one in sent if one.can_be_cached and self._sure(one)])

    def _sure(self, one: RawFile) -> bool:
        guess = self.guesses.get(one.path)
        return bool(one.adapter) or (isinstance(guess, Guess) and guess.confidence >= _SURE)

    def follow(self) -> None:
        """Keep up with cachings, and with files that come and go by hand."""
        self._turn += 1
        was = len(self.running)
        self.running = [one for one in self.running if one.running]
        if len(self.running) != was or (self._turn % 4 == 0 and self._signature() != self._seen):
            self.refresh()
        elif self.running:
            self._tell()

    def _signature(self) -> Any:
        """Return what changes when files, parts, the project or the list of cachings do."""
        raw = self.project.folder("raw")
        found = []
        for path in (*raw.iterdir(), *raw.glob(".parts/*.part"), self.project.record_path):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            found.append((str(path), stat.st_size, stat.st_mtime_ns))
        folders = sorted(path.name for path in self.project.folder("logs").glob("cache-*"))
        caches = self.project.folder("cache").stat().st_mtime_ns
        return sorted(found), folders, caches

    def _tell(self) -> None:
        """Bring figures up to what the jobs wrote last."""
        states, done, total, rows, elapsed = {}, 0.0, 0, 0, 0.0
        for caching in self.running:
            for path, one in caching.files().items():
                states[f"state-{filetable.key_of(path)}"] = filetable.state_of(
                    RawFile(path, 0, one.state), one
                )
            summed = caching.total()
            done, total, rows = done + summed.bytes_done, total + summed.bytes_total, rows + summed.rows
            elapsed = max(elapsed, summed.elapsed_s)
        self.table.say(**states)
        share = done / total if total else 0.0
        left = f" · {elapsed * (1 - share) / share:,.0f} s left" if share else ""
        rate = f" · {rows / elapsed:,.0f} rows/s" if elapsed else ""
        figures = (
            f"{rows:,} rows{rate} · {filetable.megabytes(done)} of {filetable.megabytes(total)} MB{left}"
        )
        self.bar.say(share=f"{share:.4f}", figures=figures)

    def draw(self) -> None:
        """Draw everything but the drawer."""
        self.drop.large = not self.files
        self.table.visible = bool(self.files)
        self.table.values = {}
        self.table.html = filetable.table(self.files, self.guesses, self.said, self.drawer.path)
        self._draw_bar()

    def _draw_bar(self) -> None:
        running = sum(len(one.files()) for one in self.running)
        known = any(one.progress or one.rows is not None for one in self.files)
        self.bar.html = filetable.toolbar(
            running, self.targets(), self._next_step(), self.problem, bool(running) or known
        )
        self.bar.visible = bool(self.files) or bool(self.problem)
        if self.running:
            self._tell()
        self.on_change()

    def _next_step(self) -> str:
        mine = [one for one in self.files if one.in_project]
        if mine and all(one.state == "cached" for one in mine):
            link = escape(self.asked.link("discovery", project=str(self.project)))
            return f"""<a class="button filled" href="{link}">Discovery</a>
                <span class="quiet">The project's files are cached: look at their ticks.</span>"""
        if any(one.state == "cached" for one in self.files):
            return '<span class="quiet">Tick files to add them to the project.</span>'
        return ""

    @property
    def state(self) -> str:
        """What the header says."""
        if self.running:
            return "◐ caching"
        mine = [one for one in self.files if one.in_project]
        if not mine:
            return "○ no files in the project"
        cached = sum(one.state == "cached" for one in mine)
        if cached == len(mine):
            return f"● cached · {filetable.counted(len(mine))} · {sum(one.rows or 0 for one in mine):,} rows"
        return f"○ {filetable.counted(len(mine))} in the project · {cached:,} cached"

    @property
    def code(self) -> str:
        """The calls of what is chosen on the page."""
        mine = [one for one in self.files if one.in_project] or [
            one for one in self.files
            if one.part is None and one.state != "gone" and not isinstance(self.guesses.get(one.path), str)
        ]  # fmt: skip
        shown = next((one for one in self.files if one.path == self.drawer.path), mine[0] if mine else None)
        guess = self.guess(shown) if shown else Guess("lseg", {}, 0.0, ())
        decided = {path: read for path, read in self.chosen.items() if path in {one.path for one in mine}}
        keys = ", ".join(f"Path({str(path)!r}): {read!r}" for path, read in decided.items())
        first = next(iter(decided.values()), None)
        code = _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name,
            project=self.project.name,
            files=json.dumps([str(one.path) for one in mine], indent=4, ensure_ascii=False) if mine else "[]",
            chosen=f", {{{keys}}}" if decided else "", read=f", {first[0]!r}, {first[1]!r}" if first else "",
            path=str(shown.path) if shown else "", adapter=guess.adapter, parameters=guess.parameters,
        )  # fmt: skip
        return f"from pathlib import Path\n\n{code}" if decided else code


def _look(files: list[RawFile]) -> dict[Path, Guess | str]:
    """Return what a look at each file gives, or the sentence why it gives nothing."""
    found: dict[Path, Guess | str] = {}
    for one in files:
        try:
            found[one.path] = guess_of(one)
        except (LitlabError, OSError) as problem:
            found[one.path] = str(problem)
    return found


_ACTIONS: dict[str, Callable[[Uploads], None]] = {
    "cache": Uploads.cache,
    "stop": Uploads.stop,
    "close": Uploads.close,
    "log": Uploads.log,
    "changed": Uploads.refresh,
}
_TABLE = ":host{flex:1 1 0!important;min-height:0}"
