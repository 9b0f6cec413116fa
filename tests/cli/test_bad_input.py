"""Bad input on the command line: one sentence, exit status 2, the workspace as before."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from litlab.ticks.sample import write_sample


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """One day of the sample tape as lines, header first."""
    tape = write_sample(tmp_path_factory.mktemp("tape"), days=1, ticks_per_day=3_000)
    return gzip.decompress(tape.paths[0].read_bytes()).decode().splitlines()


def without_zone(lines: list[str]) -> list[str]:
    return [lines[0], *(line.replace("Z,-5", ",-5") for line in lines[1:])]


def bad_prices(price: str) -> Callable[[list[str]], list[str]]:
    def spoil(lines: list[str]) -> list[str]:
        made = list(lines)
        for at in range(100, len(made), 100):
            cells = made[at].split(",")
            cells[6] = price
            made[at] = ",".join(cells)
        return made

    return spoil


CASES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "empty": (lambda lines: [], "holds no data rows"),
    "header only": (lambda lines: lines[:1], "holds no data rows"),
    "wrong column": (
        lambda lines: [lines[0].replace("Price", "Prize"), *lines[1:]],
        "line 1: the column 'Price'",
    ),
    "NaN prices": (bad_prices("NaN"), "line 101"),
    "negative prices": (bad_prices("-1"), "line 101"),
    "text prices": (bad_prices("cheap"), "line 101"),
    "times without a zone": (without_zone, "line 2: the time"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_unusable_file_gets_one_sentence_and_leaves_no_workspace(
    case: str, call, rows: list[str], tmp_path: Path
) -> None:
    spoil, wanted = CASES[case]
    raw = tmp_path / "raw.csv"
    lines = spoil(rows)
    raw.write_text("\n".join([*lines, ""]) if lines else "")
    done = call("demo", "--workspace", tmp_path / "w", "--raw", raw)
    assert done.status == 2
    assert wanted in done.err
    assert str(raw) in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "w").exists()


def test_a_truncated_archive_is_told_to_the_line(call, rows: list[str], tmp_path: Path) -> None:
    raw = tmp_path / "raw.csv.gz"
    raw.write_bytes(gzip.compress("\n".join(rows).encode())[:-2_000])
    done = call("demo", "--workspace", tmp_path / "w", "--raw", raw)
    assert done.status == 2
    assert "broken, in or after line" in done.err
    assert not (tmp_path / "w").exists()


def test_a_missing_file_is_named(call, tmp_path: Path) -> None:
    done = call("demo", "--workspace", tmp_path / "w", "--raw", tmp_path / "no*.csv")
    assert done.status == 2
    assert "There is no file" in done.err
    assert not (tmp_path / "w").exists()


def test_an_unknown_adapter_gets_the_nearest_name(call, tmp_path: Path) -> None:
    done = call("demo", "--workspace", tmp_path / "w", "--adapter", "lsge", "--raw", __file__)
    assert done.status == 2
    assert "Did you mean 'lseg'?" in done.err


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    raw, home = str(tmp_path / "none.csv"), str(tmp_path / "w")
    command = [sys.executable, "-m", "litlab.cli", "--debug", "demo", "--workspace", home, "--raw", raw]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_parameters_that_are_no_json_object_are_refused(call, tmp_path: Path) -> None:
    done = call("cache", __file__, "--workspace", tmp_path, "--params", "[1]")
    assert done.status == 2
    assert "JSON object" in done.err


def test_init_makes_a_project_once(call, tmp_path: Path) -> None:
    assert call("init", "contoso/volatility", "--workspace", tmp_path).status == 0
    again = call("init", "contoso/volatility", "--workspace", tmp_path)
    assert again.status == 2
    assert "exists already" in again.err


def test_what_bars_cannot_be_is_one_sentence(call, tmp_path: Path) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text("time,price,volume\n2024-01-02T15:00:00Z,10,1\n")
    for more, told in (
        (("--size", "1e30"), "a bar lasts 366 days at the most"),
        (("--csv", tmp_path), "it is a folder"),
        (("--adapter", "csv", "--params", '{"max_rejected": "x"}'), "it must be a number, 0 to 1"),
        (("--adapter", "csv", "--params", '{"delimiter": ""}'), "one character"),
    ):
        done = call("bars", raw, *more)
        assert (done.status, done.out) == (2, "")
        assert told in done.err


def test_sizes_that_no_sum_holds_are_rejected_rows(call, tmp_path: Path) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text("time,price,volume\n" + "2024-01-02T15:00:00Z,10,9000000000000000000\n" * 60)
    done = call("info", raw, "--adapter", "csv", "--json")
    assert done.status == 2
    assert "volume is above 10^15" in done.err
