"""Scripts as text: read without being run, changed in the team's own copy."""

import pytest

from litlab.errors import AlreadyExists, BadName, BadScript
from litlab.scripts import find_script, list_scripts, load_script
from litlab.sources import (
    TEMPLATE,
    check_feature_source,
    copy_to_team,
    is_own,
    new_script,
    origin,
    outline,
    outline_of,
    save_source,
)
from litlab.workspace import Workspace


@pytest.fixture
def team(tmp_path):
    return Workspace(tmp_path).create_project("contoso", "volatility").team


@pytest.mark.parametrize("name", list(list_scripts(None, "scripts")))
def test_an_outline_says_of_every_shipped_script_what_loading_it_says(name):
    path = list_scripts(None, "scripts")[name]
    found, loaded = outline(path), load_script(path)
    assert (found.fields, found.returns, found.digest) == (loaded.fields, loaded.returns, loaded.digest)
    assert found.is_label is bool(getattr(loaded.module, "LABEL", False))
    assert found.is_gate is bool(getattr(loaded.module, "GATE", False))
    params = {field.name: field.prefill() for field in found.fields if field.example}
    assert found.read_params(params) == loaded.read_params(params)


def test_an_outline_runs_nothing(team):
    path = save_source(team, "scripts", "bomb", '"""Bomb."""\nraise SystemExit\ndef feature(a, i): pass\n')
    assert outline(path).about == "Bomb."


def test_what_is_wrong_is_named_with_its_line(tmp_path):
    path = tmp_path / "x.py"
    with pytest.raises(BadScript, match="line 2"):
        outline_of("a = 1\nb = (\n", path)
    with pytest.raises(BadScript, match="line 5"):
        outline_of('"""X.\n\nParameters\n----------\nrate : nmber\n    Help\n"""', path)
    with pytest.raises(BadScript, match="defines no function feature"):
        check_feature_source('"""X."""\n', path)
    assert check_feature_source("from litlab.features.rows import single as feature\n", path)


def test_a_copy_of_the_team_wins_and_is_made_once(team):
    shipped = find_script(team, "scripts", "sma")
    assert (origin(team, shipped), is_own(team, "scripts", "sma")) == ("traders", False)
    copied = copy_to_team(team, "scripts", "sma")
    assert (origin(team, copied), is_own(team, "scripts", "sma")) == ("team", True)
    assert copied.read_text() == shipped.read_text()
    save_source(team, "scripts", "sma", "changed")
    assert copy_to_team(team, "scripts", "sma").read_text() == "changed"
    assert find_script(team, "scripts", "sma") == copied


def test_a_new_script_works_and_takes_no_name_that_is_taken(team):
    path = new_script(team, "mine")
    assert path.read_text() == TEMPLATE
    assert check_feature_source(TEMPLATE, path).returns == ("range_{count}",)
    for name, error in (("mine", AlreadyExists), ("sma", AlreadyExists), ("../x", BadName), ("", BadName)):
        with pytest.raises(error):
            new_script(team, name)
    with pytest.raises(BadName):
        save_source(team, "scripts", "../evil", "")
