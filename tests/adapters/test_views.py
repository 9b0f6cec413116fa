"""What a view lets a script read, and what it writes down about it, on a tape small enough to count on."""

import numpy as np
import pyarrow as pa
import pytest
from tapes import Given, Tick, new_team, ns, tape

from litlab.adapters import BatchView, GateView, OpenView, TradersBaseAdapter, View
from litlab.errors import LookaheadError

DAY = "2013-10-07"
TICKS = [
    Tick(ns(f"{DAY} 09:30:00"), 10.00, 100),  # 0  minute 09:30
    Tick(ns(f"{DAY} 09:30:40"), 10.02, 200),  # 1
    Tick(ns(f"{DAY} 09:31:10"), 10.04, 300),  # 2  minute 09:31
    Tick(ns(f"{DAY} 09:33:00"), 10.01, 400),  # 3  minute 09:33
    Tick(ns(f"{DAY} 09:33:00"), 10.03, 500),  # 4  at the same nanosecond
    Tick(ns(f"{DAY} 09:34:00"), 10.05, 600),  # 5  minute 09:34
]


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    home = tmp_path_factory.mktemp("views")
    return tape(new_team(home / "w"), home / "t", TICKS)


def reads(view):
    return view.read_lo, view.read_hi


def test_a_view_ends_at_its_index_though_the_next_tick_has_the_same_time(adapter):
    view = adapter.at(3)
    assert len(view) == 4
    assert view[-1]["price"] == 10.01
    assert [tick["index"] for tick in view] == [0, 1, 2, 3]
    with pytest.raises(LookaheadError):
        view[4]


def test_asking_about_an_index_reads_it_and_nothing_else(adapter):
    assert reads(adapter.at(3)) == (3, 4)


def test_single_ticks_windows_and_searches_are_read_as_intervals(adapter):
    view = adapter.at(4)
    view[2]
    assert reads(view) == (2, 5)
    view.window(1, 2, ["price"])
    assert reads(view) == (1, 5)
    view.search("x", 0, 1)
    assert reads(view) == (0, 5)
    view.window(3, 3, ["price"])
    assert reads(view) == (0, 5)


def test_bars_of_the_past_read_from_their_first_tick_to_the_index(adapter):
    view = adapter.at(4)
    np.testing.assert_array_equal(
        view.get_bars(4, 1, "minute"), [[10.04, 10.04, 10.04, 10.04, 1, 300, 300, 300]]
    )
    assert reads(view) == (2, 5)
    view.get_bars(4, 2, "minute")
    assert reads(view) == (0, 5)


def test_the_partial_bar_reads_from_its_first_tick(adapter):
    view = adapter.at(4)
    found = view.get_bars(4, 1, "minute", current="partial")
    np.testing.assert_array_equal(found, [[10.01, 10.03, 10.01, 10.03, 2, 900, 450, 500]])
    assert reads(view) == (3, 5)


def test_an_earlier_index_may_be_asked_about_and_its_complete_bar_may_not(adapter):
    view = adapter.at(4)
    assert len(view.get_bars(2, 5, "minute")) == 1
    with pytest.raises(LookaheadError):
        view.get_bars(3, 5, "minute", prevent_lookahead_bias=False)


def test_a_complete_bar_is_read_up_to_the_first_tick_behind_it(adapter):
    view = adapter.open_at(2)
    view.get_bars(2, 1, "minute", prevent_lookahead_bias=False)  # the minute 09:31 holds the tick 2 alone
    assert reads(view) == (2, 4)
    view.get_bars(2, 2, "minute", future=True, prevent_lookahead_bias=False)  # and 09:33, ended by the tick 5
    assert reads(view) == (2, 6)


def test_a_future_that_comes_short_has_been_read_to_the_end(adapter):
    view = adapter.open_at(0)
    assert len(view.get_bars(0, 99, "minute", future=True)) == 3
    assert reads(view) == (0, 6)


