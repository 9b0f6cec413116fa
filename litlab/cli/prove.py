"""``litlab prove``."""

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
from litlab.errors import BadParameter, NoTeam

if TYPE_CHECKING:
    from litlab.features import LoadedFeature
    from litlab.features.proof import Proof
    from litlab.workspace import Team

_REFUTED, _UNKNOWN = 3, 4  # exit statuses: of a refuted script, and of one of which nothing can be said


@app.command()
def prove(
    feature: Annotated[str, typer.Argument(help="A saved feature's name, or a script: FEATURE.py")],
    raw: Annotated[
        list[str] | None,
        typer.Option(
            help="Raw files or a pattern; repeatable. By default what the team has: the ticks of an asset "
            "that holds the feature, else its project's; a small sample tape where there are none."
        ),
    ] = None,
    adapter: AdapterOption = None,
    params: ParamsOption = "{}",
    form: Annotated[
        str, typer.Option(help="The script's own parameters as a JSON object; its form prefills the rest.")
    ] = "{}",
    samples: Annotated[int, typer.Option(min=2, help="Ticks at which it is asked.")] = 48,
    seed: Annotated[int, typer.Option(help="Draws them.")] = 7,
    team: TeamOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for any read or effect of the future in a feature; exit status 3 where one is found.

    The exit status is 4 where nothing can be said ("unknown"). It is "enforced" where an asset over the same
    ticks holds it and the adapters keep the prefix law.
    """
    from litlab.features.proof import UNKNOWN
    from litlab.testing.enforcement import own_data, prove_feature

    found = _team(feature, team, workspace)
    wanted, others = _loaded(feature, parameters(form), found)
    with _data(raw or [], adapter, parameters(params), found) as data:
        if data is None and (found is None or own_data(found, wanted, others) is None):
            whisper("No ticks are known of it: a sample tape of three days is read.")
        proof = prove_feature(wanted, others, team=found, adapter=data, samples=samples, seed=seed)
    say(proof.to_json(), as_json, _told(proof))
    if proof.refuted:
        raise typer.Exit(_REFUTED)
    if proof.verdict == UNKNOWN:
        raise typer.Exit(_UNKNOWN)


def _team(name: str, team: str | None, workspace: Path | None) -> Team | None:
    """Return the team whose feature or asset it may be; a script needs none."""
    if not name.endswith(".py"):
        return find_team(workspace, team)
    try:
        return find_team(workspace, team)
    except (NoTeam, BadParameter):
        return None


def _loaded(name: str, form: dict[str, Any], team: Team | None) -> tuple[LoadedFeature, list[LoadedFeature]]:
    """Return the feature and the saved ones that it may require."""
    from litlab.features import list_features, load_features
    from litlab.features.prover import load_bare

    saved = [one for one in list_features(team) if one != name] if team is not None else []
    if name.endswith(".py"):
        return load_bare(Path(name), form), load_features(team, saved) if team is not None else []
    assert team is not None
    return load_features(team, [name])[0], load_features(team, saved)


@contextmanager
def _data(raw: list[str], adapter: str | None, given: dict[str, Any], team: Team | None) -> Iterator[Any]:
    """Give the adapter over raw files, None where none are named."""
    from litlab.adapters.opening import choose, opened

    if not raw:
        yield None
        return
    guess = choose(raw, adapter, given, team)
    with opened(raw, guess.adapter, guess.parameters, team) as data:
        yield data


def _told(proof: Proof) -> str:
    lines = [str(proof)]
    for one in proof.evidence[:5]:
        where = f"line {one.line}, " if one.line else ""
        at = f"index {one.index}" if one.index >= 0 else "everywhere"
        lines.append(f"  {one.probe:<28} {where}{at}: {one.text}")
    lo, hi = proof.ticks
    early, late = (step / 1e9 for step in proof.time_ns)
    if proof.samples:
        lines.append(
            f"  reads                        ticks {lo} to {hi}, {early:.3f} to {late:.3f} s, around its own"
        )
    return "\n".join(lines)
