"""NYSE Daily TAQ: pipes, digits for times, corrections as seen and in the end, one symbol of many."""

import gzip

import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.taq import TaqAdapter
from litlab.errors import (
    LookaheadError,
    MissingColumn,
    NoDateInName,
    SeveralInstruments,
    TooManyRejects,
    UnknownName,
    WrongLayout,
)
from litlab.features.proof import READ
from litlab.features.prover import load_bare, prove
from litlab.testing import check_adapter
from litlab.ticks.columns import ALL_OK, OK_VOLUME, PRE, REGULAR

HEADER = (
    "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Stop Stock Indicator|"
    "Trade Correction Indicator|Sequence Number|Trade Id|Source of Trade"
)
NAME = "EQY_US_ALL_TRADE_20131007.gz"


def row(time, volume=100, price=13.95, condition="@   ", corr="00", symbol="BAC", sequence=1):
    return f"{time}|N|{symbol}|{condition}|{volume}|{price}||{corr}|{sequence}|52|C"


ROWS = [
    row("080000000000001", condition="@ TI"),
    row("093000123456789", 200, 13.94, sequence=2),
    row("093000123456789", 300, 99.0, corr="08", sequence=3),  # cancelled later
    row("093001000000000", 300, 99.0, corr="10", sequence=4),  # the message that cancels it
    row("093002000000000", 400, 13.96, corr="01", sequence=5),  # corrected later
    row("093003000000000", 400, 13.97, corr="12", sequence=6),
    row("160005000000000", 9000, 13.98, condition="@6  ", sequence=7),
    "END|20131007|7||||||||",
]


