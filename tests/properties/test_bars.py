"""Laws of bars: equal to the slow twin, batch = scalar, a view = the adapter cut at its index."""

import bar_twin
import numpy as np
import pytest
import tape_strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import Tick, new_team, tape

from litlab.adapters import View

NS = 1_000_000_000
COLUMNS = ("timestamp", "price", "volume", "session", "eligibility", "code")


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Return a function that turns files of ticks into a cached adapter."""
    home = tmp_path_factory.mktemp("bars")
    team, serial = new_team(home / "w"), iter(range(10**9))

    def made(files, **parameters):
        return tape(team, home / str(next(serial)), *files, max_disorder_s=1e9, **parameters)

    return made


def twin(files, index, arguments):
    renamed = {"prevent_lookahead_bias": "guard", "sessions": "scope"}
    return bar_twin.get_bars(
        files, index, **{renamed.get(key, key): value for key, value in arguments.items()}
    )


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans(), fractional=st.booleans())
def test_get_bars_is_what_the_plain_twin_says(make, data, near, fractional):
    compare_with_the_twin(make, data, near, fractional)


@pytest.mark.soak
@settings(max_examples=1_500, deadline=None)
@given(data=st.data(), near=st.booleans(), fractional=st.booleans())
def test_get_bars_is_what_the_plain_twin_says_of_thousands(make, data, near, fractional):
    compare_with_the_twin(make, data, near, fractional)


def compare_with_the_twin(make, data, near, fractional):
    files = data.draw(tape_strategies.tapes(near, fractional))
    adapter = make(files, fractional=fractional)
    for _ in range(30):
        index = data.draw(st.integers(0, len(adapter) - 1))
        arguments = data.draw(tape_strategies.windows())
        expected = np.array(twin(files, index, arguments), float).reshape(-1, 8)
        np.testing.assert_array_equal(adapter.get_bars(index, **arguments), expected)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans())
def test_a_batch_is_the_scalar_row_by_row(make, data, near):
    adapter = make(data.draw(tape_strategies.tapes(near)))
    for _ in range(6):
        indices = data.draw(st.lists(st.integers(0, len(adapter) - 1), max_size=12))
        arguments = data.draw(tape_strategies.windows())
        values, lengths, reads = adapter.get_bars_batch(indices, **arguments)
        assert values.shape == (len(indices), arguments["count"], 8)
        for row, index in enumerate(indices):
            np.testing.assert_array_equal(values[row, : lengths[row]], adapter.get_bars(index, **arguments))
            assert np.isnan(values[row, lengths[row] :]).all()
            assert reads[row, 0] <= index < reads[row, 1]


def cut(files, index):
    """Return the files as they were when the tick `index` had just arrived."""
    kept = []
    for file in files:
        kept.append(file[: index + 1])
        index -= len(file)
        if index < 0:
            return kept
    return kept


def same_window(found, expected):
    for name in ("values", "lengths", "reads", "start_ns", "date"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)


def same_view(view, other, index, arguments):
    """Compare everything two views at one index offer."""
    assert len(view) == len(other) == index + 1
    assert (view.zone, view.tick_size) == (other.zone, other.tick_size)
    assert view[-1] == other[-1] == view[index]
    for name, values in view.window(0, index + 1, COLUMNS).items():
        np.testing.assert_array_equal(values, other.window(0, index + 1, COLUMNS)[name])
    np.testing.assert_array_equal(view.search("T", 0, index + 1), other.search("T", 0, index + 1))
    for wanted in arguments:
        same_window(view.bars([index], **wanted), other.bars([index], **wanted))
        np.testing.assert_array_equal(view.get_bars(index, **wanted), other.get_bars(index, **wanted))
    assert (view.read_lo, view.read_hi) == (other.read_lo, other.read_hi)
    assert view.read_hi == index + 1


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans())
def test_a_view_is_the_adapter_cut_at_its_index(make, data, near):
    files = data.draw(tape_strategies.tapes(near))
    whole = make(files)
    index = data.draw(st.integers(0, len(whole) - 1))
    arguments = data.draw(st.lists(tape_strategies.windows(past=True), min_size=4, max_size=8))
    same_view(whole.at(index), View(make(cut(files, index)), index), index, arguments)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans())
def test_what_comes_after_the_index_changes_nothing_before_it(make, data, near):
    files = data.draw(tape_strategies.tapes(near))
    whole = make(files)
    index = data.draw(st.integers(0, len(whole) - 1))
    past = cut(files, index)
    last = max(one.time_ns for one in past[-1])
    later = data.draw(
        st.lists(
            st.builds(
                lambda step, cents, code: Tick(last + step, cents / 100, 7, code),
                st.sampled_from([0, 1, NS, 5 * NS, 60 * NS, 3600 * NS]),
                st.integers(1, 99_999),
                st.sampled_from(tape_strategies.CODES),
            ),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    other = make([*past[:-1], past[-1] + sorted(later)])
    arguments = data.draw(st.lists(tape_strategies.windows(past=True), min_size=4, max_size=8))
    same_view(whole.at(index), other.at(index), index, arguments)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans())
def test_guarded_past_and_future_never_overlap_and_unguarded_meet_in_one_bar(make, data, near):
    adapter = make(data.draw(tape_strategies.tapes(near)))
    index = data.draw(st.integers(0, len(adapter) - 1))
    arguments = data.draw(tape_strategies.windows())
    kept = ("unit", "size", "cross", "sessions", "anchor")
    arguments = {key: arguments[key] for key in kept} | {"count": 100}

    def starts(**options):
        found = adapter.bars([index], **arguments, **options)
        return (found.lo[0] + np.arange(found.lengths[0])).tolist()

    before, after = starts(), starts(future=True)
    assert not set(before) & set(after)
    held = starts(prevent_lookahead_bias=False)[len(before) :]
    assert held == starts(future=True, prevent_lookahead_bias=False)[: len(held)]
    assert len(held) <= 1
    assert before + held + after == starts(prevent_lookahead_bias=False) + after


@settings(max_examples=25, deadline=None)
@given(data=st.data(), near=st.booleans(), unit=st.sampled_from(["second", "minute", "hour", "day"]))
def test_a_gate_knows_no_more_than_that_the_period_has_ended(make, data, near, unit):
    files = data.draw(tape_strategies.tapes(near))
    whole = make(files)
    size = 1 if unit == "day" else data.draw(st.sampled_from([1, 7]))
    scope = data.draw(st.sampled_from(["regular", "all"]))
    index = data.draw(st.integers(0, len(whole) - 1))
    early = make(cut(files, index))

    def ends(adapter):
        indices, as_of = adapter.period_ends(0, len(adapter), unit, size, scope)
        return list(zip(indices.tolist(), as_of.tolist(), strict=True))

    now = int(whole.store.times(index, index + 1)[0])
    assert ends(early) == [(at, as_of) for at, as_of in ends(whole) if as_of <= now]
    times = whole.store.times(0, len(whole))
    assert all(times[at] < as_of for at, as_of in ends(whole))
