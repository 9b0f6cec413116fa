"""LEAN ticks: headerless, masks in hexadecimal; the real ones against another vendor's."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tapes import new_team, ns

from litlab.adapters import cache_files, load_adapter
from litlab.adapters.lean import LeanAdapter, mask_codes
from litlab.errors import BrokenArchive, NoDateInName, TooManyRejects, WrongLayout
from litlab.testing import check_adapter
from litlab.ticks.columns import ALL_OK, OK_VOLUME, POST, PRE, REGULAR

ROWS = [
    "14400614,139400,500,P,20002020,0",  # 04:00:00.614, intermarket sweep in extended hours
    "34200000,139500,200,N,1,0",  # 09:30
    "34200000.125678,139501,200,N,20004a00,0",  # four, sold out of sequence
    "34200001,139500,200,N,1,0",
    "34200001,139500,200,N,1,0",  # the same again
    "57600000,139600,9000,N,1000000,0",  # 16:00, official close
    "57749465,1655900,250629,D,20002000,1",  # suspicious
]


def lean(home, rows, name="20131007_trade.zip", **parameters):
    path = home / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("20131007_bac_Trade_Tick.csv", "".join(f"{row}\n" for row in rows))
    adapter = load_adapter(new_team(home / "w"), "lean", {"paths": [str(path)], **parameters})
    cache_files(adapter, workers=1)
    return adapter


def test_each_field_says_what_the_layout_says(tmp_path):
    adapter = lean(tmp_path, ROWS)
    day = "2013-10-07"
    assert adapter.store.times(0, 7).tolist() == [
        ns(f"{day} 04:00:00.614"), ns(f"{day} 09:30:00"), ns(f"{day} 09:30:00.000125678"),
        ns(f"{day} 09:30:00.001"), ns(f"{day} 09:30:00.001"), ns(f"{day} 16:00:00"),
        ns(f"{day} 16:02:29.465"),
    ]  # fmt: skip
    columns = adapter.window(0, 7, ["price", "volume", "session", "eligibility"])
    assert columns["price"].tolist() == [13.94, 13.95, 13.9501, 13.95, 13.95, 13.96, 165.59]
    assert columns["volume"].tolist() == [500, 200, 200, 200, 200, 9000, 250629]
    assert columns["session"].tolist() == [PRE, *[REGULAR] * 5, POST]
    assert columns["eligibility"].tolist() == [ALL_OK, ALL_OK, OK_VOLUME, ALL_OK, ALL_OK, 0, OK_VOLUME]
    assert adapter[2]["condition"] == "20004a00"
    assert (adapter[6]["exchange"], adapter[6]["suspicious"], adapter[6]["price"]) == ("D", 1, 165.59)


@pytest.mark.parametrize(
    ("mask", "codes"),
    [
        ("0", ""), ("", ""), ("1", "@"), ("20000020", "F"), ("2000", "T"), ("800", "L"), ("4800", "Z"),
        ("6000", "U"), ("20100200", "4W"), ("102008", "RWT"), ("20200040", "OX"), ("80000001", "@I"),
    ],
)  # fmt: skip
def test_a_mask_is_hexadecimal(mask, codes):
    assert mask_codes(mask) == list(codes)


def test_bits_nobody_has_a_code_for_are_counted(tmp_path):
    adapter = lean(tmp_path, [*ROWS, "57749466,139600,100,D,40000001,0", "57749466,139600,100,D,1e5x,0"])
    assert adapter.store.files[0].manifest["account"]["unknown_codes"] == {"0x40000000": 1, "1e5x": 1}


def test_the_summer_and_winter_offsets_are_new_yorks(tmp_path):
    adapter = lean(tmp_path, ["34200000,139500,200,N,1,0"] * 2, "20131104_trade.zip")
    assert adapter.store.times(0, 1).tolist() == [ns("2013-11-04 09:30:00")]


def test_it_keeps_the_contract(tmp_path):
    lean(tmp_path, ROWS)
    check_adapter(LeanAdapter, tmp_path / "20131007_trade.zip").raise_if_failed()


@pytest.mark.parametrize(
    ("rows", "name", "kind", "words"),
    [
        (["time,price"], "20131007_trade.zip", WrongLayout, r"line 1: 'time,price' is no row of .*'lean'"),
        (ROWS, "trade.zip", NoDateInName, r"its name says no date\. Name it .*20131007_trade\.zip"),
        (ROWS, "20131399_trade.zip", NoDateInName, "no date"),
        (
            [*ROWS, "86400000,1,1,N,1,0"],
            "20131007_trade.zip",
            TooManyRejects,
            "line 8: time is no time of day",
        ),
        ([*ROWS, "-1,1,1,N,1,0"], "20131007_trade.zip", TooManyRejects, "line 8: time is no time of day"),
        ([*ROWS, "nan,1,1,N,1,0"], "20131007_trade.zip", TooManyRejects, "line 8: time is no time of day"),
        ([*ROWS, "1,1,1,N,1,x"], "20131007_trade.zip", TooManyRejects, r"line 8: .*'x'"),
        ([*ROWS, "1,0,1,N,1,0"], "20131007_trade.zip", TooManyRejects, "line 8: price is no finite positive"),
    ],
)
def test_what_is_no_lean_file_is_refused_by_line(tmp_path, rows, name, kind, words):
    with pytest.raises(kind, match=words) as caught:
        lean(tmp_path, rows, name)
    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.remedy


def test_two_files_in_one_archive_are_refused(tmp_path):
    path = tmp_path / "20131007_trade.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", ROWS[0])
        archive.writestr("b.csv", ROWS[0])
    adapter = load_adapter(new_team(tmp_path / "w"), "lean", {"paths": [str(path)]})
    with pytest.raises(BrokenArchive, match="holds 2 files"):
        adapter.create_cache_file(path)


# --- the real ticks ----------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("LITLAB_REAL_DATA") or ROOT / ".." / "shared" / "data").resolve()
EXPECTED = {"spy": ("SPY.P", 1_887_460, 5), "bac": ("BAC.N", 573_620, 0)}


@pytest.mark.real
@pytest.mark.skipif(not (DATA / "lean").is_dir(), reason=f"no real ticks in {DATA}: set LITLAB_REAL_DATA")
@pytest.mark.parametrize("name", EXPECTED)
def test_the_real_ticks_mean_the_same_as_in_the_other_vendors_files(tmp_path, name):
    ric, count, doubted = EXPECTED[name]
    team = new_team(tmp_path / "w")
    lean = load_adapter(team, "lean", {"paths": [str(DATA / "lean" / name / "*.zip")]})
    lseg = load_adapter(team, "lseg", {"paths": [str(DATA / "lseg" / ric / "*.csv.gz")]})
    for adapter in (lean, lseg):
        cache_files(adapter)
        assert len(adapter) == count
    for column in ("timestamp", "price", "volume", "session"):
        np.testing.assert_array_equal(*(one.store.column(column, 0, count) for one in (lean, lseg)))
    # The other layout has no suspicious flag: five of the ten marked prints would qualify without it.
    bits, others = (one.store.column("eligibility", 0, count) for one in (lean, lseg))
    differ = np.flatnonzero(bits != others)
    assert (lean.store.column("suspicious", 0, count)[differ] == 1).all()
    assert len(differ) == doubted
    assert lean.store.files[0].manifest["account"]["unknown_codes"] == {}
    ours, theirs = (one.bar_index("minute", 1, "regular") for one in (lean, lseg))
    np.testing.assert_array_equal(ours.start, theirs.start)
    np.testing.assert_array_equal(ours.values, theirs.values)
