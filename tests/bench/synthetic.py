"""Synthetic ticks as an adapter of its own, fast enough to make 200 million of them in a minute.

A "raw file" is a recipe of a few bytes; ``parse`` draws its ticks from the seed. This module is copied into
a team's ``adapters`` folder as it stands, so that workers of a build find it like any team's adapter.

The prints that may move nothing but the volume repeat the price before them, within the same second: bars
with the eligibility table and bars without it are the same, and peers that know no such table can be held
against ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from litlab.adapters import TradersBaseAdapter
from litlab.ticks.columns import ALL_OK, NS, OK_VOLUME, REGULAR
from litlab.ticks.sessions import sessions_between

PER_SESSION = 280_800  # 12 a second
PER_FILE = 10_000_000
FIRST_NS = 1_262_304_000 * NS  # 2010-01-01
_SESSIONS = 10  # however few the ticks: a build splits sessions
_BATCH = 1 << 20
_SPAN_NS = 15 * 365 * 86_400 * NS
_WORDS = pa.array(["", "I", "F", "T", " FI", " TI"])


class SyntheticAdapter(TradersBaseAdapter):
    """Trades in regular sessions: prices on the cent, log-normal sizes, times on the millisecond."""

    name: ClassVar[str] = "synthetic"

    def parse(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the recipe's ticks, about a million at a time."""
        recipe = json.loads(path.read_text())
        sessions = sessions_between("XNYS", FIRST_NS, FIRST_NS + _SPAN_NS)
        rng = np.random.default_rng([recipe["seed"], recipe["number"]])
        cents = 10_000 + int(rng.integers(0, 1000))
        counts = np.diff(np.linspace(0, recipe["ticks"], recipe["sessions"] + 1).astype(np.int64))
        made = 0
        for at, count in enumerate(counts.tolist(), recipe["first_session"]):
            opened, closed = int(sessions.open_ns[at]), int(sessions.close_ns[at])
            for start in range(0, count, _BATCH):
                stop = min(start + _BATCH, count)
                lo, hi = (opened + (closed - opened) * part // count for part in (start, stop))
                batch, cents = _batch(rng, stop - start, lo, hi, cents, made + start)
                yield batch
            made += count
        self.account.rows_in = made


def _batch(
    rng: np.random.Generator, n: int, lo: int, hi: int, cents: int, first: int
) -> tuple[pa.RecordBatch, int]:
    """Return `n` ticks of [lo, hi) ns, and the last price in cents."""
    gaps = np.cumsum(rng.standard_exponential(n + 1, np.float32), dtype=np.float64)
    times = lo + (gaps[:-1] * ((hi - lo) / 1e6 / gaps[-1])).astype(np.int64) * 1_000_000
    draws = rng.integers(0, 1 << 16, n, np.uint16)
    steps = (draws & 7 == 0).astype(np.int32) - (draws & 7 == 1)
    path = np.maximum(cents + np.cumsum(steps), 100)
    second = times // NS
    small = np.zeros(n, bool)  # odd lots that repeat the price before them, within one second
    small[1:] = (draws[1:] >> 3 & 15 == 0) & (second[1:] == second[:-1]) & (steps[1:] == 0)
    small[1:] &= path[1:] == path[:-1]
    size = np.ceil(np.exp(0.8 * rng.standard_normal(n, np.float32)) * 100).astype(np.int64)
    size[small] = size[small] % 99 + 1
    words = np.where(small, 1, (draws >> 8) % len(_WORDS)).astype(np.int8)
    columns: dict[str, Any] = {
        "timestamp": times,
        "price": path / 100.0,
        "volume": size,
        "session": np.full(n, REGULAR, np.int8),
        "eligibility": np.where(small, OK_VOLUME, ALL_OK).astype(np.uint8),
        "Seq. No.": np.arange(first, first + n),
        "Qualifiers": pa.DictionaryArray.from_arrays(words, _WORDS),
    }
    return pa.RecordBatch.from_pydict(columns), int(path[-1])


def write_recipes(
    folder: Path, ticks: int, seed: int = 7, per_session: int = PER_SESSION, per_file: int = PER_FILE
) -> list[str]:
    """Write the "raw files" of about `ticks` ticks and return their paths in order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, session = [], 0
    files = max(1, round(ticks / per_file))
    per_session = min(per_session, max(ticks // _SESSIONS, 1))
    for number, count in enumerate(np.diff(np.linspace(0, ticks, files + 1).astype(np.int64)).tolist()):
        sessions = max(1, round(count / per_session))
        recipe = {"seed": seed, "number": number, "ticks": count}
        path = folder / f"{number:04d}.json"
        path.write_text(json.dumps({**recipe, "first_session": session, "sessions": sessions}))
        session += sessions
        paths.append(str(path))
    return paths
