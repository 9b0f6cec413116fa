"""What the prover said, remembered: by script, parameters, what they read, and the kernels' version.

A verdict lies in ``features/verdicts/``, one file for a script with its parameters. It is *stale* once the
script, a feature that it reads, or a kernel has changed since.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from litlab.adapters.current import current_adapter
from litlab.bars.kernel import KERNEL_VERSION
from litlab.errors import BadParameter, BadRecord, LitlabError
from litlab.features import workbench
from litlab.features.feature import list_features
from litlab.features.proof import Proof
from litlab.features.prover import SAMPLES, prove
from litlab.features.tested import loaded_with_needs, open_data
from litlab.features.workbench import Workbench
from litlab.records import Record, digest_of
from litlab.scripts import find_script, list_scripts
from litlab.sources import outline
from litlab.workspace import Project, Team

LIMIT_S = 600.0


@dataclasses.dataclass(frozen=True)
class Verdict(Record):
    """A proof, and what it is a proof of.

    Attributes
    ----------
    script, params
        What was proved.
    state : str
        Digest of the sources, parameters and kernels that it rests on.
    project : str
        Whose ticks were asked.
    ticks : int
        How many there were.
    proof : Proof
    """

    KIND: ClassVar[str] = "verdict"

    script: str
    params: dict[str, Any]
    state: str
    project: str
    ticks: int
    proof: Proof


def prove_feature(
    project: Project,
    script: str,
    params: Mapping[str, Any],
    samples: int = SAMPLES,
    seed: int = 7,
    limit_s: float = LIMIT_S,
    bench: Workbench | None = None,
) -> Verdict:
    """Prove a script with its parameters on a project's data, in a process of its own, and remember it.

    Parameters
    ----------
    samples, seed
        As in ``litlab.features.prover.prove``.
    limit_s : float
        It is ended then.
    bench : Workbench, optional
        The process, whose ``progress`` tells how far it has come and which ``stop`` ends; by default one for
        this proof alone.

    Raises
    ------
    UnknownName, BadParameter, BadScript, NotOpened, ScriptTimeout, ScriptEnded, ScriptOutOfMemory,
    ScriptStopped
    """
    path = find_script(project.team, "scripts", script)
    checked = outline(path).read_params(params)
    own = bench or Workbench()
    try:
        open_data(project, own, script)
        ran = own.run(
            _prove, project, script, checked, samples, seed,
            script=script, limit_s=limit_s, scripts=list_scripts(project.team, "scripts").values(),
        )  # fmt: skip
    finally:
        if bench is None:
            own.close()
    verdict: Verdict = ran.value
    verdict.save(_place(project.team, script, checked))
    return verdict


def remembered(team: Team, script: str, params: Mapping[str, Any]) -> tuple[Verdict, bool] | None:
    """Return the last verdict on a script with its parameters, and whether it still holds; None without."""
    try:
        checked = outline(find_script(team, "scripts", script)).read_params(params)
        verdict = Verdict.load(_place(team, script, checked))
        return verdict, verdict.state == state_of(team, script, checked)
    except (FileNotFoundError, BadRecord):
        return None


def keep(team: Team, script: str, params: Mapping[str, Any], proof: Proof, asked: str, ticks: int) -> Verdict:
    """Remember a proof of a team's script with its parameters; `asked` says whose ticks, and how many."""
    checked = outline(find_script(team, "scripts", script)).read_params(params)
    verdict = Verdict(script, checked, state_of(team, script, checked), asked, ticks, proof)
    verdict.save(_place(team, script, checked))
    return verdict


def state_of(team: Team, script: str, params: Mapping[str, Any]) -> str:
    """Return the digest of all that a verdict rests on: sources, parameters, kernels."""
    rests = [[name, digest, given] for name, _, digest, given in _rests(team, script, params)]
    return digest_of([KERNEL_VERSION, *rests])


def rests_on(team: Team, script: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a script and the saved features that it reads, in turn, as manifests name them."""
    return [
        {"script": of, "script_digest": digest, "params": given}
        for _, of, digest, given in _rests(team, script, params)
    ]


def _rests(team: Team, script: str, params: Mapping[str, Any]) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return (name, script, its digest, parameters) of a script and of all that it reads."""
    rests: list[tuple[str, str, str, dict[str, Any]]] = []
    asked = [("", script, dict(params))]
    saved = list_features(team)
    seen = set()
    while asked:
        name, of, given = asked.pop()
        found = outline(find_script(team, "scripts", of))
        rests.append((name, of, found.digest, given))
        for one in found.requires(given):
            if one in saved and one not in seen:
                seen.add(one)
                asked.append((one, saved[one].script, saved[one].params))
    return rests


def _place(team: Team, script: str, params: Mapping[str, Any]) -> Path:
    return team.folder("features") / "verdicts" / f"{script}-{digest_of(dict(params))[:16]}.json"


def _prove(project: Project, script: str, params: dict[str, Any], samples: int, seed: int) -> Verdict:
    adapter = current_adapter(project)
    if adapter is None:
        raise BadParameter(name="project", given=str(project), wanted="it has no cached ticks")
    *others, wanted = loaded_with_needs(project.team, script, params)
    state = state_of(project.team, script, wanted.params)
    progress: Callable[[int, int], None] = workbench.tell
    proof = prove(adapter, wanted, others, samples, seed, progress)
    return Verdict(script, wanted.params, state, str(project), len(adapter), proof)


def try_remembered(team: Team, script: str, params: Mapping[str, Any]) -> tuple[Verdict, bool] | None:
    """Return what ``remembered`` does, and None too for a script that cannot be read."""
    try:
        return remembered(team, script, params)
    except LitlabError:
        return None
