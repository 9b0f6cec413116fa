"""Schemas: what cannot be built is refused by name; parts and purge by brute force."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import new_team

from litlab.errors import BadName, BadSchema, LitlabError, UnknownName
from litlab.schemas import (
    DataSet,
    Schema,
    Split,
    divide,
    list_schemas,
    load_schema,
    save_schema,
    split_dates,
)
from litlab.schemas.parts import PURGED
from litlab.schemas.purging import Intervals

NEW_YORK = ZoneInfo("America/New_York")
GOOD = {
    "name": "minutes",
    "project": "volatility",
    "data": (DataSet("csv", ("a.csv",), {"time_unit": "ns"}),),
    "features": ("bars",),
    "labels": ("up",),
    "split": Split("date", "2013-10-08", "2013-10-09"),
}


def test_a_saved_schema_is_the_one_that_was_saved(tmp_path):
    team, schema = new_team(tmp_path), Schema(**GOOD, resolution=3, sessions="all", seed=11)
    save_schema(team, schema)
    assert load_schema(team, "minutes") == schema
    assert list_schemas(team) == {"minutes": schema}
    with pytest.raises(UnknownName, match="Did you mean 'minutes'"):
        load_schema(team, "minute")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a/b"}, "cannot be the name"),
        ({"data": ()}, "names no files"),
        ({"data": (DataSet("csv", ()),)}, "names no files"),
        ({"features": ()}, "at least one feature and one label"),
        ({"labels": ()}, "at least one feature and one label"),
        ({"labels": ("bars",)}, "both a feature and a label"),
        ({"resolution": 0}, "the least is 1"),
        ({"sessions": "night"}, "no value of sessions called 'night'"),
        ({"split": Split("fold", "2013-10-08", "2013-10-09")}, "no split called 'fold'"),
        ({"split": Split("date", "soon", "2013-10-09")}, "no ISO date"),
        ({"split": Split("date", "2013-10-09", "2013-10-09")}, "not before it"),
    ],
)
def test_what_cannot_be_built_is_refused(change, words):
    with pytest.raises(LitlabError, match=words) as caught:
        Schema(**{**GOOD, **change}).check()
    assert isinstance(caught.value, (BadSchema, BadName, UnknownName))


def midnight(day):
    return int(datetime.combine(day, datetime.min.time(), NEW_YORK).timestamp()) * 10**9


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_parts_and_purge_by_brute_force(data):
    first = data.draw(st.sampled_from([date(2013, 10, 7), date(2013, 11, 1), date(2013, 3, 8)]))
    days = [first + timedelta(days=at) for at in range(6)]
    cuts = sorted(data.draw(st.sets(st.sampled_from(days), min_size=2, max_size=2)))
    near = [midnight(day) + step for day in days for step in (-1, 0, 1, 36 * 10**11)]
    samples = data.draw(
        st.lists(
            st.tuples(st.sampled_from(near), st.sampled_from([0, 1, 10**9, 864 * 10**11, 5 * 864 * 10**11])),
            max_size=20,
        )
    )
    as_of = np.array([one for one, _ in samples], np.int64)
    ends = np.array([one + reach for one, reach in samples], np.int64)
    days = as_of // 86_400_000_000_000
    intervals = Intervals(as_of, as_of, as_of, ends)
    found = divide(Split("date", *map(str, cuts)), "America/New_York", 7, days, intervals)
    expected = []
    for moment, end in zip(as_of.tolist(), ends.tolist()):
        validation, test = map(midnight, cuts)
        if moment < validation:
            expected.append(0 if end < validation else PURGED)
        elif moment < test:
            expected.append(1 if end < test else PURGED)
        else:
            expected.append(2)
    assert found.part.tolist() == expected
    assert sum(found.purged.values()) == expected.count(PURGED)


def test_split_dates_hold_out_whole_sessions_and_at_least_one_each():
    monday = (date(2013, 10, 7) - date(1970, 1, 1)).days
    assert split_dates(range(monday, monday + 5)) == Split("date", "2013-10-10", "2013-10-11")
    assert split_dates([monday, monday + 1, monday + 2]) == Split("date", "2013-10-08", "2013-10-09")
    assert split_dates(range(monday, monday + 50)) == Split("date", "2013-11-10", "2013-11-16")
    with pytest.raises(BadSchema, match="the data hold 2"):
        split_dates([monday, monday, monday + 1])
