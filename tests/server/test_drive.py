"""The drive shows scripts and components, saves a team's own, and leads nowhere else."""

import hashlib

import pytest

from litlab.errors import BadName, BadScript, UnknownName
from litlab.scripts import shipped
from litlab.server import drive


@pytest.fixture
def workspace(team):
    (team.folder("scripts") / "mine.py").write_text('"""Mine."""\n')
    (team.root / "ledger.jsonl").write_text("secret\n")
    for place in ("secret.py", "scripts/.checkpoints/old.py", "scripts/a/b.py"):
        (team.root / place).parent.mkdir(exist_ok=True)
        (team.root / place).write_text("secret = 1\n")
    return team.workspace


def names(model):
    return [one["name"] for one in model["content"]]


def test_the_drive_is_teams_then_folders_then_scripts(workspace):
    assert names(drive.read(workspace, "")) == ["contoso", "_shipped"]
    assert names(drive.read(workspace, "contoso")) == ["scripts", "components"]
    assert names(drive.read(workspace, "contoso/scripts")) == ["mine.py"]
    assert "sma.py" in names(drive.read(workspace, "_shipped/scripts"))


def test_a_file_is_its_text_and_its_hash(workspace):
    model = drive.read(workspace, "contoso/scripts/mine.py")
    assert (model["content"], model["format"], model["writable"]) == ('"""Mine."""\n', "text", True)
    assert model["hash"] == hashlib.sha256(b'"""Mine."""\n').hexdigest()
    assert drive.read(workspace, "contoso/scripts/mine.py", content=False)["content"] is None


def test_what_is_shipped_can_be_read_and_not_saved(workspace):
    model = drive.read(workspace, "_shipped/scripts/sma.py")
    assert model["content"] == shipped("scripts", "sma").read_text()
    assert model["writable"] is False
    before = shipped("scripts", "sma").read_bytes()
    with pytest.raises(UnknownName):
        drive.save(workspace, "_shipped/scripts/sma.py", {"type": "file", "content": "changed"})
    assert shipped("scripts", "sma").read_bytes() == before


def test_saving_replaces_the_file_and_tells_its_new_hash(workspace, team):
    model = drive.save(workspace, "contoso/scripts/mine.py", {"type": "file", "content": "x = 'ä'\n"})
    assert (team.folder("scripts") / "mine.py").read_text("utf-8") == "x = 'ä'\n"
    assert model["hash"] == drive.read(workspace, "contoso/scripts/mine.py")["hash"]
    assert model["content"] is None


@pytest.mark.parametrize(
    "path",
    [
        "contoso/scripts/../../ledger.jsonl", "contoso/scripts/../secret.py", "contoso/ledger.jsonl",
        "contoso/scripts/../mine.py",
        "../contoso/scripts/mine.py", "contoso/features/bars.json", "contoso/scripts/mine.txt",
        "contoso/scripts/.checkpoints/old.py", "contoso/scripts/a/b.py", "contoso/scripts/.py",
        "contoso/scripts/nothing.py", "_shipped/scripts/../../__init__.py", "nobody/scripts/mine.py",
        "contoso//etc/passwd", "contoso/scripts/mine.py\0.py",
    ],
)  # fmt: skip
def test_nothing_else_can_be_read_or_written(workspace, team, path):
    with pytest.raises((BadName, UnknownName)):
        drive.read(workspace, path)
    if path != "contoso/scripts/nothing.py":  # that one may be made
        with pytest.raises((BadName, UnknownName)):
            drive.save(workspace, path, {"type": "file", "content": "x"})
    assert (team.root / "ledger.jsonl").read_text() == "secret\n"
    assert (team.root / "secret.py").read_text() == "secret = 1\n"


def test_a_link_in_the_folder_is_not_followed(workspace, team, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("secret = 1\n")
    (team.folder("scripts") / "link.py").symlink_to(secret)
    assert names(drive.read(workspace, "contoso/scripts")) == ["mine.py"]
    with pytest.raises(UnknownName):
        drive.read(workspace, "contoso/scripts/link.py")
    with pytest.raises(UnknownName):
        drive.save(workspace, "contoso/scripts/link.py", {"type": "file", "content": "x"})
    assert secret.read_text() == "secret = 1\n"


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"type": "directory"},
        {"type": "file", "content": None},
        {"type": "notebook", "content": {"cells": []}},
    ],
)
def test_what_is_no_text_is_not_saved(workspace, team, model):
    with pytest.raises(BadScript):
        drive.save(workspace, "contoso/scripts/mine.py", model)
    assert (team.folder("scripts") / "mine.py").read_text() == '"""Mine."""\n'


def test_a_script_has_a_size(workspace):
    with pytest.raises(BadScript, match="more than"):
        drive.save(workspace, "contoso/scripts/mine.py", {"type": "file", "content": "ä" * drive.MOST})


def test_a_file_that_is_no_utf8_is_named(workspace, team):
    (team.folder("scripts") / "latin.py").write_bytes(b"# \xe4\n")
    with pytest.raises(BadScript, match=r"latin\.py"):
        drive.read(workspace, "contoso/scripts/latin.py")


def test_the_script_in_use_is_the_teams_where_it_has_one(workspace, team):
    assert drive.script_body(team, "scripts", "mine") == {"path": "contoso/scripts/mine.py", "shipped": False}
    assert drive.script_body(team, "scripts", "sma") == {"path": "_shipped/scripts/sma.py", "shipped": True}
    copied = drive.script_body(team, "scripts", "sma", copy=True)
    assert copied == {"path": "contoso/scripts/sma.py", "shipped": False}
    own = team.folder("scripts") / "sma.py"
    assert own.read_text() == shipped("scripts", "sma").read_text()
    own.write_text("changed = 1\n")
    drive.script_body(team, "scripts", "sma", copy=True)
    assert own.read_text() == "changed = 1\n"


def test_a_checkpoint_is_what_reverting_brings_back(workspace, team):
    path = "contoso/scripts/mine.py"
    assert drive.kept(workspace, path) == []
    with pytest.raises(UnknownName):
        drive.restore(workspace, path)
    made = drive.keep(workspace, path)
    drive.save(workspace, path, {"type": "file", "content": "worse\n"})
    assert drive.kept(workspace, path) == [made]
    drive.restore(workspace, path)
    assert (team.folder("scripts") / "mine.py").read_text() == '"""Mine."""\n'
    assert names(drive.read(workspace, "contoso/scripts")) == ["mine.py"]
    assert drive.kept(workspace, "_shipped/scripts/sma.py") == []