@pytest.mark.parametrize(
    "read",
    [
        lambda view: view[5],
        lambda view: view.window(0, 6, ["price"]),
        lambda view: view.search("x", 5, 6),
        lambda view: view.get_bars(5, 1, "minute"),
        lambda view: view.bars([0, 5], 1, "minute"),
        lambda view: view.get_bars(4, 1, "minute", future=True),
        lambda view: view.get_bars(0, 1, "minute", future=True),
        lambda view: view.get_bars(4, 1, "minute", prevent_lookahead_bias=False),
    ],
)  # fmt: skip
def test_a_view_refuses_and_remembers_every_read_behind_its_index(adapter, read):
    view = adapter.at(4)
    with pytest.raises(LookaheadError) as caught:
        read(view)
    assert view.violation is caught.value
    assert view.violation.fields["index"] == 4


def test_an_open_view_reads_everything(adapter):
    view = adapter.open_at(1)
    assert isinstance(view, OpenView)
    assert (len(view), view[5]["price"]) == (6, 10.05)
    assert reads(view) == (1, 6)


def test_a_view_outside_of_the_data_is_an_index_error(adapter):
    for index in (-1, 6):
        with pytest.raises(IndexError):
            View(adapter, index)


@pytest.mark.parametrize(
    ("index", "ended"), [(0, False), (1, True), (2, True), (3, False), (4, True), (5, False)]
)
def test_a_gate_learns_that_its_tick_is_the_last_of_an_ended_period(adapter, index, ended):
    view = GateView(adapter, index)
    assert view.period_ended("minute") is ended
    assert reads(view) == (index, index + 1)
    ends = {1: "09:31:00", 2: "09:32:00", 4: "09:34:00"}
    assert view.as_of_ns == (ns(f"{DAY} {ends[index]}") if ended else None)


def test_the_closing_auctions_bar_ends_when_no_auction_print_can_follow(tmp_path):
    ticks = [
        Tick(ns(f"{DAY} 15:59:59"), 10, 100),
        Tick(ns(f"{DAY} 16:00:05"), 11, 100, "6"),
        Tick(ns(f"{DAY} 16:00:20"), 12, 100, "T"),
        Tick(ns(f"{DAY} 16:01:26"), 13, 100, "6"),
        Tick(ns(f"{DAY} 16:29:59"), 14, 100, "T"),
        Tick(ns(f"{DAY} 16:30:00"), 15, 100, "T"),
    ]
    team = new_team(tmp_path / "w")
    indices, as_of = tape(team, tmp_path / "a", ticks).period_ends(0, 6, "minute")
    assert indices.tolist() == [0, 3]
    assert as_of.tolist() == [ns(f"{DAY} 16:00:00"), ns(f"{DAY} 16:30:00")]
    indices, _ = tape(team, tmp_path / "b", ticks[:5]).period_ends(0, 5, "minute")
    assert indices.tolist() == [0]


# --- what was filled in later ---


class Later(Given, TradersBaseAdapter):
    """Its column ``busted`` says of the second of three ticks that it was cancelled later."""

    LATER_COLUMNS = ("busted",)


@pytest.fixture
def later(tmp_path):
    busted = pa.array(["no", "yes", "no"]).dictionary_encode()
    stamps = [ns(f"{DAY} 09:30:0{second}") for second in range(3)]
    columns = {
        "timestamp": stamps, "price": [1.0, 9.0, 1.0], "volume": [1, 1, 1], "busted": busted,
        "note": pa.array(["yes", "a", "a"]).dictionary_encode(), "flags": np.array([0, 3, 1], np.uint8),
    }  # fmt: skip
    adapter = Later(tmp_path, (columns,), {})
    adapter.create_cache_file(adapter.paths[0])
    return adapter


