"""The Vault page without a browser: scores beside baselines, notes, tags, two side by side, removal."""

import json
import re
import shutil
from html import escape

import pytest

from litlab import atomic
from litlab.apps import scorecards, vault_found
from litlab.apps.request import Request
from litlab.apps.vault import Vault
from litlab.vault import Entry, export_entry, list_entries, verdict
from litlab.vault.inquiries import Inquiry
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
        assert f'role="img" aria-label="{title}: ' in html
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


def kept(page, name, body):
    """Lay down what an inquiry leaves with the entry shown."""
    (page.shown.path / name).write_text(json.dumps(body))
    page.refresh()


def test_permuted_labels_are_drawn_and_asking_again_says_how_long_it_takes(two, entry, monkeypatch):
    page = Vault(two, Request({"name": "first"}))
    # Its asset is not in this project: nothing can be asked.
    assert "disabled>Permute labels" in " ".join(page.asking.found.html.split())
    assert "The asset that it was scored on is not here" in page.asking.found.html
    assert "# entry.null(1_000)" in page.code
    monkeypatch.setattr(Entry, "asset", entry.asset)
    page = Vault(two, Request({"name": "first"}))
    html = page.asking.found.html
    assert re.search(r"1,000 draws, about \d+ s", html)
    assert "disabled" not in html
    null = {"auc": 0.61, "mean": 0.5, "sd": 0.01, "p": 0.05, "draws": 3, "values": [0.49, 0.5, 0.51]}
    kept(page, "null.json", null)
    assert 'role="img" aria-label="Permuted labels: 0.500 ± 0.010' in page.asking.found.html
    assert "\nentry.null(1_000)" in page.code
    kept(page, "null.json", {**null, "values": "x"})
    assert "cannot be read" in page.asking.found.html


def test_what_is_being_found_out_can_be_followed_and_cancelled(two, entry, monkeypatch):
    monkeypatch.setattr(Entry, "asset", entry.asset)
    page = Vault(two, Request({"name": "first"}))
    goes = Inquiry("null", "running", 430, 1_000)
    ended = []
    monkeypatch.setattr("litlab.apps.vault_asking.ask", lambda shown, kind: None)
    monkeypatch.setattr("litlab.apps.vault_asking.cancel", lambda shown, kind: ended.append(kind))
    monkeypatch.setattr(
        "litlab.apps.vault_asking.inquiry", lambda shown, kind: goes if kind == "null" else Inquiry(kind)
    )
    page.handle("ask", "null")
    assert "◐ 43 %" in page.asking.found.html
    assert "430 of 1,000 draws" in page.asking.found.html
    assert ">Permute labels<" not in page.asking.found.html
    goes = Inquiry("null", "running", 860, 1_000)
    page.follow()
    assert "◐ 86 %" in page.asking.found.html
    page.handle("cancel", "null")
    assert ended == ["null"]
    goes = Inquiry("null", "stopped")
    page.follow()
    assert "stopped before its end" in page.asking.found.html
    goes = Inquiry("null", "failed", problem="The disk <is> full.")
    page.refresh()
    assert "▲ The disk &lt;is&gt; full." in page.asking.found.html


def test_profit_stands_with_forecasts_of_returns_and_nowhere_else(two):
    page = Vault(two, Request({"name": "first"}))
    assert "Profit" not in page.asking.found.html
    assert ".profit(" not in page.code

    def returns(scores):
        scores |= {"about": "return", "head": {"kind": "level", "label": "r", "levels": []}}

    rewritten(two, "first", returns)
    page.refresh()
    assert "Reckon profit" in page.asking.found.html
    assert "# entry.profit(" in page.code
    cost = {"net_bp": 1.25, "net_se": 0.5, "days_won": 3, "sharpe": None}
    costs = [{"half_spreads": 0.0, **cost}, {"half_spreads": 1.0, **cost, "net_bp": -1.5}]
    figures = {"trades": 1_200, "sessions": 5, "trades_a_day": 240, "turnover_a_day": 480, "gross_bp": 1.25,
               "gross_se": 0.5, "hit_rate": 0.51, "half_spread_bp": 1.4, "break_even": 0.45,
               "latency_s": 1.0, "costs": costs, "capacity": [{"share": 0.05, "money": 8_370.0}]}  # fmt: skip
    kept(page, "profit.json", figures)
    html = page.asking.found.html
    assert 'aria-label="Profit after cost: break-even at 0.45 half-spreads a side"' in html
    assert 'aria-label="Capacity"' in html
    assert "8,370" in html
    assert "-1.50" in html
    kept(page, "profit.json", {"samples": 3, "trades": 0})
    assert "No forecast could be traded on" in page.asking.found.html


