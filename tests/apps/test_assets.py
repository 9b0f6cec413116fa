"""The Assets page without a browser: figures, promotion, who and when."""

import re
import shutil
from html import escape
from types import SimpleNamespace

from litlab.apps import figures as drawn
from litlab.apps.assets import Assets, versions_of
from litlab.apps.report import audit_html
from litlab.apps.request import Request
from litlab.assets import audit, open_asset
from litlab.assets.ledger import entries
from litlab.workspace import Workspace


def test_the_table_has_a_row_per_column_with_its_figures(built):
    page = Assets(built, Request())
    figures = audit(open_asset(built.team, "minutes", "queue"), built.team)
    html = page.audited.html
    assert len(figures["columns"]) == 9
    for row in figures["columns"]:
        assert f"<td>{row['column']}</td>" in html
        assert f">{int(row['count']):,}</td>" in html
    for part, count in figures["counts"].items():
        assert f"{part} <strong>{count:,}</strong>" in html
    assert 'aria-label="Label balance"' in html
    for one in figures["verdicts"]:
        assert f" {one['verdict']}</td>" in html
        assert escape(one["text"]) in html


def test_a_built_asset_is_found_clean_of_leaks(built):
    found = {
        one["name"]: one for one in audit(open_asset(built.team, "minutes", "queue"), built.team)["verdicts"]
    }
    assert not [one for one in found.values() if one["verdict"] in ("leak", "unknown")]
    assert "read no tick after their index. Not called enforced: no fresh proof of" in found["reads"]["text"]
    assert found["test looks"]["text"] == "test never looked at"


def test_a_click_on_a_column_shows_its_histogram(built):
    page = Assets(built, Request())
    page.handle("column", "bars/volume")
    assert "Histogram of bars/volume" in page.audited.html.partition("<h2>Columns")[0]
    assert page.audited.html.count('aria-pressed="true"') == 1


def test_shuffle_goes_to_another_sample_and_shows_its_values(built, monkeypatch):
    page, asset = Assets(built, Request({"theme": "dark"})), open_asset(built.team, "minutes", "queue")
    monkeypatch.setattr("random.randrange", lambda count: count - 2)
    page.handle("part", "test")
    page.handle("shuffle", "")
    one = asset.sample("test", -2)
    assert f"<dd>{one.index:,}</dd>" in page.sampled.html
    assert f"discovery?theme=dark&amp;index={one.index}" in page.sampled.html
    assert f"asset.sample('test', {asset.count('test') - 2})" in page.code
    page.handle("number", "999,999")
    assert page.place == ("test", asset.count("test") - 1)


def test_a_large_asset_is_audited_beside_the_page(built, monkeypatch):
    from litlab.apps import assets

    monkeypatch.setattr(assets, "_AT_ONCE", 0)
    monkeypatch.setattr(assets, "_audits", {})
    threads = []
    monkeypatch.setattr(
        "threading.Thread", lambda target, **_: threads.append(target) or SimpleNamespace(start=int)
    )
    page = Assets(built, Request())
    assert "Auditing" in page.audited.html
    threads[0]()
    assert 'aria-label="Verdicts"' in page.audited.html


def test_the_report_is_one_file_that_fetches_and_runs_nothing(built):
    html = audit_html(open_asset(built.team, "minutes", "queue"), built.team)
    assert 'aria-label="Drift"' in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"<script|https?://|src=|url\(|@import", html)
    assert html.count("<table") == html.count("</table>") == 4


def test_promote_moves_the_version_and_shows_who(fresh):
    page = Assets(fresh, Request())
    told = []
    page.on_change = lambda: told.append(page.state)
    (waiting,) = versions_of(fresh)
    page.handle("promote", f"minutes/{waiting.asset.digest}")
    assert open_asset(fresh.team, "minutes").digest == waiting.asset.digest
    assert told == ["● 1 in production · ○ 0 in the queue"]
    who = entries(fresh.team, "promote.done")[-1]["who"]
    assert f"<td>{who}</td>" in page.body.html
    assert 'data-action="promote"' not in page.body.html


def test_a_version_moved_by_hand_is_shown_as_unrecorded(fresh):
    (waiting,) = versions_of(fresh)
    home = fresh.folder("assets") / "minutes"
    shutil.move(waiting.asset.path, home / "production" / waiting.asset.digest)
    assert "unrecorded" in Assets(fresh, Request()).body.html


def test_a_promotion_that_fails_says_why_and_changes_nothing(fresh):
    page = Assets(fresh, Request())
    page.handle("promote", "minutes/0123")
    assert 'role="alert"' in page.body.html
    assert [one.stage for one in versions_of(fresh)] == ["queue"]


def test_an_asset_of_another_project_is_not_shown(built):
    other = built.team.workspace.create_project("contoso", "other")
    try:
        page = Assets(other, Request())
    finally:
        other.record_path.unlink()
    assert versions_of(other) == []
    assert "No assets yet" in page.body.html


def test_no_schema_no_asset_the_demo_is_the_next_step(tmp_path):
    page = Assets(Workspace(tmp_path).create_project("contoso", "empty"), Request())
    assert "litlab demo" in page.body.html


def test_the_code_shown_runs(built):
    page = Assets(built, Request())
    names = {}
    exec(page.code.replace("promote(team", "(team"), names)
    assert names["figures"]["counts"]["train"] == len(names["bars"])


def test_figures_of_a_column_share_their_decimals():
    assert drawn.fixed([float("nan"), 1.0, 2.0, 0.0]) == ["NaN", "1.000", "2.000", "0.000"]


def test_what_is_in_production_leads_on_to_drawing_a_model(fresh):
    page = Assets(fresh, Request())
    (waiting,) = versions_of(fresh)
    assert "Draw a model" not in page.body.html
    page.handle("promote", f"minutes/{waiting.asset.digest}")
    link = escape(page.asked.link("designer", project=str(fresh)))
    assert f'<a class="button filled" href="{link}">Draw a model</a>' in page.body.html


def test_an_address_of_no_asset_is_said_with_the_nearest(built):
    assert "Did you mean &#x27;minutes&#x27;?" in Assets(built, Request({"schema": "minute"})).body.html
    assert "no version of an asset called" in Assets(built, Request({"digest": "zzz"})).body.html
    assert 'role="alert"' not in Assets(built, Request({"schema": "minutes"})).body.html


def test_the_sample_shown_is_the_one_nearest_to_the_tick_of_the_address(built):
    asset = open_asset(built.team, "minutes", "queue")
    wanted = int(asset.index("test")[3])
    page = Assets(built, Request({"index": str(wanted + 1)}))
    assert page.place == ("test", 3)
    assert page.moved is None  # nobody has gone anywhere yet: the address stays as it is
    page.handle("number", "5")
    assert page.address["index"] == str(int(asset.index("test")[5]))
