"""The sample tape: its layout by a plain reader, its law by measures on what was written."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tapes import LSEG_HEADER, new_team

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.eligibility import ConditionTable
from litlab.adapters.lseg import qualifier_codes
from litlab.errors import BadParameter
from litlab.ticks.columns import LATE, NS, OK_LAST, OK_VOLUME, PRE, REGULAR
from litlab.ticks.sample import oracle_sigma, write_sample

MINUTE = 60 * NS
QUALIFIERS = re.compile(r"([^;\[\]]+\[[A-Z0-9_]+\])(;[^;\[\]]+\[[A-Z0-9_]+\])*")


def rows_of(path):
    """Return a day file's rows as dicts, by the csv module."""
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def ns(row) -> int:
    whole, _, rest = row["Date-Time"].removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()) * NS + int(rest)


def codes(row) -> set[str]:
    return set(qualifier_codes(row["Qualifiers"])) - {"@"}


def new_york(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / NS, ZoneInfo("America/New_York")).strftime("%H:%M")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("small"), days=2, ticks_per_day=2000)


@pytest.fixture(scope="module")
def small_rows(small):
    return [rows_of(path) for path in small.paths]


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """One day with so many trades that the rare kinds occur."""
    return write_sample(tmp_path_factory.mktemp("busy"), days=1, ticks_per_day=20_000)


@pytest.fixture(scope="module")
def busy_rows(busy):
    return rows_of(busy.paths[0])


# --- bytes and files --------------------------------------------------------------------------------


def test_equal_seeds_give_equal_bytes_and_another_seed_gives_others(small, tmp_path):
    again = write_sample(tmp_path / "again", days=2, ticks_per_day=2000)
    other = write_sample(tmp_path / "other", days=2, ticks_per_day=2000, seed=8)
    for one, same, different in zip(small.paths, again.paths, other.paths, strict=True):
        assert one.read_bytes() == same.read_bytes() != different.read_bytes()
    assert small.oracle.read_bytes() == again.oracle.read_bytes() != other.oracle.read_bytes()


def test_gzip_headers_carry_no_time(small):
    assert all(path.read_bytes()[4:8] == bytes(4) for path in small.paths)


def test_days_are_sessions_from_the_start_on(tmp_path):
    # 2024-01-15 is a holiday after a weekend.
    tape = write_sample(tmp_path, days=3, ticks_per_day=50, start="2024-01-12", ric="ABC.N")
    assert [path.name for path in tape.paths] == [f"ABC.N_2024-01-{day}.csv.gz" for day in (12, 16, 17)]


def test_a_whole_tape_is_left_alone_and_a_missing_day_comes_back(tmp_path):
    tape = write_sample(tmp_path, days=2, ticks_per_day=50)
    first, second = tape.paths
    before = second.read_bytes(), first.stat().st_mtime_ns
    write_sample(tmp_path, days=2, ticks_per_day=50)
    assert first.stat().st_mtime_ns == before[1]
    second.unlink()
    write_sample(tmp_path, days=2, ticks_per_day=50)
    assert second.read_bytes() == before[0]


def test_an_interrupted_tape_does_not_pass_for_the_one_before_it(tmp_path):
    tape = write_sample(tmp_path, days=2, ticks_per_day=50)
    good = [path.read_bytes() for path in tape.paths]

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, days=2, ticks_per_day=50, seed=8, progress=interrupt)
    write_sample(tmp_path, days=2, ticks_per_day=50)
    assert [path.read_bytes() for path in tape.paths] == good


