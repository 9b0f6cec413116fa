"""``litlab train``, ``runs``, ``stop``, ``pause``, ``resume``; ``litlab logs RUN`` calls ``show_log``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import JsonOption, TeamOption, WorkspaceOption, app, find_team, say, whisper

if TYPE_CHECKING:
    from litlab.assets import Asset
    from litlab.canvases import Canvas
    from litlab.experiments import Run
    from litlab.workspace import Project, Team

RunArgument = Annotated[str, typer.Argument(help="The run's name.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Return when the training has ended.")]
DeviceOption = Annotated[str | None, typer.Option(help="cpu, gpu or gpu:<number>.")]

_SETTLED_S = 60.0


@app.command()
def train(
    canvas: Annotated[str, typer.Option(help="A .litcanvas.json file, or the name of the team's canvas.")],
    asset: Annotated[str, typer.Option(help="A schema's name, or the digest of an asset in production.")],
    epochs: Annotated[int | None, typer.Option(help="Instead of the canvas's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the canvas's.")] = None,
    device: DeviceOption = None,
    keep: Annotated[int | None, typer.Option(help="Checkpoints that stay: the best and the last.")] = None,
    description: Annotated[str, typer.Option(help="Your words, kept beside the run.")] = "",
    project: Annotated[str | None, typer.Option(help="The canvas's, or the only one, by default.")] = None,
    team: TeamOption = None,
    wait: WaitOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a canvas on an asset, in a process that outlives this one."""
    from litlab.experiments import launch

    found = find_team(workspace, team)
    drawn = _canvas(found, canvas)
    run = launch(
        _project(found, project, drawn),
        drawn,
        _asset(found, asset),
        epochs=epochs,
        seed=seed,
        device=device or "cpu",
        description=description,
        keep=keep,
    )
    _answer(run, wait, as_json)


@app.command()
def runs(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List training runs: state, epochs, the best of them."""
    from rich.console import Console
    from rich.table import Table

    from litlab.experiments import workspace_runs
    from litlab.workspace import Workspace

    found = workspace_runs(Workspace(workspace))
    if as_json:
        typer.echo(json.dumps([about(run) for run in found]))
        return
    table = Table()
    for name in ("run", "project", "state", "epochs", "best", "val loss"):
        table.add_column(name, justify="right" if name in ("epochs", "best", "val loss") else "left")
    for run in found:
        rows = run.epochs()
        best = run.best_epoch() if rows else None
        loss = f"{rows[best - 1].get('val_loss', float('nan')):.4f}" if best else "–"
        table.add_row(run.name, str(run.project), run.state, str(len(rows)), str(best or "–"), loss)
    Console().print(table)


@app.command()
def stop(name: RunArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a training after the batch; finished epochs stay."""
    run = _run(workspace, name)
    run.stop()
    _settle(run, as_json)


@app.command()
def pause(name: RunArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a training after the batch, to go on later with litlab resume."""
    run = _run(workspace, name)
    run.pause()
    _settle(run, as_json)


@app.command()
def resume(
    name: RunArgument,
    device: DeviceOption = None,
    wait: WaitOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on exactly where a stopped, paused or killed training was."""
    from litlab.experiments import resume as go_on

    _answer(go_on(_run(workspace, name), device), wait, as_json)


def about(run: Run, digests: bool = True) -> dict[str, Any]:
    """Return what ``--json`` says of a run; the digests are those of the last finished epoch."""
    weights, optimizer = run.digests() if digests else (None, None)
    return {
        "run": run.name, "pid": run.pid, "state": run.state, "epochs": len(run.epochs()),
        "weights_sha256": weights, "optimizer_sha256": optimizer,
    }  # fmt: skip


def show_log(workspace: Path | None, name: str, follow: bool, as_json: bool) -> None:
    """Print a run's log, and go on while it runs if wished."""
    from litlab import atomic

    run = _run(workspace, name)
    if as_json:
        say({**about(run), "lines": atomic.read_lines(run.log)}, True, "")
        return
    shown = 0
    while True:
        running = run.state == "running"  # asked first: what comes after it is shown in the next turn
        lines = atomic.read_lines(run.log)
        for line in lines[shown:]:
            typer.echo(line)
        shown = len(lines)
        if not (follow and running):
            break
        time.sleep(0.5)
    whisper(f"{run.name}: {run.state}")


def _answer(run: Run, wait: bool, as_json: bool) -> None:
    if wait:
        run.follow(None if as_json else lambda row: whisper(_row(row)))
    facts = about(run, digests=wait)
    told = f"{run.name}: {facts['state']}, {facts['epochs']} epochs"
    say(facts, as_json, told if wait else f"{told}; see litlab logs {run.name} --follow")


def _row(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in row.items())


def _settle(run: Run, as_json: bool) -> None:
    """Wait until the training has seen that it shall end."""
    run.job.wait(_SETTLED_S)
    facts = about(run)
    say(facts, as_json, f"{run.name}: {facts['state']}, {facts['epochs']} finished epochs")


def _run(workspace: Path | None, name: str) -> Run:
    from litlab.experiments import find_run
    from litlab.workspace import Workspace

    return find_run(Workspace(workspace), name)


def _canvas(team: Team, given: str) -> Canvas:
    """Return the canvas in a file, or the team's of this name."""
    from litlab.canvases import Canvas, load_canvas

    path = Path(given)
    return Canvas.load(path) if path.is_file() else load_canvas(team, given)


def _project(team: Team, name: str | None, canvas: Canvas) -> Project:
    """Return the project named, else the canvas's, else the team's only one."""
    known = team.projects()
    wanted = name or str(canvas.settings.get("project") or "").rpartition("/")[2]
    return known[0] if not wanted and len(known) == 1 else team.project(wanted)


def _asset(team: Team, given: str) -> Asset:
    """Return the asset in production of this schema, or with this digest.

    Raises
    ------
    NoAsset
        If it waits in the queue; UnknownName where nothing is called so.
    """
    from litlab.assets import open_asset
    from litlab.assets.asset import versions
    from litlab.errors import NoAsset, UnknownName

    schemas = sorted(path.name for path in team.folder("assets").iterdir() if path.is_dir())
    if given in schemas:
        return open_asset(team, given)
    for schema in schemas:
        if given in versions(team, schema, "production"):
            return open_asset(team, schema, "production", given)
        if given in versions(team, schema, "queue"):
            raise NoAsset(schema=schema, stage="production")
    raise UnknownName(kind="asset", given=given, known=schemas)
