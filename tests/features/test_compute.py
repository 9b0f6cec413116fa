"""Samples: scripts that look ahead are named with their line, empty results reject, order and reads hold."""

import numpy as np
import pytest
from tapes import Tick, minutes, new_team, ns, tape, write_script

from litlab.errors import BadOutput, BadSchema, LookaheadError, ScriptFailed, UnknownName
from litlab.features import Feature, LoadedFeature, compute_rows, compute_sample, in_order
from litlab.features.output import as_table

DAY = "2013-10-07"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("compute")
    team = new_team(home / "w")
    return team, tape(team, home / "t", minutes(DAY, 20))


def script(lab, body, name="mine", params=None):
    """Return a loaded feature whose file holds `body`, after a docstring of ten lines."""
    doc = '"""Mine.\n\nParameters\n----------\nother : feature\n\nReturns\n-------\n[ x ]\n"""\n'
    write_script(lab[0], name, doc + body)
    return LoadedFeature.load(lab[0], Feature(name, name, params or {}))


HEAD = "def feature(adapter, index, params={}, features={}):\n"  # line 11 of every script below
AHEAD = {
    "the next tick": "    return [adapter[index + 1]['price']]\n",
    "a window past the index": "    return adapter.window(index, index + 2, ['price'])['price']\n",
    "a search past the index": "    return adapter.search('x', 0, index + 2)\n",
    "the future": "    return adapter.get_bars(index, 1, 'minute', future=True)[:, :1]\n",
    "the complete bar": "    return adapter.get_bars(index, 1, 'minute', 1, False, False)[:, :1]\n",
    "later ticks": "    return adapter.last_ticks_batch([index + 1], 1, ['price'])[0]['price']\n",
    "bars at a later index": "    return adapter.get_bars(index + 1, 1, 'minute')[:, :1]\n",
}


@pytest.mark.parametrize("what", AHEAD)
def test_a_script_that_reads_ahead_is_named_with_its_line(lab, what):
    feature = script(lab, HEAD + AHEAD[what])
    with pytest.raises(LookaheadError) as caught:
        compute_sample(lab[1], 10, [feature])
    fields = caught.value.fields
    assert (fields["script"], fields["line"], fields["index"]) == ("mine.py", 12, 10)
    assert "mine.py, line 12, looks ahead at index 10" in str(caught.value)
    with pytest.raises(LookaheadError, match=r"mine\.py, line 12"):
        compute_rows(lab[1], np.array([10, 12]), feature, {})


@pytest.mark.parametrize("what", AHEAD)
def test_a_label_may_read_ahead(lab, what):
    feature = script(lab, "LABEL = True\n" + HEAD + AHEAD[what])
    sample = compute_sample(lab[1], 10, [feature])
    assert sample is not None
    assert sample.label_hi > 11
    assert (sample.read_lo, sample.read_hi) == (10, 11)


def test_catching_the_refusal_changes_nothing(lab):
    body = HEAD + (
        "    try:\n        value = adapter[index + 1]['price']\n"
        "    except Exception:\n        value = 0.0\n    return [value]\n"
    )
    with pytest.raises(LookaheadError, match=r"mine\.py, line 13, looks ahead"):
        compute_sample(lab[1], 10, [script(lab, body)])


def test_raising_something_else_out_of_the_refusal_changes_nothing(lab):
    body = HEAD + (
        "    try:\n        return [adapter[index + 1]['price']]\n"
        "    except Exception:\n        raise KeyError('x') from None\n"
    )
    with pytest.raises(LookaheadError, match=r"mine\.py, line 13, looks ahead"):
        compute_sample(lab[1], 10, [script(lab, body)])


def test_a_helper_in_the_script_is_named_by_its_own_line(lab):
    body = (
        "def peek(adapter, index):\n    return adapter[index + 1]\n"
        + HEAD
        + "    return [peek(adapter, index)['price']]\n"
    )
    with pytest.raises(LookaheadError, match=r"mine\.py, line 12, looks ahead"):
        compute_sample(lab[1], 10, [script(lab, body)])


