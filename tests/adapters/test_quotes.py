"""The last quote before a tick: by the rows of one file, by time between files, never a later one."""

import copy
import dataclasses
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import LSEG_HEADER, NS, PARAMETERS, Tick, new_team, ns, tape, write_ticks

from litlab.adapters import BatchView, OpenView, View, cache_files, inspect, load_adapter
from litlab.builds.plan import plan_build
from litlab.errors import BadParameter, EmptyFile, LookaheadError, MissingColumn, NotCached
from litlab.features import Feature, LoadedFeature, save_feature
from litlab.features.prover import prove
from litlab.schemas import DataSet, Schema, Split
from litlab.ticks.checking import check_cache
from litlab.ticks.housekeeping import list_caches
from litlab.ticks.probe import ProbeStore

HEADER = f"{LSEG_HEADER},Bid Price,Bid Size,Ask Price,Ask Size"
DAY, NEXT = "2013-10-07", "2013-10-08"


def row(kind, time_ns, *cells):
    """Return one row: price and size of a Trade; bid, its size, ask, its size of a Quote."""
    when = f"{np.datetime64(time_ns, 'ns')}Z"
    trade, quote = (["", ""], cells) if kind == "Quote" else (cells[:2], [""] * 4)
    cells = [*map(str, trade), "", "1", "10:00:00.000000000", *map(str, quote)]
    return f"BAC.N,Market Price,{when},-4,{kind},NYS,{','.join(cells)}"


def mixed(team, folder, *files, **parameters):
    """Write rows of files that hold both, cache them and return the adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part{at}.csv" for at in range(len(files))]
    for path, rows in zip(paths, files, strict=True):
        path.write_text("\n".join([HEADER, *rows, ""]))
    adapter = load_adapter(team, "lseg", {"paths": paths, "quotes": "same", **parameters})
    cache_files(adapter, workers=1)
    return adapter


def apart(team, folder, trades, quotes, **parameters):
    """Write files of ticks and of quotes (time, bid, ask, bid size, ask size), and return the adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"quotes{at}.csv" for at in range(len(quotes))]
    for path, lines in zip(paths, quotes, strict=True):
        body = [",".join(map(str, line)) for line in lines]
        path.write_text("\n".join(["time,bid,ask,bid_size,ask_size", *body, ""]))
    named = {"adapter": "csv_quotes", "paths": [str(folder / "quotes*.csv")]}
    named["parameters"] = {"time_unit": "ns", "max_rejected": 1.0, **parameters}
    return tape(team, folder, *trades, quotes=named)


@pytest.fixture
def team(tmp_path):
    return new_team(tmp_path / "w")


AT = ns(f"{DAY} 10:00:00")


