"""Assets: what a build made, what may be wrong with it, and the step that puts it to use."""

from __future__ import annotations

import dataclasses
import functools
import random
import threading
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from litlab.apps import figures, shell
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import Asset, audit, open_asset, promote, promoted_by, versions
from litlab.assets.audit import looks_at_test
from litlab.charts import times
from litlab.errors import LitlabError, NoAsset
from litlab.schemas import list_schemas
from litlab.workspace import Project

_STAGES = ("production", "queue")

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
    made.on_change = lambda: head.say(state=made.state, code=made.code)
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the project's assets, or what to do first."""
    return Assets(project, Request()).panel


@dataclasses.dataclass(frozen=True)
class Version:
    """One version of a schema's asset.

    Attributes
    ----------
    stage : {"production", "queue"}
    current : bool
        Whether it is the one in use, or the newest in the queue.
    promoted : dict or None
        The ledger's entry; None where nobody recorded it.
    """

    schema: str
    stage: str
    asset: Asset
    current: bool
    promoted: dict[str, Any] | None


def versions_of(project: Project) -> list[Version]:
    """Return all versions of the project's assets: by schema, production first, the current one first."""
    found = []
    schemas = list_schemas(project.team)
    folders = sorted(path.name for path in project.folder("assets").iterdir() if path.is_dir())
    for schema in folders:
        if schema in schemas and schemas[schema].project != project.name:
            continue
        for stage in _STAGES:
            now = _current(project, schema, stage)
            made = [
                _version(project, schema, stage, digest, now)
                for digest in versions(project.team, schema, stage)
            ]
            found += sorted(made, key=lambda one: not one.current)
    return found


def _current(project: Project, schema: str, stage: str) -> str | None:
    try:
        return open_asset(project.team, schema, stage).digest
    except NoAsset:
        return None


def _version(project: Project, schema: str, stage: str, digest: str, now: str | None) -> Version:
    asset = open_asset(project.team, schema, stage, digest)
    promoted = promoted_by(project.team, asset) if stage == "production" else None
    return Version(schema, stage, asset, asset.digest == now, promoted)


