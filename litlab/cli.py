"""The command line: parse, call, print. Every command is one call that a notebook can make too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import litlab
from litlab.errors import LitlabError

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
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
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


@app.command()
def init(
    project: Annotated[str, typer.Argument(help="team/project, for example contoso/volatility")],
    workspace: WorkspaceOption = None,
) -> None:
    """Create a project, and the workspace and team it belongs to."""
    from litlab.errors import BadName
    from litlab.workspace import Workspace

    team, slash, name = project.partition("/")
    if not slash:
        raise BadName(kind="project (wanted: team/project)", given=project)
    made = Workspace(workspace).create_project(team, name)
    typer.echo(f"Created {made} in {made.team.workspace.home}")


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    days: Annotated[int, typer.Option(min=1, help="Trading days.")] = 60,
    ticks_per_day: Annotated[
        int, typer.Option(min=100, help="Trades a regular session, on average.")
    ] = 50_000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 7,
    signal: Annotated[float, typer.Option(min=0.0, max=1.0, help="0 leaves nothing to learn.")] = 1.0,
) -> None:
    """Write the sample tape: trades in the LSEG layout whose volatility can be forecast."""
    from litlab.ticks.sample import write_sample

    with _ProgressBars() as show:
        tape = write_sample(
            out, days=days, ticks_per_day=ticks_per_day, seed=seed, signal=signal,
            progress=lambda done, total: show("sample", done, total),
        )  # fmt: skip
    typer.echo(f"Wrote {len(tape.paths)} files and {tape.oracle.name} to {out}")


@app.command()
def cache(
    files: Annotated[list[str], typer.Argument(help="Raw files or patterns.")],
    adapter: Annotated[str, typer.Option(help="lseg, csv, or a plugin's.")] = "lseg",
    team: Annotated[str, typer.Option(help="The team whose cache it is.")] = "contoso",
    params: ParamsOption = "{}",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Turn raw files into random-access caches."""
    from litlab.adapters import cache_files, load_adapter
    from litlab.workspace import Workspace

    source = load_adapter(team, adapter, {**_params(params), "paths": files}, Workspace(workspace))
    with _ProgressBars() as show:
        rows: dict[Path, int] = {}

        def report(path: Path, kept: int) -> None:
            rows[path] = kept
            show("cache", len(rows), len(source.paths))

        cache_files(source, progress=report)
    facts = [
        {"file": str(one.raw), "rows": one.rows, **one.manifest["account"]} for one in source.store.files
    ]
    if as_json:
        typer.echo(json.dumps({"ticks": len(source), "files": facts}))
    else:
        typer.echo(f"{len(source):,} ticks in {len(facts)} files are cached")


@app.command()
def build(
    schema: Annotated[str, typer.Argument(help="The schema's name.")],
    team: Annotated[str, typer.Option(help="The team it belongs to.")] = "contoso",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as cores by default.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a schema into the asset's queue."""
    from litlab.builds import run_build
    from litlab.schemas import load_schema
    from litlab.workspace import Workspace

    found = Workspace(workspace).team(team)
    with _ProgressBars() as show:
        made = run_build(
            found,
            load_schema(found, schema),
            workers,
            progress=lambda done, total: show("build", done, total),
        )
    facts = {
        "asset": made.asset.digest, "samples": made.samples, "purged": made.purged, "chunks": made.chunks,
        "reused": made.reused, "seconds": round(made.seconds, 2), "log": str(made.log),
    }  # fmt: skip
    typer.echo(
        json.dumps(facts)
        if as_json
        else f"{made.asset!r} is in the queue; promote it with: litlab promote {schema}"
    )


@app.command("promote")
def promote_asset(
    schema: Annotated[str, typer.Argument(help="The schema whose asset is promoted.")],
    team: Annotated[str, typer.Option(help="The team it belongs to.")] = "contoso",
    digest: Annotated[str | None, typer.Option(help="The version; the newest by default.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Move an asset from the queue to production."""
    from litlab.assets import promote, promoted_by
    from litlab.workspace import Workspace

    found = Workspace(workspace).team(team)
    asset = promote(found, schema, digest)
    entry = promoted_by(found, asset) or {}
    typer.echo(f"{asset!r} is in production, promoted by {entry.get('who')}")


@app.command()
def demo(
    workspace: WorkspaceOption = None,
    raw: Annotated[
        list[str] | None, typer.Option(help="Own raw files instead of the sample tape; repeatable.")
    ] = None,
    adapter: Annotated[str, typer.Option(help="The adapter of own files.")] = "lseg",
    params: ParamsOption = "{}",
    days: Annotated[int, typer.Option(min=3, help="Trading days of the sample tape.")] = 60,
    ticks_per_day: Annotated[int, typer.Option(min=1_000, help="Trades a day of the sample tape.")] = 50_000,
    as_json: JsonOption = False,
) -> None:
    """Do the whole walkthrough: from raw ticks to an explained prediction."""
    from litlab.demo import Options, run_demo
    from litlab.demo_report import report
    from litlab.workspace import Workspace

    options = Options(tuple(raw or ()), adapter, _params(params), days, ticks_per_day)
    with _ProgressBars() as show:
        told = run_demo(Workspace(workspace), options, show)
    if as_json:
        typer.echo(json.dumps(told))
    else:
        report(told)


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


def _params(text: str) -> dict[str, Any]:
    from litlab.errors import BadParameter

    try:
        value = json.loads(text)
    except ValueError as problem:
        raise BadParameter(
            name="--params", given=text, wanted=f"it must be a JSON object ({problem})"
        ) from None
    if not isinstance(value, dict):
        raise BadParameter(name="--params", given=text, wanted="it must be a JSON object")
    return value


class _ProgressBars:
    """Progress bars on the error stream; plain silence where that is no terminal and CI is not watching."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        counts = TextColumn("{task.completed:.0f}/{task.total:.0f}")
        name = TextColumn("[bold]{task.description:<10}")
        self._bars = Progress(name, BarColumn(), counts, TimeElapsedColumn(), console=Console(stderr=True))
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Any:
        self._bars.start()
        return self._show

    def __exit__(self, *problem: object) -> None:
        self._bars.stop()

    def _show(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        task = self._tasks[step]
        known = self._bars.tasks[task].total or 0
        if total == 1 and done == 1 and known > 1:  # the step is over, whatever it counted in
            done = total = int(known)
        self._bars.update(task, completed=done, total=max(total, known if done == 0 else total))


def main() -> None:
    """Run the command line; a litlab error is one sentence and exit status 2."""
    try:
        app()
    except LitlabError as problem:
        if os.environ.get("LITLAB_DEBUG"):
            raise
        typer.echo(f"error: {problem}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
