"""What scripts log reaches who computes them: a few records for each line of code, then a count."""

from __future__ import annotations

import logging
import threading

import pytest
from tapes import minutes, new_team, tape, write_script

from litlab.features import Feature, LoadedFeature, compute_sample
from litlab.features.records import _Records, script_records

SOURCE = '''"""Chatty."""
import logging

log = logging.getLogger(__name__)


def feature(adapter, index, params={}, features={}):
    log.info("at %d", index)
    if index % 2:
        logging.warning("odd\\nas %s", "ever")
    log.debug("not this")
    return [1.0]
'''


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("records")
    team = new_team(home / "w")
    write_script(team, "chatty", SOURCE)
    return LoadedFeature.load(team, Feature("chatty", "chatty")), tape(
        team, home / "t", minutes("2013-10-07", 9)
    )


def compute(lab, indices, limit=10):
    said = []
    with script_records([lab[0]], lambda *record: said.append(record), limit):
        for index in indices:
            compute_sample(lab[1], index, [lab[0]])
    return said


def test_records_come_with_script_and_line_on_one_line(lab):
    assert compute(lab, [5]) == [
        ("INFO", "chatty.py, line 8: at 5"),
        ("WARNING", "chatty.py, line 10: odd as ever"),
    ]


def test_each_line_of_code_is_heard_a_few_times_and_then_counted(lab):
    said = [text for _, text in compute(lab, range(6), limit=2)]
    assert said == [
        "chatty.py, line 8: at 0",
        "chatty.py, line 8: at 1",
        "chatty.py, line 10: odd as ever",
        "chatty.py, line 10: odd as ever",
        "chatty.py, line 8: 4 more records like these",
        "chatty.py, line 10: 1 more records like these",
    ]


def test_only_the_scripts_own_records_of_this_thread_count_and_nothing_stays_behind(lab):
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    said = []
    with script_records([lab[0]], lambda *record: said.append(record)):
        logging.getLogger("litlab").warning("not a script")
        other = threading.Thread(target=compute_sample, args=(lab[1], 4, [lab[0]]))
        other.start()
        other.join()
        with script_records([], print):
            pass
        compute_sample(lab[1], 4, [lab[0]])
    assert [text for _, text in said] == ["chatty.py, line 8: at 4"]
    assert (root.level, root.handlers) == (level, handlers)


def heard(message, *arguments):
    """Return what is passed on of one record; pytest's own handlers would raise on some of these."""
    said = []
    handler = _Records({"here.py": "here.py"}, lambda *record: said.append(record), 10)
    handler.emit(logging.LogRecord("x", logging.INFO, "here.py", 3, message, arguments, None))
    return said[0][1]


def test_a_message_that_does_not_fit_its_arguments_or_no_encoding_fails_nothing():
    assert heard("%d", "no number").startswith("here.py, line 3: %d (TypeError: ")
    assert heard("\ud800 alone") == "here.py, line 3: ? alone"


def test_a_long_message_is_cut():
    text = heard("a" * 5_000)
    assert text.endswith("a… (5,000 characters)")
    assert len(text) < 2_100
