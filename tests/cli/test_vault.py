"""``litlab vault``: list, show, verify, tag, note, compare, export, import, rm."""

import json
import shutil

import pytest

from litlab.vault import list_entries
from litlab.workspace import Workspace

pytestmark = pytest.mark.train


def test_an_entry_goes_out_and_in_is_talked_about_and_removed(call, entry, tmp_path, monkeypatch):
    here = ("--workspace", entry.team.workspace.home)
    rows = call("vault", "list", *here, "--json").json["entries"]
    mine = next(row for row in rows if row["version"] == entry.digest)
    assert (mine["name"], mine["current"], mine["epoch"]) == ("first", True, entry.record.epoch)
    assert mine["score"] == entry.scores["model"]["auc"]
    assert entry.digest[:8] in call("vault", "list", *here).out

    file = tmp_path / "first.litentry"
    out = call("vault", "export", "first", "--digest", entry.digest[:8], "--to", file, *here, "--json").json
    assert (out["version"], out["bytes"]) == (entry.digest, file.stat().st_size)

    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)  # tests/vault loads it
    there = ("--workspace", tmp_path / "there")
    Workspace(tmp_path / "there").create_project("fabrikam", "volatility")
    came = call("vault", "import", file, *there, "--json").json
    assert (came["version"], came["sha256"], came["new"]) == (entry.digest, out["sha256"], True)
    assert "was in the vault already" in call("vault", "import", file, *there).out

    assert call("vault", "tag", "first", "champion", *there, "--json").json["tags"] == ["champion"]
    noted = call("vault", "note", "first", "from the other desk", *there, "--json").json
    assert noted["text"] == "from the other desk"
    told = call("vault", "show", f"first@{entry.digest[:6]}", *there, "--json").json
    assert told["scores"] == entry.scores
    assert [one["text"] for one in told["notes"]] == ["from the other desk"]
    shown = call("vault", "show", "first", *there).out
    assert shown.startswith("The model ")
    assert "from the other desk" in shown
    assert call("vault", "tag", "first", "champion", "--off", *there, "--json").json["tags"] == []

    again = call("vault", "import", file, "--name", "second", *there, "--json").json
    both = call("vault", "compare", "first", "second", *there, "--json").json
    assert [row["score"] for row in both["rows"]] == [entry.scores["model"]["auc"]] * 2
    assert both["differences"] == []
    assert "first less" not in call("vault", "compare", "first", "second", *there).out  # no labels are here

    assert call("vault", "rm", "second", *there).status == 2
    gone = call("vault", "rm", f"second@{again['version'][:6]}", *there, "--json").json
    assert gone["version"] == entry.digest
    assert [one.name for one in list_entries(Workspace(tmp_path / "there").team("fabrikam"))] == ["first"]


def test_claims_are_recomputed_and_one_that_does_not_come_out_ends_with_status_3(call, entry, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(entry.team.workspace.home, home, symlinks=True)
    here = ("--workspace", home, "--team", "contoso")
    told = call("vault", "verify", "first", *here, "--json")
    assert (told.status, told.json["state"], told.json["holds"]) == (0, "equal", True)
    scores = next((home / "contoso" / "vault" / "first" / entry.digest).glob("scores.json"))
    body = json.loads(scores.read_text())
    body["model"]["auc"] = 0.99
    scores.write_text(json.dumps(body))
    found = call("vault", "verify", f"first@{entry.digest[:8]}", *here)
    assert found.status == 3
    assert "model.auc says 0.99" in found.out


def test_what_is_wrong_is_one_sentence(call, entry, tmp_path):
    here = ("--workspace", entry.team.workspace.home)
    (tmp_path / "bad").write_text("no archive")
    for arguments, said in [
        (("show", "frist"), "Did you mean 'first'"),
        (("show", "first@ffffff"), "version of the model first"),
        (("import", tmp_path / "bad"), "no archive that litlab wrote"),
        (("import", tmp_path / "none"), "no readable archive"),
        (("tag", "first", "two words"), "cannot be the name of a tag"),
        (("note", "first", " "), "a note has 1 to 10,000 characters"),
        (("compare", "first"), "two or more"),
        (("rm", "first"), "name the version"),
    ]:
        done = call("vault", *arguments, *here)
        assert (done.status, said in done.err, done.err.count("\n")) == (2, True, 1), done.err
