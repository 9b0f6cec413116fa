"""Files sent in pieces: whole or not there, resumed at any byte, refused in one sentence."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple

import pytest

from litlab.errors import (
    BadFileName,
    BadParameter,
    EmptyFile,
    Locked,
    NameTaken,
    OtherUpload,
    UploadGap,
    UploadNeedsSpace,
    UploadTooLong,
)
from litlab.uploads import Upload, check_file_name, discard, list_parts
from litlab.workspace import Workspace

DATA = bytes(random.Random(7).randrange(256) for _ in range(97))


@pytest.fixture
def team(tmp_path):
    return Workspace(tmp_path / "w").create_project("contoso", "volatility").team


def send(team, data, at=0, size=None, name="a.csv", modified_ms=5):
    upload = Upload(team, name, len(data) + at if size is None else size, modified_ms)
    with upload.writing(at) as out:
        out.write(data)
    return upload


def left(team):
    """Everything in raw/, the parts' folder among it."""
    raw = team.folder("raw")
    return sorted(str(path.relative_to(raw)) for path in raw.rglob("*") if path.is_file())


def test_a_file_cut_off_at_any_byte_goes_on_there_and_is_the_same(team):
    for cut in range(1, len(DATA)):
        part = send(team, DATA[:cut], size=len(DATA))
        assert left(team) == [".parts/a.csv.json", ".parts/a.csv.part"]
        assert (part.received, part.whole) == (cut, False)
        whole = send(team, DATA[cut:], at=cut)
        assert left(team) == ["a.csv"]
        assert whole.whole
        assert whole.path.read_bytes() == DATA
        whole.path.unlink()


def test_a_piece_may_begin_at_any_byte_that_is_here(team):
    for start in range(60):
        send(team, DATA[:60], size=len(DATA))
        whole = send(team, DATA[start:], at=start)
        assert whole.path.read_bytes() == DATA
        whole.path.unlink()


def test_a_piece_sent_twice_counts_once(team):
    for _ in range(2):
        assert send(team, DATA[:50], size=len(DATA)).received == 50
    assert send(team, DATA[20:40], at=20, size=len(DATA)).received == 50


def test_bytes_that_came_too_early_are_refused_with_the_place_to_go_on_from(team):
    send(team, DATA[:10], size=len(DATA))
    with pytest.raises(UploadGap, match="Send it from byte 10 on"):
        send(team, DATA[11:], at=11)
    with pytest.raises(UploadGap):
        send(team, DATA, at=-1, size=len(DATA))
    assert list_parts(team)[0].received == 10


def test_another_file_than_the_part_is_refused_and_the_part_stays(team):
    send(team, DATA[:50], size=len(DATA))
    with pytest.raises(OtherUpload, match="another size"):
        Upload(team, "a.csv", len(DATA) + 1, 5)
    with pytest.raises(OtherUpload, match="changed since"):
        Upload(team, "a.csv", len(DATA), 6)
    other = bytes([DATA[49] ^ 1])
    with pytest.raises(OtherUpload, match="differ in the bytes from 49 on"):
        send(team, other, at=49, size=len(DATA))
    assert send(team, DATA[40:], at=40).path.read_bytes() == DATA


def test_a_file_that_is_there_is_refused_unless_it_is_the_same(team):
    first = send(team, DATA)
    again = send(team, DATA, modified_ms=9)
    assert again.whole
    assert left(team) == ["a.csv"]
    for name, data in (("another size", DATA + b"x"), ("another byte", DATA[:-1] + b"x")):
        with pytest.raises(NameTaken, match="stays as it is"):
            send(team, data)
        assert first.path.read_bytes() == DATA, name
    assert left(team) == ["a.csv"]


def test_a_file_that_came_by_hand_meanwhile_is_not_overwritten(team):
    upload = Upload(team, "a.csv", len(DATA), 5)
    sending = upload.writing(0)
    sending.__enter__().write(DATA)
    upload.path.write_bytes(DATA[:-1] + b"x")
    with pytest.raises(NameTaken):
        sending.__exit__(None, None, None)
    assert upload.path.read_bytes()[-1:] == b"x"
    upload.path.write_bytes(DATA)
    with upload.writing(0) as out:
        out.write(DATA)
    assert list_parts(team) == []


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../a.csv", "a/b.csv", "/etc/passwd", "a\\b.csv", "a\0.csv", "a\n.csv", "<b>.csv",
        "a.csv'", 'a".csv', "a*.csv", "[a].csv", ".hidden", "-rf", "a.csv.part", "a.", "a ", "x" * 300,
        "ä" * 120, "\udc80.csv",
    ],
)  # fmt: skip
def test_a_name_that_no_file_should_have_is_refused_in_one_sentence(team, name):
    with pytest.raises(BadFileName, match="cannot be the name of an uploaded file"):
        Upload(team, name, 5)
    with pytest.raises(BadFileName):
        discard(team, name)
    assert left(team) == []


