"""Purge, embargo and weights, by brute force over every pair of intervals."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litlab.errors import BadSchema
from litlab.schemas import DataSet, Intervals, Schema, Split, divide, uniqueness, walk_forward
from litlab.schemas.parts import OUTSIDE, PURGED, TEST, TRAIN, VALIDATION, border_ns, drawn, fold_dates
from litlab.schemas.purging import ACROSS, EMBARGO, OVERLAP

DAY = 86_400 * 10**9
FIRST = 16_000
RANDOM = Split("random", validation_share=0.25, test_share=0.25)


def samples(data, days):
    """Draw samples: (session day, as of, first read, first label tick, last label tick), a few a session."""
    rows = []
    for day in range(FIRST, FIRST + days):
        for hour in data.draw(st.lists(st.integers(14, 20), max_size=3, unique=True)):
            now = day * DAY + hour * DAY // 24
            back, ahead = (
                data.draw(st.sampled_from([0, 1, DAY // 24, DAY, 3 * DAY])),
                data.draw(st.sampled_from([0, 1, DAY // 24, DAY])),
            )
            rows.append((day, now, now - back, now, now + ahead))
    table = np.array(rows, np.int64).reshape(-1, 5)
    return table[:, 0], Intervals(*(np.ascontiguousarray(table[:, at]) for at in range(1, 5)))


def seed_with_all_parts(days):
    for seed in range(10_000):
        draws = [drawn(seed, int(day)) for day in np.unique(days)]
        parts = {TEST if one < 0.25 else VALIDATION if one < 0.5 else TRAIN for one in draws}
        if len(parts) == 3:
            return seed
    raise AssertionError


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_sessions_are_purged_as_every_pair_of_intervals_demands(data):
    days, when = samples(data, data.draw(st.integers(6, 12)))
    if len(np.unique(days)) < 3:
        return
    seed = seed_with_all_parts(days)
    found = divide(RANDOM, "UTC", seed, days, when)
    drawn_part = [
        TEST if drawn(seed, day) < 0.25 else VALIDATION if drawn(seed, day) < 0.5 else TRAIN
        for day in days.tolist()
    ]
    counts = dict.fromkeys((OVERLAP, EMBARGO), 0)
    for row, own in enumerate(drawn_part):
        others = [at for at, part in enumerate(drawn_part) if own < part]
        meets = any(
            when.label_lo_ns[at] <= when.label_end_ns[row] and when.label_lo_ns[row] <= when.label_end_ns[at]
            for at in others
        )
        after = any(
            # A block: held-out sessions with no session of the sample's own part between them.
            begin <= when.as_of_ns[row] and when.read_lo_ns[row] <= end
            for begin, end in blocks(drawn_part, days, when, own)
        )
        expected = PURGED if own != TEST and (meets or after) else own
        assert found.part[row] == expected
        if expected == PURGED:
            counts[OVERLAP if meets else EMBARGO] += 1
    assert found.purged == counts


def blocks(parts, days, when, own):
    """Yield (begin, end) of every stretch of sessions held out from `own`."""
    span = None
    for day in sorted(set(days.tolist())):
        rows = [at for at in range(len(days)) if days[at] == day]
        if parts[rows[0]] > own:
            begin = min(when.as_of_ns[at] for at in rows)
            end = max(max(when.as_of_ns[at], when.label_end_ns[at]) for at in rows)
            span = (min(span[0], begin), max(span[1], end)) if span else (begin, end)
        elif parts[rows[0]] == own and span:
            yield span
            span = None
    if span:
        yield span


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_forward_splits_never_let_a_label_reach_the_next_part(data):
    days, when = samples(data, 14)
    if len(np.unique(days)) < 8:
        return
    kind = data.draw(st.sampled_from(["end", "walk"]))
    fold = data.draw(st.integers(1, 3))
    found = divide(Split(kind, folds=3, fold=fold), "UTC", 7, days, when)
    for own in (TRAIN, VALIDATION):
        for row in np.flatnonzero(found.part == own):
            later = found.part > own
            assert not (when.as_of_ns[later] <= when.label_end_ns[row]).any()
    assert found.purged[ACROSS] == (found.part == PURGED).sum()
    assert (kind == "walk" and fold < 3) or not (found.part == OUTSIDE).any()


def test_sessions_drawn_do_not_move_when_files_are_added():
    days = np.arange(FIRST, FIRST + 40)
    when = Intervals(*[days * DAY] * 4)
    seed = seed_with_all_parts(days)
    before = divide(RANDOM, "UTC", seed, days[:30], Intervals(*[days[:30] * DAY] * 4)).part
    after = divide(RANDOM, "UTC", seed, days, when).part
    np.testing.assert_array_equal(before, after[:30])


def test_a_part_without_a_session_is_refused():
    days = np.array([FIRST, FIRST + 1])
    with pytest.raises(BadSchema, match="take another seed"):
        divide(RANDOM, "UTC", 7, days, Intervals(*[days * DAY] * 4))


def test_folds_follow_each_other_and_test_every_session_once():
    days = list(range(FIRST, FIRST + 23))
    tested = []
    for fold in (1, 2, 3):
        validation, test, after = fold_dates(days, 3, fold)
        assert validation < test < after
        tested += [day for day in days if border_ns(test, "UTC") <= day * DAY < border_ns(after, "UTC")]
    assert tested == days[len(days) // 4 :]
    with pytest.raises(BadSchema, match="5 walk-forward folds"):
        fold_dates(days[:11], 5, 1)


def test_folds_of_a_schema_are_schemas_of_one_family():
    data = (DataSet("csv", ("a.csv",)),)
    schema = Schema("minutes", "volatility", data, ("bars",), ("up",), Split("end"))
    folds = walk_forward(schema, 3)
    assert [one.name for one in folds] == ["minutes.fold1", "minutes.fold2", "minutes.fold3"]
    assert {one.family for one in folds} == {"minutes"}
    for one in folds:
        one.check()
    with pytest.raises(BadSchema, match="fold 4 is none of 3"):
        dataclasses.replace(folds[0], split=Split("walk", folds=3, fold=4)).check()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), min_size=1, max_size=20))
def test_uniqueness_is_the_mean_share_over_every_moment(pairs):
    begin = np.array([one for one, _ in pairs], np.int64)
    end = begin + np.array([length for _, length in pairs], np.int64)
    expected = []
    for lo, hi in zip(begin, end):
        shares = [1 / sum(a <= moment <= b for a, b in zip(begin, end)) for moment in range(lo, hi + 1)]
        expected.append(sum(shares) / len(shares))
    np.testing.assert_allclose(uniqueness(begin, end), expected, rtol=1e-12)
