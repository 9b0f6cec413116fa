"""Assets: what a build made, what may be wrong with it, and the step that puts it to use."""

from __future__ import annotations

import functools
import random
import threading
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
import panel as pn

from litlab.apps import asset_views as drawn
from litlab.apps import shell
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.apps.versions import Version, versions_of
from litlab.assets import Asset, audit, promote
from litlab.assets.audit import looks_at_test
from litlab.errors import LitlabError, UnknownName
from litlab.schemas import list_schemas
from litlab.workspace import Project

_LAST = 2**62  # no index is larger
_AT_ONCE = 32 << 20  # bytes of stored samples; more of them are audited in a thread

_CODE = """from litlab.apps.report import audit_html
from litlab.assets import audit, open_asset, promote
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
asset = open_asset(team, {schema!r}, {stage!r}, {digest!r})
figures = audit(asset, team)  # counts, purged, balance, columns, distribution, verdicts
html = audit_html(asset, team)  # the same as one file
sample = asset.sample({part!r}, {number})  # values, index, reads, lineage
bars = asset.array("train", {feature!r})  # (n, rows, columns) float32, mapped
{last}
"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page."""
    made = Assets(project, asked)
    head = shell.header(project.team.workspace, asked, "assets", project, made.state, made.code)
    location = pn.state.location

    def follow() -> None:
        head.say(state=made.state, code=made.code)
        if location is not None and made.moved is not None:
            location.search = asked.link("", project=str(project), **made.address)

    made.on_change = follow
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the project's assets, or what to do first."""
    return Assets(project, Request()).panel


class Assets:
    """The list of versions, and the figures of the one chosen.

    Attributes
    ----------
    panel : Viewable
    body, audited, sampled : Fragment
        The versions; the audit of the chosen one; one of its samples.
    moved : int or None
        The tick of the sample that people went to.
    state, code : str
        For the header.
    on_change : callable
        Called after another version was chosen or promoted.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked = project, asked
        self.chosen = asked.arguments.get("digest", "")
        self.schema = asked.arguments.get("schema", "")
        self.said = self.column = ""
        self.place = ("train", 0)
        self.moved: int | None = None
        self.state = self.code = ""
        self.on_change: Callable[[], None] = lambda: None
        self.shown: Version | None = None
        self.body, self.audited, self.sampled = (Fragment("", self.handle) for _ in range(3))
        self.panel: Any = pn.Column(
            self.body, self.audited, self.sampled, scroll="y", sizing_mode="stretch_both", margin=0
        )
        self.refresh()
        self._begin()

    def handle(self, action: str, value: str) -> None:
        """Do what a button or field asks; an error stands above the list."""
        if action in ("show", "promote"):
            self.schema, _, self.chosen = value.partition("/")
            self.said, self.place, self.moved = "", ("train", 0), None
            if action == "promote":
                self._promote()
            self.refresh()
        elif action == "column":
            self.column = value
            self._draw_audit()
        else:
            self._step(action, value)
            self._draw_sample()
        self.on_change()

    def _promote(self) -> None:
        try:
            promote(self.project.team, self.schema, self.chosen)
        except LitlabError as error:
            self.said = f'<p class="problem" role="alert">▲ {escape(str(error))}</p>'

    def _step(self, action: str, value: str) -> None:
        """Go to another sample: a part, a number, or any at all."""
        part, number = self.place
        asset = self.shown.asset if self.shown else None
        if asset is None:
            return
        if action == "part" and value in asset.parts:
            part, number = value, 0
        elif action == "number" and value.replace(",", "").isdecimal():
            number = int(value.replace(",", ""))
        elif action == "shuffle" and asset.count(part):
            number = random.randrange(asset.count(part))
        self.place = (part, max(0, min(number, asset.count(part) - 1)))
        if asset.count(part):
            self.moved = int(asset.index(part)[self.place[1]])

    def _begin(self) -> None:
        """Show the sample nearest to the tick that people come from."""
        asset, index = self.shown.asset if self.shown else None, self.asked.index
        if asset is None or index is None:
            return
        near = []
        for part in asset.parts:
            if asset.count(part):
                away = np.abs(np.asarray(asset.index(part), np.int64) - min(index, _LAST))
                near.append((int(away.min()), part, int(away.argmin())))
        if near:
            _, part, number = min(near, key=lambda one: one[0])
            self.place = (part, number)
            self._draw_sample()

    @property
    def address(self) -> dict[str, str]:
        """What the page's address says of it."""
        told = {"schema": self.shown.schema, "digest": self.shown.asset.digest} if self.shown else {}
        return told if self.moved is None else {**told, "index": str(self.moved)}

    def refresh(self) -> None:
        """Read the versions again and draw."""
        every = versions_of(self.project)
        self.state = _counted(every)
        self.shown = None
        if not every:
            self.state = "○ no assets"
            self.body.html, self.audited.html, self.sampled.html = self._nothing(), "", ""
            return
        chosen = (one for one in every if one.asset.digest == self.chosen)
        shown = self.shown = next(chosen, None) or _first(every, self.schema)
        missing = _missing(every, self.schema, self.chosen)
        head = drawn.head(every, shown, self._designer())
        self.body.html = f'<div class="piece">{self.said}{missing}{drawn.listed(every, shown)}{head}</div>'
        self._draw_audit()
        self._draw_sample()

    def _draw_audit(self) -> None:
        """Draw the audit; a large one is made in a thread, and the page says so meanwhile."""
        assert self.shown is not None
        asset = self.shown.asset
        looks = looks_at_test(self.project.team, asset)
        if _held_bytes(asset) <= _AT_ONCE or _audits.get(asset.digest, (-1,))[0] == looks:
            self.audited.html = drawn.audited(_audit(self.project, asset, looks), self.column)
            return
        self.audited.html = '<div class="piece"><p role="status">◐ Auditing all samples …</p></div>'
        document = pn.state.curdoc
        finish = functools.partial(self._finish, asset.digest)

        def work() -> None:
            _audit(self.project, asset, looks)
            document.add_next_tick_callback(finish) if document is not None else finish()

        threading.Thread(target=work, daemon=True, name="audit").start()

    def _finish(self, digest: str) -> None:
        if self.shown is not None and self.shown.asset.digest == digest:
            self.audited.html = drawn.audited(_audits[digest][1], self.column)

    def _draw_sample(self) -> None:
        assert self.shown is not None
        shown, (part, number) = self.shown, self.place
        last = f"promote(team, {shown.schema!r})" if shown.stage == "queue" else ""
        self.code = _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name, schema=shown.schema,
            stage=shown.stage, digest=shown.asset.digest, part=part, number=number,
            feature=shown.asset.inputs[0] if shown.asset.inputs else "", last=last,
        ).rstrip()  # fmt: skip
        self.sampled.html = drawn.sampled(shown.asset, part, number, self.asked)

    def _designer(self) -> str:
        return self.asked.link("designer", project=str(self.project))

    def _nothing(self) -> str:
        schemas = [
            name for name, one in list_schemas(self.project.team).items() if one.project == self.project.name
        ]
        place = f"--workspace {self.project.team.workspace.home}"
        command = (
            f"litlab build {schemas[0]} --team {self.project.team.name} {place}"
            if schemas
            else f"litlab demo {place}"
        )
        text = "An asset is what a build makes of a schema: arrays to train on. " + (
            "Build the schema:" if schemas else "There is no schema yet; the demo brings one:"
        )
        return f"""<div class="empty"><h2>No assets yet</h2><p class="quiet">{text}</p>
            <pre tabindex="0"><code>{escape(command)}</code></pre></div>"""


