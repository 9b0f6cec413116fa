"""A log is read on from where the last answer ended, and nothing but logs is."""

import pytest

from litlab.atomic import lock
from litlab.errors import BadName, UnknownName
from litlab.server.logs import MOST, TAIL, log_body


@pytest.fixture
def log(team):
    folder = team.folder("logs") / "1"
    folder.mkdir()
    return folder / "workflow.log"


def running(log):
    (log.parent / "build.json").write_text('{"state": "running", "schema": "minutes"}')
    return lock(log.parent / "build.lock", what="The build's log", purpose="build")


def test_answers_join_to_the_whole_file(team, log):
    text = "".join(f"line {number} with an ä and a ☂\n" for number in range(20_000))
    assert len(text.encode()) > 2 * MOST
    log.write_text(text)
    found, offset = "", 0
    while True:
        body = log_body(team, "logs/1", offset, "workflow.log")
        assert body["start"] == offset
        found += body["text"]
        if body["offset"] == body["size"]:
            break
        offset = body["offset"]
    assert found == text


def test_a_first_look_shows_the_end_from_the_beginning_of_a_line(team, log):
    log.write_text("".join(f"{number:09d}\n" for number in range(100_000)))
    body = log_body(team, "logs/1")
    assert len(body["text"]) <= TAIL
    assert body["text"].endswith("000099999\n")
    assert body["start"] % 10 == 0


def test_a_line_that_is_being_written_comes_when_it_is_whole(team, log):
    with running(log):
        log.write_text("one\ntw")
        body = log_body(team, "logs/1", 0)
        assert (body["text"], body["offset"], body["state"]) == ("one\n", 4, "running")
        log.write_text("one\ntwo\n")
        assert log_body(team, "logs/1", body["offset"], body["file"])["text"] == "two\n"


def test_what_an_ended_job_left_unfinished_is_shown(team, log):
    log.write_text("one\ntw")
    assert log_body(team, "logs/1", 0)["text"] == "one\ntw"


def test_a_line_longer_than_an_answer_does_not_stop_the_reader(team, log):
    with running(log):
        log.write_text("x" * (MOST + 10) + "\n")
        first = log_body(team, "logs/1", 0, "workflow.log")
        second = log_body(team, "logs/1", first["offset"], "workflow.log")
    assert len(first["text"]) == MOST
    assert second["text"] == "x" * 10 + "\n"


def test_a_file_that_was_cut_or_replaced_is_read_anew(team, log):
    log.write_text("short\n")
    assert log_body(team, "logs/1", 1_000)["text"] == "short\n"
    assert log_body(team, "logs/1", 3, "log.txt")["text"] == "short\n"


def test_the_output_of_a_job_that_wrote_no_events_is_its_log(team, log):
    log.write_text("")
    (log.parent / "log.txt").write_text("Traceback\n")
    body = log_body(team, "logs/1")
    assert (body["file"], body["text"]) == ("log.txt", "Traceback\n")


def test_what_one_process_printed_can_be_read(team, log):
    (log.parent / "processes").mkdir()
    (log.parent / "processes/77.log").write_text("hello\n")
    assert log_body(team, "logs/1/processes/77.log")["text"] == "hello\n"


@pytest.mark.parametrize(
    "job",
    [
        "../contoso/logs/1",
        "logs/../../x",
        "/etc",
        "logs//1",
        "logs/%2e%2e/1",
        "logs/1/..",
        "logs/.hidden",
        "",
    ],
)
def test_a_path_that_is_no_name_is_refused(team, log, job):
    log.write_text("one\n")
    with pytest.raises((BadName, UnknownName)):
        log_body(team, job)


@pytest.mark.parametrize("job", ["projects/volatility.json", "scripts/x", "vault", "ledger.jsonl", "logs"])
def test_only_folders_of_jobs_hold_logs(team, log, job):
    (team.folder("scripts") / "x").mkdir()
    (team.folder("scripts") / "x/log.txt").write_text("no")
    with pytest.raises(UnknownName):
        log_body(team, job)


def test_a_link_leads_nowhere(team, log, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "log.txt").write_text("secret\n")
    (team.folder("logs") / "7").symlink_to(secret)
    (log.parent / "log.txt").symlink_to(secret / "log.txt")
    for job in ("logs/7", "logs/1", "logs/1/log.txt"):
        with pytest.raises(UnknownName):
            log_body(team, job)
