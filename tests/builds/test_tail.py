"""Logs are read a piece at a time, whatever their length."""

import tracemalloc

from litlab.builds import tail
from litlab.builds.tail import PIECE


def write(path, count, of="line {:07d} of a log that is long"):
    with path.open("w") as out:
        out.writelines(of.format(n) + "\n" for n in range(count))
    return path


def test_pieces_backwards_and_forwards_are_the_whole_file(tmp_path):
    path = write(tmp_path / "log", 20_000)
    piece = tail.last(path)
    lines, at = list(piece.lines), piece.start
    assert piece.stop == path.stat().st_size
    assert 0 < piece.stop - piece.start <= PIECE
    while at:
        before = tail.before(path, at)
        assert before.stop == at
        lines, at = before.lines + lines, before.start
    assert lines == path.read_text().splitlines()


def test_new_lines_come_in_once_and_a_torn_one_waits(tmp_path):
    path = tmp_path / "log"
    path.write_text("one\n")
    at = tail.last(path).stop
    with path.open("a") as out:
        out.write("two\nthr")
    piece = tail.new(path, at)
    assert piece.lines == ["two"]
    with path.open("a") as out:
        out.write("ee\n")
    piece = tail.new(path, piece.stop)
    assert piece.lines == ["three"]
    assert tail.new(path, piece.stop).lines == []


def test_a_file_that_began_anew_is_read_from_its_end_and_a_missing_one_is_empty(tmp_path):
    path = write(tmp_path / "log", 100)
    at = tail.last(path).stop
    path.write_text("anew\n")
    assert tail.new(path, at).lines == ["anew"]
    assert tail.last(tmp_path / "none").lines == []
    assert tail.search(tmp_path / "none", "x").count == 0


def test_more_than_a_window_of_news_is_its_end(tmp_path):
    path = write(tmp_path / "log", 100_000)
    piece = tail.new(path, 10)
    assert piece.stop - piece.start <= 4 * PIECE
    assert piece.lines[-1].startswith("line 0099999")


def test_a_search_counts_all_keeps_the_last_and_reads_in_blocks(tmp_path):
    path = write(tmp_path / "log", 200_000)
    tracemalloc.start()
    found = tail.search(path, "9 OF a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.count == 20_000
    assert len(found.lines) == 500
    assert found.lines[-1] == "line 0199999 of a log that is long"
    assert peak < 6 << 20 < path.stat().st_size


def test_levels_are_from_one_up_and_processes_by_their_pid(tmp_path):
    path = tmp_path / "log"
    path.write_text(
        "2024-01-02 10:00:00.000 7 INFO chunk - a: fine\n"
        "2024-01-02 10:00:00.001 8 WARNING chunk - a: hm\n"
        "2024-01-02 10:00:00.002 7 ERROR chunk - a: no\n"
        "Traceback of something\n"
    )
    assert [line[-2:] for line in tail.search(path, level="WARNING").lines] == ["hm", "no"]
    assert tail.search(path, pid=7).count == 2
    assert tail.search(path, level="INFO").count == 4
