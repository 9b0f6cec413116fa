"""Whole or not at all: files, folders, lines and locks, with writers that are killed in between."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litlab import atomic
from litlab.errors import Locked


def test_a_failed_write_leaves_the_old_bytes_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "a.json"
    atomic.write_json(path, {"b": 1, "a": "é"})
    assert path.read_bytes() == '{\n  "a": "é",\n  "b": 1\n}\n'.encode()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": "é", "b": 1}
    assert os.listdir(path.parent) == ["a.json"]


def test_nan_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(tmp_path / "a.json", float("nan"))
    assert os.listdir(tmp_path) == []


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    final = tmp_path / "final"
    with pytest.raises(FileNotFoundError), atomic.new_folder(final) as draft:
        (draft / "a").write_bytes((draft / "b").read_bytes())
    assert os.listdir(tmp_path) == []
    with atomic.new_folder(final) as draft:
        (draft / "a").write_text("whole")
        assert not final.exists()
    assert (final / "a").read_text() == "whole"
    with atomic.new_folder(final) as draft:  # the same content made twice: the first one stays
        (draft / "a").write_text("late")
    assert (final / "a").read_text() == "whole"
    assert os.listdir(tmp_path) == ["final"]


def test_drafts_are_removed_and_nothing_else(tmp_path):
    (tmp_path / "a.tmp-1").mkdir()
    (tmp_path / "a.tmp-1" / "x").write_text("x")
    (tmp_path / "b.json.tmp-2").write_text("x")
    (tmp_path / "b.json").write_text("x")
    atomic.remove_drafts(tmp_path)
    atomic.remove_drafts(tmp_path / "nowhere")
    assert os.listdir(tmp_path) == ["b.json"]


def test_a_pointer_names_what_is_there(tmp_path):
    assert atomic.pointed(tmp_path) is None
    atomic.point(tmp_path, "v1")
    assert atomic.pointed(tmp_path) is None
    (tmp_path / "v1").mkdir()
    assert atomic.pointed(tmp_path) == tmp_path / "v1"


# --- lines -------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"]), min_size=1), max_size=5
    ),
    st.data(),
)
def test_a_log_cut_anywhere_keeps_its_whole_lines_and_goes_on(tmp_path_factory, lines, data):
    path = tmp_path_factory.mktemp("log") / "log"
    for line in lines:
        atomic.append_line(path, line)
    assert atomic.read_lines(path) == lines
    whole = path.read_bytes() if lines else b""
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    path.write_bytes(cut)
    kept = cut[: cut.rfind(b"\n") + 1].decode().split("\n")[:-1]
    assert atomic.read_lines(path) == kept
    atomic.append_line(path, "next")
    assert atomic.read_lines(path) == [*kept, "next"]


def test_a_torn_line_longer_than_a_block_is_cut_off(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"first\n" + b"x" * 200_000)
    atomic.append_line(path, "second")
    assert path.read_bytes() == b"first\nsecond\n"


def test_a_record_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="one line"):
        atomic.append_line(tmp_path / "log", "two\nlines")
    assert atomic.read_lines(tmp_path / "log") == []


def test_many_writers_lose_nothing_and_a_chain_stays_a_chain(tmp_path):
    path = tmp_path / "log"

    def write():
        for _ in range(100):
            atomic.append_line(path, lambda last: str(int(last or 0) + 1))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert atomic.read_lines(path) == [str(at) for at in range(1, 401)]


# --- locks -------------------------------------------------------------------------------------------


def test_the_second_holder_is_refused_with_the_firsts_pid_and_purpose(tmp_path):
    path = tmp_path / ".lock"
    assert not atomic.is_locked(path)
    with atomic.lock(path, what="The cake", purpose="eating"):
        assert atomic.is_locked(path)
        words = rf"The cake is in use by process {os.getpid()} \(eating\)"
        with pytest.raises(Locked, match=words), atomic.lock(path, what="The cake", purpose="baking"):
            pass
    assert not atomic.is_locked(path)
    with atomic.lock(path, what="The cake", purpose="baking"):
        pass


def test_a_killed_holder_holds_nothing(tmp_path):
    code = (
        "import sys,time; from pathlib import Path; from litlab import atomic\n"
        "with atomic.lock(Path(sys.argv[1]), what='x', purpose='y'): print('held', flush=True); time.sleep(9)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, tmp_path / ".lock"], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert atomic.is_locked(tmp_path / ".lock")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with atomic.lock(tmp_path / ".lock", what="x", purpose="z"):
        pass


def test_asking_whether_it_is_locked_never_keeps_a_holder_out(tmp_path):
    path, asked = tmp_path / ".lock", threading.Event()
    path.touch()

    def ask():
        while not asked.is_set():
            atomic.is_locked(path)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            with atomic.lock(path, what="x", purpose="y"):
                pass
    finally:
        asked.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("early", [True, False])
def test_every_file_is_flushed_whether_writing_can_be_begun_early_or_not(tmp_path, monkeypatch, early):
    if not early:
        monkeypatch.setattr("ctypes.CDLL", lambda name: object())  # a system without sync_file_range
    atomic._start_writing.cache_clear()
    flushed, flush = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino) or flush(handle))
    monkeypatch.setattr(atomic, "_AT_ONCE", 2)
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text("whole")
    before = len(os.listdir("/proc/self/fd"))
    atomic.sync_files(paths)
    assert flushed == [path.stat().st_ino for path in paths]
    with pytest.raises(FileNotFoundError):
        atomic.sync_files([*paths, tmp_path / "none"])
    assert len(os.listdir("/proc/self/fd")) == before
    atomic._start_writing.cache_clear()
