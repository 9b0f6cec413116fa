"""What all commands share: the application, options, how an answer is printed and an error told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import litlab
from litlab.errors import BadParameter, LitlabError, NoTeam

if TYPE_CHECKING:
    from litlab.workspace import Team

app = typer.Typer(
    name="litlab",
    help="Deep-learning forecasts from tick data, proved free of lookahead, rebuilt bit for bit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The workspace; $LITLAB_HOME or ~/litlab by default.")
]
TeamOption = Annotated[
    str | None, typer.Option("--team", help="The team; the workspace's only one by default.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
AdapterOption = Annotated[
    str | None, typer.Option("--adapter", help="lseg, csv, …; found out from the files by default.")
]
ParamsOption = Annotated[str, typer.Option("--params", help="The adapter's parameters as a JSON object.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"litlab {litlab.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    if debug:
        os.environ["LITLAB_DEBUG"] = "1"


def main() -> None:
    """Run the command line; an error is one sentence and exit status 2."""
    try:
        app()
    except (LitlabError, OSError) as problem:
        if os.environ.get("LITLAB_DEBUG"):
            raise
        typer.echo(f"error: {problem if isinstance(problem, LitlabError) else _of_system(problem)}", err=True)
        sys.exit(2)


def _of_system(problem: OSError) -> str:
    """Return what the system refused, and on which file: a full disk, a folder that may not be written."""
    where = f"{problem.filename}: " if problem.filename else ""
    return f"{where}{problem.strerror or problem}."


def say(answer: dict[str, Any], as_json: bool, text: str) -> None:
    """Print an answer: one JSON object on one line, or a sentence."""
    typer.echo(json.dumps(answer, allow_nan=False) if as_json else text)


def whisper(text: str) -> None:
    """Print what is not the answer, on the error stream."""
    typer.echo(text, err=True)


def parameters(text: str) -> dict[str, Any]:
    """Return the JSON object of ``--params``.

    Raises
    ------
    BadParameter
        For anything else.
    """
    try:
        value = json.loads(text)
    except ValueError as problem:
        raise BadParameter(
            name="--params", given=text, wanted=f"it must be a JSON object ({problem})"
        ) from None
    if not isinstance(value, dict):
        raise BadParameter(name="--params", given=text, wanted="it must be a JSON object")
    return value


def find_team(workspace: Path | None, name: str | None) -> Team:
    """Return a workspace's team, the only one where none is named; nothing is made.

    Raises
    ------
    NoTeam
        If the workspace has none; UnknownName for another name; BadParameter where several could be meant.
    """
    from litlab.workspace import Workspace

    found = Workspace(workspace)
    known = found.teams()
    if not known:
        raise NoTeam(home=found.home)
    if name is None and len(known) > 1:
        raise BadParameter(name="--team", given=None, wanted=f"there are several: {', '.join(known)}")
    return found.team(name or known[0])
