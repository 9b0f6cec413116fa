"""Plain cells parse to what pyarrow makes of them, bit for bit; anything else is left to pyarrow."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from litlab.adapters.parsing import PlainRows
from litlab.adapters.pipeline import WORD
from litlab.adapters.reading import _read_csv

TYPES = {
    "word": WORD,
    "whole": pa.int64(),
    "decimal": pa.float64(),
    "zoned": pa.timestamp("ns", "UTC"),
    "naive": pa.timestamp("ns"),
    "clock": pa.time64("ns"),
    "last": WORD,
}
ROW = ["a", "1", "1.5", "2013-10-07T14:00:00.5Z", "2013-10-07 14:00:00", "10:00:00.25", "z"]


def row(**cells):
    return ",".join(cells.get(name, given) for name, given in zip(TYPES, ROW, strict=True)) + "\n"


def bits(array):
    """Return values that are equal only where every bit is: -0.0 is not 0.0."""
    if pa.types.is_dictionary(array.type):
        return array.cast(pa.string()).to_pylist()
    valid = np.asarray(array.is_valid())
    return np.where(
        valid, np.frombuffer(array.buffers()[1], np.int64, len(array), 8 * array.offset), -1
    ).tolist()


def agrees(text, types=TYPES, delimiter=","):
    """Parse with both: None where the fast one leaves it, else whether they are equal."""
    found = PlainRows(delimiter, types).parse(text.encode("latin-1"))
    if found is None:
        return None
    wanted = _read_csv(text.encode("latin-1"), delimiter, types).combine_chunks().to_batches()[0]
    assert found.schema.equals(wanted.schema)
    assert found.num_rows == wanted.num_rows == text.count("\n")
    return all(
        bits(one) == bits(other) and one.null_count == other.null_count
        for one, other in zip(found.columns, wanted.columns, strict=True)
    )


PLAIN = {
    "word": ["", '""', '"a,b"', " a ", "a-very-long-word-of-more-than-eight-bytes", '" "', "NaN", "null"],
    "whole": ["", "0", "-1", "007", "-0", "9" * 18, "-" + "9" * 18],
    "decimal": ["", "0", "-0", "-0.0", "0.1", "13.95", "007.50", "999999999999999", "0.00000000000001",
                "123456.789012345", "-99999.9999999999"],
    "zoned": ["", "1700-01-01T00:00:00Z", "2199-12-31T23:59:59.999999999Z", "2000-02-29 01:02:03.1Z",
              "1969-12-31T23:59:59.999999999Z", "2024-12-31T23:59:59.123456Z"],
    "naive": ["", "1900-02-28T00:00:00", "2100-03-01T12:00:00.000000001", "2024-02-29T23:00:59.12"],
    "clock": ["", "00:00:00", "23:59:59.999999999", "09:30:00.1"],
    "last": ["", '""', '"a,b"', "word", '"quoted"'],
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_every_plain_spelling_reads_as_pyarrow_reads_it(name):
    text = "".join(row(**{name: cell}) for cell in PLAIN[name] * 3)
    assert agrees(text) is True
    assert agrees(text.replace("\n", "\r\n")) is True


LEFT = {
    "word": ['a"b', '"a', '"', '"a""b"', '"a"b', "\xe9", "a\tb", "a\x00b", "a\rb", "a,b"],
    "whole": ["x", "1.0", "+1", " 1", "1 ", '"1"', "-", "1" * 19, "0x1F", "1,2"],
    "decimal": ["x", ".5", "5.", "1e5", "+1", " 1.5", "nan", "inf", "1" * 16, "0." + "1" * 16,
                "-", '"1.5"', "1.5.2"],
    "zoned": ["2013-10-07T14:00:00", "2013-10-07T14:00:00+01:00", "2013-02-29T00:00:00Z",
              "2013-13-01T00:00:00Z",
              "2013-00-01T00:00:00Z", "2013-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2013-10-07T24:00:00Z",
              "2013-10-07T14:60:00Z", "2013-10-07T14:00:60Z", "2013-10-07T14:00:00.Z", "2013-10-07",
              "2013-10-07T14:00:00.1234567890Z", "1699-12-31T00:00:00Z", "2200-01-01T00:00:00Z",
              "2013/10/07T14:00:00Z", "2013-10-07x14:00:00Z", "2013-10-07T14.00:00Z"],
    "naive": ["2013-10-07T14:00:00Z", "2013-10-07T14:00", "20131007", "2013-10-0714:00:00"],
    "clock": ["24:00:00", "9:30:00", "09:30", "09:30:00.", "09-30-00", "09:30:00Z"],
    "last": ['"z', 'z"', "z,z", "\xff"],
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_every_other_spelling_is_left_to_pyarrow(name):
    for cell in LEFT[name]:
        assert agrees(row() * 20 + row(**{name: cell}) + row() * 20) is None, cell


@pytest.mark.parametrize(
    "line", ["\n", "   \n", ",\n", "a,1\n", row()[:-1] + ",more\n", ",".join(TYPES) + "\n"]
)
def test_a_line_with_another_number_of_cells_is_left_to_pyarrow(line):
    assert agrees(row() * 3 + line) is None
    assert agrees(line + row() * 3) is None


CELLS = st.one_of(
    st.sampled_from([cell for cells in (*PLAIN.values(), *LEFT.values()) for cell in cells]),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8).map(
        str
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=12),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*TYPES]), CELLS), min_size=1, max_size=6))
@example([("decimal", "0.3"), ("decimal", "2.675"), ("whole", "12"), ("last", '"')])
def test_what_it_reads_equals_what_pyarrow_reads(cells):
    assert agrees("".join(row(**{name: cell}) for name, cell in cells)) is not False


def test_every_sum_of_cents_is_the_nearest_double():
    cents = np.random.default_rng(3).integers(0, 10**15, 20_000)
    behind = np.random.default_rng(4).integers(1, 15, 20_000)
    texts = [f"{n // 10**k}.{n % 10**k:0{k}d}" for n, k in zip(cents.tolist(), behind.tolist(), strict=True)]
    texts = [text for text in texts if len(text) <= 16]
    found = PlainRows(";", {"a": pa.float64(), "b": WORD}).parse(
        "".join(f"{one};\n" for one in texts).encode()
    )
    assert found.column(0).to_pylist() == [float(one) for one in texts]


def test_words_keep_their_codes_from_block_to_block_and_begin_anew_where_there_are_many():
    rows = PlainRows(",", {"word": WORD, "n": pa.int64()})
    for block in (["a", "b", "a"], ["b", "c", "b"], [f"w{at}" for at in range(5000)], ["a", "w7", "a"]):
        found = rows.parse("".join(f"{word},1\n" for word in block).encode())
        assert found.column(0).to_pylist() == block
        last = found.column(0)
    assert last.dictionary.to_pylist() == ["a", "w7"]


def test_more_distinct_cells_than_the_table_holds_are_left_to_pyarrow():
    rows = PlainRows(",", {"word": WORD, "n": pa.int64()})
    assert rows.parse("".join(f"{at},1\n" for at in range(40_000)).encode()) is None
    assert rows.parse(b"a,1\n").to_pydict() == {"word": ["a"], "n": [1]}


def test_a_column_of_another_type_or_a_single_column_is_left_to_pyarrow():
    assert PlainRows(",", {"a": pa.int32(), "b": pa.int64()}).parse(b"1,2\n") is None
    assert PlainRows(",", {"a": pa.int64()}).parse(b"1\n") is None


@pytest.mark.parametrize("last", ["", "tail"])
def test_short_cells_that_begin_alike_are_told_apart(last: str) -> None:
    cells = ['"a,b"', '"a,c"', '"a"', "a", '"a,b"', "a", "abcdefg", "abcdefgh", "abcdefg", "abcdefghijklmnop"]
    cells += ["abcdefghijklmnoq", "abcdefghijklmnop", "abcdefghijklmno", '"a,c"']
    text = "".join(
        f"{cell},{number}\r\n" if last else f"{number},{cell}\n" for number, cell in enumerate(cells)
    )
    types = {"word": WORD, "n": pa.int64()} if last else {"n": pa.int64(), "word": WORD}
    rows = PlainRows(",", types)
    for _ in range(2):
        found = rows.parse(text.encode())
        assert found is not None
        assert found.column("word").to_pylist() == [cell.strip('"') for cell in cells]


def test_a_cell_of_nul_bytes_is_no_short_cell() -> None:
    for cell in (b"\0", b"abc\0", b"\0abc"):
        rows = PlainRows(",", {"word": WORD, "n": pa.int64()})
        assert rows.parse(b"abc,1\nabc,1\n") is not None
        assert rows.parse(b"abc,1\n" + cell + b",1\n") is None


def test_batches_that_are_kept_stay_as_they_were():
    rows = PlainRows(",", {"price": pa.float64(), "n": pa.int64()})
    texts = [f"{at}.25,{at}\n" * 500 for at in range(6)]
    kept = [rows.parse(text.encode()) for text in texts]
    column = kept.pop(0).column("n").slice(100, 10)  # a part keeps the whole
    assert column.to_pylist() == [0] * 10
    assert [set(batch.column("n").to_pylist()) for batch in kept] == [{1}, {2}, {3}, {4}, {5}]


def test_short_decimals_and_times_that_repeat_read_as_pyarrow_reads_them():
    shapes = [
        f"{whole}.{behind}" for whole in (0, 1, 12, 999, 12345) for behind in ("0", "5", "07", "125", "0001")
    ]
    assert agrees("".join(row(decimal=cell) for cell in shapes)) is True
    times = ["09:30:00.123456789", "09:30:00.123456788", "09:30:00.1234567", "09:30:00", "09:30:00.123456789"]
    text = "".join(
        row(zoned=f"2024-01-0{day}T{one}Z", clock=other) for day in (2, 3) for one in times for other in times
    )
    assert agrees(text) is True
    assert agrees(text + row(clock="09:30:00.1234567890")) is None