def taq(home, rows, header=HEADER, name=NAME, **parameters):
    path = home / name
    data = "".join(f"{one}\n" for one in [header, *rows]).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    adapter = load_adapter(new_team(home / "w"), "taq", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def test_as_seen_keeps_what_was_cancelled_later_flagged_and_leaves_out_what_was_not_seen(tmp_path):
    adapter = taq(tmp_path, ROWS)
    times = ["08:00:00.000000001", *["09:30:00.123456789"] * 2, "16:00:05"]
    assert adapter.store.times(0, 4).tolist() == [ns(f"2013-10-07 {one}") for one in times]
    columns = adapter.window(0, 4, ["price", "volume", "session", "eligibility", "flags"])
    assert columns["price"].tolist() == [13.95, 13.94, 99.0, 13.98]
    assert columns["volume"].tolist() == [100, 200, 300, 9000]
    assert columns["session"].tolist() == [PRE, *[REGULAR] * 3]
    assert columns["eligibility"].tolist() == [OK_VOLUME, *[ALL_OK] * 3]
    assert columns["flags"].tolist() == [0, 0, 2, 0]
    account = adapter.store.files[0].manifest["account"]
    assert (account["rows_in"], account["kept"], account["filtered"], account["rejected"]) == (8, 4, 4, 0)
    assert adapter.store.files[0].manifest["uses_hindsight"] is False
    assert (adapter[1]["Sequence Number"], adapter[1]["Trade Price"]) == (2, 13.94)


LATER = "Trade Correction Indicator"


def test_what_was_written_later_can_be_read_by_labels_and_not_by_features(tmp_path):
    adapter = taq(tmp_path, ROWS)
    assert adapter[2][LATER] == "08"
    assert adapter.window(0, 4, ["flags"])["flags"].tolist() == [0, 0, 2, 0]
    seen, known = adapter.at(3), adapter.open_at(3)
    assert seen.window(0, 4, ["flags", "price"])["flags"].tolist() == [0] * 4
    assert known.window(0, 4, ["flags", LATER])["flags"].tolist() == [0, 0, 2, 0]
    assert set(known[2]) - set(seen[2]) == {LATER}
    assert not seen.search("08", 0, 4).any()
    assert known.search("08", 0, 4).tolist() == adapter.search("08", 0, 4).tolist() == [0, 0, 1, 0]
    with pytest.raises(LookaheadError, match=f"reads the column '{LATER}', which was filled in later"):
        seen.window(0, 1, ["price", LATER])
    assert seen.violation is not None


def test_the_prover_refutes_a_feature_that_reads_what_was_written_later(tmp_path):
    script = tmp_path / "later.py"
    script.write_text(
        '"""Whether the trade was cancelled later."""\n\n\n'
        "def feature(adapter, index, params={}, features={}):\n"
        f"    return [float(adapter.window(index, index + 1, ['{LATER}'])['{LATER}'][0] == '08')]\n"
    )
    proof = prove(taq(tmp_path, ROWS), load_bare(script), samples=2)
    assert proof.verdict == READ
    assert "was filled in later" in str(proof)


def test_final_removes_it_and_says_that_this_is_hindsight(tmp_path):
    adapter = taq(tmp_path, ROWS, corrections="final")
    assert adapter.window(0, 4, ["price"])["price"].tolist() == [13.95, 13.94, 13.96, 13.98]
    assert adapter.window(0, 4, ["flags"])["flags"].tolist() == [0, 0, 2, 0]
    assert adapter.store.files[0].manifest["uses_hindsight"] is True


def test_another_rule_for_corrections_has_a_cache_of_its_own(tmp_path, monkeypatch):
    adapter = taq(tmp_path, ROWS)
    monkeypatch.setattr("litlab.adapters.taq._GONE", {"as_seen": (10, 11, 12)})
    assert not adapter.is_cached(adapter.paths[0])


def test_a_late_row_that_was_corrected_carries_both_flags(tmp_path):
    adapter = taq(tmp_path, [row("093001000000000"), row("093000000000000", corr="07")])
    assert adapter.store.column("flags", 0, 2).tolist() == [0, 3]


@pytest.mark.parametrize("corrections", ["as_seen", "final"])
@pytest.mark.parametrize("rows", [ROWS, ROWS[:-1]], ids=["closed", "open"])
def test_it_keeps_the_contract(tmp_path, rows, corrections):
    taq(tmp_path, rows)
    check_adapter(TaqAdapter, tmp_path / NAME, {"corrections": corrections}).raise_if_failed()


@pytest.mark.parametrize(("time", "rest"), [("093000123", "123"), ("093000123456", "123456")])
def test_older_files_have_fewer_digits(tmp_path, time, rest):
    assert taq(tmp_path, [row(time)]).store.times(0, 1).tolist() == [ns(f"2013-10-07 09:30:00.{rest}")]


def test_one_symbol_of_many(tmp_path):
    rows = [row("093000000000000", symbol="A"), *ROWS]
    with pytest.raises(SeveralInstruments, match=r"line 3: 'BAC' follows 'A'"):
        taq(tmp_path, rows)
    assert not list((tmp_path / "w").rglob("manifest.json"))


def test_the_other_symbols_are_filtered(tmp_path):
    adapter = taq(tmp_path, [row("093000000000000", symbol="BAC A"), *ROWS], symbol="BAC")
    assert len(adapter) == 4
    assert adapter.store.files[0].manifest["account"]["filtered"] == 5


@pytest.mark.parametrize(
    ("rows", "changes", "kind", "words"),
    [
        (ROWS, {"name": "trades.gz"}, NoDateInName, r"Name it .*EQY_US_ALL_TRADE_20131007\.gz"),
        (ROWS, {"header": HEADER.replace("Trade Price", "Px")}, MissingColumn, "'Trade Price' is missing"),
        (ROWS, {"corrections": "seen"}, UnknownName, "Did you mean 'as_seen'"),
        (["a|b"], {}, WrongLayout, r"'a\|b' is no row of the format 'taq'"),
        ([row("0"), row("09300000000000000000")], {}, WrongLayout, "no row of the format 'taq'"),
        ([*ROWS[:2], row("096000000000000")], {}, TooManyRejects, "line 4: Time is no time of day"),
        ([*ROWS[:2], row("240000000000000")], {}, TooManyRejects, "line 4: Time is no time of day"),
        ([*ROWS[:2], row("093000000000000", price="1,5")], {}, TooManyRejects, "line 4: .*1,5"),
        ([*ROWS[:2], "ENDE|1"], {}, TooManyRejects, "line 4"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, rows, changes, kind, words):
    with pytest.raises(kind, match=words):
        taq(tmp_path, rows, **changes)