BATCH = "def feature_batch(adapter, indices, params, features):\n"
ONES = "    return np.ones((len(indices), 1, 1)), np.ones(len(indices), bool)\n"
BATCH_AHEAD = {
    "foreign rows": "    adapter.get_bars_batch(indices + 1, 1, 'minute')\n",
    "fewer rows": "    adapter.get_bars_batch(indices[:1], 1, 'minute')\n",
    "the future": "    adapter.bars(indices, 1, 'minute', future=True)\n",
    "complete bars": "    adapter.bars(indices, 1, 'minute', prevent_lookahead_bias=False)\n",
    "a caught refusal": (
        "    try: adapter.bars(indices, 1, 'minute', future=True)\n    except ValueError: pass\n"
    ),
}


@pytest.mark.parametrize("what", BATCH_AHEAD)
def test_a_batch_that_reads_ahead_is_named_with_its_line(lab, what):
    body = "import numpy as np\n" + HEAD + "    return [1.0]\n" + BATCH + BATCH_AHEAD[what] + ONES
    with pytest.raises(LookaheadError, match=r"mine\.py, line 15, looks ahead"):
        compute_rows(lab[1], np.array([10, 12]), script(lab, body), {})


def test_a_label_batch_may_read_the_future(lab):
    body = (
        "import numpy as np\nLABEL = True\n"
        + HEAD
        + "    return [1.0]\n"
        + BATCH
        + BATCH_AHEAD["the future"]
        + ONES
    )
    rows = compute_rows(lab[1], np.array([10, 12]), script(lab, body), {})
    # The minute after the ticks 10 and 11 holds the ticks 12 and 13: read up to 14, which ended it.
    assert rows.reads.tolist() == [[10, 15], [12, 17]]


def test_a_script_that_raises_is_named_with_its_line(lab):
    with pytest.raises(ScriptFailed, match=r"mine\.py, line 12, at index 10: ZeroDivisionError"):
        compute_sample(lab[1], 10, [script(lab, HEAD + "    return [1 / 0]\n")])


# --- rejection, order, dependencies ------------------------------------------------------------------


def test_an_empty_result_rejects_the_sample_and_stops(lab):
    calls = lab[0].root / "calls.txt"
    write = f"    with open({str(calls)!r}, 'a') as out: out.write('{{}}')\n"
    first = script(lab, HEAD + write.format("a") + "    return [1.0]\n", "first")
    empty = script(lab, HEAD + write.format("b") + "    return []\n", "empty")
    last = script(lab, HEAD + write.format("c") + "    return [1.0]\n", "last")
    assert compute_sample(lab[1], 10, [first, empty, last]) is None
    assert calls.read_text() == "ab"


def test_sort_keys_go_first_and_the_rest_keeps_the_schemas_order(lab):
    body = HEAD + "    return [1.0]\n"
    late = script(lab, "def sort_key(): return 5\n" + body, "late")
    early = script(lab, "def sort_key(): return -1\n" + body, "early")
    plain, other = script(lab, body, "plain"), script(lab, body, "another")
    assert [one.name for one in in_order([plain, late, other, early])] == [
        "early",
        "late",
        "plain",
        "another",
    ]


def test_a_feature_gets_what_it_depends_on_whatever_its_place(lab):
    base = script(lab, HEAD + "    return [2.0]\n", "base")
    twice = script(lab, HEAD + "    return features[params['other']] * 2\n", "twice", {"other": "base"})
    quick = script(lab, "def sort_key(): return 0\n" + HEAD + "    return [0.0]\n", "quick")
    assert [one.name for one in in_order([twice, base, quick])] == ["quick", "base", "twice"]
    assert compute_sample(lab[1], 3, [twice, base]).values["twice"].tolist() == [[4.0]]


def test_an_unknown_dependency_and_a_ring_are_refused(lab):
    body = HEAD + "    return [2.0]\n"
    with pytest.raises(UnknownName, match="feature read by lonely called 'nobody'"):
        in_order([script(lab, body, "lonely", {"other": "nobody"})])
    ring = [script(lab, body, "hen", {"other": "egg"}), script(lab, body, "egg", {"other": "hen"})]
    with pytest.raises(BadSchema, match=r"^Features read each other in a ring: (hen → egg|egg → hen)"):
        in_order(ring)


