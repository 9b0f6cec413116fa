"""``litlab sweep`` and ``sweeps``; ``stop``, ``pause``, ``resume`` and ``logs`` take a sweep's name too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import JsonOption, TeamOption, WorkspaceOption, app, find_team, say, whisper
from litlab.cli.experiments import find_asset, find_canvas, find_project

if TYPE_CHECKING:
    from litlab.experiments import Sweep


@app.command()
def sweep(
    canvas: Annotated[str, typer.Option(help="A .litcanvas.json file, or the name of the team's canvas.")],
    asset: Annotated[
        list[str], typer.Option(help="A schema's name or an asset's digest; several are gone over, too.")
    ],
    over: Annotated[
        list[str] | None,
        typer.Option(help="NODE.PARAMETER=1,2,3 or a training setting: learning_rate=log:1e-4..1e-2."),
    ] = None,
    random: Annotated[
        int | None, typer.Option(help="So many at random; all combinations without it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn at random.")] = 0,
    epochs: Annotated[int | None, typer.Option(help="Instead of the canvas's.")] = None,
    at_once: Annotated[int | None, typer.Option(min=1, help="Trials beside each other.")] = None,
    engine: Annotated[
        str, typer.Option(help="local, dask-local, or a scheduler: tcp://HOST:PORT.")
    ] = "local",
    device: Annotated[str, typer.Option(help="cpu, gpu or gpu:<number>.")] = "cpu",
    keep: Annotated[int, typer.Option(help="Best checkpoints of a trial that stay; 0 keeps all.")] = 1,
    vault: Annotated[bool, typer.Option("--vault", help="Score the winner on the test part, once.")] = False,
    description: Annotated[str, typer.Option(help="Your words, kept beside every run.")] = "",
    project: Annotated[str | None, typer.Option(help="The canvas's, or the only one, by default.")] = None,
    team: TeamOption = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the sweep has ended.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a canvas over and over with other values, and tell what the best of so many is worth."""
    from litlab.experiments import sweep as launch_sweep
    from litlab.experiments.sweeps.axes import parse_over

    found = find_team(workspace, team)
    drawn = find_canvas(found, canvas)
    made = launch_sweep(
        find_project(found, project, drawn),
        drawn,
        {one: find_asset(found, one) for one in asset},
        dict(map(parse_over, over or [])),
        random=random,
        seed=seed,
        epochs=epochs,
        at_once=at_once,
        engine_name=engine,
        device=device,
        keep=keep or None,
        description=description,
        vault=vault,
    )
    answer(made, wait, as_json)


@app.command()
def sweeps(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List sweeps: state, trials done, the best, and what luck alone would give."""
    from rich.console import Console
    from rich.table import Table

    from litlab.experiments import list_sweeps
    from litlab.workspace import Workspace

    found = [about(one) for one in list_sweeps(Workspace(workspace))]
    if as_json:
        typer.echo(json.dumps(found, allow_nan=False))
        return
    table = Table()
    for name in ("sweep", "state", "done", "best run", "val loss", "gain", "by luck"):
        words = name in ("sweep", "state", "best run")
        table.add_column(name, justify="left" if words else "right", no_wrap=words)
    for one in found:
        best, null = one["best"], one["null"]
        figures = ["–"] * 4
        if best:
            gains = (f"{null[name]:+.4f}" for name in ("gain", "expected"))
            figures = [best["run"], f"{best['val_loss']:.4f}", *gains]
        table.add_row(one["sweep"], one["state"], f"{one['finished']}/{one['trials']}", *figures)
    Console().print(table)


def about(sweep: Sweep) -> dict[str, Any]:
    """Return what ``--json`` says of a sweep."""
    return {"sweep": sweep.name, "pid": sweep.pid, "state": sweep.state, **sweep.result()}


def answer(sweep: Sweep, wait: bool, as_json: bool) -> None:
    """Tell a sweep that has begun, at once or once it has ended."""
    if wait:
        sweep.follow(None if as_json else lambda row: whisper(_row(row)))
    facts = about(sweep)
    told = f"{sweep.name}: {facts['state']}, {facts['finished']} of {facts['trials']} trials done"
    if not as_json and not wait:
        needs = sweep.definition.needs
        whisper(
            f"about {needs['memory_bytes'] / 1e9:.1f} GB of memory, {needs['disk_bytes'] / 1e9:.2f} on disk"
        )
    entry = facts["entry"]
    vaulted = f" It is in the vault: {entry['name']} {entry['digest'][:12]}." if entry else ""
    told = (
        f"{facts['said']}{vaulted}"
        if wait and facts["said"]
        else told
        if wait
        else f"{told}; see litlab logs {sweep.name} --follow"
    )
    say(facts, as_json, told)


def _row(row: dict[str, Any]) -> str:
    values = ", ".join(f"{path} = {value}" for path, value in row["values"].items())
    loss = "–" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
    return f"trial {row['trial']} ({values}): {row['state']}, validation loss {loss}"
