"""``litlab demo``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from litlab.cli.app import JsonOption, ParamsOption, WorkspaceOption, app, parameters
from litlab.cli.progress import ProgressBars


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

    options = Options(tuple(raw or ()), adapter, parameters(params), days, ticks_per_day)
    with ProgressBars() as show:
        told = run_demo(Workspace(workspace), options, show)
    if as_json:
        typer.echo(json.dumps(told))
    else:
        report(told)