def test_progress_counts_the_days(tmp_path):
    told = []
    write_sample(tmp_path, days=3, ticks_per_day=50, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("wrong", [{"days": 0}, {"ticks_per_day": 0}, {"signal": 1.5}, {"signal": -0.1}])
def test_impossible_parameters_are_refused_before_anything_is_written(wrong, tmp_path):
    with pytest.raises(BadParameter):
        write_sample(tmp_path / "tape", **wrong)
    assert not (tmp_path / "tape").exists()


# --- layout -----------------------------------------------------------------------------------------


def test_header_and_fields_are_those_of_the_vendor(small, small_rows):
    with gzip.open(small.paths[0], "rt") as file:
        assert file.readline().rstrip("\n") == LSEG_HEADER
    for row in small_rows[0]:
        assert (row["#RIC"], row["Domain"], row["GMT Offset"]) == ("LIT.N", "Market Price", "-5")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", row["Date-Time"])
        assert row["Exch Time"] == row["Date-Time"][11:-1]
        assert float(row["Price"]) > 0
        assert int(row["Volume"]) > 0
        assert round(float(row["Price"]) * 100) / 100 == float(row["Price"])


def test_qualifiers_follow_the_grammar_and_every_code_is_in_the_table(busy_rows):
    table = ConditionTable.load("us")
    texts = {row["Qualifiers"] for row in busy_rows}
    assert all(QUALIFIERS.fullmatch(text) for text in texts)
    assert not table.unknown(code for text in texts for code in qualifier_codes(text))
    assert "ODD[IRGCOND];   [PRC_QL2];@  I[GV4_TEXT]" in texts
    assert "AVP[IRGCOND];   [PRC_QL2];@  W[GV4_TEXT]" in texts


def test_qualifiers_that_begin_with_blanks_are_quoted(small):
    lines = gzip.decompress(small.paths[0].read_bytes()).decode().splitlines()[1:]
    assert all(('"   [PRC_QL2]' in line) == (";   [PRC_QL2]" not in line) for line in lines)


def test_the_offset_and_the_hours_follow_the_clock_change(tmp_path):
    tape = write_sample(tmp_path, days=2, ticks_per_day=200, start="2024-03-08")
    friday, monday = (rows_of(path) for path in tape.paths)
    assert {row["GMT Offset"] for row in friday} == {"-5"}
    assert {row["GMT Offset"] for row in monday} == {"-4"}
    assert [new_york(next(ns(r) for r in day if "O" in codes(r))) for day in (friday, monday)] == [
        "09:30"
    ] * 2


def test_a_half_day_ends_at_one(tmp_path):
    tape = write_sample(tmp_path, days=1, ticks_per_day=2000, start="2024-07-03")
    rows = rows_of(tape.paths[0])
    assert new_york(next(ns(row) for row in rows if "6" in codes(row))) in ("13:00", "13:01")
    assert len(oracle_sigma(tape.oracle)[0]) == 210
    regular = [row for row in rows if not codes(row) & set("TOQ6M")]
    assert all("09:30" <= new_york(ns(row)) < "13:00" for row in regular if "Z" not in codes(row))


# --- what real tapes strew among their trades -------------------------------------------------------


def test_two_fifths_are_odd_lots_and_only_small_trades_are(busy_rows):
    inside = [row for row in busy_rows if not codes(row) & set("TOQ6MWZ") and row["Type"] == "Trade"]
    odd = [row for row in inside if "I" in codes(row)]
    assert 0.36 < len(odd) / len(inside) < 0.46
    assert all((int(row["Volume"]) < 100) == ("I" in codes(row)) for row in inside)


def test_ticks_per_day_is_the_mean_of_regular_trades(tmp_path):
    # Without a signal the rate is flat, so that five days' counts are one Poisson number of 10,000.
    tape = write_sample(tmp_path, days=5, ticks_per_day=2000, signal=0)
    counts = Counter("out" if codes(row) & set("T") else "in" for path in tape.paths for row in rows_of(path))
    assert abs(counts["in"] / 10_000 - 1) < 0.04  # 0.5 % are repeated, and Poisson's σ is 1 %
    assert 0.01 < counts["out"] / counts["in"] < 0.03


def test_extended_hours_carry_t_and_regular_hours_do_not(busy_rows):
    for row in busy_rows:
        local = new_york(ns(row))
        if "T" in codes(row):
            assert local < "09:30" or local >= "16:00"
        elif not codes(row) & set("6MZ"):
            assert "09:30" <= local < "16:00"


def test_auctions_open_the_day_and_close_it_some_seconds_late(small, small_rows):
    start_ns, _ = oracle_sigma(small.oracle)
    for at, rows in enumerate(small_rows):
        close_ns = int(start_ns[390 * at + 389]) + MINUTE
        for official, price in (("Q", "O"), ("M", "6")):
            one, other = (next(row for row in rows if code in codes(row)) for code in (price, official))
            assert (one["Price"], one["Volume"]) == (other["Price"], other["Volume"])
            if price == "6":
                assert 5 <= (ns(one) - close_ns) / NS <= 86


def test_average_prices_lie_off_the_market_and_are_no_last_price(busy_rows):
    bits = ConditionTable.load("us").allows("W")[0]
    assert bits == OK_VOLUME
    market, away = None, []
    for row in busy_rows:
        if "W" in codes(row) and market:
            away.append(abs(float(row["Price"]) / market - 1))
        elif not codes(row) & set("TIZ") and row["Type"] == "Trade":
            market = float(row["Price"])
    assert len(away) >= 5
    assert 0.001 < max(away) < 0.01


def test_times_repeat_and_whole_rows_do(busy_rows):
    trades = [row for row in busy_rows if row["Type"] == "Trade"]
    pairs = list(pairwise(trades))
    same_time = [(a, b) for a, b in pairs if a["Date-Time"] == b["Date-Time"]]
    identical = [(a, b) for a, b in same_time if {**a, "Seq. No.": ""} == {**b, "Seq. No.": ""}]
    assert 0.003 < len(identical) / len(trades) < 0.008
    assert len(same_time) > len(identical)


def test_a_few_rows_are_late_and_say_so(busy_rows):
    times = np.array([ns(row) for row in busy_rows])
    late = np.flatnonzero(np.diff(times) < 0) + 1
    assert 1 <= len(late) <= 20
    assert all("Z" in codes(busy_rows[at]) for at in late)
    assert all(0 < times[at - 1] - times[at] < 30 * NS for at in late)


def test_a_correction_takes_back_an_earlier_trade_by_its_number(small_rows):
    for rows in small_rows:
        corrections = [row for row in rows if row["Type"] == "Correction"]
        numbers = {row["Seq. No."]: at for at, row in enumerate(rows) if row["Type"] == "Trade"}
        assert len(numbers) == len(rows) - len(corrections), "each trade has a number of its own"
        assert len(corrections) == 3
        for row in corrections:
            at = numbers[row["Seq. No."]]
            assert rows.index(row) > at
            assert (rows[at]["Price"], rows[at]["Volume"]) == (row["Price"], row["Volume"])
            assert "CXL[IRGCOND]" in row["Qualifiers"]


def test_the_lseg_adapter_takes_every_trade(busy, busy_rows, tmp_path):
    adapter = load_adapter(new_team(tmp_path / "home"), "lseg", {"paths": [str(busy.paths[0])]})
    cache_files(adapter, workers=1)
    trades = [row for row in busy_rows if row["Type"] == "Trade"]
    times = np.array([ns(row) for row in trades])
    account = adapter.store.files[0].manifest["account"]
    assert (len(adapter), account["filtered"], account["rejected"]) == (len(trades), 3, 0)
    seen = adapter.window(0, len(adapter), ["timestamp", "session", "eligibility", "flags"])
    assert np.array_equal(seen["timestamp"], np.maximum.accumulate(times))
    assert np.array_equal(seen["flags"] & LATE != 0, times < np.maximum.accumulate(times))
    opened = int(oracle_sigma(busy.oracle)[0][0])
    early = np.maximum.accumulate(times) < opened
    assert set(seen["session"][early].tolist()) == {PRE}
    regular = seen["session"] == REGULAR
    price = np.array([not codes(row) & set("QMIWTZ") for row in trades])
    assert np.array_equal((seen["eligibility"] & OK_LAST != 0)[regular], price[regular])


# --- the law ----------------------------------------------------------------------------------------


def test_the_oracle_has_a_volatility_for_every_regular_minute(small):
    start_ns, sigma = oracle_sigma(small.oracle)
    assert (start_ns.dtype, sigma.dtype, start_ns.shape, sigma.shape) == (
        np.int64,
        np.float64,
        (780,),
        (780,),
    )
    assert [new_york(int(start_ns[at])) for at in (0, 389, 390, 779)] == ["09:30", "15:59"] * 2
    assert (np.diff(start_ns)[:389] == MINUTE).all()
    assert (sigma > 0).all()


def by_minute(tape):
    """Return each oracle minute's mean log size and last price (nan without a trade), (m,) each."""
    start_ns, _ = oracle_sigma(tape.oracle)
    sizes, last = [[] for _ in start_ns], np.full(len(start_ns), np.nan)
    for path in tape.paths:
        for row in rows_of(path):
            if row["Type"] != "Trade" or codes(row) & set("TOQ6MWZ"):
                continue
            at = int(np.searchsorted(start_ns, ns(row), "right")) - 1
            sizes[at].append(np.log(int(row["Volume"])))
            last[at] = float(row["Price"])
    return np.array([np.mean(one) if one else np.nan for one in sizes]), last


def test_prices_move_as_much_as_the_oracle_says(busy):
    _, sigma = oracle_sigma(busy.oracle)
    _, last = by_minute(busy)
    # The last trade of a minute to the last of the next is N(0, σ²): the root mean square of r/σ is 1 ± 0.04.
    surprise = np.diff(np.log(last)) / sigma[1:]
    assert 0.88 < np.sqrt(np.nanmean(surprise**2)) < 1.15


def correlation(a, b):
    known = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[known], b[known])[0, 1])


