"""The JSON bodies that go between the Jupyter server and the browser."""

from __future__ import annotations

from typing import TypedDict

from litlab.workspace import Workspace


class ProjectBody(TypedDict):
    """A project as the browser sees it."""

    team: str
    name: str
    adapter: str
    features: list[str]


class ProjectsBody(TypedDict):
    """Answer of ``GET litlab-api/projects``: every project of the workspace, by team, then name."""

    projects: list[ProjectBody]


def projects_body(workspace: Workspace) -> ProjectsBody:
    """List the projects of a workspace.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     workspace = Workspace(home)
    ...     _ = workspace.create_project("contoso", "volatility")
    ...     projects_body(workspace)
    {'projects': [{'team': 'contoso', 'name': 'volatility', 'adapter': '', 'features': []}]}
    """
    return {
        "projects": [
            {
                "team": project.team.name,
                "name": project.name,
                "adapter": record.adapter,
                "features": list(record.features),
            }
            for project in workspace.projects()
            for record in (project.record,)
        ]
    }