class Assets:
    """The list of versions, and the figures of the one chosen.

    Attributes
    ----------
    panel : Viewable
    body, audited, sampled : Fragment
        The versions; the audit of the chosen one; one of its samples.
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
        self.state = self.code = ""
        self.on_change: Callable[[], None] = lambda: None
        self.shown: Version | None = None
        self.body, self.audited, self.sampled = (Fragment("", self.handle) for _ in range(3))
        self.panel: Any = pn.Column(
            self.body, self.audited, self.sampled, scroll="y", sizing_mode="stretch_both", margin=0
        )
        self.refresh()

    def handle(self, action: str, value: str) -> None:
        """Do what a button or field asks; an error stands above the list."""
        if action in ("show", "promote"):
            self.schema, _, self.chosen = value.partition("/")
            self.said, self.place = "", ("train", 0)
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

    def refresh(self) -> None:
        """Read the versions again and draw."""
        every = versions_of(self.project)
        waiting = sum(one.stage == "queue" for one in every)
        self.state = f"● {len(every) - waiting} in production · ○ {waiting} in the queue" if every else ""
        self.shown = None
        if not every:
            self.state = "○ no assets"
            self.body.html, self.audited.html, self.sampled.html = self._nothing(), "", ""
            return
        chosen = (one for one in every if one.asset.digest == self.chosen)
        shown = self.shown = next(chosen, None) or _first(every, self.schema)
        self.body.html = f'<div class="piece">{self.said}{_list(every, shown)}{_head(every, shown)}</div>'
        self._draw_audit()
        self._draw_sample()

    def _draw_audit(self) -> None:
        """Draw the audit; a large one is made in a thread, and the page says so meanwhile."""
        assert self.shown is not None
        asset = self.shown.asset
        looks = looks_at_test(self.project.team, asset)
        if _held_bytes(asset) <= _AT_ONCE or _audits.get(asset.digest, (-1,))[0] == looks:
            self.audited.html = _audit_html(_audit(self.project, asset, looks), self.column)
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
            self.audited.html = _audit_html(_audits[digest][1], self.column)

    def _draw_sample(self) -> None:
        assert self.shown is not None
        shown, (part, number) = self.shown, self.place
        last = f"promote(team, {shown.schema!r})" if shown.stage == "queue" else ""
        self.code = _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name, schema=shown.schema,
            stage=shown.stage, digest=shown.asset.digest, part=part, number=number,
            feature=shown.asset.inputs[0] if shown.asset.inputs else "", last=last,
        ).rstrip()  # fmt: skip
        self.sampled.html = _sample(shown.asset, part, number, self.asked)

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


def _first(every: list[Version], schema: str) -> Version:
    """Return what most needs a look: the newest in the queue, else what is in production."""
    mine = [one for one in every if one.schema == schema] or every
    return next((one for one in mine if one.stage == "queue" and one.current), mine[0])


def _list(every: list[Version], shown: Version) -> str:
    rows = "".join(_version_row(one, one is shown) for one in every)
    return f"""<section><div class="scroll"><table><thead><tr><th>Schema</th><th>Stage</th><th>Version</th>
        <th class="number">Samples</th><th>Promoted by</th><th>Promoted, UTC</th>
        <th><span class="visually-hidden">Show</span></th></tr></thead>
        <tbody>{rows}</tbody></table></div></section>"""


def _version_row(one: Version, shown: bool) -> str:
    key = escape(f"{one.schema}/{one.asset.digest}")
    samples = sum(one.asset.count(part) for part in one.asset.parts)
    name = f"<strong>{escape(one.schema)}</strong>" if shown else escape(one.schema)
    look = (
        '<span class="quiet">shown below</span>'
        if shown
        else f'<button data-action="show" data-argument="{key}">Show</button>'
    )
    who, when = _who_when(one)
    return f"""<tr><td>{name}</td><td>{_stage(one)}</td>
        <td><code title="{escape(one.asset.digest)}">{escape(one.asset.digest[:12])}</code></td>
        <td class="number">{samples:,}</td><td>{who}</td><td>{when}</td><td class="number">{look}</td></tr>"""


def _stage(one: Version) -> str:
    if one.stage == "queue":
        return "○ queue"
    return "● production" if one.current else "■ replaced"


def _who_when(one: Version) -> tuple[str, str]:
    if one.stage == "queue":
        return '<span class="quiet">not yet</span>', ""
    if one.promoted is None:
        return '<span title="Moved by hand: the ledger has no entry">▲ unrecorded</span>', ""
    return escape(str(one.promoted["who"])), times.stamp(int(one.promoted["time_ns"]), "UTC", 0)


def _head(every: list[Version], shown: Version) -> str:
    why = shown.asset.manifest.get("hindsight")
    said = f" · uses hindsight: {escape(', '.join(why))}" if why else ""
    about = f"{_stage(shown)} · {escape(shown.asset.digest[:12])}{said} · times in"
    return f"""<section class="actions"><h2>{escape(shown.schema)}</h2>
        <span class="quiet">{about} {escape(times.city(shown.asset.zone))}</span><span class="grow"></span>
        {_promotion(every, shown)}</section>"""


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


def _audit_html(told: dict[str, Any], column: str) -> str:
    rows = {figures.column_key(row): row for row in told["distribution"]}
    most = max(rows, key=lambda key: rows[key]["psi"]["test"] or 0.0)
    chosen = column if column in rows else most
    return f"""<div class="piece">
        <section class="pair">{figures.counts(told)}{figures.balance(told)}</section>
        <section>{figures.verdicts(told)}</section>
        <section class="pair">{figures.drift(told, chosen)}{figures.histogram(rows[chosen])}</section>
        <section><h2>Columns <span class="quiet">all rows of the training part</span></h2>
        {figures.columns(told)}</section></div>"""


def _sample(asset: Asset, part: str, number: int, asked: Request) -> str:
    options = "".join(f"<option{' selected' if one == part else ''}>{one}</option>" for one in asset.parts)
    bar = f"""<div class="bar wraps tools"><h2>Sample</h2>
        <select aria-label="Part" data-action="part">{options}</select>
        <label>Number <input aria-label="Sample number" size="8" inputmode="numeric" data-action="number"
        value="{number:,}"></label><span class="quiet">of {asset.count(part):,}, from 0</span>
        <button data-action="shuffle" data-key="s">Shuffle<kbd>S</kbd></button>"""
    if not asset.count(part):
        return f'<div class="piece">{bar}</div><p class="quiet">The {part} part is empty.</p></div>'
    found = asset.sample(part, number)
    link = escape(asked.link("discovery", index=str(found.index)))
    names = {name: asset.columns(name) for name in asset.manifest["order"]}
    return f"""<div class="piece">{bar}<a href="{link}">Show the ticks read</a></div>
        {figures.sample(found, names, asset.zone)}</div>"""


def _promotion(every: list[Version], shown: Version) -> str:
    if shown.stage != "queue":
        return ""
    key = escape(f"{shown.schema}/{shown.asset.digest}")
    changes = "".join(f"<tr>{row}</tr>" for row in _changes(every, shown))
    return f"""<button class="filled" data-open="confirm">Promote</button>
        <dialog id="confirm" aria-label="Promote {escape(shown.schema)}"><h2>Promote {escape(shown.schema)} to
        production?</h2><p class="quiet">New trainings use it from then on; running ones keep theirs. Who and
        when is recorded.</p><table><thead><tr>
        <th><span class="visually-hidden">Figure</span></th><th class="number">In production</th>
        <th class="number">This version</th></tr></thead><tbody>{changes}</tbody></table>
        <div class="actions"><button data-close>Cancel</button>
        <button class="filled" data-action="promote" data-argument="{key}">Promote</button></div></dialog>"""


def _changes(every: list[Version], shown: Version) -> list[str]:
    """Return the rows of what changes against production."""
    before = next(
        (one for one in every if one.schema == shown.schema and one.stage == "production" and one.current),
        None,
    )

    def cells(name: str, old: str, new: str) -> str:
        return f'<td>{name}</td><td class="number">{old}</td><td class="number">{new}</td>'

    old, new = before.asset if before else None, shown.asset
    rows = [
        cells(
            "Version", f"<code>{old.digest[:12]}</code>" if old else "none", f"<code>{new.digest[:12]}</code>"
        )
    ]
    rows += [
        cells(part.capitalize(), f"{old.count(part):,}" if old else "–", f"{new.count(part):,}")
        for part in new.parts
    ]
    rows.append(
        cells(
            "Features and labels",
            f"{len(old.manifest['order'])}" if old else "–",
            f"{len(new.manifest['order'])}",
        )
    )
    return rows
