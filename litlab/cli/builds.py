"""``litlab build``, ``builds``, ``logs`` and ``promote``."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import JsonOption, TeamOption, WorkspaceOption, app, find_team, say, whisper
from litlab.cli.experiments import show_log
from litlab.cli.progress import ProgressBars

if TYPE_CHECKING:
    from litlab.builds import BuildLog


@app.command()
def build(
    schema: Annotated[str, typer.Argument(help="The schema's name.")],
    team: TeamOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as cores by default.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="auto, local, threads, dask-local, or a Dask scheduler: tcp://HOST:PORT.")
    ] = "auto",
    sample_timeout: Annotated[
        float | None, typer.Option(min=0.01, help="Seconds a script may compute one sample; 10 by default.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return at once; the build goes on by itself.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a schema into the asset's queue."""
    from litlab.builds import BuildLog, launch_build, run_build
    from litlab.schemas import load_schema

    found = find_team(workspace, team)
    if detach:
        job = launch_build(found, schema, workers, engine, sample_timeout)
        number = BuildLog(job.folder).number
        told = f"Build {number} of {schema} goes on by itself; see litlab logs {number} --follow"
        say({"build": number, "schema": schema, "log": str(job.folder)}, as_json, told)
        return
    record = load_schema(found, schema)
    with ProgressBars() as show:
        made = run_build(
            found,
            record,
            workers,
            progress=lambda done, total: show("build", done, total),
            engine_name=engine,
            sample_timeout_s=sample_timeout,
        )
    facts = {
        "asset": made.asset.digest, "samples": made.samples, "purged": made.purged, "chunks": made.chunks,
        "reused": made.reused, "taken_over": made.taken_over, "seconds": round(made.seconds, 2),
        "log": str(made.log), "cautions": list(made.cautions),
    }  # fmt: skip
    for told in made.cautions:
        whisper(f"▲ {told}.")
    say(facts, as_json, f"{made.asset!r} is in the queue; promote it with: litlab promote {schema}")


@app.command()
def builds(team: TeamOption = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List builds: what runs, how far it is, what became of it."""
    from rich.console import Console
    from rich.table import Table

    from litlab.builds import list_builds

    rows = [_about(build) for build in list_builds(find_team(workspace, team))]
    if as_json:
        say({"builds": rows}, True, "")
        return
    table = Table()
    for name in ("build", "schema", "status", "chunks", "samples", "started", "seconds"):
        table.add_column(name, justify="left" if name in ("schema", "status", "started") else "right")
    for row in rows:
        shown = {**row, "chunks": f"{row['done']}/{row['chunks']}", "samples": f"{row['samples']:,}"}
        table.add_row(
            *(str(shown[column.header]) for column in table.columns if isinstance(column.header, str))
        )
    Console().print(table)


def _about(build: BuildLog) -> dict[str, Any]:
    record, status = build.record(), build.state
    seconds = time.time() - record.started if status == "running" else record.seconds
    started = datetime.fromtimestamp(record.started, UTC).isoformat(" ", "seconds")
    return {
        "build": build.number, "schema": record.schema, "status": status, "done": record.done,
        "chunks": record.chunks, "samples": record.samples, "started": started, "seconds": round(seconds, 1),
        "reason": record.reason,
    }  # fmt: skip


@app.command()
def logs(
    number: Annotated[
        str | None, typer.Argument(help="A build's number or a run's name; the latest build by default.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on while it runs.")] = False,
    process: Annotated[int | None, typer.Option(help="The pid of one process: its lines only.")] = None,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the log of a build or of a training run."""
    from litlab.builds import find_build

    if number is not None and not number.isdecimal():
        show_log(workspace, number, follow, as_json)
        return
    build = find_build(find_team(workspace, team), None if number is None else int(number))
    if as_json:
        say({**_about(build), "processes": build.pids(), "lines": build.lines(process)}, True, "")
        return
    shown = 0
    while True:
        running = build.state == "running"  # asked first: what comes after it is shown in the next turn
        lines = build.lines(process)
        for line in lines[shown:]:
            typer.echo(line)
        shown = len(lines)
        if not (follow and running):
            break
        time.sleep(0.5)
    whisper(f"{build.record().schema}, build {build.number}: {build.state}")


@app.command("promote")
def promote_asset(
    schema: Annotated[str, typer.Argument(help="The schema whose asset is promoted.")],
    team: TeamOption = None,
    digest: Annotated[str | None, typer.Option(help="The version; the newest by default.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move an asset from the queue to production."""
    from litlab.assets import promote, promoted_by
    from litlab.assets.promotion import cautions

    found = find_team(workspace, team)
    asset = promote(found, schema, digest)
    who = (promoted_by(found, asset) or {}).get("who")
    told = cautions(found, asset)
    facts = {"asset": asset.digest, "schema": schema, "promoted_by": who, "cautions": told}
    for one in told:
        whisper(f"▲ {one}.")
    say(facts, as_json, f"{asset!r} is in production, promoted by {who}")
