"""``litlab init`` and ``litlab serve``."""

from __future__ import annotations

from pathlib import Path
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
    auth: Annotated[
        Path | None, typer.Option(help="Who may log in; needed where other machines reach the address.")
    ] = None,
    make_auth: Annotated[
        tuple[Path, str] | None,
        typer.Option(metavar="FILE USER", help="Ask for a user's password, write its hash, and end."),
    ] = None,
) -> None:
    """Open the apps in a browser, without JupyterLab."""
    if make_auth is not None:
        from litlab.apps.login import add_user

        path, user = make_auth
        add_user(path, user, typer.prompt("Password", hide_input=True, confirmation_prompt=True))
        typer.echo(f"{user} may log in: litlab serve --auth {path}")
        return
    from litlab.apps.serve import serve as serve_apps
    from litlab.workspace import Workspace

    serve_apps(Workspace(workspace), port=port, address=address, auth=auth)
