"""``litlab vault list|show|verify|export|import|tag|note|compare|rm``.

Commands about one entry are functions of it: ``_of_entry`` gives them the arguments that name it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litlab.cli.app import JsonOption, TeamOption, WorkspaceOption, app, find_team, say, whisper

if TYPE_CHECKING:
    from litlab.vault import Entry

vault = typer.Typer(help="Trained models: list, show, move, compare, remove.", no_args_is_help=True)
app.add_typer(vault, name="vault")

EntryArgument = Annotated[
    str,
    typer.Argument(metavar="NAME[@DIGEST]", help="A model, or one of its versions; the one in use without."),
]
DigestOption = Annotated[str | None, typer.Option(help="The version; its first six digits do.")]
_REFUTED = 3  # the exit status of claims that do not come out


def _of_entry(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments that name an entry: it takes the entry itself, and ``as_json``.

    On the command line it has NAME[@DIGEST] first, its own arguments, then ``--digest``, ``--team``,
    ``--workspace`` and ``--json``.
    """

    @functools.wraps(command)
    def called(
        entry: str, digest: str | None, team: str | None, workspace: Path | None, as_json: bool, **own: Any
    ) -> None:
        command(_entry(workspace, team, entry, digest), as_json=as_json, **own)

    own = inspect.signature(command, eval_str=True, globals=globals() | {"Entry": object})
    named = {"entry": EntryArgument}
    last = {"digest": DigestOption, "team": TeamOption, "workspace": WorkspaceOption, "as_json": JsonOption}
    kept = [one for name, one in own.parameters.items() if name not in ("found", "as_json")]
    word = inspect.Parameter.KEYWORD_ONLY
    called.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        *(inspect.Parameter(name, word, annotation=one) for name, one in named.items()),
        *(one.replace(kind=word) for one in kept),
        *(
            inspect.Parameter(name, word, annotation=one, default=False if name == "as_json" else None)
            for name, one in last.items()
        ),
    ])  # fmt: skip
    called.__annotations__ = {**named, **{one.name: one.annotation for one in kept}, **last}
    del called.__wrapped__
    return called


