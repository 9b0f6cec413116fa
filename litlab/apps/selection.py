"""What is chosen on the Features page, and what stands in its form."""

from __future__ import annotations

import json
from typing import Any

from litlab.apps import catalogue, feature_form
from litlab.apps.request import Request
from litlab.errors import LitlabError
from litlab.features import list_features
from litlab.workspace import Project

_CODE = """from litlab.adapters import load_adapter_by_project
from litlab.features import compute_sample, load_features, save_feature, test_feature
from litlab.testing import prove_script
from litlab.workspace import Workspace

project = Workspace({home!r}).project({team!r}, {project!r})
params = {params!r}
tested = test_feature(project, {script!r}, params, {index})  # values, columns, reads; in its own process
feature = save_feature(project.team, {name!r}, {script!r}, params)
adapter = load_adapter_by_project({team!r}, {project!r}, project.team.workspace)
sample = compute_sample(adapter, {index}, load_features(project.team, {names!r}))
verdict = prove_script(project, {script!r}, params)  # verdict.proof; remembered for the badge
"""


class Selection:
    """A script with the values in its form, saved under a name or not.

    Attributes
    ----------
    tab : {"features", "scripts"}
        The list that is open.
    script, feature : str
        What is chosen; `feature` is "" where it is a script.
    typed : dict
        What stands in the form, as it came from there.
    problems : dict of str to str
        By field: what is wrong with it.
    name : str
        What it is to be saved as.
    said : str
        The last sentence to people.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked, self.team = project, asked, project.team
        self.tab, self.script, self.feature, self.name, self.said = "features", "", "", "", ""
        self.typed: dict[str, Any] = {}
        self.problems: dict[str, str] = {}
        self.refused = False  # whether the name was not taken

    def _forget(self) -> None:
        """Take away what was shown of another script."""
        self.problems, self.said, self.refused = {}, "", False

    def _choose_asked(self) -> None:
        """Choose what the address names, else the first feature, else the first script."""
        wanted, script = (self.asked.arguments.get(name, "") for name in ("feature", "script"))
        saved = list_features(self.team)
        try:
            if script:
                self._choose_script(script)
            elif wanted or saved:
                self._choose_feature(wanted or next(iter(saved)))
            else:
                self.tab = "scripts"
                self._choose_script(next(iter(catalogue.scripts(self.team))).name)
        except (LitlabError, StopIteration) as error:
            self.said = str(error)

    def _choose_script(self, name: str) -> None:
        catalogue.find(self.team, name)
        self._forget()
        self.tab, self.script, self.feature, self.name = "scripts", name, "", ""
        self.typed = feature_form.prefilled(self.team, name)

    def _choose_feature(self, name: str) -> None:
        saved = feature_form.saved(self.team, name)
        self._forget()
        self.tab, self.script, self.feature, self.name = "features", saved.script, name, name
        self.typed = dict(saved.params)

    def _take(self, value: str) -> None:
        """Keep what was typed in the form."""
        given = fields_of(value)
        self.name = str(given.pop(":name", self.name)).strip()
        given.pop("", None)
        self.typed = {name: one for name, one in given.items() if not name.startswith(":")}

    def params(self) -> dict[str, Any] | None:
        """Return what stands in the form as values; None, with the problems at the fields, where wrong."""
        found, self.problems = feature_form.read(self.team, self.script, self.typed)
        return None if self.problems else found

    def code_at(self, index: int) -> str:
        """Return the calls behind what is on the page."""
        script = self.script or "unit_bar"
        try:
            params, _ = feature_form.read(self.team, script, self.typed)
            needed = catalogue.needed(self.team, script, params)
        except LitlabError:
            params, needed = {}, []
        name = self.name or f"my_{script}"
        return _CODE.format(
            home=str(self.team.workspace.home), team=self.team.name, project=self.project.name, params=params,
            script=script, name=name, index=index, names=[*needed, name],
        )  # fmt: skip


def fields_of(value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
