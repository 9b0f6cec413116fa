"""``litlab cache``, ``info`` and ``bars``: what they print, and what they leave behind."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tapes import lseg_row, minutes, new_team, ns, tape, write_lseg, write_ticks

from litlab.adapters import cache_files, load_adapter

DAY = "2013-10-07"


@pytest.fixture
def raw(tmp_path: Path) -> list[Path]:
    """Two days in the LSEG layout, 20 trades each, one of them a quote."""
    folder = tmp_path / "raw"
    folder.mkdir()
    made = []
    for day in ("07", "08"):
        rows = [
            lseg_row(f"2013-10-{day}T14:{at:02d}:30.000000000Z", price=f"{13 + at / 100:.2f}")
            for at in range(20)
        ]
        rows[5] = rows[5].replace(",Trade,", ",Quote,")
        made.append(write_lseg(folder / f"BAC.N_2013-10-{day}.csv.gz", rows))
    return made


def leftovers(tmp_path: Path) -> list[str]:
    """Return what lies where a command must leave nothing."""
    return sorted(path.name for name in ("home", "tmp") for path in (tmp_path / name).glob("*"))


def test_cache_finds_the_adapter_and_says_why(call, raw: list[Path], tmp_path: Path) -> None:
    new_team(tmp_path / "home")
    done = call("cache", *raw, "--json")
    assert done.status == 0
    assert done.json["adapter"] == "lseg"
    assert done.json["parameters"] == {}
    assert "the header names" in done.json["reasons"][0]
    assert "adapter lseg(): the header names" in done.err
    assert done.json["ticks"] == 38
    assert [Path(one["file"]) for one in done.json["files"]] == raw
    assert {(one["rows_in"], one["kept"], one["filtered"]) for one in done.json["files"]} == {(20, 19, 1)}


def test_cache_takes_a_named_adapter_and_parameters(call, tmp_path: Path) -> None:
    new_team(tmp_path / "home")
    path = write_ticks(tmp_path / "a.csv", minutes(DAY, 2))
    done = call(
        "cache", path, "--adapter", "csv", "--params", '{"time_unit": "ns", "calendar": "XNYS"}', "--json"
    )
    assert done.status == 0
    assert done.json["parameters"] == {"time_unit": "ns", "calendar": "XNYS"}
    again = call("info", path, "--json")  # the cache says itself what made it
    assert again.json["reasons"] == ["its cache was made so"]
    assert again.json["parameters"]["time_unit"] == "ns"


def test_given_parameters_win_over_proposed_ones(call, tmp_path: Path) -> None:
    new_team(tmp_path / "home")
    path = write_ticks(tmp_path / "a.csv", minutes(DAY, 2))
    done = call("cache", path, "--params", '{"calendar": "XNYS"}', "--json")
    assert done.json["adapter"] == "csv"
    assert done.json["parameters"]["time_unit"] == "ns"
    assert done.json["parameters"]["calendar"] == "XNYS"


def test_files_of_two_formats_are_refused_by_name(call, raw: list[Path], tmp_path: Path) -> None:
    new_team(tmp_path / "home")
    other = write_ticks(tmp_path / "other.csv", minutes(DAY, 2))
    done = call("cache", raw[0], other)
    assert done.status == 2
    assert "not of one format" in done.err
    assert "BAC.N_2013-10-07.csv.gz is lseg" in done.err
    assert "other.csv is csv" in done.err


def test_info_reads_raw_files_and_leaves_nothing(call, raw: list[Path], tmp_path: Path) -> None:
    done = call("info", *raw, "--adapter", "lseg", "--json")
    assert done.status == 0
    told = done.json
    wanted = {"rows_in": 40, "kept": 38, "filtered": 2, "rejected": 0, "blank": 0, "duplicates": 0}
    assert {name: told[name] for name in wanted} == wanted
    assert told["first_time_ns"] == ns("2013-10-07 10:00:30")
    assert told["last_time_ns"] == ns("2013-10-08 10:19:30")
    assert told["out_of_order"] == 0
    assert len(done.out.splitlines()) == 1
    assert leftovers(tmp_path) == []


def test_info_takes_parameters_and_tells_of_rejected_rows(call, raw: list[Path], tmp_path: Path) -> None:
    spoilt = write_lseg(tmp_path / "spoilt.csv", [lseg_row(), lseg_row(price="cheap")])
    refused = call("info", spoilt, "--adapter", "lseg", "--json")
    assert refused.status == 2
    assert "line 3" in refused.err
    done = call("info", spoilt, "--adapter", "lseg", "--params", '{"max_rejected": 0.5}', "--json")
    assert (done.json["rows_in"], done.json["rejected"]) == (2, 1)
    assert done.json["rejects"][0]["line"] == 3
    assert leftovers(tmp_path) == []


def test_info_for_people_fits_eighty_columns(call, raw: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = call("info", *raw)
    assert done.status == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert "BAC.N_2013-10-08" in done.out
    assert "New_York" in done.out


def test_info_without_files_lists_the_caches(call, raw: list[Path], tmp_path: Path) -> None:
    new_team(tmp_path / "home")
    assert call("info", "--json").json == {"caches": []}
    call("cache", *raw)
    told = call("info", "--json").json["caches"]
    assert [(Path(one["file"]), one["state"], one["adapter"], one["rows"]) for one in told] == [
        (path, "fresh", "lseg", 19) for path in raw
    ]
    raw[0].unlink()
    raw[1].write_bytes(gzip.compress(b"other"))
    assert [one["state"] for one in call("info", "--json").json["caches"]] == ["orphan", "stale"]
    assert "orphan" in call("info").out


def test_bars_of_raw_files_are_those_of_the_adapter(call, raw: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "bars.csv"
    done = call("bars", *raw, "--adapter", "lseg", "--unit", "minute", "--size", 5, "--csv", out)
    assert done.status == 0
    assert leftovers(tmp_path) == []
    with out.open() as file:
        header, *rows = csv.reader(file)
    assert ",".join(header) == "start_ns,open,high,low,close,trades,volume,mean_size,max_size"
    assert rows[0] == [
        str(ns("2013-10-07 10:00:00")),
        "13.0",
        "13.04",
        "13.0",
        "13.04",
        "5",
        "500.0",
        "100.0",
        "100.0",
    ]
    assert rows[1][5] == "4"  # a quote is no trade

    team = new_team(tmp_path / "home")
    adapter = load_adapter(team, "lseg", {"paths": raw})
    cache_files(adapter)
    index = adapter.bar_index("minute", 5)
    assert [int(row[0]) for row in rows] == index.start_ns.tolist()
    assert np.array_equal(np.array([row[1:] for row in rows], float), index.values)
    assert call("bars", *raw, "--size", 5, "--csv", tmp_path / "again.csv", "--json").json["bars"] == 8
    assert (tmp_path / "again.csv").read_bytes() == out.read_bytes()


def test_bars_of_all_sessions_hold_more_than_the_regular_ones(call, tmp_path: Path) -> None:
    ticks = minutes(DAY, 2, start="09:29")
    path = write_ticks(tmp_path / "a.csv", ticks)
    params = json.dumps({"calendar": "XNYS", "time_unit": "ns"})
    count = {
        scope: call("bars", path, "--adapter", "csv", "--params", params, "--sessions", scope, "--json").json[
            "bars"
        ]
        for scope in ("regular", "all")
    }
    assert count == {"regular": 1, "all": 2}


def test_bars_of_trades_and_of_so_many_a_day(call, raw: list[Path]) -> None:
    assert call("bars", *raw, "--unit", "tick", "--size", 5, "--json").json["bars"] == 8
    done = call("bars", *raw, "--unit", "volume", "--per-day", 4, "--json")
    assert done.json["size"] == {"per_day": 4.0}
    assert call("bars", *raw, "--per-day", 4).status == 2  # minutes are as many as there are


def test_bars_without_a_file_shows_the_last_ones(
    call, raw: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = call("bars", *raw, "--unit", "day")
    assert done.status == 0
    assert "13-10-08" in done.out
    assert "2 bars" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


BAD = {
    "no such file": (["info", "none*.csv"], "There is no file"),
    "an unknown unit": (["bars", "RAW", "--unit", "minutes"], "Did you mean 'minute'?"),
    "an unknown scope": (["bars", "RAW", "--sessions", "al"], "Did you mean 'all'?"),
    "an unknown adapter": (["info", "RAW", "--adapter", "lsge"], "Did you mean 'lseg'?"),
    "an unknown parameter": (["info", "RAW", "--params", '{"zine": "UTC"}'], "Did you mean 'zone'?"),
    "parameters that are no object": (["bars", "RAW", "--params", "[1]"], "JSON object"),
    "a format nobody knows": (["info", "NOISE"], "No adapter recognises"),
    "no workspace to cache in": (["cache", "RAW"], "litlab init"),
    "no workspace to check": (["fsck"], "litlab init"),
    "no workspace to clean": (["gc"], "litlab init"),
    "no workspace to remove from": (["rm", "RAW"], "litlab init"),
    "no workspace to list": (["info"], "litlab init"),
    "no workspace to build in": (["build", "x"], "litlab init"),
    "a file in no folder": (["bars", "RAW", "--csv", "RAW/x.csv"], "no folder that exists"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_no_workspace(
    case: str, call, raw: list[Path], tmp_path: Path
) -> None:
    noise = tmp_path / "noise.txt"
    noise.write_text("once upon a time, there was\n" * 5)
    arguments, wanted = BAD[case]
    names = {"RAW": str(raw[0]), "NOISE": str(noise)}
    done = call(*(names.get(one, one.replace("RAW/", f"{raw[0]}/")) for one in arguments))
    assert done.status == 2
    assert wanted in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("error: ")]) == 1
    assert "Traceback" not in done.err
    assert not (tmp_path / "home").exists()
    assert leftovers(tmp_path) == []


def test_of_two_teams_one_must_be_named(call, raw: list[Path], tmp_path: Path) -> None:
    new_team(tmp_path / "home").workspace.create_project("other", "x")
    assert "several: contoso, other" in call("cache", *raw).err
    assert call("cache", *raw, "--team", "other", "--json").json["ticks"] == 38
    assert call("info", *raw, "--team", "nobody").status == 2


def test_help_loads_nothing_heavy_and_the_module_can_be_run() -> None:
    program = (
        "import sys; sys.argv = ['litlab', '--help']\n"
        "import runpy\n"
        "try:\n    runpy.run_module('litlab.cli', run_name='__main__')\n"
        "except SystemExit as ended:\n    assert not ended.code\n"
        "heavy = {'numpy', 'pyarrow', 'pandas', 'numba', 'h5py'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "fsck" in done.stdout


def test_an_ordinary_tape_is_inspected_alike_cached_or_not(call, tmp_path: Path) -> None:
    team = new_team(tmp_path / "home")
    adapter = tape(team, tmp_path / "raw", minutes(DAY, 5))
    params = json.dumps({"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"})
    arguments = ["info", *adapter.paths, "--adapter", "csv", "--params", params, "--json"]
    cached, fresh = call(*arguments), call(*arguments, "--workspace", tmp_path / "elsewhere")
    assert cached.json == fresh.json
    assert not (tmp_path / "elsewhere").exists()
