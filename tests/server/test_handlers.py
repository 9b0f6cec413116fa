"""The JSON interface: nobody without a login, names checked, litlab's sentences as answers."""

import inspect
import json
import sys
from pathlib import Path

import pytest

handlers = pytest.importorskip("litlab.server.handlers")

ROUTES = [
    ("projects", "GET"),
    ("projects", "POST"),
    ("status/contoso/volatility", "GET"),
    ("logs/contoso/logs/1", "GET"),
    ("scripts/contoso/scripts/sma", "GET"),
    ("scripts/contoso/scripts/sma", "POST"),
    ("contents/", "GET"),
    ("contents/contoso/scripts/mine.py", "GET"),
    ("contents/contoso/scripts/mine.py", "PUT"),
    ("contents/contoso/scripts/mine.py/checkpoints", "GET"),
    ("contents/contoso/scripts/mine.py/checkpoints", "POST"),
    ("contents/contoso/scripts/mine.py/checkpoints/last", "POST"),
    ("canvas/contoso/palette", "GET"),
    ("canvas/contoso/check", "POST"),
    ("canvas/contoso/python", "POST"),
    ("canvas/contoso/launch", "POST"),
    ("static/canvas.js", "GET"),
]


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_nothing_answers_without_a_login(server, team, path, method):
    (team.folder("scripts") / "mine.py").write_text("secret = 1\n")
    given = None if method == "GET" else {"content": "", "team": "fabrikam", "name": "open"}
    answer = server.ask(path, method, given, token=None)
    assert answer.status in (302, 401, 403)
    assert "secret" not in answer.text
    assert "volatility" not in answer.text
    assert [str(project) for project in team.workspace.projects()] == ["contoso/volatility"]


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_a_wrong_token_is_no_login(server, team, path, method):
    given = None if method == "GET" else {}
    assert server.ask(path, method, given, token="guessed").status in (302, 401, 403)


def test_every_method_of_every_handler_asks_for_the_login():
    own = [
        one
        for one in vars(handlers).values()
        if inspect.isclass(one) and one.__module__ == handlers.__name__ and not one.__name__.startswith("_")
    ]
    assert len(own) >= 7
    source = Path(handlers.__file__).read_text()
    methods = [name for one in own for name in ("get", "post", "put", "delete", "patch") if name in vars(one)]
    assert source.count("@tornado.web.authenticated\n    @allowed\n") == len(methods)


def test_the_status_tells_all_rooms(server, team):
    answer = server.ask("status/contoso/volatility")
    assert answer.status == 200
    assert [one["room"] for one in answer.body["rooms"]][:3] == ["uploads", "discovery", "features"]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("status/contoso/volatilty", "Did you mean 'volatility'?"),
        ("status/fabrikam/x", "There is no team called 'fabrikam'."),
        ("scripts/contoso/features/sma", "There is no folder of scripts called 'features'."),
        ("scripts/contoso/scripts/smaa", "Did you mean 'sma'?"),
        ("logs/contoso/logs/99", "There is no log of contoso called 'logs/99'."),
    ],
)
def test_what_is_not_there_is_said_in_litlabs_words(server, team, path, sentence):
    answer = server.ask(path)
    assert answer.status == 404
    assert sentence in answer.body["message"]


def test_a_project_is_created_once_and_under_a_name_that_can_be_one(server, team):
    made = server.ask("projects", "POST", {"team": "contoso", "name": "spreads"})
    assert (made.status, made.body["name"]) == (201, "spreads")
    again = server.ask("projects", "POST", {"team": "contoso", "name": "spreads"})
    assert again.status == 409
    assert "exists already" in again.body["message"]
    for wrong in ({"team": "..", "name": "x"}, {"team": "contoso", "name": "a/b"}, {}):
        assert server.ask("projects", "POST", wrong).status == 400
    assert sorted(path.name for path in team.workspace.home.iterdir()) == ["contoso"]


def test_a_body_that_is_no_object_is_refused(server, team):
    assert server.ask("projects", "POST", "[1]").status == 400
    assert server.ask("projects", "POST", "{").status == 400
    assert server.ask("contents/contoso/scripts/mine.py", "PUT", "3").status == 400


@pytest.mark.parametrize("offset", ["-1", "x", "1e3"])
def test_an_offset_is_a_number(server, team, offset):
    assert server.ask(f"logs/contoso/logs/1?offset={offset}").status == 400


def test_a_record_that_cannot_be_read_is_a_sentence_with_its_per_cent_signs(server, team):
    path = team.root / "projects/volatility.json"
    path.write_text(json.dumps({"kind": "100 %s"}))
    answer = server.ask("status/contoso/volatility")
    assert answer.status == 500
    assert str(path) in answer.body["message"]


def test_the_interface_loads_nothing_that_computes():
    import subprocess

    code = "import sys, litlab.server.handlers; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"tensorflow", "panel", "bokeh", "numba", "h5py", "pandas", "pyarrow"}
    assert heavy & set(loaded) == set()
