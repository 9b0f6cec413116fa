"""The first page: every project, a new one, and where to go from there."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from litlab.apps import shell
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import versions
from litlab.errors import LitlabError
from litlab.workspace import Project, Workspace

_STEPS = {
    "uploads": "Drop raw files, see their first rows parsed, cache them.",
    "discovery": "See the ticks around an index, search their qualifiers, read the raw record.",
    "features": "Try scripts at any tick, save them as features, prove that they read no future.",
    "schemas": "Say what a training data set shall be, and see what it would come to.",
    "builds": "Build it, and watch its chunks, processes and logs.",
    "assets": "Judge what a build made, column by column, and promote it for training.",
    "designer": "Draw the model that learns from an asset, see it compile at every stroke, and train it.",
    "experiments": "Watch runs as they train; pause, continue, clone and compare them.",
    "vault": "Trust a trained model or not: its scores beside the baselines, its sources; move it as a file.",
}


def page(workspace: Workspace, asked: Request, wanted: str = "home") -> Any:
    """Return the list of projects, and a form that makes another."""
    head = shell.header(workspace, asked, wanted, None)
    return shell.frame(head, Home(workspace, asked, wanted).panel)


class Home:
    """The projects of a workspace.

    Parameters
    ----------
    wanted : str
        The page that a project's name opens; of "home", Discovery.
    """

    def __init__(self, workspace: Workspace, asked: Request, wanted: str = "home") -> None:
        self.workspace, self.asked = workspace, asked
        self.target = "discovery" if wanted == "home" else wanted
        self.panel = Fragment(self._html(), self.heard, sizing_mode="stretch_both")

    def heard(self, action: str, value: str) -> None:
        """Make a project and go to its uploads, or say why not."""
        if action != "create":
            return
        told = json.loads(value)
        try:
            made = self.workspace.create_project(told["team"].strip(), told["project"].strip())
        except (LitlabError, OSError) as problem:
            self.panel.say(trouble=str(problem))
        else:
            self.panel.say(trouble="", go=self.asked.link("uploads", project=str(made)))

    def _html(self) -> str:
        projects = list(self.workspace.projects())
        teams = sorted({project.team.name for project in projects})
        steps = "".join(
            f'<tr><td><a href="{escape(self.asked.link(name))}">{name.capitalize()}</a></td>'
            f"<td>{what}</td></tr>"
            for name, what in _STEPS.items()
        )
        known = _table(projects, self.asked, self.target) if projects else _nothing(self.workspace)
        return f"""<div class="content"><section><h2>Projects</h2>{known}</section>
            <section><h2>New project</h2>
            <form class="bar" style="padding: 4px 0; border: 0" data-action="create"
            aria-label="New project">
            <label>Team <input name="team" required maxlength="64" value="{escape(teams[0] if teams else "")}"
            placeholder="contoso" autocomplete="off"></label>
            <label>Project <input name="project" required maxlength="64" placeholder="volatility"
            autocomplete="off"></label>
            <button{"" if projects else ' class="filled"'}>Create project</button>
            <span class="bad" role="alert" data-value="trouble"></span><a hidden data-go="go"></a></form>
            </section><section><h2>The workflow</h2><table><tbody>{steps}</tbody></table></section></div>"""


def _nothing(workspace: Workspace) -> str:
    home = escape(str(workspace.home))
    return f"""<p class="quiet">No project yet. The projects of the workspace {home} stand here. Make one
        below, or from a shell, with sample ticks or empty:</p>
        <pre tabindex="0"><code>litlab demo --workspace {home}
litlab init contoso/volatility --workspace {home}</code></pre>"""


def _table(projects: list[Project], asked: Request, target: str) -> str:
    rows = "".join(_row(project, asked, target) for project in projects)
    return f"""<div class="scroll"><table><thead><tr>
        <th>Project</th><th>Adapter</th><th class="number">Files</th><th class="number">Assets</th>
        <th><span class="visually-hidden">Pages</span></th></tr></thead><tbody>{rows}</tbody></table></div>"""


def _row(project: Project, asked: Request, target: str) -> str:
    record = project.record
    folders = [path for path in project.folder("assets").iterdir() if path.is_dir()]
    assets = sum(
        len(versions(project.team, path.name, stage)) for path in folders for stage in ("queue", "production")
    )
    links = " · ".join(
        f'<a href="{escape(asked.link(name, project=str(project)))}">{name.capitalize()}</a>'
        for name in shell.PAGES
    )
    here = escape(asked.link(target, project=str(project)))
    return f"""<tr><td><a href="{here}">{escape(str(project))}</a></td>
        <td>{escape(record.adapter or "none yet")}</td><td class="number">{len(record.paths):,}</td>
        <td class="number">{assets:,}</td><td class="number">{links}</td></tr>"""