def test_an_entry_from_elsewhere_says_whose_word_its_scores_are_until_they_came_out_here(two):
    page = Vault(two, Request({"name": "first"}))
    assert "its scores are its author's word" in " ".join(page.chosen.values["verified"].split())
    kept(page, "verified.json", {"holds": True, "said": "All <came> out.", "time_ns": 1_700_000_000 * 10**9})
    assert "● Verified here, 2023-11-14 22:13:20 UTC: All &lt;came&gt; out." in page.chosen.values["verified"]
    kept(page, "verified.json", {"holds": False, "said": "auc says 0.9", "time_ns": 0})
    assert "▲ Not verified" in page.chosen.values["verified"]
    assert "vault.verify(entry)" in page.code


def test_folds_and_retraining_stand_where_there_were_some(two, entry):
    page = Vault(two, Request({"name": "first"}))
    assert "Walk-forward" not in page.chosen.html
    fold = {
        "run": "a-001", "entry": f"first@{entry.digest}", "asset": "x", "from": "2024-01-02",
        "to": "2024-01-05", "samples": 1_234, "model": {"auc": 0.612}, "best_baseline": "last_bar",
    }  # fmt: skip
    kept(page, "folds.json", {**entry.scores, "part": "walk-forward", "folds": [fold]})
    html = page.chosen.html
    assert 'aria-label="Walk-forward scores"' in html
    row = html.partition('aria-label="Folds"')[2].partition("</table>")[0]
    for told in ("2024-01-02 … 2024-01-05", "1,234", "0.612", "last bar", f"digest={entry.digest}"):
        assert told in row
    spread = {
        "values": [0.6, 0.61],
        "seeds": [7, 8],
        "figure": "auc",
        "mean": 0.605,
        "sd": 0.007,
        "said": "So.",
    }
    kept(page, "spread.json", spread)
    assert 'role="img" aria-label="Retraining: 0.605 ± 0.007 on validation over 2 seeds"' in page.chosen.html
    kept(page, "folds.json", {"folds": 7, "model": {}})
    assert "cannot be read" in page.chosen.html


def test_decimals_are_those_that_the_standard_error_leaves_a_meaning():
    model = {"auc": 0.6123, "auc_sd": 0.4, "auc_days": 4, "log_loss": 0.6931}
    html = scorecards.table({"model": model, "baselines": {"base_rate": {**model, "auc": 0.5}}})
    assert ">0.61<" in html
    assert "0.612" not in html
    assert ">0.693<" in html
    small = {"rmse": 8.7e-4, "mae": 4.2e-4, "skill": 0.1}
    html = scorecards.table({"model": small, "baselines": {"base_rate": {**small, "rmse": 1.1e-3}}})
    assert ">0.000870<" in html
    assert ">0.001100<" in html


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


def test_a_profit_is_asked_for_with_latency_and_least_forecast(two, entry, monkeypatch):
    page = Vault(two, Request({"name": "first"}))
    form = vault_found.profit(page.shown, Inquiry("profit"), True, {"latency_s": "0.5"})
    assert 'name="latency_s"' in form
    assert 'value="0.5"' in form
    asked = []
    monkeypatch.setattr("litlab.vault.inquiries.Job.launch", lambda folder, argv, name: asked.append(argv))
    page.handle("profit", json.dumps({"latency_s": "2.5", "least": "1e-4", "": ""}))
    assert json.loads(asked[0][-1]) == {"latency_s": 2.5, "least": 1e-4}
    for latency in ("soon", "-1", "nan"):
        page.handle("profit", json.dumps({"latency_s": latency, "least": "0", "": ""}))
        assert "latency_s" in page.asking.problem
    assert len(asked) == 1


def test_one_version_alone_is_not_called_current(two):
    assert "current" not in Vault(two, Request()).table.html
