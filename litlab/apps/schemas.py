"""Schemas: what a training data set shall be; what it would come to is said while the form is filled in."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable
from typing import Any

from litlab.apps import schema_form as drawn
from litlab.apps import shell
from litlab.apps.estimating import Estimating
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import Asset, open_asset
from litlab.builds import BuildLog, launch_build
from litlab.errors import AlreadyExists, LitlabError, NoAsset, RecordChanged
from litlab.schemas import (
    Draft,
    Schema,
    data_sets,
    differences,
    draft_values,
    list_schemas,
    propose,
    read_draft,
    save_schema,
)
from litlab.schemas.drafting import OF_KIND, computing_order, sorted_features, with_needs
from litlab.upkeep.schemas import delete_schema, schema_pins
from litlab.workspace import Project

_CODE = """from litlab.builds import estimate, launch_build
from litlab.schemas import Schema, save_schema
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
schema = Schema.from_json(
{body}
)
expected = estimate(team, schema)  # samples, parts, bytes, seconds, purged
save_schema(team, schema)
job = launch_build(team, schema.name)  # goes on by itself; litlab.builds.facts tells how it goes
"""
_FIELDS = ("name", "data", "features", "labels", "kind", "resolution", "sessions", "seed")


def page(project: Project, asked: Request) -> Any:
    """Return the whole page."""
    made = Schemas(project, asked)
    head = shell.header(project.team.workspace, asked, "schemas", project, made.state, made.code)
    made.on_change = lambda: head.say(state=made.state, code=made.code)
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the project's schemas and the form of one."""
    return Schemas(project, Request()).panel