@pytest.mark.parametrize("view", ["at", "gate_at"])
def test_a_view_knows_nothing_of_what_was_filled_in_later(later, view):
    view = getattr(later, view)(2)
    assert "busted" not in view[1]
    assert view.window(0, 3, ["flags"])["flags"].tolist() == [0, 1, 1]
    assert view.window(0, 3, ["flags"])["flags"].dtype == np.uint8
    assert view.search("yes", 0, 3).tolist() == [True, False, False]
    assert view.last_ticks_batch([2], 3, ["flags"])[0]["flags"].tolist() == [[0, 1, 1]]
    for read in (lambda: view.window(0, 3, ["busted"]), lambda: view.last_ticks_batch([2], 3, ["busted"])):
        view.violation = None
        with pytest.raises(LookaheadError, match="'busted', which was filled in later") as caught:
            read()
        assert view.violation is caught.value


def test_a_label_knows_what_was_filled_in_later(later):
    view = later.open_at(0)
    assert (view[1]["busted"], later[1]["busted"]) == ("yes", "yes")
    assert view.window(0, 3, ["flags", "busted"])["flags"].tolist() == [0, 3, 1]
    assert view.window(0, 3, ["busted"])["busted"].tolist() == ["no", "yes", "no"]
    assert view.search("yes", 0, 3).tolist() == [True, True, False]
    assert view.last_ticks_batch([2], 3, ["flags"])[0]["flags"].tolist() == [[0, 3, 1]]


def test_a_batch_view_knows_it_only_for_labels(later):
    rows = np.array([2])
    assert BatchView(later, rows).last_ticks_batch(rows, 3, ["flags"])[0]["flags"].tolist() == [[0, 1, 1]]
    open_view = BatchView(later, rows, label=True)
    assert open_view.last_ticks_batch(rows, 3, ["flags"])[0]["flags"].tolist() == [[0, 3, 1]]
    view = BatchView(later, rows)
    with pytest.raises(LookaheadError, match="filled in later"):
        view.last_ticks_batch(rows, 3, ["busted"])
    assert view.violation is not None


# --- batches -----------------------------------------------------------------------------------------


def test_a_batch_view_reads_row_by_row(adapter):
    rows = np.array([2, 4])
    view = BatchView(adapter, rows)
    values, lengths, found = view.get_bars_batch(rows, 1, "minute")
    assert (values[:, 0, 3].tolist(), lengths.tolist()) == ([10.02, 10.04], [1, 1])
    assert found.tolist() == view.reads.tolist() == [[0, 3], [2, 5]]


def test_the_last_ticks_of_each_row_end_at_its_own_index(adapter):
    rows = np.array([0, 4])
    view = BatchView(adapter, rows)
    values, lengths = view.last_ticks_batch(rows, 3, ["price"])
    assert values["price"].tolist() == [[0, 0, 10.00], [10.04, 10.01, 10.03]]
    assert lengths.tolist() == [1, 3]
    assert view.reads.tolist() == [[0, 1], [2, 5]]


@pytest.mark.parametrize(
    "read",
    [
        lambda view: view.bars(np.array([2, 5]), 1, "minute"),
        lambda view: view.bars(np.array([4, 2]), 1, "minute"),
        lambda view: view.last_ticks_batch(np.array([2]), 1, ["price"]),
        lambda view: view.get_bars_batch(np.array([2, 4]), 1, "minute", future=True),
        lambda view: view.bars(np.array([2, 4]), 1, "minute", prevent_lookahead_bias=False),
    ],
)
def test_a_batch_view_refuses_foreign_rows_and_the_future(adapter, read):
    view = BatchView(adapter, np.array([2, 4]))
    with pytest.raises(LookaheadError):
        read(view)
    assert view.violation is not None


def test_a_labels_batch_view_reads_ahead(adapter):
    rows = np.array([2, 4])
    view = BatchView(adapter, rows, label=True)
    found = view.bars(rows, 1, "minute", future=True)
    assert found.values[:, 0, 0].tolist() == [10.01, 10.05]
    assert view.reads.tolist() == [[2, 6], [4, 6]]
