"""A column on disk is the column that came in, however it came in batches."""

import numpy as np
import pyarrow as pa
import pytest

from litlab.ticks import words
from litlab.ticks.stored import StoredColumn
from litlab.ticks.words import Words, read_words


def stored(folder, kind, batches):
    column = StoredColumn(folder, "c.npy", kind)
    for batch in batches:
        column.append(batch if isinstance(batch, pa.Array) else pa.array(batch, kind))
    about = column.close()
    return about, np.load(folder / about["file"])


def texts(folder, about, codes):
    known = read_words(folder, about)
    return [known[code] if code >= 0 else None for code in codes.tolist()]


def mask(folder, about, count):
    return np.unpackbits(np.load(folder / about["nulls"]), bitorder="little")[:count].astype(bool)


@pytest.mark.parametrize("sizes", [[1], [7, 1, 9], [8, 8], [20, 3, 0, 41], [3] * 30])
@pytest.mark.parametrize("first", [0, 5, 16, 10**6])
def test_the_mask_has_a_bit_for_each_null_wherever_the_first_comes(tmp_path, sizes, first):
    rng = np.random.default_rng(sum(sizes))
    values = [[None if rng.random() < 0.3 else at for at in range(size)] for size in sizes]
    about, numbers = stored(tmp_path, pa.int64(), [list(range(first)), *values, [None]])
    wanted = [*range(first), *(one for batch in values for one in batch), None]
    assert mask(tmp_path, about, len(wanted)).tolist() == [one is None for one in wanted]
    assert len(np.load(tmp_path / about["nulls"])) == -(-len(wanted) // 8)
    assert numbers.tolist() == [one or 0 for one in wanted]


def test_a_column_without_nulls_has_no_mask(tmp_path):
    about, numbers = stored(tmp_path, pa.float64(), [[1.5, 2.5], [3.5]])
    assert about == {"file": "c.npy", "dtype": "<f8"}
    assert [path.name for path in tmp_path.iterdir()] == ["c.npy"]
    assert numbers.tolist() == [1.5, 2.5, 3.5]


def test_codes_follow_words_whatever_dictionary_a_batch_brings(tmp_path):
    batches = [
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0], pa.int32()), ["x", "y"]),
        pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int32()), ["x", "y"]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), ["y", "z", "x"]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), ["z", None, "z"]),
        pa.array(["x", None, "w"]),
    ]
    about, codes = stored(tmp_path, pa.string(), batches)
    assert about["words"] == ["x", "y", "z", "w"]
    assert texts(tmp_path, about, codes) == [one for batch in batches for one in batch.to_pylist()]


def test_times_and_clocks_are_nanoseconds(tmp_path):
    about, values = stored(tmp_path, pa.timestamp("us"), [[1, None]])
    assert (about["kind"], values.tolist()) == ("time", [1000, 0])
    (tmp_path / "clock").mkdir()
    about, values = stored(tmp_path / "clock", pa.time32("s"), [[34_200]])
    assert (about["kind"], values.tolist()) == ("clock", [34_200 * 10**9])


def test_a_long_vocabulary_lies_in_files_of_its_own(tmp_path):
    given = [f"wörd{at}" for at in range(5000)]
    about, codes = stored(tmp_path, pa.string(), [given[:3000], given[3000:], [None, given[4], given[4999]]])
    assert "words" not in about
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [about[key] for key in ("file", "letters", "ends")]
    )
    known = read_words(tmp_path, about)
    assert isinstance(known, Words)
    assert (len(known), list(known)) == (5000, given)
    assert known[1:3] == given[1:3]
    assert known.take(codes[-4:]).tolist() == [given[-1], None, given[4], given[4999]]
    assert np.flatnonzero(words.holding(known.array, "rd499", False)).tolist() == [499, *range(4990, 5000)]


def test_the_writer_remembers_a_bounded_number_of_words(tmp_path, monkeypatch):
    monkeypatch.setattr(words, "IN_MANIFEST", 10)
    monkeypatch.setattr(words, "REMEMBERED", 50)
    given = [[f"w{(at * 37 + batch * 11) % 200}" for at in range(30)] for batch in range(40)]
    column = StoredColumn(tmp_path, "c.npy", pa.string())
    for batch in given:
        column.append(pa.array(batch))
        assert len(column._words._codes) <= 50 + 30
    about = column.close()
    codes = np.load(tmp_path / "c.npy")
    assert texts(tmp_path, about, codes) == [one for batch in given for one in batch]
    assert int(codes.max()) + 1 == len(read_words(tmp_path, about)) > 200


def test_past_two_bytes_the_codes_are_written_anew(tmp_path):
    given = [f"w{at}" for at in range(33_000)]
    about, codes = stored(tmp_path, pa.string(), [given[:20_000], given[20_000:], ["w0"]])
    assert about["dtype"] == "<i4"
    assert texts(tmp_path, about, codes) == [*given, "w0"]


def test_what_is_discarded_can_be_removed_and_closed_files_stay(tmp_path):
    column = StoredColumn(tmp_path, "c.npy", pa.string())
    column.append(pa.array([f"w{at}" for at in range(5000)]))
    column.discard()
    with pytest.raises(ValueError):
        column.append(pa.array(["x"]))
