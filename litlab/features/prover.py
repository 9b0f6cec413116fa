"""The prover: does a script read or use what lies behind its index?

1. What a script requires is proved first: a verdict on it is one on whoever reads it. 2. ``trial`` puts the
script to its probes. 3. ``load_bare`` makes a feature of any script file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from litlab.adapters import TradersBaseAdapter
from litlab.errors import BadParameter, BadScript, MissingFile
from litlab.features.feature import Feature, LoadedFeature
from litlab.features.proof import CLEAN, UNKNOWN, Evidence, Proof
from litlab.features.trial import Trial
from litlab.scripts import load_script

SAMPLES = 48


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
    inherited = _inherited(adapter, feature, others, samples, seed)
    return inherited or Trial(adapter, feature, others, seed).proof(samples, progress)


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
