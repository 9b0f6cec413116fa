"""The Vault page without a browser: scores beside baselines, notes, tags, two side by side, removal."""

import json
import shutil
from html import escape

import pytest

from litlab import atomic
from litlab.apps import scorecards
from litlab.apps.request import Request
from litlab.apps.vault import Vault
from litlab.vault import Entry, export_entry, list_entries, verdict
from litlab.workspace import Workspace

pytestmark = pytest.mark.train


@pytest.fixture
def two(entry, tmp_path):
    """Return a project of its own whose vault holds the shared entry under two names."""
    project = Workspace(tmp_path / "w").create_project("contoso", "volatility")
    for name in ("first", "second"):
        folder = project.folder("vault") / name / entry.digest
        shutil.copytree(entry.path, folder)
        body = json.loads((folder / "entry.json").read_text())
        (folder / "entry.json").write_text(json.dumps({**body, "name": name}))
        atomic.point(folder.parent, entry.digest)
    return project


def key(page, name):
    return next(f"{one.name}@{one.digest}" for one in page.entries if one.name == name)


def rewritten(project, name, change):
    """Change the scores of an entry."""
    path = next(project.folder("vault").glob(f"{name}/*/scores.json"))
    scores = json.loads(path.read_text())
    change(scores)
    path.write_text(json.dumps(scores))


def test_a_row_shows_origin_score_interval_parity_and_what_it_was_trained_up_to(two, entry):
    page = Vault(two, Request({"name": "first"}))
    html, scores = page.table.html, entry.scores
    best = scores["best_baseline"]
    assert page.state == "● 2 models · 2 versions"
    assert f">{scores['model']['auc']:.3f} <span" in html
    assert f">{scores['baselines'][best]['auc']:.3f} <span" in html
    low, high = (scores["intervals"][best][one] for one in ("low", "high"))
    assert f"{low:+.3f} … {high:+.3f}" in html
    assert f"epoch {entry.record.epoch}</span>" in html
    assert f"{entry.record.parity:.0e}" in html
    assert f"{entry.record.trained_up_to_ns} ns UTC" in html
    assert html.count('aria-pressed="true"') == 1
    assert f"experiments?run={entry.record.run}" in html.replace("&amp;", "&").replace(
        "project=contoso%2Fvolatility&", ""
    )