class Schemas:
    """The list of schemas, and the form of the one chosen or of a new one.

    Attributes
    ----------
    panel : Fragment
    values : dict
        The form's fields as they are, see ``litlab.schemas.draft_values``.
    draft : Draft
        The schema that they make, or what is wrong.
    saved : Schema or None
        The schema as it is on disk; None for a new one.
    state, code : str
        For the header.
    on_change : callable
        Called after anything changed.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked, self.team = project, asked, project.team
        self.on_change: Callable[[], None] = lambda: None
        self.panel: Any = Fragment(drawn.FRAME, self.handle, sizing_mode="stretch_both")
        self.saved: Schema | None = None
        self.other = ""
        self.said = ""
        self.estimating = Estimating(self.team, lambda html: self.panel.say(estimate=html))
        self._turn = 0
        known = self._names()
        wanted = asked.arguments.get("schema", "")
        self._open(wanted if wanted in known else next(iter(known), ""))

    # --- what stands on the page --------------------------------------------------------------------

    def _names(self) -> dict[str, Schema]:
        every = list_schemas(self.team)
        return {name: one for name, one in every.items() if one.project == self.project.name}

    def _open(self, name: str) -> None:
        """Show a saved schema, or a new one for ""."""
        known = self._names()
        self.saved = known.get(name)
        schema = self.saved or propose(self.project)
        self.offered = data_sets(self.team, schema)
        inputs, labels = sorted_features(self.team)
        self.inputs = _first(inputs, schema.features)
        self.labels = _first(labels, schema.labels)
        self.values: dict[str, Any] = draft_values(schema, self.offered)
        self.other = ""
        pinned = schema_pins(self.team, name) if self.saved else []
        self._list()
        uploads = self.asked.link("uploads")
        self.panel.say(form=drawn.form(self.values, self.saved is not None, pinned, self.offered, uploads))
        self._slots()
        self._read(complain=self.saved is not None)

    def _list(self) -> None:
        rows = [(name, _state(self._asset(name))) for name in self._names()]
        self.state = f"{len(rows)} schema{'s' * (len(rows) != 1)}"
        self.panel.say(
            list=drawn.schema_list(rows, self.saved.name if self.saved else "", self.saved is None)
        )

    def _asset(self, name: str) -> tuple[Asset, str] | None:
        for stage in ("queue", "production"):
            try:
                return open_asset(self.team, name, stage), stage
            except NoAsset:
                continue
        return None

    def _slots(self) -> None:
        """Draw what follows from the fields: places of features, the split's own fields."""
        values = self.values
        chosen = [
            *(self.inputs[name] for name in values["features"] if name in self.inputs),
            *(self.labels[name] for name in values["labels"] if name in self.labels),
        ]
        order = computing_order(chosen)
        link, turn = self.asked.link("features"), f"<!--{self._turn}-->"
        self.panel.say(
            features=drawn.features("features", self.inputs, values["features"], order, link) + turn,
            labels=drawn.features("labels", self.labels, values["labels"], order, link) + turn,
            split=drawn.split_fields(values["kind"], values),
            purging=drawn.purging(values["kind"]),
        )

    def _read(self, complain: bool = True) -> None:
        """Read the fields, say at each what is wrong, and estimate what is right."""
        self.draft: Draft = read_draft(self.project.name, self.values, self.offered)
        problems = dict(self.draft.problems)
        own = self.saved.name if self.saved else None
        if self.values["name"] != own and self.values["name"] in list_schemas(self.team):
            problems["name"] = str(AlreadyExists(kind="schema", name=self.values["name"]))
        self.problems = problems
        shown = problems if complain else {}
        fields = {*_FIELDS, *(name for names in OF_KIND.values() for name in names)}
        told = {f"problem_{name}": shown.get(name, "") for name in fields}
        marks = {f"bad_{name}": "true" if name in shown else "" for name in fields}
        self.panel.say(**told, **marks, said=self._told())
        self._compare()
        self.estimating.of(self.draft.schema, next(iter(self.problems.values()), ""))
        self.on_change()

    def _told(self) -> str:
        if self.said:
            return self.said
        if self.saved is None:
            return '<span class="quiet">○ not saved yet</span>'
        if self.draft.schema != self.saved:
            return '<span class="quiet">◌ changed, not saved</span>'
        found = self._asset(self.saved.name)
        link = self.asked.link("assets", schema=self.saved.name)
        return drawn.built(found[0], found[1], link) if found else '<span class="quiet">● saved</span>'

    def _compare(self) -> None:
        others = [name for name in list_schemas(self.team) if self.saved is None or name != self.saved.name]
        mine = self.draft.schema or self.saved
        theirs = list_schemas(self.team).get(self.other)
        found = differences(mine, theirs) if mine is not None and theirs is not None else None
        name = self.values["name"] or "this one"
        self.panel.say(differences=drawn.differences(name, others, self.other, found))

    @property
    def code(self) -> str:
        """The calls that do what the page does."""
        schema = self.draft.schema or self.saved
        if schema is None:
            return ""
        body = pprint.pformat(schema.to_json(), width=100, sort_dicts=False)
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        home = str(self.team.workspace.home)
        return _CODE.format(home=home, team=self.team.name, body=indented)

    # --- what people do -----------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button, a key or a field asks; what is wrong stands at its field."""
        self.said = ""
        self.panel.say(go="")
        if action == "open":
            self._open(value)
        elif action == "new":
            self._open("")
        elif action == "compare":
            self.other = value
            self._compare()
        elif action in ("edit", "save", "build"):
            self._edit(json.loads(value))
            if action != "edit":
                self._save(build=action == "build")
        elif action == "delete":
            self._delete(value)
        self.on_change()

    def _edit(self, posted: dict[str, Any]) -> None:
        before = (self.values["kind"], list(self.values["features"]), list(self.values["labels"]))
        posted.pop("", None)
        known = {**self.inputs, **self.labels}
        self.values.update(posted)
        wanted = with_needs([*self.values["features"], *self.values["labels"]], known)
        self.values["features"] = [name for name in wanted if name in self.inputs]
        self.values["labels"] = [name for name in wanted if name in self.labels]
        ticked = (posted.get("features"), posted.get("labels"))
        now = (self.values["kind"], self.values["features"], self.values["labels"])
        if now != before or ticked != now[1:]:
            self._turn += 1  # else a box that was unticked though needed would stay so
            self._slots()
        self._read()

    def _save(self, build: bool) -> None:
        if self.draft.schema is None or self.problems:
            self.said = '<span class="problem" role="alert">▲ See the fields marked above.</span>'
            self.panel.say(said=self.said)
            return
        schema = self.draft.schema
        try:
            if self._changed(schema):
                mine = self.saved if self.saved and self.saved.name == schema.name else None
                save_schema(self.team, schema, over=mine.digest() if mine else "")
                self.said = f"● {schema.name} is saved"
            else:
                self.said = f"● {schema.name} is saved already"
            if build:
                number = BuildLog(launch_build(self.team, schema.name).folder).number
        except LitlabError as problem:
            if isinstance(problem, RecordChanged):
                self.saved = self._names().get(schema.name)  # told once; saved once more, it is meant
            self.said = drawn.failed(str(problem))
            self.panel.say(said=self.said)
            return
        self._open(schema.name)
        if build:
            self.panel.say(go=self.asked.link("builds", build=str(number)))

    def _changed(self, schema: Schema) -> bool:
        """Tell whether saving would change anything on disk; a new name saves a copy."""
        return self._names().get(schema.name) != schema

    def _delete(self, name: str) -> None:
        try:
            delete_schema(self.team, name)
        except LitlabError as problem:
            self.said = drawn.failed(str(problem))
            self.panel.say(said=self.said)
            return
        self._open(next(iter(self._names()), ""))


def _first(known: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return what is known, the names given first and in their order: it is the schema's order."""
    return {name: known[name] for name in (*names, *known) if name in known}


def _state(found: tuple[Asset, str] | None) -> str:
    if found is None:
        return "○ not built"
    asset, stage = found
    return f"● {sum(asset.count(part) for part in asset.parts):,} in {stage}"
