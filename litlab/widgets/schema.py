"""The form of a schema in a notebook: choose features, labels and a split, save, build."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from litlab.builds import BuildResult, run_build
from litlab.errors import LitlabError
from litlab.schemas import Schema, data_sets, draft_values, load_schema, propose, read_draft, save_schema
from litlab.schemas.drafting import FIELDS, OF_KIND, sorted_features
from litlab.widgets.fields import Fields
from litlab.widgets.progress import progress
from litlab.workspace import Project, Workspace

_STYLE = {"description_width": "120px"}
_CODE = """from litlab.builds import run_build
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
schema = {schema!r}
result = run_build(team, save_schema(team, schema))"""


class SchemaForm(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets is not typed
    """What a training data set shall be, chosen from the team's saved features.

    Parameters
    ----------
    project : Project, optional
        Whose data it is made of; by default the only one of the workspace.
    schema : str, optional
        A saved schema to change; a new one of the project's selections by default.

    Attributes
    ----------
    result : BuildResult or None
        What the last build made.
    """

    def __init__(self, project: Project | None = None, schema: str = "") -> None:
        self.project = project or Workspace().project()
        self.result: BuildResult | None = None
        team = self.project.team
        draft = load_schema(team, schema) if schema else propose(self.project)
        self.offered = data_sets(team, draft)
        values = draft_values(draft, self.offered)
        inputs, labels = sorted_features(team)
        self.name = ipywidgets.Text(value=draft.name, description="name", style=_STYLE)
        self.several = {
            "data": _several("data", list(self.offered), values["data"]),
            "features": _several("features", list(inputs), values["features"]),
            "labels": _several("labels", list(labels), values["labels"]),
        }
        self.kind = Fields([FIELDS["kind"]], values)
        self.split = {
            kind: Fields([FIELDS[name] for name in names], values) for kind, names in OF_KIND.items()
        }
        self.rest = Fields([FIELDS[name] for name in ("resolution", "sessions", "seed")], values)
        self.kind.inputs["kind"].observe(lambda _: self._show_kind(), "value")
        build = ipywidgets.Button(description="Build", button_style="primary")
        save = ipywidgets.Button(description="Save")
        save.on_click(lambda _: self.save())
        build.on_click(lambda _: self.build())
        self.said, self.code, self.out = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.Output()
        super().__init__(
            [
                self.name, *self.several.values(), self.kind, *self.split.values(), self.rest,
                ipywidgets.HBox([build, save]), self.said, self.out, self.code,
            ]
        )  # fmt: skip
        self._show_kind()

    def draft(self) -> Schema | None:
        """Return the schema as it stands in the form; None where something is wrong, which the form says."""
        kind = self.kind.inputs["kind"].value
        values: dict[str, Any] = {"name": self.name.value, "kind": kind}
        values.update({name: list(one.value) for name, one in self.several.items()})
        for form in (self.split[kind], self.rest):
            values.update({name: one.value for name, one in form.inputs.items()})
        found = read_draft(self.project.name, values, self.offered)
        if found.schema is None:
            self._say("▲ " + " ".join(f"{name}: {why}" for name, why in found.problems.items()), wrong=True)
        else:
            self._show_code(found.schema)
        return found.schema

    def save(self) -> Schema | None:
        """Keep the schema under its name; None where something is wrong."""
        schema = self.draft()
        if schema is not None:
            save_schema(self.project.team, schema)
            self._say(f"● saved as {schema.name}")
        return schema

    def build(self) -> BuildResult | None:
        """Save the schema and build it into the asset's queue, with a bar; None where it fails."""
        schema = self.save()
        if schema is None:
            return None
        try:
            with self.out:
                self.result = run_build(self.project.team, schema, progress=progress("build"))
        except LitlabError as problem:
            self._say(f"▲ {problem}", wrong=True)
            return None
        self._say(f"● {self.result.asset!r} is in the queue")
        return self.result

    def _show_kind(self) -> None:
        for kind, form in self.split.items():
            form.layout.display = "" if kind == self.kind.inputs["kind"].value else "none"

    def _say(self, words: str, wrong: bool = False) -> None:
        self.said.value = f'<span role="{"alert" if wrong else "status"}">{escape(words)}</span>'

    def _show_code(self, schema: Schema) -> None:
        team = self.project.team
        code = _CODE.format(home=str(team.workspace.home), team=team.name, schema=schema)
        self.code.value = f"<details><summary>Copy as code</summary><pre>{escape(code)}</pre></details>"


def _several(name: str, options: list[str], chosen: list[str]) -> Any:
    return ipywidgets.SelectMultiple(
        options=options, value=tuple(one for one in chosen if one in options), description=name,
        rows=min(max(len(options), 2), 8), style=_STYLE,
    )  # fmt: skip
