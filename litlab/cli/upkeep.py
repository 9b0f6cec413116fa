"""``litlab fsck``, ``gc`` and ``rm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import JsonOption, TeamOption, WorkspaceOption, app, find_team, say, whisper
from litlab.cli.progress import ProgressBars

if TYPE_CHECKING:
    from litlab.ticks.housekeeping import Removed


@app.command()
def fsck(
    files: Annotated[
        list[str] | None, typer.Argument(help="Raw files whose caches are checked; everything by default.")
    ] = None,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify every digest; exit status 1 where something is broken, with how to make it again."""
    from litlab.upkeep import check, check_raw_files

    found = find_team(workspace, team)
    if files:
        checked = check_raw_files(found, files)
    else:
        with ProgressBars() as show:
            checked = check(found, lambda done, total: show("fsck", done, total))
    for one in checked.damage if not as_json else ():
        typer.echo(f"{one.what}: {one.path}: {one.reason}.\n  {one.remedy}")
    looked = f"{checked.caches:,} caches, {checked.assets:,} assets, {checked.entries:,} vault entries"
    verdict = f"{len(checked.damage):,} broken" if checked.damage else "all sound"
    say(checked.to_json(), as_json, f"{looked}: {verdict}")
    if checked.damage:
        raise typer.Exit(1)


@app.command()
def gc(
    orphans: Annotated[bool, typer.Option(help="Also caches whose raw file is gone.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Remove nothing, only tell.")] = False,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove superseded caches and what interrupted writers left."""
    from litlab.upkeep import collect

    removed = collect(find_team(workspace, team), orphans=orphans, dry_run=dry_run)
    _report(removed, as_json, "would be removed" if dry_run else "removed", dry_run=dry_run)


@app.command()
def rm(
    targets: Annotated[list[str], typer.Argument(help="Raw files, or digests of asset versions.")],
    force: Annotated[bool, typer.Option(help="Even where something is made of it.")] = False,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove the caches of raw files, or asset versions; never a raw file."""
    from litlab.upkeep import find_target, remove_target

    found = find_team(workspace, team)
    named = [find_target(found, one) for one in targets]  # all are known before the first goes
    removed = [gone for one in named for gone in remove_target(found, one, force=force)]
    _report(removed, as_json, "removed")


def _report(removed: list[Removed], as_json: bool, done: str, **more: Any) -> None:
    total = sum(one.bytes for one in removed)
    if not as_json:
        for one in removed:
            whisper(f"{one.what} {one.path} ({one.bytes:,} bytes)")
    rows = [{"path": str(one.path), "what": one.what, "bytes": one.bytes} for one in removed]
    text = f"{len(removed):,} things, {total:,} bytes, {done}"
    say({"removed": rows, "bytes": total, **more}, as_json, text)
