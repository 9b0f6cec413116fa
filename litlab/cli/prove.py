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

if TYPE_CHECKING:
    from litlab.features import LoadedFeature
    from litlab.features.proof import Proof

_REFUTED = 3  # the exit status of a refuted script


@app.command()
def prove(
    feature: Annotated[str, typer.Argument(help="A saved feature's name, or a script: FEATURE.py")],
    raw: Annotated[
        list[str] | None,
        typer.Option(help="Raw files or a pattern; repeatable. A small sample tape by default."),
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
    """Look for any read or effect of the future in a feature; exit status 3 where one is found."""
    from litlab.features.prover import prove as prove_feature

    wanted, others = _loaded(feature, parameters(form), team, workspace)
    with _data(raw or [], adapter, parameters(params)) as data:
        proof = prove_feature(data, wanted, others, samples, seed)
    say(proof.to_json(), as_json, _told(proof))
    if proof.refuted:
        raise typer.Exit(_REFUTED)


def _loaded(
    name: str, form: dict[str, Any], team: str | None, workspace: Path | None
) -> tuple[LoadedFeature, list[LoadedFeature]]:
    """Return the feature and the saved ones that it may require."""
    from litlab.features import list_features, load_features
    from litlab.features.prover import load_bare

    if name.endswith(".py"):
        return load_bare(Path(name), form), []
    found = find_team(workspace, team)
    wanted = load_features(found, [name])[0]
    return wanted, load_features(found, [one for one in list_features(found) if one != name])


@contextmanager
def _data(raw: list[str], adapter: str | None, given: dict[str, Any]) -> Iterator[Any]:
    """Give the adapter over raw files, or over a sample tape that is gone afterwards."""
    import tempfile

    from litlab.adapters.opening import choose, opened

    with tempfile.TemporaryDirectory(prefix="litlab-") as folder:
        if not raw:
            from litlab.ticks.sample import write_sample

            raw, adapter = (
                [str(one) for one in write_sample(Path(folder), days=3, ticks_per_day=20_000).paths],
                "lseg",
            )
            whisper("No raw files were given: a sample tape of three days is read.")
        guess = choose(raw, adapter, given)
        with opened(raw, guess.adapter, guess.parameters) as data:
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
