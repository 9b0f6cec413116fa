"""Fast forms of scripts: none may see what the plain form does not, and no asset is made of both."""

import numpy as np
import pytest
from tapes import minutes, new_team, tape, write_script

from litlab import engine
from litlab.builds import estimate, run_build
from litlab.builds.plan import plan_build
from litlab.builds.stored import facts_of
from litlab.errors import BadSchema, GateMisses, LookaheadError
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10")
MINUTE = '    return [1.0] if adapter.period_ended("minute") else []\n'


def lab(home, features, **scripts):
    """Return a team with scripts of its own, each saved as a feature, and a schema of some features."""
    team = new_team(home / "w")
    adapter = tape(team, home / "ticks", *[minutes(day, 60, price=100 + int(day[-2:])) for day in DAYS])
    save_feature(team, "minute", "per_unit", {"unit": "minute"})
    save_feature(team, "second", "per_unit", {"unit": "second"})
    save_feature(team, "half", "per_unit", {"unit": "minute", "size": 30})
    save_feature(team, "bars", "unit_bar", {"count": 5, "unit": "minute"})
    save_feature(team, "up", "atr_up_next", {"rate": 2, "unit": "minute"})
    for name, text in scripts.items():
        write_script(team, name, f"import numpy as np\n\n\n{text}")
        save_feature(team, name, name, {})
    parameters = {key: adapter.parameters[key] for key in ("calendar", "conditions_column", "time_unit")}
    data = (DataSet("csv", tuple(map(str, adapter.paths)), parameters),)
    split = Split("date", "2013-10-09", "2013-10-10")
    return team, adapter, save_schema(team, Schema("forms", "volatility", data, features, ("up",), split))


def build(team, schema):
    return run_build(team, schema, executor=engine.threads(2))


def every(asset, name):
    return np.concatenate([asset.array(part, name).ravel() for part in ("train", "validation", "test")])


def indices(asset):
    return np.concatenate([asset.index(part) for part in ("train", "validation", "test")])


FILLED = """
def feature(adapter, index, params={}, features={}):
    return [np.nan if index % 9 == 0 else float(index)]


def feature_batch(adapter, indices, params, features):
    values = np.where(indices % 9 == 0, np.nan, indices.astype(float))
    for row in range(len(values) - 2, -1, -1):
        if np.isnan(values[row]):
            values[row] = values[row + 1]
    return values[:, None, None], np.ones(len(indices), bool)
"""
RARELY = """
def feature(adapter, index, params={}, features={}):
    return [float(index)]


def feature_batch(adapter, indices, params, features):
    values = indices.astype(float)
    ahead = np.append(values[1:], values[-1:])
    values = np.where(indices % 31 == 12, ahead, values)
    return values[:, None, None], np.ones(len(indices), bool)
"""
ONE_DAY = """
def feature(adapter, index, params={}, features={}):
    return [float(index)]


def feature_batch(adapter, indices, params, features):
    return indices[:, None, None] + (0.5 if indices[0] > LAST else 0.0), np.ones(len(indices), bool)
"""


@pytest.mark.parametrize("text", [FILLED, RARELY], ids=["filled from the next", "one row in thirty-one"])
def test_a_batch_form_whose_rows_take_from_later_rows_is_not_used_anywhere(tmp_path, text):
    team, _, schema = lab(tmp_path, ("minute", "bars", "mine"), mine=text)
    asset = build(team, schema).asset
    values, own = every(asset, "mine"), indices(asset)
    there = ~np.isnan(values)
    assert np.array_equal(values[there], own[there])
    assert text is RARELY or not there[own % 9 == 0].any()
    assert {tuple(facts_of(chunk)["plain"]) for chunk in plan_build(team, schema).chunks} == {("mine",)}


def test_one_form_is_used_in_all_chunks_also_in_those_that_were_there(tmp_path):
    team, adapter, schema = lab(tmp_path, ("minute", "bars", "mine"), mine=ONE_DAY.replace("LAST", "10**9"))
    last = int(adapter.store.starts[3])
    write_script(team, "mine", "import numpy as np\n" + ONE_DAY.replace("LAST", str(last - 1)))
    few = schema.data[0].paths[:3]
    data = (DataSet("csv", few, schema.data[0].parameters),)
    earlier = Schema(**{**vars(schema), "data": data, "split": Split("date", "2013-10-08", "2013-10-09")})
    build(team, earlier)
    asset = build(team, schema).asset
    assert np.array_equal(every(asset, "mine"), indices(asset))
    assert {tuple(facts_of(chunk)["plain"]) for chunk in plan_build(team, schema).chunks} == {("mine",)}
    again = build(team, schema)
    assert (again.reused, again.asset.digest) == (4, asset.digest)


