"""Bars by several threads, of stored runs and of ticks: the same bits; and bars handed out without a copy."""

import numpy as np
import pytest
from tapes import Tick, new_team, ns, tape

from litlab.bars.folding import fold_columns
from litlab.bars.kernel import TIMES
from litlab.ticks.runs import FOLDED

DAY, NEXT = "2013-10-07", "2013-10-08"
CODES = ["", "", "", "I", "T", "M", "6"]


def day_of(day, first, last, many, seed):
    """Return ticks over one day: several a second in places, none for minutes elsewhere."""
    rng = np.random.default_rng(seed)
    begins, ends = ns(f"{day} {first}"), ns(f"{day} {last}")
    times = np.sort(rng.integers(begins, ends, many))
    times = np.where(rng.random(many) < 0.5, times // 10**9 * 10**9, times)
    codes = rng.integers(0, len(CODES), many)
    prices, sizes = 10 + rng.integers(0, 50, many) / 4, rng.integers(1, 400, many)
    rows = zip(np.sort(times).tolist(), prices.tolist(), sizes.tolist(), codes.tolist(), strict=True)
    return [Tick(time, price, size, CODES[code]) for time, price, size, code in rows]


TICKS = [
    *day_of(DAY, "09:28:00", "09:33:00", 1500, 1),
    *day_of(DAY, "15:57:00", "16:45:00", 1500, 2),
    *day_of(NEXT, "09:00:00", "09:31:00", 800, 3),
]


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    home = tmp_path_factory.mktemp("folding")
    return tape(new_team(home / "w"), home / "t", TICKS)


@pytest.mark.parametrize("scope", ["all", "regular"])
@pytest.mark.parametrize("anchor", ["midnight", "session"])
@pytest.mark.parametrize(
    ("unit", "size"), [("second", 1), ("second", 7), ("minute", 1), ("hour", 5), ("day", 2)]
)
@pytest.mark.parametrize("fractional", [False, True])
def test_ticks_and_stored_runs_make_the_same_bars_by_any_number_of_threads(
    adapter, unit, size, anchor, scope, fractional
):
    columns = {name: adapter.store.column(name, 0, len(adapter)) for name in FOLDED}
    stored = adapter.bar_index(unit, size, scope, anchor)
    if fractional:
        columns["volume"] = columns["volume"] / 8  # eighths add up exactly
    found = [
        fold_columns(columns, adapter.clock, unit, size, scope, anchor, threads) for threads in (1, 2, 3, 40)
    ]
    for times, values in found:
        for name, row in zip(TIMES, times, strict=True):
            kept = f"{name}_ns" if name in ("start", "end") else name
            np.testing.assert_array_equal(row, getattr(stored, kept), err_msg=name)
        share = np.array([1, 1, 1, 1, 1, 8, 8, 8]) if fractional else 1
        np.testing.assert_array_equal(values * share, stored.values)
    assert len(found[0][1]) > (100 if (unit, size) == ("second", 1) else 0)


def test_no_ticks_make_no_bars(adapter):
    none = {name: adapter.store.column(name, 0, 0) for name in FOLDED}
    times, values = fold_columns(none, adapter.clock, "minute")
    assert (times.shape, values.shape) == ((8, 0), (0, 8))


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_one_ticks_window_is_the_batchs_at_every_tick(adapter, count):
    every = np.arange(len(adapter))
    for unit, sessions in (("second", None), ("minute", "all"), ("day", None)):
        values, lengths, _ = adapter.get_bars_batch(every, count, unit, sessions=sessions)
        for index in every[:: 1 if count < 1000 else 7].tolist():
            one = adapter.get_bars(index, count, unit, sessions=sessions)
            np.testing.assert_array_equal(one, values[index, : lengths[index]])


def test_what_get_bars_returns_is_read_only_and_a_feature_gets_its_own_copy(adapter):
    last = len(adapter) - 1
    for options in ({}, {"current": "partial"}, {"cross": False}, {"future": True}):
        for _ in range(2):  # the bars are made, then found
            found = adapter.get_bars(last, 9, "minute", **options)
            with pytest.raises(ValueError, match="read-only"):
                found[:] = 0
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        adapter.get_bars(last, 9, "minute").flags.writeable = True
    seen = adapter.at(last).get_bars(last, 9, "minute")
    assert len(seen) == 7
    assert seen.base is None  # nothing of the bars that come later hangs on it
    assert seen.flags.writeable


@pytest.mark.parametrize("fractional", [False, True])
def test_parts_of_dense_bars_come_from_seconds_and_are_those_made_of_ticks(tmp_path, fractional, monkeypatch):
    rng = np.random.default_rng(5)
    first, many = ns(f"{DAY} 10:00:20"), 4000
    times = first + np.sort(rng.integers(0, 200 * 10**9, many))
    sizes = rng.random(many) if fractional else rng.integers(1, 99, many)
    codes = rng.integers(0, 4, many)
    ticks = [
        Tick(int(time), 10 + at % 13, float(size) if fractional else int(size), CODES[code])
        for at, (time, size, code) in enumerate(zip(times, sizes, codes, strict=True))
    ]
    dense = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks[:1700], ticks[1700:], fractional=fractional)
    every, options = np.arange(many), {"current": "partial", "sessions": "all"}
    runs, _, _ = dense.get_bars_batch(every, 2, "minute", **options)
    assert sorted(dense.bar_index("minute", 1, "all").begins) == [0, 1]
    monkeypatch.setattr("litlab.bars.partials._MANY", many + 1)
    plain, _, _ = dense.get_bars_batch(every, 2, "minute", **options)
    np.testing.assert_array_equal(runs, plain)