def test_in_one_file_rows_tell_what_came_first_also_at_equal_times(team, tmp_path):
    rows = [
        row("Trade", AT, 13.9, 100),
        row("Quote", AT, 13.89, 3, 13.91, 1),
        row("Correction", AT, 13.9, 100),
        row("Trade", AT, 13.9, 100),
        row("Quote", AT + 5, 13.90, 1, 13.93, 1),
        row("Quote", AT + 9, 13.88, 2, 13.92, 2),
        row("Trade", AT + 7, 13.9, 100),  # captured behind the quote that names a later time
    ]
    adapter = mixed(team, tmp_path / "t", rows)
    assert adapter.asof_quote(0) is None
    quote = adapter.asof_quote(1)
    assert (quote.time_ns, quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (AT, 13.89, 13.91, 3, 1)
    assert (quote.mid, quote.spread, quote.imbalance) == (13.9, 13.91 - 13.89, 0.5)
    assert adapter.asof_quote(2).time_ns == AT + 9
    assert adapter[2]["line"] == 8
    assert adapter.quotes.store.window(0, 3, ["line"])["line"].tolist() == [3, 6, 7]


def test_between_files_a_quote_of_the_ticks_own_time_is_not_used(team, tmp_path):
    ticks = [Tick(AT, 10), Tick(AT + 1, 10), Tick(AT + 1, 10), Tick(AT + 2, 10)]
    quotes = [(AT, 9, 11, 1, 1), (AT + 1, 9, 12, 1, 1), (AT + 1, 9, 13, 1, 1), (AT + 5, 9, 14, 1, 1)]
    adapter = apart(team, tmp_path / "t", [ticks], [quotes])
    assert np.array_equal(adapter.asof_quotes(range(4))["ask"], [np.nan, 11, 11, 13], equal_nan=True)
    assert adapter.asof_quote(0) is None
    assert adapter.asof_quote(3).ask == 13


@pytest.mark.parametrize(
    ("cells", "is_one"),
    [
        ((9, 11, 1, 1), True),
        ((10, 10, 1, 1), True),  # locked
        ((9, 11, "", ""), True),
        ((11, 10, 1, 1), False),  # crossed
        (("", 11, 1, 1), False),
        ((9, "", 1, 1), False),
        ((0, 11, 1, 1), False),
        ((-1, 11, 1, 1), False),
        (("nan", 11, 1, 1), False),
        ((9, "inf", 1, 1), False),
        ((9, 11, 0, 1), False),
        ((9, 11, 1, -1), False),
    ],
)
def test_what_is_no_quote_leaves_none_and_no_earlier_one_stands_in(team, tmp_path, cells, is_one):
    adapter = apart(team, tmp_path / "t", [[Tick(AT, 10)]], [[(AT - 2, 9, 11, 1, 1), (AT - 1, *cells)]])
    found, many = adapter.asof_quote(0), adapter.asof_quotes([0])
    assert (found is not None) == is_one
    if found is None:
        assert all(np.isnan(values).all() for values in many.values())
    else:
        assert found.time_ns == AT - 1
        wanted = [dataclasses.asdict(found)[name] for name in many]
        assert np.concatenate(list(many.values())).tobytes() == np.array(wanted).tobytes()
        assert np.isnan(found.imbalance) == (cells[2] == "")


def test_a_quote_of_an_earlier_date_serves_no_tick(team, tmp_path):
    ticks = [Tick(ns(f"{NEXT} 00:00:00"), 10), Tick(ns(f"{NEXT} 09:30:00"), 10)]
    last = (ns(f"{DAY} 23:59:59"), 9, 11, 1, 1)
    adapter = apart(team, tmp_path / "t", [ticks], [[last, (ns(f"{NEXT} 00:00:00"), 9, 12, 1, 1)]])
    assert adapter.asof_quote(0) is None
    assert adapter.asof_quote(1).ask == 12
    long_ago = [(ns("2010-10-07 10:00:00"), 9, 11, 1, 1)]
    assert apart(team, tmp_path / "u", [ticks], [long_ago]).asof_quote(1) is None


def test_files_without_a_quote_are_files_like_others(team, tmp_path):
    first = [row("Trade", AT, 13.9, 100), row("Quote", AT + 1, 13, 1, 14, 1)]
    second = [row("Trade", AT + 10, 13.9, 100)]
    third = [
        row("Trade", AT + 20, 13.9, 1),
        row("Quote", AT + 21, 13, 1, 15, 1),
        row("Trade", AT + 22, 13, 1),
    ]
    adapter = mixed(team, tmp_path / "t", first, second, third)
    assert np.array_equal(adapter.asof_quotes(range(4))["ask"], [np.nan, 14, 14, 15], equal_nan=True)
    assert len(adapter.quotes.store.files) == 2
    assert mixed(team, tmp_path / "u", second).asof_quote(0) is None
    assert (
        apart(team, tmp_path / "v", [[Tick(AT, 10)]], [[], [(AT - 1, 9, 11, 1, 1)]]).asof_quote(0).ask == 11
    )
    assert apart(team, tmp_path / "x", [[Tick(AT, 10)]], [[]]).asof_quote(0) is None


def test_a_file_of_quotes_without_a_header_or_a_side_is_refused(team, tmp_path):
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("time,bid,ask\n")
    for name, error in (("a.csv", EmptyFile), ("b.csv", MissingColumn)):
        with pytest.raises(error):
            cache_files(load_adapter(team, "csv_quotes", {"paths": [tmp_path / name]}))


# --- a slow twin ----------------------------------------------------------------------------------

CELL = st.one_of(st.just(""), st.integers(0, 3))
ROW = st.tuples(
    st.sampled_from(["Trade", "Quote", "Quote", "Mkt. Condition"]), st.integers(0, 3), CELL, CELL, CELL, CELL
)
FILES = st.lists(st.lists(ROW, max_size=40), min_size=1, max_size=3)


def laid_out(files):
    """Return rows with times: a second each or none, the second file on another day; each has a trade."""
    days = [ns(f"{DAY} 10:00:00"), ns(f"{NEXT} 10:00:00"), ns(f"{NEXT} 11:00:00")]
    out = []
    for first, rows in zip(days, files, strict=False):
        steps = np.cumsum([step for _, step, *_ in rows] + [1])
        laid = [
            (kind, first + int(step) * NS, *cells)
            for (kind, _, *cells), step in zip(rows, steps, strict=False)
        ]
        out.append([*laid, ("Trade", first + int(steps[-1]) * NS, *[""] * 4)])
    return out


def twin(files, by_row):
    """Return (bid, ask, bid size, ask size) of each trade, None for none, looking at every row before it."""
    rows = [one for file in files for one in file]
    found = []
    for at, (kind, time_ns, *_) in enumerate(rows):
        if kind != "Trade":
            continue
        before = [
            one
            for place, one in enumerate(rows)
            if one[0] == "Quote" and (place < at if by_row else one[1] < time_ns)
        ]
        good = None
        if before and str(np.datetime64(before[-1][1], "ns"))[:10] == str(np.datetime64(time_ns, "ns"))[:10]:
            bid, ask, bid_size, ask_size = before[-1][2:]
            if "" not in (bid, ask) and 0 < bid <= ask and 0 not in (bid_size, ask_size):
                good = tuple(np.nan if one == "" else float(one) for one in (bid, ask, bid_size, ask_size))
        found.append(good)
    return found


@given(files=FILES)
@settings(max_examples=8, deadline=None)
def test_quotes_equal_a_slow_twins(files):
    rows = laid_out(files)
    with tempfile.TemporaryDirectory() as folder:
        team = new_team(Path(folder) / "w")
        texts = [
            [
                row(kind, time_ns, *((10, 100) if kind == "Trade" else (bid, bid_size, ask, ask_size)))
                for kind, time_ns, bid, ask, bid_size, ask_size in file
            ]
            for file in rows
        ]
        together = mixed(team, Path(folder) / "t", *texts)
        trades = [[Tick(one[1], 10) for one in file if one[0] == "Trade"] for file in rows]
        quotes = [[one[1:] for one in file if one[0] == "Quote"] for file in rows]
        separate = apart(team, Path(folder) / "u", trades, quotes)
        for adapter, by_row in ((together, True), (separate, False)):
            indices = np.random.default_rng(1).permutation(len(adapter))
            many = adapter.asof_quotes(indices)
            wanted = twin(rows, by_row)
            for at, index in enumerate(indices.tolist()):
                one = adapter.asof_quote(index)
                found = None if one is None else (one.bid, one.ask, one.bid_size, one.ask_size)
                assert np.array_equal(found or (), wanted[index] or (), equal_nan=True)
                sides = [many[name][at] for name in ("bid", "ask", "bid_size", "ask_size")]
                assert np.array_equal(sides, wanted[index] or [np.nan] * 4, equal_nan=True)
            cut = copy.copy(adapter)
            cut.__dict__.pop("quotes", None)
            cut.__dict__["store"] = ProbeStore(adapter.store, index + 1)
            assert repr(cut.asof_quote(index)) == repr(adapter.asof_quote(index))


# --- scripts --------------------------------------------------------------------------------------


@pytest.fixture
def quoted(team, tmp_path):
    ticks = [Tick(AT + at * 10 * NS, 10 + at % 3 / 100, 100) for at in range(60)]
    quotes = [(AT + at * 7 * NS, 9.9, 10 + at % 4 / 10, 1 + at % 5, 3) for at in range(90)]
    return apart(team, tmp_path / "t", [ticks], [quotes])


def test_a_view_gives_the_quotes_of_its_ticks_and_reads_these_alone(quoted):
    view = View(quoted, 7)
    assert view.asof_quote(7) == quoted.asof_quote(7)
    assert (view.read_lo, view.read_hi) == (7, 8)
    view.asof_quotes([3, 5])
    assert (view.read_lo, view.read_hi) == (3, 8)
    for ask in (lambda: view.asof_quote(8), lambda: view.asof_quotes([2, 8])):
        with pytest.raises(LookaheadError):
            ask()
    assert OpenView(quoted, 7).asof_quote(30) == quoted.asof_quote(30)
    with pytest.raises(IndexError):
        quoted.asof_quote(60)
    with pytest.raises(IndexError):
        quoted.asof_quote(-1)


def test_a_batch_view_gives_each_row_its_own_quote(quoted):
    indices = np.array([9, 3, 20])
    view = BatchView(quoted, indices)
    assert view.asof_quotes(indices)["ask"].tolist() == [quoted.asof_quote(one).ask for one in (9, 3, 20)]
    assert view.reads.tolist() == [[9, 10], [3, 4], [20, 21]]
    with pytest.raises(LookaheadError):
        view.asof_quotes(indices + 1)


@pytest.mark.parametrize("script", ["quote_spread", "quote_imbalance"])
def test_the_prover_finds_no_leak_in_the_shipped_scripts(team, quoted, script):
    proof = prove(quoted, LoadedFeature.load(team, Feature(script, script, {})), samples=6)
    assert "no leak found" in str(proof)


@pytest.mark.parametrize(("measure", "spread"), [("price", 0.4), ("ticks", 40), ("share", 0.4 / 10.1)])
def test_a_spread_is_measured_in_money_steps_or_shares(team, quoted, measure, spread):
    feature = LoadedFeature.load(team, Feature("s", "quote_spread", {"measure": measure}))
    index = next(at for at in range(60) if (one := quoted.asof_quote(at)) and one.ask == 10.3)
    view = quoted.at(index)
    found = feature.script.module.feature(view, index, {"measure": measure}, {})
    assert found.item() == pytest.approx(spread)


# --- caches, recipes, tools -----------------------------------------------------------------------


def test_quotes_of_their_own_files_leave_the_trades_caches_where_they_are(team, tmp_path):
    adapter = apart(team, tmp_path / "t", [[Tick(AT, 10)]], [[(AT - 1, 9, 11, 1, 1)]])
    plain = load_adapter(team, "csv", {"paths": adapter.paths, **PARAMETERS})
    assert plain.is_cached(adapter.paths[0])
    assert plain.store.digests == adapter.store.digests == plain.digests
    assert adapter.digests == (*plain.digests, *adapter.quotes.store.digests)
    assert plain.quotes is None
    with pytest.raises(BadParameter, match="name the quotes"):
        plain.asof_quote(0)


def test_quotes_of_another_state_of_the_raw_file_are_not_used(team, tmp_path):
    adapter = mixed(team, tmp_path / "t", [row("Quote", AT, 13, 1, 14, 1), row("Trade", AT, 13.9, 100)])
    path = adapter.paths[0]
    path.write_text(f"{path.read_text()}{row('Trade', AT, 13.9, 100)}\n")
    adapter.create_cache_file(path)
    parameters = {"paths": [path], "quotes": "same"}
    with pytest.raises(NotCached):
        load_adapter(team, "lseg", parameters).asof_quote(0)
    again = load_adapter(team, "lseg", parameters)
    cache_files(again)
    assert again.asof_quote(1).ask == 14


@pytest.mark.parametrize(
    "given", ["other", {"adapter": "csv_quotes"}, {"adapter": "x", "paths": [], "p": 1}, "same"]
)
def test_a_parameter_that_names_no_quotes_is_refused(team, tmp_path, given):
    path = write_ticks(tmp_path / "a.csv", [Tick(AT, 10)])
    with pytest.raises(BadParameter, match="quotes = "):
        load_adapter(team, "csv", {"paths": [path], **PARAMETERS, "quotes": given})


def test_an_adapter_of_trades_is_no_adapter_of_quotes(team, tmp_path):
    path = write_ticks(tmp_path / "a.csv", [Tick(AT, 10)])
    adapter = load_adapter(team, "csv", {"paths": [path], "quotes": {"adapter": "csv", "paths": [str(path)]}})
    with pytest.raises(BadParameter, match="reads trades"):
        cache_files(adapter)


def test_a_builds_recipe_depends_on_the_quotes_that_its_ticks_may_see(team, tmp_path):
    ticks = [
        [Tick(ns(f"{day} 10:00:00") + at * NS, 10) for at in range(3)] for day in (DAY, NEXT, "2013-10-09")
    ]
    days = [[(one[0].time_ns - 1, 9, 11, 1, 1)] for one in ticks]

    def chunks(quotes):
        adapter = apart(team, tmp_path / "t", ticks, quotes)
        parameters = {**PARAMETERS, "quotes": adapter.parameters["quotes"]}
        data = (DataSet("csv", tuple(map(str, adapter.paths)), parameters),)
        save_feature(team, "spread", "quote_spread", {})
        save_feature(team, "up", "direction", {"horizon": 1})
        return plan_build(team, Schema("q", "volatility", data, ("spread",), ("up",), Split("end"))).chunks

    before = [one.recipe for one in chunks(days)]
    after = [one.recipe for one in chunks([*days[:2], [(days[2][0][0], 9, 12, 1, 1)]])]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False]


def test_tools_take_caches_of_quotes_empty_ones_too(team, tmp_path):
    adapter = apart(
        team, tmp_path / "t", [[Tick(AT, 10)]], [[(AT - 1, 9, 11, 1, 1), (AT - 1, 9, "", 1, 1)], []]
    )
    assert [check_cache(one) for one in list_caches(team.folder("cache"))] == [[], [], []]
    parameters = adapter.parameters["quotes"]["parameters"]
    paths = sorted(map(str, (tmp_path / "t").glob("quotes*.csv")))
    info = inspect(load_adapter(team, "csv_quotes", {"paths": paths, **parameters}))
    assert (info.ticks, info.kept, info.outliers, info.volume["regular"]) == (2, 2, 0, 0.0)
    json.dumps(info.to_json())
    with pytest.raises(EmptyFile):
        inspect(load_adapter(team, "csv_quotes", {"paths": paths[1:], **parameters}))