@pytest.mark.parametrize("name", ["LIT.N_2024-01-02.csv.gz", "Börse (2).csv", "ES=F.zip", "x" * 200])
def test_the_names_of_vendors_are_taken(name):
    assert check_file_name(name) == name


def test_an_impossible_size_is_refused(team):
    with pytest.raises(EmptyFile):
        Upload(team, "a.csv", 0)
    with pytest.raises(BadParameter):
        Upload(team, "a.csv", -1)
    with pytest.raises(UploadTooLong, match="announced with 97 bytes"):
        send(team, DATA + b"x", size=len(DATA))


def test_too_small_a_disk_is_told_with_the_bytes_needed_before_anything_is_sent(team, monkeypatch):
    send(team, DATA[:40], size=len(DATA))
    usage = namedtuple("usage", "total used free")(1000, 980, 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        UploadNeedsSpace, match=r"needs 57 more bytes in .*/raw, of which 20 are free\. Free 37"
    ):
        Upload(team, "a.csv", len(DATA), 5)


def test_a_disk_that_fills_up_keeps_what_came_and_the_rest_follows(team, monkeypatch):
    write = os.pwrite

    def full(handle, data, at):
        if at >= 30:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data[: 30 - at], at)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(UploadNeedsSpace, match="needs 67 more bytes"):
            send(team, DATA)
    assert list_parts(team)[0].received == 30
    assert send(team, DATA[30:], at=30).path.read_bytes() == DATA


def test_a_second_sender_of_a_file_is_refused_while_the_first_one_sends(team):
    upload = Upload(team, "a.csv", len(DATA), 5)
    with upload.writing(0) as out:
        out.write(DATA[:5])
        with pytest.raises(Locked):
            send(team, DATA)
        with pytest.raises(Locked):
            discard(team, "a.csv")
        assert list_parts(team)[0].busy
        out.write(DATA[5:])
    assert upload.path.read_bytes() == DATA


def test_a_part_is_listed_until_it_is_discarded(team):
    send(team, DATA[:40], size=len(DATA))
    (part,) = list_parts(team)
    assert (part.name, part.received, part.size_bytes, part.busy) == ("a.csv", 40, len(DATA), False)
    discard(team, "a.csv")
    discard(team, "a.csv")
    assert left(team) == []
    assert list_parts(team) == []


_SENDER = """
import sys, time
from pathlib import Path
from litlab.uploads import Upload
from litlab.workspace import Workspace

data = Path(sys.argv[2]).read_bytes()
upload = Upload(Workspace(sys.argv[1]).team("contoso"), "a.csv", len(data), 5)
at = max(upload.received - 1000, 0)
print("sending", flush=True)
with upload.writing(at) as out:
    for lo in range(at, len(data), 4096):
        out.write(data[lo : lo + 4096])
        time.sleep(0.0005)
"""


def test_a_sender_that_is_killed_again_and_again_ends_with_the_whole_file(team, tmp_path):
    data = random.Random(1).randbytes(2_000_000)
    (tmp_path / "data").write_bytes(data)
    command = [sys.executable, "-c", _SENDER, str(team.workspace.home), str(tmp_path / "data")]
    final, kills, parts = team.folder("raw") / "a.csv", 0, []
    while not final.exists():
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"sending\n"
        time.sleep(0.02 + 0.03 * kills)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kills += 1
        if not final.exists():
            part = (team.folder("raw") / ".parts" / "a.csv.part").read_bytes()
            parts.append(len(part))
            assert part == data[: len(part)]
    assert kills > 2
    assert parts == sorted(parts)
    assert final.read_bytes() == data


@pytest.mark.parametrize("call", ["link", "fsync", "unlink"])
def test_an_end_cut_off_between_two_steps_leaves_a_part_or_the_file(team, monkeypatch, call):
    send(team, DATA[:40], size=len(DATA))

    def killed(*given, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, call, killed)
        if call == "unlink":
            patched.setattr("pathlib.Path.unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            send(team, DATA[40:], at=40)
    final = team.folder("raw") / "a.csv"
    if final.exists():
        assert final.read_bytes() == DATA
        assert list_parts(team) == []
    else:
        assert list_parts(team)[0].received == len(DATA)
    assert send(team, DATA).path.read_bytes() == DATA
    assert list_parts(team) == []
