"""``litlab sample``, ``cache``, ``info`` and ``bars``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import (
    AdapterOption,
    JsonOption,
    ParamsOption,
    TeamOption,
    WorkspaceOption,
    app,
    find_team,
    parameters,
    say,
    whisper,
)
from litlab.cli.progress import IngestBar, ProgressBars

if TYPE_CHECKING:
    from litlab.adapters import TradersBaseAdapter
    from litlab.adapters.guesses import Guess
    from litlab.workspace import Team

FilesArgument = Annotated[list[str], typer.Argument(help="Raw files or patterns.")]


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    days: Annotated[int, typer.Option(min=1, help="Trading days.")] = 60,
    ticks_per_day: Annotated[
        int, typer.Option(min=100, help="Trades a regular session, on average.")
    ] = 50_000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 7,
    signal: Annotated[float, typer.Option(min=0.0, max=1.0, help="0 leaves nothing to learn.")] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """Write the sample tape: trades in the LSEG layout whose volatility can be forecast."""
    from litlab.ticks.sample import write_sample

    with ProgressBars() as show:
        tape = write_sample(
            out, days=days, ticks_per_day=ticks_per_day, seed=seed, signal=signal,
            progress=lambda done, total: show("sample", done, total),
        )  # fmt: skip
    facts = {"files": [str(path) for path in tape.paths], "oracle": str(tape.oracle)}
    say(facts, as_json, f"Wrote {len(tape.paths)} files and {tape.oracle.name} to {out}")


@app.command()
def cache(
    files: FilesArgument,
    adapter: AdapterOption = None,
    params: ParamsOption = "{}",
    again: Annotated[
        bool, typer.Option(help="Also what is cached already: repairs a damaged cache.")
    ] = False,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Turn raw files into random-access caches."""
    from litlab.adapters import cache_files, load_adapter
    from litlab.adapters.opening import choose

    given = parameters(params)
    found = find_team(workspace, team)
    guess = choose(files, adapter, given, found)
    _tell(guess)
    source = load_adapter(found, guess.adapter, {**guess.parameters, "paths": files})
    with IngestBar([path for path in source.paths if again or not source.is_cached(path)]) as bar:
        for one in (source, *source.beside) if again else ():
            for path in one.paths:
                one.create_cache_file(path, bar)
        cache_files(source, progress=bar)
    facts = [
        {"file": str(one.raw), "rows": one.rows, **one.manifest["account"]} for one in source.store.files
    ]
    answer = {"ticks": len(source), **_about(guess), "files": facts}
    say(answer, as_json, f"{len(source):,} ticks in {len(facts)} files are cached")


@app.command()
def info(
    files: Annotated[
        list[str] | None, typer.Argument(help="Raw files or patterns; all cached ones by default.")
    ] = None,
    adapter: AdapterOption = None,
    params: ParamsOption = "{}",
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what is in raw files: rows, span, gaps, repeats, outliers; without files, what is cached."""
    from litlab.cli import tables

    if not files:
        from litlab.ticks.housekeeping import list_caches

        caches = list_caches(find_team(workspace, team).folder("cache"))
        rows = [tables.cache_row(one) for one in caches]
        say({"caches": rows}, True, "") if as_json else tables.show_caches(rows)
        return
    from litlab.adapters.inspection import inspect

    with _opened(files, adapter, params, workspace, team) as (source, guess):
        found = inspect(source)
        if as_json:
            say({**found.to_json(), **_about(guess)}, True, "")
        else:
            tables.show_info(found, source.zone)


@app.command()
def bars(
    files: FilesArgument,
    adapter: AdapterOption = None,
    params: ParamsOption = "{}",
    unit: Annotated[str, typer.Option(help="second, minute, hour, day, tick, volume or value.")] = "minute",
    size: Annotated[float, typer.Option(help="Units per bar.")] = 1,
    per_day: Annotated[
        float | None, typer.Option(help="About so many tick, volume or value bars a day, instead of --size.")
    ] = None,
    sessions: Annotated[
        str | None, typer.Option(help="regular or all; regular where a calendar is known.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write all bars to this file.")] = None,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make bars of raw files: to a CSV file, or the last ones to look at."""
    from litlab.adapters import TradersBaseAdapter
    from litlab.bars.csv import write_bars
    from litlab.bars.units import SCOPES, check_period
    from litlab.cli import tables
    from litlab.errors import BadParameter, UnknownName

    # Before a large file is read for nothing.
    unit, length = check_period(unit, size if per_day is None else {"per_day": per_day})
    if sessions not in (None, *SCOPES):
        raise UnknownName(kind="value of sessions", given=str(sessions), known=SCOPES)
    if csv is not None and not csv.absolute().parent.is_dir():
        raise BadParameter(name="--csv", given=str(csv), wanted="it lies in no folder that exists")
    if csv is not None and csv.is_dir():
        raise BadParameter(name="--csv", given=str(csv), wanted="it is a folder; name a file in it")
    with _opened(files, adapter, params, workspace, team) as (source, guess):
        if not isinstance(source, TradersBaseAdapter):
            raise BadParameter(name="--adapter", given=guess.adapter, wanted="bars are made of trades alone")
        made = source.bar_index(unit, length, sessions)
        if csv is not None:
            write_bars(csv, made)
        facts = {
            "bars": len(made), "unit": unit, "size": length, "sessions": made.scope,
            "csv": str(csv) if csv else None, **_about(guess),
        }  # fmt: skip
        if as_json or csv is not None:
            say(facts, as_json, f"Wrote {len(made):,} bars to {csv}")
        else:
            tables.show_bars(made, source.zone)


@contextmanager
def _opened(
    files: list[str], adapter: str | None, params: str, workspace: Path | None, team: str | None
) -> Iterator[tuple[TradersBaseAdapter, Guess]]:
    """Give an adapter over raw files: the workspace's caches where there are any, else temporary ones."""
    from litlab.adapters.loading import expand
    from litlab.adapters.opening import choose, opened

    given = parameters(params)
    owner = _team_if_any(workspace, team)
    guess = choose(files, adapter, given, owner)
    if adapter is None:
        _tell(guess)
    paths = expand(files)
    bar = IngestBar([Path(path) for path in paths])
    with bar, opened(paths, guess.adapter, guess.parameters, owner, bar) as source:
        bar.close()
        yield source, guess  # type: ignore[misc]


def _team_if_any(workspace: Path | None, team: str | None) -> Team | None:
    """Return the team whose caches may be read; None where the workspace has not exactly one, or is none."""
    from litlab.workspace import Workspace

    known = Workspace(workspace).teams()
    if team is None and len(known) != 1:
        return None
    return find_team(workspace, team)


def _tell(guess: Guess) -> None:
    shown = ", ".join(f"{name}={value!r}" for name, value in guess.parameters.items())
    whisper(f"adapter {guess.adapter}({shown}): {'; '.join(guess.reasons)}")


def _about(guess: Guess) -> dict[str, Any]:
    return {"adapter": guess.adapter, "parameters": guess.parameters, "reasons": list(guess.reasons)}