def test_the_scoreboard_has_its_verdict_table_and_pictures(two, entry):
    html = Vault(two, Request({"name": "first"})).chosen.html
    assert escape(verdict(entry.scores)) in html
    for title in ("Calibration", "Confidence", "By day"):
        assert f'role="img" aria-label="{title}"' in html
    table = html.partition('aria-label="Scores"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 2 + len(entry.scores["baselines"])
    for name, rival in entry.scores["baselines"].items():
        assert f"{rival['auc']:.3f}" in table, name
    assert html.count("<circle") >= len(entry.scores["by"]["day"]) * 2
    assert 'aria-label="Where it is good"' in html


def test_a_model_no_better_than_its_baseline_is_said_so_first(two):
    def worse(scores):
        scores["intervals"][scores["best_baseline"]] |= {"difference": -0.01, "low": -0.03, "high": 0.01}

    rewritten(two, "first", worse)
    page = Vault(two, Request({"name": "first"}))
    words = page.chosen.html.index("It is not better than its best baseline")
    assert words < page.chosen.html.index("Scoreboard")
    assert "▲ does not beat it" in page.table.html
    better = Vault(two, Request({"name": "second"}))
    if better.entries and "● beats it" in better.table.html:
        assert "It is not better" not in better.chosen.html


def test_scores_from_elsewhere_may_hold_anything(two):
    def strange(scores):
        scores["calibration"] = {"bins": [{"n": "<script>alert(1)</script>"}]}
        scores["deciles"] = 7
        scores["by"] = {"day": [{"key": "<img>", "auc": 0.5, "baseline_auc": 0.4}], "hour": [3]}
        scores["baselines"] = {"<b>": {"auc": "x"}}

    rewritten(two, "first", strange)
    html = Vault(two, Request({"name": "first"})).chosen.html
    assert "cannot be read" in html
    assert "<script>" not in html
    assert "<img>" not in html
    assert "<b>:" not in html


def test_features_stand_with_their_scripts_and_the_chain_is_one_line(two, entry):
    html = Vault(two, Request({"name": "first", "theme": "dark"})).origin.html
    for name in entry.record.features:
        assert f"<td>{name}</td>" in html
    chain = html.partition('class="lineage">')[2].partition("</p>")[0]
    assert entry.record.asset[:8] in chain
    assert "designer?theme=dark&amp;canvas=" in chain
    assert html.index("Lineage") < html.index("<h2>Features")


def test_notes_and_tags_are_written_and_escaped(two):
    page = Vault(two, Request({"name": "first"}))
    page.handle("note", json.dumps({"note": "<b>watch</b> the open", "": ""}))
    page.handle("tag", json.dumps({"tag": " champion ", "": ""}))
    assert "&lt;b&gt;watch&lt;/b&gt; the open" in page.noted.html
    assert page.shown.tags == ["champion"]
    assert '<span class="chip">champion</span>' in page.table.html
    page.handle("untag", "champion")
    assert page.shown.tags == []
    page.handle("tag", json.dumps({"tag": "two words"}))
    assert "cannot be the name of a tag" in page.chosen.html
    page.handle("note", json.dumps({"note": " "}))
    assert "a note has 1 to" in page.noted.html
    page.handle("show", key(page, "second"))
    assert "cannot be the name of a tag" not in page.chosen.html
    assert "watch" not in page.noted.html


def test_two_are_put_side_by_side(two):
    page = Vault(two, Request())
    assert 'data-action="compare" disabled' in page.table.html
    page.handle(f"pick-{key(page, 'first')}", "true")
    page.handle(f"pick-{key(page, 'second')}", "true")
    assert 'data-action="compare" disabled' not in page.table.html
    page.handle("compare", "")
    assert 'aria-label="Side by side"' in page.beside.html
    assert "vault.compare([" in page.code
    page.handle("close", "")
    assert (page.beside.html, page.picked) == ("", [])


def test_removal_shows_the_next_and_a_deployed_one_cannot_be_removed(two, monkeypatch):
    page = Vault(two, Request({"name": "first"}))
    gone = key(page, "first")
    running = {("first", page.shown.digest): ["board"]}
    monkeypatch.setattr("litlab.upkeep.entries.deployed_at", lambda team: running)
    monkeypatch.setattr("litlab.apps.vault.deployed_at", lambda team: running)
    page.handle("remove", gone)
    assert "the deployment board runs it" in page.chosen.html
    assert "● board" in page.table.html
    assert "stop that first" in page.chosen.html
    running.clear()
    page.handle("remove", gone)
    assert [one.name for one in list_entries(two.team)] == ["second"]
    assert page.shown.name == "second"


def test_the_code_shown_runs(two, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Vault(two, Request({"name": "second"}))
    names = {}
    exec(page.code, names)
    assert names["entry"].name == "second"
    assert (tmp_path / f"second-{page.shown.digest[:12]}.litentry").is_file()
    assert isinstance(names["predictor"].entry, Entry)


def test_an_empty_vault_says_what_belongs_there(tmp_path):
    page = Vault(Workspace(tmp_path).create_project("contoso", "empty"), Request())
    assert "No models yet" in page.table.html
    assert 'href="experiments?project=contoso%2Fempty"' in page.table.html
    assert "add_to_vault" in page.code
    assert 'type="file"' in page.table.html


def test_what_came_of_a_file_stands_beside_import(two, entry, tmp_path):
    page = Vault(two, Request())
    page.handle("imported", json.dumps({"sending": "a<b>.litentry"}))
    assert "a&lt;b&gt;.litentry is being looked over" in page.table.html
    page.handle("imported", json.dumps({"error": "The file is refused: it is no archive.", "file": "a"}))
    assert "▲ The file is refused" in page.table.html
    page.handle("imported", json.dumps({"name": "second", "version": entry.digest, "new": True}))
    assert f"second {entry.digest[:12]} is in the vault" in page.table.html
    assert page.shown.name == "second"
    assert export_entry(page.shown, tmp_path / "x").bytes > 0


def test_numbers_keep_their_decimals():
    assert [scorecards.number(one) for one in (0.5, 1e-9, float("nan"), None, True)] == [
        "0.500", "1.0e-09", "–", "–", "–",
    ]  # fmt: skip
