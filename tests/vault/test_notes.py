"""Notes, tags, entries side by side, and taking one out: what people do with entries."""

from __future__ import annotations

import json
import shutil

import pytest

from litlab.assets import ledger
from litlab.deployments import deploy
from litlab.errors import BadName, BadParameter, Pinned, UnknownName
from litlab.upkeep import deployed_at, remove_entry
from litlab.vault import Entry, add_to_vault, compare, find_entry, list_entries, open_entry
from litlab.vault.notes import notes_path
from litlab.workspace import Workspace

pytestmark = pytest.mark.train


@pytest.fixture
def copied(entry, tmp_path):
    """Return the shared entry's copy in a team of its own, in use there."""
    from litlab import atomic

    team = Workspace(tmp_path).create_project("contoso", "volatility").team
    folder = team.folder("vault") / entry.name / entry.digest
    shutil.copytree(entry.path, folder)
    atomic.point(folder.parent, entry.digest)
    return Entry(folder)


@pytest.fixture(scope="module")
def early(trained_run):
    """Return the second epoch of the shared run, under another name."""
    return add_to_vault(trained_run, epoch=2, name="before")


def test_notes_are_appended_with_who_and_when_and_the_content_stays(copied):
    before = {path.name: path.stat().st_mtime_ns for path in copied.path.iterdir()}
    made = copied.note("  Trained on <b>twenty</b> days\nonly.  ")
    copied.note("Second")
    assert [one.text for one in copied.notes] == ["Trained on <b>twenty</b> days\nonly.", "Second"]
    assert copied.notes[0] == made
    assert (made.who, made.time_ns > 0) == (ledger.who(), True)
    with open(notes_path(copied.path), "a") as file:
        file.write('{"note": "torn by a power cut')
    copied.note("Third")
    assert [one.text for one in copied.notes][1:] == ["Second", "Third"]
    assert {path.name: path.stat().st_mtime_ns for path in copied.path.iterdir()} == before
    for wrong in ("", "  ", "x" * 10_001):
        with pytest.raises(BadParameter, match="a note has 1 to 10,000 characters"):
            copied.note(wrong)


def test_tags_go_on_and_off_and_every_change_is_kept(copied):
    copied.tag("champion")
    copied.tag("champion")
    copied.tag("slow")
    copied.tag("champion", on=False)
    assert copied.tags == ["slow"]
    lines = [json.loads(line) for line in notes_path(copied.path).read_text().splitlines()]
    assert [(one["tag"], one["on"]) for one in lines] == [
        ("champion", True),
        ("slow", True),
        ("champion", False),
    ]
    with pytest.raises(BadName):
        copied.tag("two words")


def test_entries_are_found_by_name_and_the_beginning_of_a_digest(copied):
    team = copied.team
    assert find_entry(team, "first").digest == copied.digest
    assert find_entry(team, f"first@{copied.digest[:6]}").digest == copied.digest
    assert open_entry(team, "first", copied.digest).path == copied.path
    for wrong in ("first@", "frist", "first@12345", "first@ffffff", "../vault/first", "first@../.."):
        if wrong != "first@":
            with pytest.raises(UnknownName):
                find_entry(team, wrong)


def test_entries_side_by_side_show_scores_intervals_and_what_differs(entry, early):
    found = compare([entry, early])
    assert [row["epoch"] for row in found.rows] == [entry.record.epoch, 2]
    first = found.rows[0]
    assert first["score"] == entry.scores["model"]["auc"]
    assert first["baseline"] == entry.scores["best_baseline"]
    assert (first["low"], first["high"]) == tuple(
        entry.scores["intervals"][first["baseline"]][key] for key in ("low", "high")
    )
    assert found.same_test
    # The difference of the two is that of their AUC on the same days.
    assert found.between["difference"] == pytest.approx(first["score"] - found.rows[1]["score"], abs=1e-12)
    assert found.between["low"] < found.between["difference"] < found.between["high"]
    assert {one.part for one in found.differences} <= {"versions"}
    assert json.loads(json.dumps(found.to_json()))["rows"][0]["run"] == entry.record.run
    assert "Differences" in found._repr_html_()
    with pytest.raises(BadParameter, match="two or more"):
        compare([entry])


def test_what_differs_is_told_down_to_a_parameter(entry, ticks_entry):
    found = compare([entry, ticks_entry])
    told = {(one.part, one.what): one.values for one in found.differences}
    assert found.between is None
    assert not found.same_test
    assert told["asset", "label"] == ("atr_up_next_minute", "up")
    assert told["canvas", "small"] == (None, "dense")
    assert told["canvas", "small.units"] == (None, 3)
    assert told["features", "bars.rows"] == (None, 5)
    assert told["settings", "epochs"] == (8, 1)


def test_a_deployed_entry_is_not_removed_and_the_deployment_is_named(copied):
    running = deploy(copied, "board")
    try:
        assert deployed_at(copied.team) == {("first", copied.digest): ["board"]}
        with pytest.raises(Pinned, match="the deployment board runs it"):
            remove_entry(copied)
        assert copied.path.is_dir()
    finally:
        running.stop()
    copied.note("gone soon")
    gone = remove_entry(copied)
    assert gone.bytes > 10_000
    assert list_entries(copied.team) == []
    assert not notes_path(copied.path).exists()
    assert [path.name for path in copied.path.parent.iterdir() if not path.is_dir()] == [".lock"]
    with pytest.raises(UnknownName):
        open_entry(copied.team, "first")
    kept = ledger.entries(copied.team, "vault.rm.done")[-1]["facts"]
    assert (kept["digest"], kept["run"], kept["current"]) == (copied.digest, copied.record.run, None)
    assert ledger.first_break(copied.team) is None


def test_where_the_version_in_use_goes_the_last_one_added_is_it(copied, early):
    other = copied.path.with_name(early.digest)
    shutil.copytree(early.path, other)
    remove_entry(copied)
    assert open_entry(copied.team, "first").path == other
