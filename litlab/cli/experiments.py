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
    from litlab.experiments import Run, Sweep
    from litlab.workspace import Project, Team

RunArgument = Annotated[str, typer.Argument(help="A run's name, or a sweep's.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Return when the training has ended.")]
DeviceOption = Annotated[str | None, typer.Option(help="cpu, gpu or gpu:<number>.")]

_SETTLED_S = 60.0
_DIGITS = 6  # of a digest, at least; pages show twelve


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
    seeds: Annotated[int, typer.Option(min=1, help="Train under as many seeds and compare; waits.")] = 1,
    null: Annotated[int, typer.Option(min=0, help="Train as often on permuted labels, too; waits.")] = 0,
    folds: Annotated[int, typer.Option(min=0, help="Walk forward over as many folds; waits.")] = 0,
    wait: WaitOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a canvas on an asset, in a process that outlives this one."""
    from litlab.experiments import launch
    from litlab.experiments.beforehand import check_beforehand, check_here

    found = find_team(workspace, team)
    drawn = find_canvas(found, canvas)
    where, trained_on = find_project(found, project, drawn), find_asset(found, asset)
    _warn_if_changed(found, drawn, trained_on)
    if folds:
        check_here(device or "cpu")
        check_beforehand(found, drawn, trained_on)
        _walk(where, drawn, trained_on, folds, epochs, seed, device or "cpu", as_json)
        return
    run = launch(
        where,
        drawn,
        trained_on,
        epochs=epochs,
        seed=seed,
        device=device or "cpu",
        description=description,
        keep=keep,
    )
    if seeds > 1 or null:
        _again(run, seeds, null, as_json)
    else:
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
    """End a training, or a sweep, after the batch; finished epochs stay."""
    run = _named(workspace, name)
    run.stop()
    _settle(run, as_json)


@app.command()
def pause(name: RunArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a training, or a sweep, after the batch, to go on later with litlab resume."""
    run = _named(workspace, name)
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
    """Go on exactly where a stopped, paused or killed training, or sweep, was."""
    from litlab.cli import sweeps
    from litlab.experiments import Sweep, resume_sweep
    from litlab.experiments import resume as go_on

    named = _named(workspace, name)
    if isinstance(named, Sweep):
        sweeps.answer(resume_sweep(named), wait, as_json)
    else:
        _answer(go_on(named, device), wait, as_json)


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

    run = _named(workspace, name)
    if as_json:
        say({**_about(run), "lines": atomic.read_lines(run.log)}, True, "")
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


def _warn_if_changed(team: Team, canvas: Canvas, asset: Asset) -> None:
    """Say it where a canvas was saved for another version of the asset than it is trained on now."""
    from contextlib import suppress

    from litlab.canvases.named import DIGEST, asset_of, check_asset_unchanged
    from litlab.errors import AssetChanged, LitlabError

    if canvas.settings.get("asset") != asset.schema:
        return
    before = None
    with suppress(LitlabError):
        before = asset_of(team, str(canvas.settings.get(DIGEST) or ""))
    try:
        check_asset_unchanged(canvas, asset, before)
    except AssetChanged as problem:
        whisper(f"warning: {problem}")


def _answer(run: Run, wait: bool, as_json: bool) -> None:
    from litlab.errors import RunFailed

    if wait:
        try:
            run.follow(None if as_json else lambda row: whisper(_row(row)))
        except RunFailed as problem:
            if as_json:
                say({**about(run), "reason": problem.fields["reason"]}, True, "")
            raise
    facts = about(run, digests=wait)
    told = f"{run.name}: {facts['state']}, {facts['epochs']} epochs"
    say(facts, as_json, told if wait else f"{told}; see litlab logs {run.name} --follow")


