"""``litlab init`` and ``litlab serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from litlab.cli.app import JsonOption, WorkspaceOption, app, say


@app.command()
def init(
    project: Annotated[str, typer.Argument(help="team/project, for example contoso/volatility")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a project, and the workspace and team it belongs to."""
    from litlab.errors import BadName
    from litlab.workspace import Workspace

    team, slash, name = project.partition("/")
    if not slash:
        raise BadName(kind="project (wanted: team/project)", given=project)
    made = Workspace(workspace).create_project(team, name)
    home = made.team.workspace.home
    say({"project": str(made), "workspace": str(home)}, as_json, f"Created {made} in {home}")


@app.command()
def serve(
    workspace: WorkspaceOption = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 picks a free one.")] = 5006,
    address: Annotated[
        str, typer.Option(help="The loopback address, unless there is a login.")
    ] = "127.0.0.1",
) -> None:
    """Open the apps in a browser, without JupyterLab."""
    from litlab.apps.serve import serve as serve_apps
    from litlab.workspace import Workspace

    serve_apps(Workspace(workspace), port=port, address=address)
