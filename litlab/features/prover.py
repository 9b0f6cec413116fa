"""The prover: does a script read or use what lies behind its index?

1. What a script requires is proved first: a verdict on it is one on whoever reads it. 2. ``trial`` puts the
script to its probes. 3. ``load_bare`` makes a feature of any script file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from litlab import engine
from litlab.adapters import TradersBaseAdapter
from litlab.errors import (
    BadParameter,
    BadScript,
    LitlabError,
    MissingFile,
    ScriptEnded,
    ScriptOutOfMemory,
    ScriptTimeout,
)
from litlab.features import sentry, workbench
from litlab.features.feature import Feature, LoadedFeature
from litlab.features.probing import CALL_S, call_limit, loaded
from litlab.features.probing_opens import name_data
from litlab.features.proof import CLEAN, UNKNOWN, Evidence, Proof
from litlab.features.trial import Trial
from litlab.features.workbench import Workbench
from litlab.scripts import load_script

SAMPLES = 48
LIMIT_S = 3600.0  # of a whole proof
UNHEARD = "this system lets nobody hear what is opened below Python: files read there go unseen"


def prove(
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature] = (),
    samples: int = SAMPLES,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> Proof:
    """Look for reads and effects of the future in one script, at `samples` ticks of an adapter's data.

    Parameters
    ----------
    feature : LoadedFeature
    others : sequence of LoadedFeature
        The features it requires, proved first: what refutes one of them refutes it.
    samples : int
        How many ticks at which it gives an output are asked about; half of them end their minute.
    seed : int
        Draws them.
    progress : callable, optional
        Told how many steps of this script's trial are done, and of how many; not those of what it requires.

    Raises
    ------
    BadParameter
        If `samples` is below 2.
    """
    if samples < 2:
        raise BadParameter(name="samples", given=samples, wanted="two ticks at least must be asked about")
    if feature.is_label:
        text = "it says LABEL = True: a label may read the future and is never an input"
        return Proof(feature.script.path.name, UNKNOWN, 0, evidence=(Evidence("label", -1, 0, text),))
    if engine.is_worker():
        sentry.stand()
    elif moved := _moved(adapter):
        return _elsewhere(moved, feature, others, samples, seed, progress)
    with _staying():
        return _here(adapter, feature, others, samples, seed, progress)


def _here(
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature],
    samples: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> Proof:
    try:
        inherited = _inherited(adapter, feature, others, samples, seed)
        proof = inherited or Trial(adapter, feature, others, seed).proof(samples, progress)
    except ScriptTimeout as problem:
        return _unfinished(feature, problem)
    if proof.verdict == CLEAN and not sentry.stands():
        return dataclasses.replace(proof, evidence=(*proof.evidence, Evidence("files", -1, 0, UNHEARD)))
    return proof


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    """Let no script end a process that is not there for it alone."""

    def refuse(status: int) -> None:
        raise SystemExit(f"os._exit({status})")

    if engine.is_worker():
        yield
    else:
        with mock.patch.object(os, "_exit", refuse):
            yield


def _unfinished(feature: LoadedFeature, problem: LitlabError) -> Proof:
    at = problem.fields
    line, index = (at[name] if isinstance(at.get(name), int) else 0 for name in ("line", "index"))
    found = (Evidence("process", index, line, str(problem)),)
    return Proof(feature.script.path.name, UNKNOWN, 0, evidence=found)


# --- in a process of its own ---------------------------------------------------------------------------

_Moved = tuple[type[TradersBaseAdapter], dict[str, Any], Path]
_Named = tuple[Feature, Path, dict[str, Any]]


def _moved(adapter: TradersBaseAdapter) -> _Moved | None:
    """Return what another process makes the adapter of, None where it cannot."""
    made = (
        type(adapter),
        {**adapter.parameters, "paths": [str(path) for path in adapter.paths]},
        adapter.cache,
    )
    module = sys.modules.get(made[0].__module__)
    with contextlib.suppress(ImportError, ValueError):
        if getattr(module, made[0].__qualname__, None) is made[0] and find_spec(made[0].__module__):
            return made
    return None


def _elsewhere(
    moved: _Moved,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature],
    samples: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> Proof:
    """Prove in a process of its own, where every open is heard and no script harms anybody."""
    named = [(one.feature, one.script.path, one.params) for one in (feature, *others)]
    bench, name = _bench(), feature.script.path.stem
    over = threading.Event()

    def tell() -> None:
        while progress is not None and not over.wait(0.3):
            progress(*bench.progress())

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        ran = bench.run(
            _there, moved, named, samples, seed, CALL_S,
            script=name, limit_s=LIMIT_S, scripts=[path for _, path, _ in named],
        )  # fmt: skip
        proof: Proof = ran.value
        return proof
    except (ScriptTimeout, ScriptEnded, ScriptOutOfMemory) as problem:
        return _unfinished(feature, problem)
    finally:
        over.set()
        telling.join()


def _there(moved: _Moved, named: list[_Named], samples: int, seed: int, call_s: float) -> Proof:
    call_limit(call_s)
    sentry.stand()
    kind, parameters, cache = moved
    adapter = kind(parameters, cache)
    name_data(adapter)
    feature, *others = [LoadedFeature(one, loaded(path), params) for one, path, params in named]
    return prove(adapter, feature, others, samples, seed, workbench.tell)


@functools.cache
def _bench() -> Workbench:
    return Workbench()


def _inherited(
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature],
    samples: int,
    seed: int,
) -> Proof | None:
    by_name = {one.name: one for one in others}
    for name in feature.requires:
        if name not in by_name:
            text = f"it reads the feature {name!r}, which was not given"
            return Proof(feature.script.path.name, UNKNOWN, 0, evidence=(Evidence("features", -1, 0, text),))
        found = prove(adapter, by_name[name], others, samples, seed)
        if found.verdict != CLEAN:
            text = f"it reads the feature {name!r}: {found}"
            return dataclasses.replace(
                found,
                script=feature.script.path.name,
                evidence=(Evidence("features", -1, 0, text), *found.evidence),
            )
    return None


def load_bare(path: Path, params: Mapping[str, Any] | None = None) -> LoadedFeature:
    """Return a script file as a feature of its own name; its form prefills what `params` leave out.

    Raises
    ------
    MissingFile, BadScript, BadParameter
    """
    if not path.is_file():
        raise MissingFile(path=path)
    script = load_script(path)
    if not callable(getattr(script.module, "feature", None)):
        raise BadScript(path=path, line=1, reason="it defines no function feature(adapter, index, …)")
    prefilled = {field.name: field.prefill() for field in script.fields if field.example}
    given = script.read_params({**prefilled, **(params or {})})
    return LoadedFeature(Feature(path.stem, path.stem, given), script, given)
