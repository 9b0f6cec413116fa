"""Assets: what a build made, column by column, and the step that puts it to use."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html import escape
from typing import Any

from litlab.apps import figures, shell
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import Asset, audit, open_asset, promote, promoted_by, versions
from litlab.charts import times
from litlab.errors import LitlabError, NoAsset
from litlab.schemas import list_schemas
from litlab.workspace import Project

_STAGES = ("production", "queue")

_CODE = """from litlab.assets import audit, open_asset, promote
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
asset = open_asset(team, {schema!r}, {stage!r})
figures = audit(asset)  # counts, purged, balance, columns
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
    body : Fragment
    state, code : str
        For the header.
    on_change : callable
        Called after another version was chosen or promoted.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project = project
        self.chosen = asked.arguments.get("digest", "")
        self.schema = asked.arguments.get("schema", "")
        self.said = ""
        self.state = self.code = ""
        self.on_change: Callable[[], None] = lambda: None
        self.body = Fragment("", self.handle, sizing_mode="stretch_both")
        self.panel: Any = self.body
        self.refresh()

    def handle(self, action: str, value: str) -> None:
        """Choose or promote ``schema/digest``; an error stands above the list."""
        schema, _, digest = value.partition("/")
        self.schema, self.chosen, self.said = schema, digest, ""
        if action == "promote":
            try:
                promote(self.project.team, schema, digest)
            except LitlabError as error:
                self.said = f'<p class="problem" role="alert">▲ {escape(str(error))}</p>'
        self.refresh()
        self.on_change()

    def refresh(self) -> None:
        """Read the versions again and draw."""
        every = versions_of(self.project)
        waiting = sum(one.stage == "queue" for one in every)
        self.state = f"● {len(every) - waiting} in production · ○ {waiting} in the queue" if every else ""
        if not every:
            self.state = "○ no assets"
            self.body.html = self._nothing()
            return
        shown = next((one for one in every if one.asset.digest == self.chosen), None) or _first(
            every, self.schema
        )
        last = f"promote(team, {shown.schema!r})" if shown.stage == "queue" else ""
        self.code = _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name, schema=shown.schema,
            stage=shown.stage, feature=shown.asset.inputs[0] if shown.asset.inputs else "", last=last,
        ).rstrip()  # fmt: skip
        self.body.html = f'<div class="content">{self.said}{_list(every, shown)}{_detail(every, shown)}</div>'

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
            <pre><code>{escape(command)}</code></pre></div>"""


def _first(every: list[Version], schema: str) -> Version:
    """Return what most needs a look: the newest in the queue, else what is in production."""
    mine = [one for one in every if one.schema == schema] or every
    return next((one for one in mine if one.stage == "queue" and one.current), mine[0])


def _list(every: list[Version], shown: Version) -> str:
    rows = "".join(_version_row(one, one is shown) for one in every)
    return f"""<section><div class="scroll"><table><thead><tr><th>Schema</th><th>Stage</th><th>Version</th>
        <th class="number">Samples</th><th>Promoted by</th><th>Promoted, UTC</th><th></th></tr></thead>
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


def _detail(every: list[Version], shown: Version) -> str:
    told = audit(shown.asset)
    about = f"{_stage(shown)} · {escape(shown.asset.digest[:12])} · times in"
    return f"""<section class="actions"><h2>{escape(shown.schema)}</h2>
        <span class="quiet">{about} {escape(times.city(shown.asset.zone))}</span><span class="grow"></span>
        {_promotion(every, shown)}</section>
        <section class="pair">{figures.counts(told)}{figures.balance(told)}</section>
        <section><h2>Columns <span class="quiet">of the training part</span></h2>
        {figures.columns(told)}</section>"""


def _promotion(every: list[Version], shown: Version) -> str:
    if shown.stage != "queue":
        return ""
    key = escape(f"{shown.schema}/{shown.asset.digest}")
    changes = "".join(f"<tr>{row}</tr>" for row in _changes(every, shown))
    return f"""<button class="filled" data-open="confirm">Promote</button>
        <dialog id="confirm" aria-label="Promote {escape(shown.schema)}"><h2>Promote {escape(shown.schema)} to
        production?</h2><p class="quiet">New trainings use it from then on; running ones keep theirs. Who and
        when is recorded.</p><table><thead><tr><th></th><th class="number">In production</th>
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
