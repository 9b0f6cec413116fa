"""The sweep's process: ``python -m litlab.experiments.sweeps.conduct FOLDER``.

1. Every trial that is not done is handed to the engine: a thread here, or a Dask worker elsewhere, that makes
   the trial's run, starts it (a process of its own, as any run) and waits for its end.
2. Each watches the sweep's folder for the wish to stop, and hands it on to its run.
3. After each trial the table is written anew; at the end the best, and what luck alone would give.

When this process is killed, the runs that are under way go on to their ends; the next start finds them.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path

from litlab import atomic, engine
from litlab.errors import BadParameter, LitlabError
from litlab.experiments.launch import start
from litlab.experiments.supervised import PAUSED, STOP
from litlab.experiments.sweeps.sweep import Sweep

_LOOK_S = 0.5


def train_trial(folder: str, number: int) -> None:
    """Train one trial to its end, wherever this runs; what is done already stays as it is."""
    sweep = Sweep(Path(folder))
    run = sweep.runs().get(number)
    if sweep.ending() or (run is not None and run.state == "done"):
        return
    run = run or sweep.prepare(number)
    if run.state != "running":
        start(run)
    while run.job.wait(_LOOK_S) in ("queued", "running"):
        if mark := sweep.ending():
            with suppress(BadParameter):  # it has ended at this moment
                (run.pause if mark == PAUSED else run.stop)()
            run.job.wait()


def conduct(sweep: Sweep) -> int:
    """Train what is left of a sweep; return how many trials are done in all."""
    rows = sweep.trials()
    left = [row["trial"] for row in rows if row["state"] != "done"]
    print(f"{len(rows)} trials, {len(left)} to train, {sweep.definition.at_once} at once", flush=True)
    with _executor(sweep) as pool:
        futures = {pool.submit(train_trial, str(sweep.folder), number): number for number in left}
        for future in as_completed(futures):
            problem = future.exception()
            if not (problem is None or isinstance(problem, (LitlabError, OSError)) or engine.died(problem)):
                raise problem
            _tell(sweep, futures[future], problem)
    if sweep.ending():
        print("stopped; trials that are done are kept", flush=True)
        return len(sweep.ranked())
    result = sweep.result()
    atomic.write_json(sweep.folder / "result.json", result)
    if result["finished"] and sweep.definition.vault:
        entry = sweep.vault()
        atomic.write_json(sweep.folder / "result.json", {**result, "entry": sweep.entry()})
        print(f"the winner is in the vault: {entry.name} {entry.digest[:12]}", flush=True)
    print(result["said"] or "error: no trial could be trained; their logs say why", flush=True)
    return int(result["finished"])


@contextmanager
def _executor(sweep: Sweep) -> Iterator[Executor]:
    """Give who waits for the runs: threads here, for each run is a process of its own, or Dask."""
    name = sweep.definition.engine
    with engine.opened("threads" if name == "local" else name, sweep.definition.at_once) as pool:
        yield pool


def _tell(sweep: Sweep, number: int, problem: BaseException | None) -> None:
    sweep.write()
    row = sweep.trials()[number - 1]
    if problem is not None:
        print(f"trial {number}: {problem}", flush=True)
    elif row["state"] == "failed":
        print(f"trial {number}: {row['run']} failed: {sweep.runs()[number].reason()}", flush=True)
    elif row["state"] == "done":
        loss = "no number" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
        told = f"{row['run']}, validation loss {loss} in epoch {row['best_epoch']}, {row['seconds']:.1f} s"
        print(f"trial {number}: {told}", flush=True)


def main(arguments: list[str]) -> int:
    """Conduct the sweep in the folder named; 2 if nothing came of it."""
    sweep = Sweep(Path(arguments[0]).absolute())

    def end(*_: object) -> None:
        if not sweep.ending():  # by a signal alone it is a stop; a pause has left its mark before
            (sweep.folder / STOP).touch()

    signal.signal(signal.SIGTERM, end)
    try:
        done = conduct(sweep)
    except (LitlabError, OSError) as problem:
        print(f"error: {problem}", flush=True)
        return 2
    return 0 if done or sweep.ending() else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
