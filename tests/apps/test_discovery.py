"""Discovery without a browser: what its messages do and what it says."""

import json
import re

import pytest

from litlab.apps import discovery
from litlab.apps.discovery import Discovery, Empty, record_html
from litlab.apps.request import Request
from litlab.charts import times
from litlab.workspace import Workspace


@pytest.fixture
def page(built):
    found = discovery.discover(built, index=3000)
    assert isinstance(found, Discovery)
    return found


def record_of(page):
    """Read the side panel's JSON back."""
    text = re.search(r"<pre[^>]*>(.*)</pre>", page.side.html, re.S)[1]
    plain = re.sub(r"<[^>]+>", "", text)
    return json.loads(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def test_the_record_is_the_adapters_with_null_left_null(page):
    assert record_of(page) == page.adapter[3000]
    shown = record_html({"index": 1, "Price": None, "symbol": "<b>"}, 10**18, "UTC")
    assert '<span class="null">null</span>' in shown
    assert "&lt;b&gt;" in shown


def test_shuffle_goes_to_another_index_and_tells_it(page):
    page.random.seed(1)
    page.handle("shuffle", "")
    assert page.chart.index != 3000
    assert page.bar.values["index"] == f"{page.chart.index:,}"
    assert record_of(page)["index"] == page.chart.index


def test_an_index_may_be_typed_with_separators(page):
    page.handle("index", "1,234")
    assert page.chart.index == 1234


@pytest.mark.parametrize("text", ["", "-1", "12x", "99999999"])
def test_a_wrong_index_is_answered_at_the_field(page, text):
    page.handle("index", text)
    assert page.chart.index == 3000
    assert "Give one from 0 to" in page.bar.values["problem"]
    assert page.bar.values["problem_index"] == "true"
    page.handle("index", "7")
    assert page.bar.values["problem"] == page.bar.values["problem_index"] == ""


def test_a_time_leads_to_the_last_tick_up_to_it(page):
    page.handle("time", "2024-01-03 12:00")
    store, at = page.adapter.store, page.chart.index
    noon = 1_704_301_200 * 10**9
    assert int(store.times(at, at + 1)[0]) <= noon < int(store.times(at + 1, at + 2)[0])
    page.handle("time", "25:00")
    assert page.bar.values["problem_time"] == "true"


def test_a_search_says_the_share_of_matches_in_view(page):
    page.handle("search", " ODD[IRGCOND] ")
    seen = page.chart.sight
    matches = page.adapter.search("ODD[IRGCOND]", seen.start, seen.stop).mean()
    assert f"{matches:.1%} of view" in page.bar.values["share"]
    page.handle("search", "")
    assert page.bar.values["share"] == ""


def test_arrow_keys_step_by_tick_and_page_keys_by_window(page):
    page.handle("step", "1")
    assert page.chart.index == 3001
    page.chart.go(3001, 100)
    page.handle("window", "-1")
    assert page.chart.index == 2901


def test_the_code_shown_runs_and_gives_the_same_record(page):
    page.handle("search", "ODD[IRGCOND]")
    names = {}
    exec(page.code, names)
    assert names["record"] == page.adapter[page.chart.index]
    assert f"{names['matches']:.1%}" in page.bar.values["share"]
    assert len(page.code.splitlines()) <= 10


def test_a_project_without_files_names_the_next_step(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "empty")
    found = discovery.discover(project)
    assert isinstance(found, Empty)
    assert "litlab demo" in found.panel.html


def test_a_project_with_uncached_files_names_the_cache_command(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "raw")
    raw = tmp_path / "ticks.csv.gz"
    raw.write_bytes(b"")
    project.update(adapter="lseg", paths=(str(raw),))
    found = discovery.discover(project)
    assert isinstance(found, Empty)
    assert "No cached files yet" in found.panel.html
    assert f"litlab cache &#x27;{raw}&#x27; --adapter lseg" in found.panel.html


def test_the_page_keeps_the_index_of_its_address(built):
    frame = discovery.page(built, Request({"index": "42", "theme": "dark"}))
    assert frame[0].values["code"].count("42") >= 2
    assert "● cached · LIT.N · 3 files" in frame[0].values["state"]
    assert 'href="assets?theme=dark"' in frame[0].html


def test_view_is_something_panel_can_show(built):
    import panel as pn

    assert isinstance(discovery.view(built), pn.viewable.Viewable)


def test_two_files_show_the_same_hours(page):
    store = page.adapter.store
    page.chart.go(int(store.starts[1]) + 700, 200)
    page.handle("compare", "0")
    other = page.compare.chart
    assert page.compare.panel.visible
    clock = [times.clock(int(store.times(at, at + 1)[0]), page.adapter.zone, 0) for at in (
        page.chart.sight.start, page.chart.sight.stop - 1)]  # fmt: skip
    first, last = (times.clock(int(store.times(at, at + 1)[0]), page.adapter.zone, 0) for at in (
        other.sight.start, other.sight.stop - 1))  # fmt: skip
    assert clock[0] <= first <= last <= clock[1]
    assert other.sight.stop <= store.starts[1]
    before = other.sight.start
    page.handle("window", "1")
    assert other.sight.start > before
    page.handle("search", "ODD[IRGCOND]")
    assert other.tokens == page.chart.tokens
    page.handle("compare", "")
    assert not page.compare.panel.visible


def test_a_session_is_one_choice_away_and_shading_can_be_off(page):
    days = [int(at) for at in re.findall(r'<option value="(\d+)">\w{3} \d', page.bar.html)]
    assert len(days) == 3
    page.handle("session", str(days[1]))
    assert page.chart.index == days[1]
    assert page.chart._marks._strips.data["x0"].size
    page.handle("session", "hours")
    assert page.chart._marks._strips.data["x0"] == []


def test_a_bad_expression_is_answered_at_the_field(page):
    page.handle("search", "/(/")
    assert "regular expression" in page.bar.values["problem"]
    assert page.bar.values["problem_search"] == "true"


def test_what_a_feature_reads_is_shaded_and_follows_the_tick(built):
    found = discovery.discover(built, index=3000, asked=Request({"feature": "bars"}))
    band = found.chart._marks._read.data
    assert "bars reads: −" in found.foot.values["reads"]
    assert band["x1"][0] <= 3001
    found.handle("index", "4000")
    assert found.chart._marks._read.data["x1"][0] > band["x1"][0]
    assert found.chart._marks._ahead.data["x0"] == []
    found.handle("feature", "up")  # a label reads ahead: that part is hatched
    assert found.chart._marks._ahead.data["x0"] == [4001]
    assert found.chart._marks._ahead.data["x1"][0] > 4001
    found.handle("feature", "")
    assert found.chart._marks._read.data["x0"] == found.chart._marks._ahead.data["x0"] == []
    assert found.foot.values["reads"] == ""
    found.handle("feature", "../nothing")
    assert found.band.feature == ""
