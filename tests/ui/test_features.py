"""The Features page in a real browser: forms by keyboard, a test that hangs, a verdict, an edited source."""

import re
import time

import pytest
from served import serving

from litlab.adapters import cache_files, load_adapter
from litlab.features import list_features, save_feature
from litlab.sources import is_own, save_source
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace

pytestmark = pytest.mark.browser

PATIENT_MS = 120_000  # a cold process has numba and pandas to load


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Two days of sample ticks, cached, and one saved feature."""
    project = Workspace(tmp_path_factory.mktemp("features") / "workspace").create_project(
        "contoso", "volatility"
    )
    team = project.team
    tape = write_sample(team.folder("raw"), days=2, ticks_per_day=1_500, seed=7)
    paths = tuple(str(path) for path in tape.paths)
    cache_files(load_adapter(team, "lseg", {"paths": list(paths)}))
    project.update(adapter="lseg", paths=paths)
    save_feature(team, "bars", "unit_bar", {"count": 5, "unit": "minute", "size": 1, "current": "partial"})
    hang = '"""Hangs."""\n\n\ndef feature(adapter, index, params={}, features={}):\n'
    hang += "    while True:\n        index += 1\n"
    save_source(team, "scripts", "hangs", hang)
    return project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    """The address of a running server, which must not have stumbled once."""
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "features.log") as address:
        yield address


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def open_features(page, origin, query=""):
    page.set_default_timeout(PATIENT_MS)
    page.goto(f"{origin}/features?{query}")
    button(page, "Test").wait_for()
    page.wait_for_function("() => window.Bokeh?.documents?.[0]?.is_idle")


def values(page):
    return page.get_by_role("table", name="Values")


def test_a_feature_is_tested_shuffled_and_saved_by_keyboard_alone(page, origin, project):
    open_features(page, origin, "feature=bars&index=1500")
    page.keyboard.press("t")
    values(page).get_by_role("columnheader", name="close").wait_for()
    assert values(page).get_by_role("row").count() == 6
    page.get_by_role("status", name="Reads").filter(has_text="reads: −").wait_for()
    page.keyboard.press("s")
    page.wait_for_url(lambda url: "index=" in url and "index=1500" not in url)
    count = page.get_by_role("textbox", name="count")
    count.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="count = '0' is not possible").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    page.get_by_role("textbox", name="Save as").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("three_bars")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="three_bars").wait_for()
    assert list_features(project.team)["three_bars"].params["count"] == 3
    page.wait_for_url("**feature=three_bars**")


def test_the_page_answers_while_a_script_hangs_and_names_its_line_after_stop(page, origin):
    open_features(page, origin, "script=sma&index=1500")
    button(page, "Test").click()
    values(page).wait_for()
    page.get_by_role("tab", name="Scripts").click()
    button(page, "hangs").click()
    page.get_by_role("heading", name="hangs").wait_for()
    button(page, "Test").click()
    button(page, "Stop").wait_for()
    begun = time.perf_counter()
    page.get_by_role("tab", name="Features").click()
    page.get_by_role("table", name="Saved features").wait_for()
    assert time.perf_counter() - begun < 2  # 0.2 s on an idle machine; a hang would be 10
    page.get_by_role("alert").filter(has_text=re.compile(r"hangs\.py, line [56], at index 1500")).wait_for()
    assert button(page, "Stop").count() == 0


def test_a_proof_shows_progress_and_its_evidence_a_click_away(page, origin):
    open_features(page, origin, "script=unit_bar&index=1500")
    button(page, "Prove").click()
    page.get_by_role("progressbar", name="Proving").wait_for()
    badge = page.get_by_title("Show the evidence").filter(has_text="✓ no leak found")
    badge.wait_for()
    badge.click()
    dialog = page.get_by_role("dialog", name="Evidence about unit_bar")
    dialog.get_by_text("no leak found in 48 samples").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.reload()
    badge.wait_for()


def test_an_edited_source_says_what_is_wrong_while_it_is_typed(page, origin, project):
    open_features(page, origin, "script=rsi")
    button(page, "Edit source").click()
    text = page.get_by_role("textbox", name="Source of rsi.py")
    source = text.input_value()
    text.fill(source + "\ndef broken(:\n")
    page.get_by_role("alert").filter(has_text="▲ Line ").wait_for()
    text.fill(source + "\n# mine\n")
    page.get_by_role("status").filter(has_text="not saved yet").wait_for()
    assert not is_own(project.team, "scripts", "rsi")
    button(page, "Save").click()
    page.get_by_role("status").filter(has_text="● saved").wait_for()
    assert is_own(project.team, "scripts", "rsi")
    button(page, "Close").click()
    button(page, "Test").wait_for()


@pytest.mark.parametrize("width", [1440, 720])
def test_chart_and_values_have_most_of_the_height_and_nothing_scrolls_sideways(page, origin, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_features(page, origin, "feature=bars&index=1500")
    button(page, "Test").click()
    values(page).wait_for()
    top = page.get_by_role("toolbar", name="Tick").bounding_box()
    bottom = page.get_by_role("tablist", name="Features and scripts").bounding_box()
    assert bottom["y"] - (top["y"] + top["height"]) >= 0.58 * 900
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