def test_a_window_of_bars_leads_to_no_bar_but_its_own(tmp_path):
    peeking = """
def feature(adapter, index, params={}, features={}):
    w = adapter.bars([index], 3, "minute")
    at = int(w.lo[0])
    return [[float(len(w.bars.values)), float(w.bars.values[min(at + 9, len(w.bars.values) - 1), 3])]]


def feature_batch(adapter, indices, params, features):
    w = adapter.bars(indices, 3, "minute")
    assert len(w.bars.values) <= w.lo.max() + 3
    return np.array([feature_of(w, row) for row in range(len(indices))])[:, None], w.lengths == 3


def feature_of(w, row):
    return [3.0, w.values[row, 2, 3]]
"""
    team, adapter, schema = lab(tmp_path, ("minute", "bars", "mine"), mine=peeking)
    asset = build(team, schema).asset
    for index, row in zip(asset.index("train"), asset.array("train", "mine")[:, 0], strict=True):
        bars = adapter.get_bars(int(index), 3, "minute")
        assert row.tolist() == [3.0, np.float32(bars[-1, 3])]
    assert not adapter.at(200).bars([200], 3, "minute").bars.values.flags.writeable


# --- gates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gates", [("half", "second"), ("second", "half")], ids="-".join)
@pytest.mark.parametrize("fast", [True, False], ids=["candidates", "feature"])
def test_a_sample_stands_for_the_end_of_the_last_period_that_a_gate_was_told_of(tmp_path, gates, fast):
    team, adapter, schema = lab(tmp_path, (*gates, "bars"))
    both = (
        "GATE = True\n\n\ndef feature(adapter, index, params={{}}, features={{}}):\n    kept = {}\n"
        "    return [1.0] if kept else []\n"
    )
    asks = [
        {"half": 'adapter.period_ended("minute", 30)', "second": 'adapter.period_ended("second")'}[one]
        for one in gates
    ]
    if not fast:
        write_script(team, "both", both.format(" and ".join(asks)))
        save_feature(team, "both", "both", {})
        schema = Schema(**{**vars(schema), "features": ("both", "bars")})
    asset = build(team, schema).asset
    told = adapter.period_ends(0, len(adapter), "minute", 30)
    ends = dict(zip(*(one.tolist() for one in told), strict=True))
    assert asset.count("train")
    assert asset.as_of_ns("train").tolist() == [ends[int(index)] for index in asset.index("train")]


STILL = """
GATE = True


def feature(adapter, index, params={}, features={}):
    return [] if adapter.period_ended("second") else [1.0]
"""


def test_a_gate_cannot_keep_a_tick_because_its_period_goes_on(tmp_path):
    team, _, schema = lab(tmp_path, ("still", "bars"), still=STILL)
    with pytest.raises(LookaheadError, match=r"still\.py, line 8, .* the period of 1 second has not ended"):
        build(team, schema)


FIFTH = f"""
GATE = True


def feature(adapter, index, params={{}}, features={{}}):
{MINUTE}

def candidates(adapter, start, stop, params):
    return adapter.period_ends(start, stop, "minute")[::5]
"""


def test_candidates_that_leave_samples_out_are_named(tmp_path):
    team, adapter, schema = lab(tmp_path, ("fifth", "bars"), fifth=FIFTH)
    with pytest.raises(GateMisses, match=r"fifth\.py, line \d+: candidates leave out index \d+") as caught:
        build(team, schema)
    index = caught.value.fields["index"]
    assert adapter.period_ends(index, index + 1, "minute")[0].size


# --- schemas -------------------------------------------------------------------------------------------


def test_a_resolution_before_a_gate_is_told_by_the_estimate_the_build_and_its_log(tmp_path):
    team, _, schema = lab(tmp_path, ("minute", "bars"))
    assert build(team, schema).cautions == estimate(team, schema).cautions == []
    sparse = Schema(**{**vars(schema), "resolution": 3})
    made, (told,) = build(team, sparse), estimate(team, sparse).cautions
    assert told.startswith("A resolution of 3 is applied before the gates (minute)")
    assert list(made.cautions) == [told]
    assert f"WARNING chunk - compute_chunk: {told}" in (made.log / "workflow.log").read_text()


@pytest.mark.parametrize("what", ["features", "labels", "data", "files"])
def test_a_schema_names_nothing_twice(tmp_path, what):
    team, _, schema = lab(tmp_path, ("minute", "bars"))
    once = schema.data[0]
    twice = {
        "features": {"features": ("minute", "bars", "bars")},
        "labels": {"labels": ("up", "up")},
        "data": {"data": (once, once)},
        "files": {"data": (DataSet(once.adapter, (*once.paths, once.paths[0]), once.parameters),)},
    }[what]
    with pytest.raises(BadSchema, match=r"it names the (feature 'bars'|label 'up'|file .*\.csv) twice"):
        build(team, Schema(**{**vars(schema), **twice}))