def _counted(every: list[Version]) -> str:
    """Return what the header says: how many are in production, were there, and wait."""
    waiting = sum(one.stage == "queue" for one in every)
    now = sum(one.stage == "production" and one.current for one in every)
    replaced = len(every) - waiting - now
    before = f" · ■ {replaced} replaced" if replaced else ""
    return f"● {now} in production{before} · ○ {waiting} in the queue" if every else ""


def _missing(every: list[Version], schema: str, digest: str) -> str:
    """Return that there is no such asset as the address names, with the nearest name; "" where there is."""
    schemas = {one.schema for one in every}
    try:
        if schema and schema not in schemas:
            raise UnknownName(kind="schema with an asset", given=schema[:80], known=schemas)
        if digest and all(one.asset.digest != digest for one in every):
            known = [one.asset.digest for one in every if not schema or one.schema == schema]
            raise UnknownName(kind="version of an asset", given=digest[:80], known=known)
    except UnknownName as problem:
        return f'<p class="problem" role="alert">▲ {escape(str(problem))}</p>'
    return ""


def _first(every: list[Version], schema: str) -> Version:
    """Return what most needs a look: the newest in the queue, else what is in production."""
    mine = [one for one in every if one.schema == schema] or every
    return next((one for one in mine if one.stage == "queue" and one.current), mine[0])


_audits: dict[str, tuple[int, dict[str, Any]]] = {}  # digest → looks at the test part, audit


def _audit(project: Project, asset: Asset, looks: int) -> dict[str, Any]:
    """Return an asset's audit, made once: its content never changes, only the looks do."""
    if _audits.get(asset.digest, (-1,))[0] != looks:
        while len(_audits) >= 16:
            _audits.pop(next(iter(_audits)))
        _audits[asset.digest] = (looks, audit(asset, project.team))
    return _audits[asset.digest][1]


def _held_bytes(asset: Asset) -> int:
    cells = sum(rows * columns for rows, columns in map(asset.shape, asset.manifest["order"]))
    return 4 * cells * sum(map(asset.count, asset.parts))
