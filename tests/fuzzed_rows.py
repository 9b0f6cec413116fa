"""Rows spoilt at random, and what must hold of whatever comes of them."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
from tapes import LSEG_HEADER

from litlab.adapters.csv import CsvAdapter
from litlab.adapters.lseg import LsegAdapter

CSV_HEADER = "time,price,volume,note"
NASTY = [
    b'"', b'""', b",", b"\r", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc3\xa9", b"nan", b"inf", b"1e999",
    b"-", b"+", b" ", b"0x1f", b"1_0", b"'", b";", b"\t", b"99999999999999999999", b".", b"e", b"Z",
]  # fmt: skip
ALONE = 150  # rows whose fate is held against what each meets without its neighbours
FORMATS = {"csv": (CsvAdapter, CSV_HEADER), "lseg": (LsegAdapter, LSEG_HEADER)}


def ordinary(random, kind, count):
    """Return rows as a vendor writes them, without line ends."""
    seconds, prices = np.sort(random.uniform(0, 20_000, count)), random.integers(1000, 1200, count) / 100
    sizes, choices = random.integers(1, 900, count), random.integers(0, 4, count)
    notes = ["", "ODD[IRGCOND];@  I[GV4_TEXT]", '"  @6[GV4_TEXT]"', '"a,b ""c"""']
    for second, price, size, choice in zip(seconds, prices, sizes, choices, strict=True):
        clock = f"{14 + int(second) // 3600:02d}:{int(second) // 60 % 60:02d}:{second % 60:09.6f}"
        time, note = f"2013-10-07T{clock}Z", notes[choice]
        if kind == "csv":
            yield f"{time},{price},{size},{note}".encode()
        else:
            type_ = "Quote" if size % 11 == 0 else "Trade"
            yield f"BAC.N,Market Price,{time},-4,{type_},NYS,{price},{size},{note},1,10:00:00.5".encode()


def spoilt(random, line):
    """Return a row with one to three bytes, cells or stretches of it spoilt."""
    for _ in range(random.integers(1, 4)):
        at, how = int(random.integers(len(line) + 1)), random.integers(5)
        upto = min(at + int(random.integers(1, 9)), len(line))
        nasty = NASTY[random.integers(len(NASTY))]
        if how == 0 and at < len(line):
            line = line[:at] + bytes([line[at] ^ (1 << int(random.integers(8)))]) + line[at + 1 :]
        elif how == 1:
            line = line[:at] + nasty + line[at:]
        elif how == 2:
            line = line[:at] + line[upto:]
        elif how == 3:
            line = line[:upto] + line[at:]
        else:
            cells = line.split(b",")
            cells[random.integers(len(cells))] = nasty
            line = b",".join(cells)
    return line


def parsed(path, kind, lines):
    """Return the ticks of lines of text, their text decoded, and the account."""
    adapter, header = FORMATS[kind]
    path.write_bytes(b"\n".join([header.encode(), *lines]) + b"\n")
    parameters = {"max_rejected": 1.0, "calendar": ""} | ({"symbol": "BAC.N"} if kind == "lseg" else {})
    made = adapter(parameters, path.parent / "cache")
    batches = list(made.parse(path))
    if not batches:
        return pa.table({}), made.account
    ticks = pa.Table.from_batches(batches)
    columns = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for column in ticks.columns
    ]
    return pa.table(dict(zip(ticks.column_names, columns, strict=True))).combine_chunks(), made.account


def check(folder, kind, seed, count, share):
    """Spoil a share of `count` rows and hold what must hold of any input; return how many were rejected."""
    random = np.random.default_rng(seed)
    rows = list(ordinary(random, kind, count))
    bad = random.random(count) < share
    data = b"\n".join(spoilt(random, row) if ill else row for row, ill in zip(rows, bad, strict=True))
    lines = data.split(b"\n")
    ticks, account = parsed(folder / "fuzzed.csv", kind, lines)
    assert account.rows_in == ticks.num_rows + account.filtered + account.rejected
    assert account.rows_in + account.blank == len(lines)
    assert account.rejected == len(account.rejects)
    rejected = {one["line"] for one in account.rejects}
    assert len(rejected) == account.rejected
    good = [line for number, line in enumerate(lines, 2) if number not in rejected]
    again, clean = parsed(folder / "clean.csv", kind, good)
    assert (clean.rejected, clean.filtered, clean.blank) == (0, account.filtered, account.blank)
    assert again.equals(ticks)
    for number, line in list(enumerate(lines, 2))[:ALONE]:
        alone = parsed(folder / "alone.csv", kind, [rows[0], line])[1] if line.strip() else None
        assert alone is None or alone.rejected == (number in rejected), line
    if kind == "csv":
        _equals_the_text(ticks, [line for line in good if line.strip()])
    return account.rejected


def _equals_the_text(ticks, lines):
    """Hold each kept tick against what the standard library reads in its line."""
    assert ticks.num_rows == len(lines)
    stored = zip(*(ticks[name].to_pylist() for name in ("price", "volume", "note")), strict=True)
    for line, (price, volume, note) in zip(lines, stored, strict=True):
        cells = next(csv.reader([line.decode()]))
        assert len(cells) == 4, line
        assert (price, volume, note or "") == (float(cells[1]), int(cells[2]), cells[3]), line
