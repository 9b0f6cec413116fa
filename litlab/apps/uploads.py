"""Uploads: raw files on their way to ticks, dropped or put there by hand, looked at, cached, added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import panel as pn

from litlab.adapters import Guess
from litlab.apps import background, filetable, shell
from litlab.apps.drawer import Drawer
from litlab.apps.dropzone import DropZone
from litlab.apps.fragment import Fragment
from litlab.apps.readings import Readings, look
from litlab.apps.request import Request
from litlab.upkeep import remove_raw
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
)
from litlab.workspace import Project

_PERIOD_MS = 500


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
    readings : Readings
        What reads which file.
    running : list of Caching
    state, code : str
        For the header.
    on_change : callable
        Called after any of it changed.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked = project, asked
        self.files: list[RawFile] = []
        self.readings = Readings(project)
        self.said: dict[Path, str] = {}
        self.problem = ""
        self.running: list[Caching] = []
        self._starting = False  # a caching that is not listed yet
        self.waiting: set[Path] = set()  # sent by this page, to be cached as soon as they are known
        self.on_change: Callable[[], None] = lambda: None
        self._seen: Any = None
        self._turn = 0
        self.bar, self.table = Fragment("", self.handle), Fragment("", self.handle, stylesheets=[_TABLE])
        self.drawer = Drawer(project, self.readings.guess, self.use, self.close)
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
        elif action == "remove":
            self._remove(self._path(value))
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

    def _remove(self, path: Path | None) -> None:
        if path is None:
            return
        if any(path in one.files() for one in self.running):
            self.said[path] = "It is being cached. Cancel that first, or wait for its end."
            self.draw()
            return
        if path == self.drawer.path:
            self.close()
        self._do(path, lambda: remove_raw(self.project.team, path))

    def _tick(self, path: Path | None, wanted: bool) -> None:
        if path is None:
            return
        adapter, parameters = self.readings.chosen.get(path, ("", {}))
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

    def use(self, file: RawFile, adapter: str, parameters: dict[str, Any]) -> None:
        """Read a file with an adapter from now on; all of the project's where it is one of them."""
        self.readings.use(file, adapter, parameters)
        self.refresh()

    def log(self) -> None:
        """Show what the latest caching printed."""
        latest = next(iter(list_cachings(self.project.team)), None)
        text = latest.job.log.read_text("utf-8", "replace")[-20_000:] if latest else ""
        self.bar.say(log=text or "Nothing has been printed yet.")

    def _cache(self, paths: list[Path]) -> None:
        if not paths:
            return
        known = self.readings.chosen
        chosen = {path: known[path] for path in paths if path in known}

        def failed(sentence: str) -> None:
            self._starting = False
            self._failed(sentence)

        def started(_: Caching) -> None:
            self._starting = False
            self.refresh()

        def work() -> Caching:
            return start_caching(self.project.team, plan_caching(self.project, paths, chosen))

        self._starting = True
        background.run(work, started, failed)

    # --- what stands on the page ----------------------------------------------------------------------

    def targets(self) -> list[RawFile]:
        """Return what "Cache files" caches."""
        known = [one for one in self.files if self.readings.is_readable(one)]
        every = [one for one in known if one.can_be_cached or self.readings.is_decided_anew(one)]
        return [one for one in every if one.in_project] or every

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
        unknown = [one for one in self.files if self.readings.is_unknown(one)]
        if unknown:
            background.run(lambda: look(unknown), self._looked, self._failed)
        else:
            self._cache_sent()

    def _looked(self, found: Mapping[Path, Guess | str]) -> None:
        self.readings.guesses.update(found)
        self.draw()
        self._cache_sent()

    def _cache_sent(self) -> None:
        """Cache what this page has sent, where there is no doubt what it is; one caching at a time."""
        if self.running or self._starting:
            return
        known = {one.path: one for one in self.files if not self.readings.is_unknown(one)}
        sent = [one for path, one in known.items() if path in self.waiting]
        self.waiting -= known.keys()  # what is not listed or looked at yet has its turn later
        self._cache([one.path for one in sent if one.can_be_cached and self.readings.is_sure(one)])

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
        figures = f"{rows:,} rows{rate} · {filetable.portion(done, total)}{left}"
        self.bar.say(share=f"{share:.4f}", figures=figures)

    def draw(self) -> None:
        """Draw everything but the drawer."""
        self.drop.large = not self.files
        self.table.visible = bool(self.files)
        self.table.values = {}
        self.table.html = filetable.table(self.files, self.readings.guesses, self.said, self.drawer.path)
        self._draw_bar()

    def _draw_bar(self) -> None:
        running = sum(len(one.files()) for one in self.running)
        known = any(one.progress or one.rows is not None for one in self.files)
        step = filetable.next_step(self.files, self.asked.link("discovery", project=str(self.project)))
        self.bar.html = filetable.toolbar(running, self.targets(), step, self.problem, bool(running) or known)
        self.bar.visible = bool(self.files) or bool(self.problem)
        if self.running:
            self._tell()
        self.on_change()

    @property
    def state(self) -> str:
        """What the header says."""
        return "◐ caching" if self.running else filetable.summary(self.files)

    @property
    def code(self) -> str:
        """The calls of what is chosen on the page."""
        return self.readings.code(self.files, self.drawer.path)


_ACTIONS: dict[str, Callable[[Uploads], None]] = {
    "cache": Uploads.cache,
    "stop": Uploads.stop,
    "close": Uploads.close,
    "log": Uploads.log,
    "changed": Uploads.refresh,
}
_TABLE = ":host{flex:1 1 0!important;min-height:0}"