def _again(run: Run, seeds: int, null: int, as_json: bool) -> None:
    """Train the run's definition under other seeds and on permuted labels, and tell what comes of it."""
    from litlab.experiments import retraining_null, spread

    told = None if as_json else lambda one, row: whisper(f"{one.name}: {_row(row)}")
    run.follow(None if as_json else lambda row: whisper(f"{run.name}: {_row(row)}"))
    found: dict[str, Any] = {}
    lines = []
    if seeds > 1:
        found["spread"] = spread(run, seeds, callback=told)
        lines.append(found["spread"]["said"])
    if null:
        found["null"] = retraining_null(run, null, callback=told)
        lines.append(
            f"On permuted labels: {found['null']['measure']} {found['null']['mean']:.3f}, "
            f"on the true ones {found['null']['real']:.3f}"
        )
    say({**about(run), **found}, as_json, "\n".join(lines))


def _walk(
    project: Project, canvas: Canvas, asset: Asset, folds: int, epochs: int | None, seed: int | None,
    device: str, as_json: bool,
) -> None:  # fmt: skip
    from litlab.experiments import evaluate_folds

    told = None if as_json else lambda one, row: whisper(f"{one.name}: {_row(row)}")
    found = evaluate_folds(
        project, canvas, asset, folds, epochs=epochs, seed=seed, device=device, callback=told
    )
    say({"runs": [about(run) for run in found.runs], "scores": found.scores}, as_json, found.said)


def _row(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in row.items())


def _settle(run: Run | Sweep, as_json: bool) -> None:
    """Wait until the training has seen that it shall end."""
    run.job.wait(_SETTLED_S)
    facts = _about(run)
    done = f"{facts['epochs']} finished epochs" if "epochs" in facts else f"{facts['finished']} trials done"
    say(facts, as_json, f"{run.name}: {facts['state']}, {done}")


def _named(workspace: Path | None, name: str) -> Run | Sweep:
    """Return the sweep of this name, or the run."""
    from litlab.experiments import find_run, list_sweeps
    from litlab.workspace import Workspace

    home = Workspace(workspace)
    return next((one for one in list_sweeps(home) if one.name == name), None) or find_run(home, name)


def _about(one: Run | Sweep) -> dict[str, Any]:
    from litlab.cli import sweeps
    from litlab.experiments import Sweep

    return sweeps.about(one) if isinstance(one, Sweep) else about(one)


def find_canvas(team: Team, given: str) -> Canvas:
    """Return the canvas in a file, or the team's of this name."""
    from litlab.canvases import Canvas, load_canvas

    path = Path(given)
    return Canvas.load(path) if path.is_file() else load_canvas(team, given)


def find_project(team: Team, name: str | None, canvas: Canvas) -> Project:
    """Return the project named, else the canvas's, else the team's only one."""
    known = team.projects()
    wanted = name or str(canvas.settings.get("project") or "").rpartition("/")[2]
    return known[0] if not wanted and len(known) == 1 else team.project(wanted)


def find_asset(team: Team, given: str) -> Asset:
    """Return the asset in production of this schema, or with this digest: six digits of it, or more.

    Raises
    ------
    NotPromoted
        If it waits in the queue.
    NoAsset
        If the schema is not built.
    UnknownName
        If nothing is called so, or several digests begin so.
    """
    from litlab.assets import open_asset
    from litlab.assets.asset import versions
    from litlab.errors import NotPromoted, UnknownName

    schemas = sorted(path.name for path in team.folder("assets").iterdir() if path.is_dir())
    if given in schemas:
        if not versions(team, given, "production") and versions(team, given, "queue"):
            raise NotPromoted(schema=given)
        return open_asset(team, given)
    found = {
        (schema, digest): stage  # one that is in both stages is in production
        for stage in ("queue", "production")
        for schema in schemas
        for digest in versions(team, schema, stage)
        if digest == given or (len(given) >= _DIGITS and digest.startswith(given))
    }
    if len(found) != 1:
        digests = [digest[:12] for _, digest in found]
        raise UnknownName(kind="asset", given=given, known=digests or schemas)
    [((schema, digest), stage)] = found.items()
    if stage == "queue":
        raise NotPromoted(schema=schema)
    return open_asset(team, schema, stage, digest)
