"""What a canvas that is open in JupyterLab asks the server: the checker's answers, typed."""

import json
import subprocess
import sys
import typing

import pytest

handlers = pytest.importorskip("litlab.server.handlers")

from litlab.canvases import choices, palette  # noqa: E402
from litlab.errors import CompanionGone  # noqa: E402
from litlab.server import canvas, wire  # noqa: E402

DRAWN = {"format": 2, "nodes": [], "edges": [], "settings": {"asset": "tape"}}
ANSWER = {
    "ok": True, "problems": {}, "shapes": {"a→b": "(None, 1)"}, "parameters": {"a": 1}, "total": 1,
    "output": "(None, 1)", "waiting": [], "needed": 5, "free": 9, "digest": "d", "seconds": 0.1, "said": "",
    "batch": 256,
}  # fmt: skip


class Line:
    """Stands in for the line to the checker's process."""

    def __init__(self):
        self.answer, self.asked = ANSWER, []

    def ask(self, question, timeout_s):
        self.asked.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def line(monkeypatch):
    line = Line()
    monkeypatch.setattr(canvas, "checker", lambda: line)
    return line


def test_a_check_is_handed_on_with_its_team_and_page_and_answered_as_typed(server, team, line):
    answer = server.ask("canvas/contoso/check", "POST", {"page": "p1", "canvas": DRAWN})
    assert answer.status == 200
    assert set(answer.body) == set(typing.get_type_hints(wire.CheckedBody))
    assert answer.body["shapes"] == {"a→b": "(None, 1)"}
    assert not answer.body["superseded"]
    (asked,) = line.asked
    assert (asked["do"], asked["page"], asked["canvas"]) == ("check", "p1", DRAWN)
    assert (asked["home"], asked["team"]) == (str(team.workspace.home), "contoso")


def test_of_several_questions_the_older_ones_are_told_so(server, team, line):
    line.answer = {"superseded": True}
    assert server.ask("canvas/contoso/check", "POST", {"page": "p", "canvas": DRAWN}).body["superseded"]


def test_the_palette_and_the_python_file(server, team, line):
    line.answer = {"palette": palette(team), "choices": choices(team)}
    body = server.ask("canvas/contoso/palette?asset=tape").body
    assert {"input", "dense", "output"} <= {one["component"] for one in body["palette"]}
    assert set(body["palette"][0]) == set(typing.get_type_hints(wire.ComponentBody))
    fields = next(one["fields"] for one in body["palette"] if one["fields"])
    assert set(fields[0]) == set(typing.get_type_hints(wire.FieldBody))
    assert set(body["choices"]) == set(typing.get_type_hints(wire.ChoicesBody))
    assert line.asked[-1]["asset"] == "tape"
    line.answer = {"text": "import keras\n"}
    assert server.ask("canvas/contoso/python", "POST", {"canvas": DRAWN}).body == {"text": "import keras\n"}


@pytest.mark.parametrize(
    ("path", "given", "status", "said"),
    [
        ("canvas/nobody/check", {"canvas": DRAWN}, 404, "no team called 'nobody'"),
        ("canvas/contoso/check", {"canvas": 3}, 500, "not a readable canvas"),
        ("canvas/contoso/check", [1], 400, "no JSON object"),
        ("canvas/contoso/launch", {"canvas": DRAWN}, 400, "nothing in production"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(server, team, line, path, given, status, said):
    answer = server.ask(path, "POST", given)
    assert answer.status == status
    assert said in answer.text


def test_a_checker_that_refuses_or_is_gone_is_said(server, team, line):
    line.answer = {"refused": "There is no output."}
    answer = server.ask("canvas/contoso/python", "POST", {"canvas": DRAWN})
    assert (answer.status, "There is no output." in answer.text) == (400, True)
    line.answer = CompanionGone(module="checkhost", reason="it ended")
    assert "does not answer" in server.ask("canvas/contoso/check", "POST", {"canvas": DRAWN}).text


def test_the_module_that_draws_is_handed_out(server, team):
    answer = server.ask("static/canvas.js")
    assert answer.status == 200
    assert "export" in answer.text[-400:]
    assert server.ask("static/canvas.css").status == 200
    assert server.ask("static/../handlers.py").status in (403, 404)
    assert server.ask("static/canvas.py").status == 404


def test_the_servers_side_loads_nothing_that_computes():
    code = "import sys, litlab.server.handlers; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "h5py", "keras", "tensorflow", "numba", "litlab.canvases"} & set(loaded)
    assert "litlab.companion" in loaded


def test_the_json_of_an_answer_goes_through_unharmed(server, team, line):
    line.answer = {**ANSWER, "problems": {"ä": [{"text": "→ “no”", "kind": "X"}]}}
    body = server.ask("canvas/contoso/check", "POST", {"page": "p", "canvas": DRAWN}).body
    assert body["problems"] == json.loads(json.dumps(line.answer["problems"]))