@vault.command("list")
def list_all(team: TeamOption = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every version of every model: its score beside the best baseline's."""
    from rich.console import Console
    from rich.table import Table

    from litlab.vault import list_entries

    rows = [about(one) for one in list_entries(find_team(workspace, team))]
    if as_json:
        say({"entries": rows}, True, "")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("model", "version", "run", "epoch", "score", "baseline", "difference", "tags"):
        right = name in ("epoch", "score", "baseline", "difference")
        table.add_column(name, justify="right" if right else "left")
    for row in rows:
        span = _span(row)
        table.add_row(
            f"{row['name']}{' *' if row['current'] else ''}", row["version"][:12], row["run"],
            str(row["epoch"]), _figure(row["score"]), _figure(row["baseline_score"]), span,
            ", ".join(row["tags"]),
        )  # fmt: skip
    Console().print(table)
    whisper(
        "* is the version in use; scores are AUC within sessions of the test part, or the loss compared by"
    )


@vault.command()
@_of_entry
def show(found: Entry, as_json: bool) -> None:
    """Show an entry: whether it beats its baseline, its scores, where it comes from, notes."""
    from litlab.vault import verdict

    record, scores = found.record, found.scores
    notes = [{"text": one.text, "who": one.who, "time_ns": one.time_ns} for one in found.notes]
    facts = {
        **about(found), "verdict": verdict(scores), "scores": scores, "record": record.to_json(),
        "notes": notes,
    }  # fmt: skip
    if as_json:
        say(facts, True, "")
        return
    typer.echo(verdict(scores))
    for name, told in {
        "model": f"{found.name} {found.digest}",
        "from": f"{record.run} of {record.project}, epoch {record.epoch}",
        "asset": f"{record.schema} {record.asset}",
        "predicts": record.label,
        "trained up to": _moment(record.trained_up_to_ns),
        "parity": f"{record.parity:.1e} between Keras and the portable model",
        "inputs": ", ".join(f"{name} ({one['script']})" for name, one in record.features.items()),
        "added": f"by {record.added_by or 'nobody known'}, {_moment(record.added_ns) or 'nobody knows when'}",
        "tags": ", ".join(found.tags),
    }.items():
        typer.echo(f"{name:14}{told}")
    for one in found.notes:
        typer.echo(f"{_moment(one.time_ns)} {one.who}: {one.text}")


@vault.command()
@_of_entry
def verify(found: Entry, as_json: bool) -> None:
    """Predict and score the test part again and compare; exit status 3 where the claims do not come out."""
    from litlab.cli.progress import ProgressBars
    from litlab.vault.verifying import verify as check

    with ProgressBars() as show_step:
        done = check(found, functools.partial(show_step, "predict"))
    say({"name": found.name, "version": found.digest, **done.to_json()}, as_json, done.said)
    if not as_json:
        for name, there, here in done.differs:
            whisper(f"  {name}: {_figure(there)} said, {_figure(here)} came out")
    if not done.holds:
        raise typer.Exit(_REFUTED)


@vault.command("export")
@_of_entry
def export_one(
    found: Entry, to: Annotated[Path, typer.Option(help="The file to write.")], as_json: bool
) -> None:
    """Write an entry to one file that opens on another machine."""
    from litlab.vault import export_entry

    done = export_entry(found, to)
    facts = {
        "name": found.name, "version": found.digest, "file": str(done.path), "bytes": done.bytes,
        "sha256": done.sha256,
    }  # fmt: skip
    say(facts, as_json, f"{done.path} holds {found.name} {found.digest[:12]}, {done.bytes:,} bytes, sha256 "
        f"{done.sha256}")  # fmt: skip


@vault.command("import")
def import_one(
    file: Annotated[Path, typer.Argument(help="What litlab vault export wrote.")],
    name: Annotated[str | None, typer.Option(help="What the model is called here.")] = None,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in an entry that somebody exported, after it was looked at where it can do no harm."""
    from litlab.vault import import_entry

    done = import_entry(find_team(workspace, team), file, name)
    entry = done.entry
    facts = {
        "name": entry.name, "version": entry.digest, "new": done.new, "sha256": done.sha256,
        "keras": done.keras, "difference": done.difference, "current": entry.is_current,
    }  # fmt: skip
    how = "was in the vault already"
    if done.difference is not None:
        ran = "Keras and the portable model were" if done.keras else "the portable model was"
        how = f"is in the vault; {ran} run here and differ by {done.difference:.1e} at most"
    told = f"{entry.name} {entry.digest[:12]} {how}"
    say(facts, as_json, told)


@vault.command()
@_of_entry
def tag(
    found: Entry,
    name: Annotated[str, typer.Argument(help="The tag.")],
    as_json: bool,
    off: Annotated[bool, typer.Option("--off", help="Take it off.")] = False,
) -> None:
    """Give an entry a tag, or take it off."""
    found.tag(name, not off)
    facts = {"name": found.name, "version": found.digest, "tags": found.tags}
    say(facts, as_json, f"{found.name} {found.digest[:12]}: {', '.join(found.tags) or 'no tags'}")


@vault.command()
@_of_entry
def note(
    found: Entry, text: Annotated[str, typer.Argument(help="What to write down.")], as_json: bool
) -> None:
    """Write something down about an entry; it stays, with your name and the time."""
    made = found.note(text)
    facts = {
        "name": found.name, "version": found.digest, "text": made.text, "who": made.who,
        "time_ns": made.time_ns,
    }  # fmt: skip
    say(facts, as_json, f"{found.name} {found.digest[:12]} has {len(found.notes)} notes")


@vault.command()
def compare(
    entries: Annotated[list[str], typer.Argument(metavar="NAME[@DIGEST]...", help="Two or more.")],
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put entries beside each other: scores with their intervals, and what differs."""
    from rich.console import Console
    from rich.table import Table

    from litlab.vault import compare as side_by_side
    from litlab.vault import find_entry

    home = find_team(workspace, team)
    found = side_by_side([find_entry(home, one) for one in entries])
    if as_json:
        say(found.to_json(), True, "")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for row in found.rows:
        table.add_column(row["entry"], justify="right")
    for key in ("run", "epoch", "score", "baseline_score", "log_loss", "brier_skill", "parity", "test_looks"):
        table.add_row(key.replace("_", " "), *(_figure(row[key]) for row in found.rows))
    table.add_row("difference", *(_span(row) for row in found.rows))
    for one in found.differences:
        table.add_row(f"{one.part}: {one.what}", *(_figure(value) for value in one.values))
    Console().print(table)
    if not found.same_test:
        typer.echo("They were not scored on the same samples: the scores cannot be compared.")
    if found.between:
        typer.echo(f"The first less the second: {_span(found.between)}")


@vault.command("rm")
def remove(
    entry: EntryArgument,
    digest: Annotated[str, typer.Option(help="The version; its first six digits do.")] = "",
    force: Annotated[bool, typer.Option(help="Even where it is deployed.")] = False,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a version, which has to be named; the ledger keeps that it was there."""
    from litlab.errors import BadParameter
    from litlab.upkeep import remove_entry

    if not digest and "@" not in entry:
        raise BadParameter(name="entry", given=entry, wanted="name the version: NAME@DIGEST, or --digest")
    found = _entry(workspace, team, entry, digest or None)
    gone = remove_entry(found, force=force)
    facts = {"name": found.name, "version": found.digest, "bytes": gone.bytes}
    say(facts, as_json, f"{found.name} {found.digest[:12]} is removed, {gone.bytes:,} bytes")


def about(entry: Entry) -> dict[str, Any]:
    """Return what ``--json`` says of an entry."""
    from litlab.vault.comparing import row_of

    record = entry.record
    figures = {key: value for key, value in row_of(entry).items() if key not in ("entry", "run", "epoch")}
    return {
        "name": entry.name, "version": entry.digest, "current": entry.is_current, "project": record.project,
        "run": record.run, "epoch": record.epoch, "label": record.label, "tags": entry.tags, **figures,
    }  # fmt: skip


def _entry(workspace: Path | None, team: str | None, name: str, digest: str | None) -> Entry:
    from litlab.vault import find_entry, open_entry

    home = find_team(workspace, team)
    return open_entry(home, name, digest) if digest else find_entry(home, name)


def _moment(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC" if time_ns else ""


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _span(row: dict[str, Any]) -> str:
    if row["difference"] is None or row["low"] is None:
        return "–"
    return f"{row['difference']:+.3f} ({row['low']:+.3f} … {row['high']:+.3f})"
