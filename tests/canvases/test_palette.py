"""The palette: every component with its form, and none of them run for it."""

import json
import shutil

import pytest

from litlab import engine, plugins
from litlab.canvases import choices, palette
from litlab.canvases.palette import GROUPS
from litlab.plugins import Found, Plugin
from litlab.scripts import list_scripts
from litlab.sources import save_source
from litlab.workspace import Workspace

MINE = '''"""Half of what comes in.

Parameters
----------
by : number, 0 to 9, default 2
    Divided by; e.g. [4]
of : list, whole, 1 to 8
unit : [a,b], default b
on : boolean, default yes

Returns
-------
[ values ]
"""

import os

os.environ["PALETTE_RAN"] = "yes"
WIRES = (1, 3)
GROUP = "Mine"
TITLE = "Half of it"


def make_component(params, inputs):
    return inputs[0] / params["by"]
'''


@pytest.fixture
def team(tmp_path):
    return Workspace(tmp_path).create_project("contoso", "volatility").team


def named(team, name):
    return next(one for one in palette(team) if one["component"] == name)


def test_all_shipped_components_stand_under_a_heading_with_their_wires_and_forms(team):
    found = {one["component"]: one for one in palette(team)}
    assert set(found) == set(list_scripts(team, "components"))
    assert {one["group"] for one in found.values()} == set(GROUPS)
    assert {one["source"] for one in found.values()} == {"shipped"}
    assert {one["problem"] for one in found.values()} == {""}
    assert all(one["summary"] and one["title"] for one in found.values())
    assert [name for name, one in found.items() if one["is_output"]] == ["output"]
    assert [name for name, one in found.items() if one["stands_alone"]] == ["globals"]
    assert {name: one["wires"] for name, one in found.items() if one["wires"] != [1, 1]} == {
        "add": [2, None], "attention": [1, 2], "concatenate": [2, None], "globals": [0, 0], "input": [0, 0],
        "opaque": [1, None], "shared": [1, None],
    }  # fmt: skip
    assert found["shared"]["shares"] == "of"
    units = found["dense"]["fields"][0]
    assert (units["name"], units["kind"], units["type"]) == ("units", "number", "whole")
    assert (units["least"], units["most"], units["default"]) == (1, 65536, 32)
    assert units["wanted"] == "a whole number, 1 to 65536"
    assert json.loads(json.dumps(palette(team))) == palette(team)


def test_a_teams_own_component_is_read_and_not_run(team, monkeypatch):
    monkeypatch.delenv("PALETTE_RAN", raising=False)
    save_source(team, "components", "half", MINE)
    found = named(team, "half")
    import os

    assert "PALETTE_RAN" not in os.environ
    assert (found["source"], found["group"], found["title"], found["wires"]) == (
        "team", "Mine", "Half of it", [1, 3],
    )  # fmt: skip
    by, of, unit, on = found["fields"]
    assert (by["default"], by["prefill"], by["type"]) == (2, 4, "number")
    assert (of["kind"], of["type"], of["default"]) == ("list", "whole", None)
    assert (unit["choices"], unit["default"], unit["type"]) == (["a", "b"], "b", "text")
    assert (on["default"], on["type"]) == (True, "boolean")
    assert [one["group"] for one in palette(team)][-1] == "Mine"


def test_a_copy_of_the_teams_stands_in_the_place_of_the_shipped_one(team):
    shutil.copy(list_scripts(team, "components")["dense"], team.folder("components") / "dense.py")
    assert named(team, "dense")["source"] == "team"
    assert len([one for one in palette(team) if one["component"] == "dense"]) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def make_component(params, inputs:\n", "line 1"),
        ('"""X.\n\nParameters\n----------\na : colour\n"""\n', "colour"),
        ('"""X."""\n', "make_component"),
    ],
)
def test_a_broken_component_is_listed_with_what_is_wrong_and_stops_nobody(team, source, said):
    save_source(team, "components", "half", source)
    assert said in named(team, "half")["problem"]
    assert named(team, "dense")["problem"] == ""


def test_a_plugins_components_come_under_its_name(team, tmp_path, monkeypatch):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "half.py").write_text(MINE)
    known = (*plugins.found_plugins(), Found("acme", Plugin("acme", component_folders=(str(folder),))))
    monkeypatch.setattr(plugins, "found_plugins", lambda: known)
    assert named(team, "half")["source"] == "acme"


def test_choices_are_those_of_the_asset_promoted_or_not(tape_project, small_asset, tmp_path):
    found = choices(tape_project.team, "tape")
    assert found["feature"] == ["100_1_minute_bars", "100_1_minute_atr"]
    assert found["label"] == ["atr_up_next_minute"]
    assert found["projects"] == ["contoso/volatility"]
    (tape,) = found["assets"]
    assert (tape["id"], tape["stage"], tape["promoted"]) == ("tape", "production", True)
    assert f"{small_asset.count('train'):,} samples" in tape["title"]
    assert choices(tape_project.team, small_asset.digest)["feature"] == found["feature"]
    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    shutil.copytree(small_asset.path, team.folder("assets") / "tape" / "queue" / small_asset.digest)
    waiting = choices(team, "tape")
    assert waiting["feature"] == found["feature"]
    assert (waiting["assets"][0]["stage"], waiting["assets"][0]["promoted"]) == ("queue", False)
    assert choices(team, "tap")["feature"] == choices(team)["label"] == []


def test_devices_are_the_processor_and_the_cards(tmp_path, monkeypatch):
    assert engine.devices()[0] == "cpu"
    for name in ("nvidia1", "nvidia0", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    monkeypatch.setattr(engine, "Path", lambda _: tmp_path)
    assert engine.devices() == ["cpu", "gpu:0", "gpu:1"]