def test_sizes_foretell_the_nine_minutes_after_them_and_not_their_own(tmp_path):
    tape = write_sample(tmp_path, days=2, ticks_per_day=8000)
    size, _ = by_minute(tape)
    change = np.diff(np.log(oracle_sigma(tape.oracle)[1]), prepend=np.nan)
    # log σ(m+1) − log σ(m) holds κ·(v(m) − v(m−9))/3: news comes in after one minute and leaves after ten.
    told = {lag: correlation(size[: -lag or None], change[lag:]) for lag in (0, 1, 5, 10)}
    assert told[1] > 0.4
    assert told[10] < -0.4
    assert abs(told[0]) < 0.15
    assert abs(told[5]) < 0.15


def test_the_day_is_livelier_at_its_ends_than_at_noon(small):
    _, sigma = oracle_sigma(small.oracle)
    logs = np.log(sigma).reshape(2, 390)
    assert logs[:, :15].mean() + logs[:, -15:].mean() > 2 * logs[:, 180:210].mean() + 0.4


def test_without_a_signal_volatility_is_one_number_all_day(tmp_path):
    tape = write_sample(tmp_path, days=2, ticks_per_day=2000, signal=0)
    _, sigma = oracle_sigma(tape.oracle)
    assert np.allclose(sigma, 0.010 / np.sqrt(390), rtol=1e-12)
    hours = Counter(
        (ns(row) - int(oracle_sigma(tape.oracle)[0][0])) // (30 * MINUTE)
        for row in rows_of(tape.paths[0])
        if not codes(row) & set("TOQ6M")
    )
    # Thirteen half-hours of 2000/13 = 154 trades, Poisson: within 4 σ of 12.4. The U would make 240 and 110.
    assert all(104 < hours[at] < 204 for at in range(13))


def test_half_a_signal_moves_volatility_less_than_a_whole_one(small, tmp_path):
    half = write_sample(tmp_path, days=2, ticks_per_day=2000, signal=0.5)
    spread = [np.log(oracle_sigma(tape.oracle)[1]).std() for tape in (small, half)]
    assert spread[1] == pytest.approx(spread[0] / 2, rel=1e-9), "every term of log σ but a constant scales"
