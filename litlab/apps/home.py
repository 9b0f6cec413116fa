"""The first page: every project, and where to go from there."""

from __future__ import annotations

from html import escape
from typing import Any

from litlab.apps import shell
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.assets import versions
from litlab.workspace import Project, Workspace

_STEPS = {
    "discovery": "See the ticks around an index, search their qualifiers, read the raw record.",
    "schemas": "Say what a training data set shall be, and see what it would come to.",
    "builds": "Build it, and watch its chunks, processes and logs.",
    "assets": "Judge what a build made, column by column, and promote it for training.",
    "designer": "Draw the model that learns from an asset, see it compile at every stroke, and train it.",
    "vault": "Trust a trained model or not: its scores beside the baselines, its sources; move it as a file.",
}


def page(workspace: Workspace, asked: Request, wanted: str = "home") -> Any:
    """Return the list of projects; where there is none, how to make one."""
    head = shell.header(workspace, asked, wanted, None)
    projects = list(workspace.projects())
    if not projects:
        title = "No project yet"
        text = (
            f"Projects of the workspace {workspace.home} appear here. The demo makes one, with sample ticks:"
        )
        command = f"litlab demo --workspace {workspace.home}\n# or an empty one\n"
        command += f"litlab init contoso/volatility --workspace {workspace.home}"
        return shell.frame(head, shell.empty(title, text, command))
    return shell.frame(head, view(projects, asked, wanted))


def view(projects: list[Project], asked: Request, wanted: str = "home") -> Any:
    """Return the table of projects; a name opens the page wanted."""
    target = "discovery" if wanted == "home" else wanted
    rows = "".join(_row(project, asked, target) for project in projects)
    steps = "".join(
        f'<tr><td><a href="{escape(asked.link(name))}">{name.capitalize()}</a></td><td>{what}</td></tr>'
        for name, what in _STEPS.items()
    )
    html = f"""<div class="content"><section><h2>Projects</h2><div class="scroll"><table><thead><tr>
        <th>Project</th><th>Adapter</th><th class="number">Files</th><th class="number">Assets</th>
        <th><span class="visually-hidden">Pages</span></th>
        </tr></thead><tbody>{rows}</tbody></table></div></section><section><h2>The workflow so far</h2>
        <table><tbody>{steps}</tbody></table></section></div>"""
    return Fragment(html, sizing_mode="stretch_both")


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
