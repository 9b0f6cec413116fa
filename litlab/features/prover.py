"""The prover: does a script read or use what lies behind its index?

Half of the ticks asked about end their minute: there a cut alone misses a look at the complete bar.

1. *Determinism*: called twice, under another clock and other seeds of the shared generators. A script that
differs then is unknown, as nothing can be said of it. 2. *Reads* are recorded on an open view: one behind the
index refutes even if it goes unused. 3. *Files*: what the script opens by itself, by an audit hook. 4. *Cut*:
the data end at the index, physically. 5. *Other futures*: equal up to the index, different behind it.
6. *Order*: all ticks in one module, ascending, descending and shuffled. 7. *Batch*: the same of
``feature_batch``. Every call but those of 6 gets a fresh module.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.adapters import BatchView, TradersBaseAdapter
from litlab.errors import BadParameter, BadScript, MissingFile
from litlab.features.feature import Feature, LoadedFeature
from litlab.features.futures import FUTURES
from litlab.features.order import in_order
from litlab.features.probing import Outcome, fresh, setting, watch, watch_all
from litlab.features.proof import CLEAN, EFFECT, READ, UNKNOWN, Evidence, Proof
from litlab.scripts import load_script
from litlab.ticks.probe import ProbeStore

SAMPLES = 48
_TRIES = 8  # ticks looked at for each that gives an output
_WALL_CLOCK = re.compile(r"\b(?:datetime|date|Timestamp|dt)\.(?:now|today|utcnow)\(")
_KEPT = 20  # pieces of evidence
_OWN = {"_bars", "store", "sessions", "clock"}  # what an adapter has worked out from its store


def prove(
    adapter: TradersBaseAdapter,
    feature: LoadedFeature,
    others: Sequence[LoadedFeature] = (),
    samples: int = SAMPLES,
    seed: int = 7,
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
    return inherited or _Case(adapter, feature, others, seed).proof(samples)


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


class _Case:
    """One script on trial."""

    def __init__(
        self, adapter: TradersBaseAdapter, feature: LoadedFeature, others: Sequence[LoadedFeature], seed: int
    ) -> None:
        self.adapter, self.feature = adapter, feature
        self.script = feature.script.path.name
        self.others = [one for one in in_order(others) if one.name in feature.requires]
        self.random = np.random.default_rng(seed)
        self.effects: list[Evidence] = []
        self.reads: list[Evidence] = []
        self.doubts: list[Evidence] = []
        self.whole: dict[int, Outcome] = {}

    def proof(self, samples: int) -> Proof:
        """Put all probes to it, the cheap ones first."""
        self._choose(samples)
        if self.whole:
            self._determinism()
            if not self.doubts:
                self._reads()
                self._ends_and_futures()
                self._order()
                self._batch()
        return self._verdict()

    # --- the ticks asked about ----------------------------------------------------------------------

    def _choose(self, samples: int) -> None:
        """Collect the ticks at which the script gives an output, half of them the last of their minute."""
        ends, _ = self.adapter.period_ends(0, len(self.adapter), "minute", 1)
        any_tick = np.arange(len(self.adapter))
        failed: Outcome | None = None
        watch(fresh(self.feature), self.adapter, int(any_tick[len(any_tick) // 2]), {})  # compiles, imports
        for pool, wanted in ((ends, samples // 2), (any_tick, samples)):
            tries = self.random.permutation(len(pool))[: _TRIES * samples]
            for index in pool[tries].tolist():
                if len(self.whole) >= wanted:
                    break
                if index in self.whole:
                    continue
                outcome = self._alone(self.adapter, index)
                if outcome.values is not None or outcome.opened or outcome.refused:
                    self.whole[index] = outcome
                elif outcome.error:
                    failed = outcome
        if not self.whole:
            text = (
                f"it always fails: {failed.error}" if failed else "it rejects every sample it was asked for"
            )
            self.doubts.append(Evidence("outputs", -1, failed.line if failed else 0, text))

    def _alone(self, adapter: TradersBaseAdapter, index: int, seed: int = 1) -> Outcome:
        with setting(seed):
            inputs: dict[str, npt.NDArray[np.float64]] = {}
            for other in self.others:
                values = watch(fresh(other), adapter, index, dict(inputs)).values
                if values is None:
                    return Outcome(None, "", 0, index, index + 1)
                inputs[other.name] = values
            return watch(fresh(self.feature), adapter, index, inputs)

    # --- probes -------------------------------------------------------------------------------------

    def _determinism(self) -> None:
        for index, first in self.whole.items():
            again = self._alone(self.adapter, index, seed=2)
            if not first.same(again):
                text = f"asked twice it answers {first.told()} and {again.told()}"
                self.doubts.append(Evidence("determinism", index, again.line, text))
                return
        source = self.feature.script.path.read_text("utf-8", "replace")
        if found := _WALL_CLOCK.search(source):
            line = source[: found.start()].count("\n") + 1
            self.doubts.append(Evidence("clock", -1, line, f"it asks the machine's clock: {found.group()}…)"))

    def _reads(self) -> None:
        own = self._own_files()
        for index, outcome in self.whole.items():
            if outcome.read_hi > self._may_read(index):
                text = (
                    f"it reads up to tick {outcome.read_hi - 1}, {outcome.read_hi - 1 - index} behind its own"
                )
                self.reads.append(Evidence("reads", index, outcome.line, text))
            if outcome.refused:
                self.reads.append(Evidence("reads", index, outcome.line, outcome.refused))
            for name in outcome.opened:
                if name in own or any(name.startswith(folder + "/") for folder in own):
                    self.reads.append(
                        Evidence("files", index, 0, f"it opens the data itself: {Path(name).name}")
                    )
                else:
                    self.doubts.append(Evidence("files", index, 0, f"it opens {Path(name).name}: impure"))

    def _own_files(self) -> set[str]:
        files = self.adapter.store.files
        return {str(one.raw) for one in files} | {str(one.path) for one in files}

    def _may_read(self, index: int) -> int:
        # That the period of a gate's tick has ended shows in the tick behind it.
        return index + 1 + self.feature.is_gate

    def _ends_and_futures(self) -> None:
        ahead = 1 if self.feature.is_gate else 0
        for index, outcome in self.whole.items():
            cut = min(index + 1 + ahead, len(self.adapter))
            self._compare("cut", index, outcome, self._probe(cut))
            if cut == len(self.adapter):
                continue
            for name, (change, length) in FUTURES.items():
                self._compare(f"other future: {name}", index, outcome, self._probe(cut, change, length))

    def _probe(
        self, cut: int, change: Callable[..., None] | None = None, ahead: int = 0
    ) -> TradersBaseAdapter:
        """Return an adapter like this one over the data as they would be."""
        probe = copy.copy(self.adapter)
        for name in _OWN:
            probe.__dict__.pop(name, None)
        probe.__dict__["store"] = ProbeStore(self.adapter.store, cut, change, ahead)
        return probe

    def _compare(self, probe: str, index: int, whole: Outcome, adapter: TradersBaseAdapter) -> None:
        found = self._alone(adapter, index)
        if whole.same(found):
            return
        if whole.close(found) and whole.read_hi <= self._may_read(index):
            text = f"float jitter: {whole.told()} and {found.told()}"
            self.doubts.append(Evidence(probe, index, 0, text))
            return
        if found.error and whole.read_hi > self._may_read(index):
            return  # it fails for want of what it reads ahead: a read, and no answer that differs
        text = f"with an equal past it answers {whole.told()} and {found.told()}"
        self.effects.append(Evidence(probe, index, found.line, text))

    def _order(self) -> None:
        indices = sorted(self.whole)
        shuffled = self.random.permutation(indices).tolist()
        orders = {"ascending": indices, "descending": indices[::-1], "shuffled": shuffled}
        for name, order in orders.items():
            if self.others:
                return  # what it remembers of others' outputs shows in the probes above
            with setting(1):
                outcomes = watch_all(self.feature, self.adapter, order)
            for index, outcome in zip(order, outcomes, strict=True):
                if not self.whole[index].same(outcome):
                    alone = self.whole[index].told()
                    text = f"asked after other ticks it answers {outcome.told()}, alone {alone}"
                    self.effects.append(Evidence(f"order: {name}", index, outcome.line, text))
                    break

    def _batch(self) -> None:
        if self.feature.hook("feature_batch") is None or self.others:
            return
        indices = np.array(sorted(self.whole), np.int64)
        view, values, keep, error = self._batched(self.adapter, indices)
        if error:
            self.doubts.append(Evidence("batch", -1, 0, f"feature_batch fails: {error}"))
            return
        for row, index in enumerate(indices.tolist()):
            if view.reads[row, 1] > index + 1:
                text = f"feature_batch reads up to tick {view.reads[row, 1] - 1}"
                self.reads.append(Evidence("batch", index, 0, text))
            plain = self.whole[index].values
            if keep[row] != (plain is not None) or (
                plain is not None and values[row].tobytes() != plain.tobytes()
            ):
                self.doubts.append(
                    Evidence("batch", index, 0, "feature_batch differs from feature: not used")
                )
        for index in indices[:: max(1, len(indices) // 8)].tolist():
            one = np.array([index])
            _, whole, kept, _ = self._batched(self.adapter, one)
            _, cut, kept_too, wrong = self._batched(self._probe(index + 1), one)
            if wrong or kept[0] != kept_too[0] or (kept[0] and whole.tobytes() != cut.tobytes()):
                text = "feature_batch answers differently where the data end at the index"
                self.effects.append(Evidence("batch", index, 0, text))

    def _batched(
        self, adapter: TradersBaseAdapter, indices: npt.NDArray[np.int64]
    ) -> tuple[BatchView, npt.NDArray[np.float64], npt.NDArray[np.bool_], str]:
        view = BatchView(adapter, indices, label=True)  # an open one: reads are seen, not prevented
        hook: Any = fresh(self.feature).hook("feature_batch")
        try:
            with setting(1):
                values, keep = hook(view, indices, dict(self.feature.params), {})
            return view, np.asarray(values, np.float64), np.asarray(keep, bool), ""
        except (Exception, SystemExit) as problem:  # a user's script may raise anything
            nothing = np.zeros((len(indices), 1, 1))
            return view, nothing, np.zeros(len(indices), bool), f"{type(problem).__name__}: {problem}"[:200]

    # --- the verdict --------------------------------------------------------------------------------

    def _verdict(self) -> Proof:
        if self.effects:
            verdict = EFFECT
        elif self.reads:
            verdict = READ
        else:
            verdict = UNKNOWN if self._unsettled() else CLEAN
        ticks, times = self._span()
        evidence = tuple([*self.effects, *self.reads, *self.doubts][:_KEPT])
        return Proof(self.script, verdict, len(self.whole), ticks, times, evidence)

    def _unsettled(self) -> bool:
        # A batch form that differs is not used, and takes nothing from what is known of the plain form.
        return any(one.probe != "batch" for one in self.doubts)

    def _span(self) -> tuple[tuple[int, int], tuple[int, int]]:
        if not self.whole:
            return (0, 0), (0, 0)
        time = {at: int(self.adapter.store.times(at, at + 1)[0]) for at in self._ends_of_reads()}
        ticks = [(one.read_lo - index, one.read_hi - 1 - index) for index, one in self.whole.items()]
        times = [
            (time[one.read_lo] - time[index], time[one.read_hi - 1] - time[index])
            for index, one in self.whole.items()
        ]
        lows, highs = zip(*ticks, strict=True)
        early, late = zip(*times, strict=True)
        return (min(lows), max(highs)), (min(early), max(late))

    def _ends_of_reads(self) -> set[int]:
        return {at for index, one in self.whole.items() for at in (index, one.read_lo, one.read_hi - 1)}


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
