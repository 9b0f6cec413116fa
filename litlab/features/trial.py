"""One script on trial: it is asked about many ticks, and asked again where the future is another one.

Half of the ticks asked about end their minute: there a cut alone misses a look at the complete bar.

1. *Determinism*: called twice, under another clock and other seeds of the shared generators. A script that
differs then is unknown, as nothing can be said of it. 2. *Reads* are recorded on an open view: one behind the
index refutes even if it goes unused, and so does one of what was filled in later. 3. *Files*: what the script
opens by itself, in whatever way (``probing_opens``). 4. *Cut*: trades and quotes end at the index,
physically. 5. *Other futures*: equal up to the index, different behind it. 6. *Order*: all ticks in one
module, ascending, descending and shuffled. 7. *Fast forms*: ``batch_trial``. Every call but those of 6 gets a
fresh module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from litlab.adapters import TradersBaseAdapter
from litlab.features.batch_trial import fast_forms
from litlab.features.feature import LoadedFeature
from litlab.features.futures import FUTURES, altered, ended
from litlab.features.order import in_order
from litlab.features.probing import (
    BatchOutcome,
    Outcome,
    at_load,
    fresh,
    setting,
    watch,
    watch_all,
    watch_batch,
)
from litlab.features.probing_clock import clock_in
from litlab.features.probing_opens import name_data
from litlab.features.proof import CLEAN, EFFECT, READ, UNKNOWN, Evidence, Proof

Inputs = dict[str, npt.NDArray[np.float64]]

_TRIES = 8  # ticks looked at for each that gives an output
_KEPT = 20  # pieces of evidence


def required(feature: LoadedFeature, others: Sequence[LoadedFeature]) -> list[LoadedFeature]:
    """Return those of the others that a feature requires, and what these require in turn."""
    by_name = {one.name: one for one in others}
    found: dict[str, LoadedFeature] = {}
    wanted = [*feature.requires]
    while wanted:
        name = wanted.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            wanted += by_name[name].requires
    return list(found.values())


class Trial:
    """One script on trial.

    Parameters
    ----------
    adapter : TradersBaseAdapter
    feature : LoadedFeature
    others : sequence of LoadedFeature
        Among them those it requires.
    seed : int
        Draws the ticks.
    """

    def __init__(
        self, adapter: TradersBaseAdapter, feature: LoadedFeature, others: Sequence[LoadedFeature], seed: int
    ) -> None:
        self.adapter, self.feature = adapter, feature
        self.script = feature.script.path.name
        self.others = in_order(required(feature, others))
        self.random = np.random.default_rng(seed)
        self.effects: list[Evidence] = []
        self.reads: list[Evidence] = []
        self.doubts: list[Evidence] = []
        self.whole: dict[int, Outcome] = {}
        self._opened = dict.fromkeys(at_load(feature), -1)  # and the tick at which it was first
        self._progress: Callable[[int, int], None] | None = None

    def proof(self, samples: int, progress: Callable[[int, int], None] | None = None) -> Proof:
        """Put all probes to it, the cheap ones first; `progress` hears of the steps done, and of how many."""
        self._progress = progress
        name_data(self.adapter)
        self._choose(samples)
        if self.whole:
            self._determinism()
            if not self.doubts:
                self._reads()
                self._ends_and_futures()
                self._order()
                fast_forms(self)
        self._files()
        return self._verdict()

    def _tell(self, done: int, samples: int) -> None:
        """Say how far it has come: the choice takes a step for each tick, its futures one, the rest a few."""
        if self._progress is not None:
            self._progress(done, 2 * samples + max(samples // 4, 1))

    # --- the ticks asked about ----------------------------------------------------------------------

    def _choose(self, samples: int) -> None:
        """Collect the ticks at which the script gives an output, half of them the last of their minute."""
        count = len(self.adapter)
        ends, _ = self.adapter.period_ends(0, count, "minute", 1)
        failed: Outcome | None = None
        first = watch(fresh(self.feature), self.adapter, count // 2, {})  # compiles, imports
        self._note(first, count // 2)
        for pool, wanted in ((ends, samples // 2), (None, samples)):
            there = count if pool is None else len(pool)
            tries = self.random.choice(there, min(_TRIES * samples, there), replace=False)
            for index in (tries if pool is None else pool[tries]).tolist():
                if len(self.whole) >= wanted:
                    break
                if index in self.whole:
                    continue
                outcome = self._alone(self.adapter, index)
                if outcome.values is not None or outcome.opened or outcome.refused:
                    self.whole[index] = outcome
                    self._tell(len(self.whole), samples)
                elif outcome.error:
                    failed = outcome
        if not self.whole:
            text = (
                f"it always fails: {failed.error}" if failed else "it rejects every sample it was asked for"
            )
            self.doubts.append(Evidence("outputs", -1, failed.line if failed else 0, text))

    def _alone(self, adapter: TradersBaseAdapter, index: int, seed: int = 1) -> Outcome:
        with setting(seed):
            inputs = self.inputs(adapter, index)
            if inputs is None:
                return Outcome(None, "", 0, index, index + 1)
            outcome = watch(fresh(self.feature), adapter, index, inputs, hears_clock=seed != 1)
            self._note(outcome, index)
            return outcome

    def inputs(self, adapter: TradersBaseAdapter, index: int) -> Inputs | None:
        """Return what the features it requires come to, None where one of them rejects the sample."""
        inputs: Inputs = {}
        for other in self.others:
            values = watch(fresh(other), adapter, index, dict(inputs)).values
            if values is None:
                return None
            inputs[other.name] = values
        return inputs

    # --- probes -------------------------------------------------------------------------------------

    def _determinism(self) -> None:
        for index, first in self.whole.items():
            again = self._alone(self.adapter, index, seed=2)
            if again.clock:
                text = f"it asks the machine's clock, or the system: {again.clock}"
                self.doubts.append(Evidence("clock", index, again.line, text))
                return
            if not first.same(again):
                text = f"asked twice it answers {first.told()} and {again.told()}"
                self.doubts.append(Evidence("determinism", index, again.line, text))
                return
        if found := clock_in(self.feature.script.source):
            line, words = found
            self.doubts.append(Evidence("clock", -1, line, f"it asks the machine's clock: {words}"))

    def _reads(self) -> None:
        for index, outcome in self.whole.items():
            if outcome.read_hi > self._may_read(index):
                text = (
                    f"it reads up to tick {outcome.read_hi - 1}, {outcome.read_hi - 1 - index} behind its own"
                )
                self.reads.append(Evidence("reads", index, outcome.line, text))
            if outcome.refused:
                self.reads.append(Evidence("reads", index, outcome.line, outcome.refused))

    def _note(self, outcome: Outcome | BatchOutcome, index: int) -> None:
        for one in outcome.opened:
            self._opened.setdefault(one, index)

    def _files(self) -> None:
        """Take down what was opened at any time: the data themselves, or what is not Python's own."""
        for one, index in self._opened.items():
            name = Path(one.name).name or one.name
            if one.ours:
                self.reads.append(Evidence("files", index, 0, f"it opens the data itself: {name}"))
            else:
                self.doubts.append(Evidence("files", index, 0, f"it opens {name}: impure"))

    def _may_read(self, index: int) -> int:
        # That the period of a gate's tick has ended shows in the tick behind it.
        return index + 1 + self.feature.is_gate

    def _ends_and_futures(self) -> None:
        ahead = 1 if self.feature.is_gate else 0
        count = len(self.whole)
        for done, (index, outcome) in enumerate(self.whole.items()):
            self._tell(count + done, count)
            self._compare("cut", index, outcome, ended(self.adapter, index, ahead))
            if index + 1 + ahead < len(self.adapter):
                for name in FUTURES:
                    other = altered(self.adapter, index, name, ahead)
                    self._compare(f"other future: {name}", index, outcome, other)

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
            with setting(1):
                inputs = [self.inputs(self.adapter, index) or {} for index in order]
                outcomes = watch_all(self.feature, self.adapter, order, inputs)
            for index, outcome in zip(order, outcomes, strict=True):
                self._note(outcome, index)
                if not self.whole[index].same(outcome):
                    alone = self.whole[index].told()
                    text = f"asked after other ticks it answers {outcome.told()}, alone {alone}"
                    self.effects.append(Evidence(f"order: {name}", index, outcome.line, text))
                    break

    def together(self, adapter: TradersBaseAdapter, indices: npt.NDArray[np.int64]) -> BatchOutcome:
        """Call ``feature_batch`` once for all these ticks."""
        with setting(1):
            rows = [self.inputs(adapter, index) or {} for index in indices.tolist()]
            others = {one.name: np.stack([row[one.name] for row in rows]) for one in self.others}
            found = watch_batch(self.feature, adapter, indices, others)
            self._note(found, -1)
            return found

    # --- the verdict --------------------------------------------------------------------------------

    def _verdict(self) -> Proof:
        if self.effects:
            verdict = EFFECT
        elif self.reads:
            verdict = READ
        else:
            verdict = UNKNOWN if self.doubts else CLEAN
        ticks, times = self._span()
        evidence = tuple([*self.effects, *self.reads, *self.doubts][:_KEPT])
        return Proof(self.script, verdict, len(self.whole), ticks, times, evidence)

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