def test_an_input_never_sees_a_label(lab):
    label = script(lab, "LABEL = True\ndef sort_key(): return 0\n" + HEAD + "    return [9.0]\n", "label")
    nosy = script(lab, HEAD + "    return [len(features)]\n", "nosy")
    second = script(lab, "LABEL = True\n" + HEAD + "    return [len(features)]\n", "second")
    values = compute_sample(lab[1], 3, [label, nosy, second]).values
    assert (values["nosy"].item(), values["second"].item()) == (0.0, 2.0)


def test_a_gate_sets_the_moment_and_is_not_stored(lab):
    gate = LoadedFeature.load(lab[0], Feature("gate", "per_unit", {"unit": "minute"}))
    bars = LoadedFeature.load(lab[0], Feature("bars", "unit_bar", {"count": 2, "current": "partial"}))
    assert compute_sample(lab[1], 10, [gate, bars]) is None  # the first tick of its minute
    sample = compute_sample(lab[1], 11, [bars, gate])
    assert sample.as_of_ns == ns(f"{DAY} 09:36:00")
    assert list(sample.values) == ["bars"]
    assert (sample.read_lo, sample.read_hi) == (8, 12)
    assert sample.values["bars"][1].tolist() == [100.10, 100.11, 100.10, 100.11, 2, 221, 110.5, 111]


def test_without_a_gate_the_moment_is_the_ticks_own(lab):
    bars = LoadedFeature.load(lab[0], Feature("bars", "unit_bar", {"count": 2}))
    sample = compute_sample(lab[1], 11, [bars])
    assert sample.as_of_ns == ns(f"{DAY} 09:35:30")
    assert (sample.label_lo, sample.label_hi) == (11, 11)


# --- outputs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "columns", "expected"),
    [
        ([1, 2, 3], ("a",), [[1], [2], [3]]),
        ([1, 2, 3], ("a", "b", "c"), [[1, 2, 3]]),
        ([[1, 2]], ("a", "b"), [[1, 2]]),
        ([[1], [2]], ("a",), [[1], [2]]),
        ([True], ("a",), [[1]]),
        ([], ("a",), None),
        (None, ("a",), None),
        (np.empty((0, 8)), ("a",), None),
    ],
)
def test_one_column_stands_and_a_whole_row_lies(value, columns, expected):
    found = as_table(value, columns, "s", 0)
    assert (found if found is None else found.tolist()) == expected


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        ([1, 2], ("a", "b", "c")),
        ([[1, 2]], ("a",)),
        ([[1], [2]], ("a", "b")),
        ([[[1]]], ("a",)),
        (1.0, ("a",)),
        ("text", ("a",)),
        ([[1], [2, 3]], ("a",)),
        ({"a": 1}, ("a",)),
    ],
)
def test_anything_else_is_refused_with_what_was_given(value, columns):
    with pytest.raises(BadOutput, match="s returned"):
        as_table(value, columns, "s", 0)


@pytest.mark.parametrize(
    "answer",
    [
        "np.ones((len(indices), 1, 2)), np.ones(len(indices), bool)",
        "np.ones((1, 1, 1)), np.ones(1, bool)",
        "np.ones((len(indices), 1, 1)), np.ones(3, bool)",
        "np.ones((len(indices), 1)), np.ones(len(indices), bool)",
    ],
)
def test_a_batch_of_another_shape_is_refused(lab, answer):
    body = "import numpy as np\n" + HEAD + "    return [1.0]\n" + BATCH + f"    return {answer}\n"
    with pytest.raises(BadOutput, match="mine returned"):
        compute_rows(lab[1], np.array([10, 12]), script(lab, body), {})


def test_equal_ticks_at_the_index_are_future(tmp_path):
    moment = ns(f"{DAY} 09:31:00")
    ticks = [Tick(ns(f"{DAY} 09:30:00"), 10), Tick(moment, 11), Tick(moment, 12), Tick(moment, 13)]
    adapter = tape(new_team(tmp_path / "w"), tmp_path / "t", ticks)
    assert adapter.at(2).get_bars(2, 1, "minute", current="partial")[0, :4].tolist() == [11, 12, 11, 12]
