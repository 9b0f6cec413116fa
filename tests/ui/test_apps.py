"""The apps in a real browser, by role and name: Discovery and Assets, light and dark, offline."""

import json
import re

import pytest
from served import serving

from litlab.adapters import cache_files, load_adapter
from litlab.assets.ledger import entries
from litlab.builds import run_build
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace

pytestmark = pytest.mark.browser

POINTS = 3_000  # up to here every tick is a point, beyond it one image


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Three days of sample ticks, cached; a schema of one-minute bars, built into the queue."""
    project = Workspace(tmp_path_factory.mktemp("apps") / "workspace").create_project("contoso", "volatility")
    team = project.team
    tape = write_sample(team.folder("raw"), days=3, ticks_per_day=2_000, seed=7)
    paths = tuple(str(path) for path in tape.paths)
    cache_files(load_adapter(team, "lseg", {"paths": list(paths)}))
    project.update(adapter="lseg", paths=paths)
    save_feature(team, "per_minute", "per_unit", {"unit": "minute", "size": 1})
    save_feature(team, "bars", "unit_bar", {"count": 5, "unit": "minute", "size": 1, "current": "partial"})
    save_feature(team, "up", "atr_up_next", {"rate": 3, "unit": "minute", "size": 1})
    data = (DataSet("lseg", paths),)
    split = Split(validation="2024-01-03", test="2024-01-04")
    schema = Schema("minutes", "volatility", data, ("per_minute", "bars"), ("up",), split)
    run_build(team, save_schema(team, schema), workers=1)
    return project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    """The address of a running ``python -m litlab.apps``, which must not have stumbled once."""
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as address:
        yield address


def field(page, name):
    return page.get_by_role("textbox", name=name, exact=True)


def in_view(page):
    return page.get_by_role("status", name="Ticks in view")


def open_discovery(page, origin, query=""):
    page.goto(f"{origin}/discovery?{query}")
    page.get_by_role("button", name="Shuffle").wait_for()
    in_view(page).filter(has_text="ticks in view").wait_for()
    # The first picture at the browser's own size.
    page.wait_for_function("() => window.Bokeh?.documents?.[0]?.is_idle")


def record(page):
    return json.loads(page.get_by_role("region", name="Record").locator("pre").inner_text())


def wait_for_record(page, index):
    page.get_by_role("heading", name=f"Record {index:,}", exact=True).wait_for()


def wheel(page, by):
    """Turn the wheel over the middle of the chart until the number of ticks in view has changed."""
    before = in_view(page).inner_text()
    page.mouse.move(600, 400)
    page.mouse.wheel(0, by)
    in_view(page).filter(has_not_text=before).wait_for()


def test_shuffle_goes_elsewhere_by_button_and_key_and_the_address_follows(page, origin):
    open_discovery(page, origin, "index=3000")
    wait_for_record(page, 3000)
    page.get_by_role("button", name="Shuffle").click()
    page.wait_for_url(lambda url: "index=3000" not in url and "index=" in url)
    first = int(re.search(r"index=(\d+)", page.url)[1])
    wait_for_record(page, first)
    assert field(page, "Index").input_value() == f"{first:,}"
    page.keyboard.press("s")
    page.wait_for_url(lambda url: f"index={first}" not in url)
    page.reload()
    wait_for_record(page, int(re.search(r"index=(\d+)", page.url)[1]))


def test_many_shuffles_in_a_row_are_all_done(page, origin):
    open_discovery(page, origin)
    for _ in range(30):
        page.keyboard.press("s")
    page.keyboard.press("g")
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    wait_for_record(page, 77)
    page.wait_for_url("**index=77")


def test_the_wheel_goes_from_the_whole_data_set_to_single_ticks_and_back(page, origin):
    open_discovery(page, origin)
    whole = in_view(page).inner_text()
    assert int(whole.split()[0].replace(",", "")) > POINTS
    for _ in range(9):
        wheel(page, -300)
        if in_view(page).inner_text().startswith(("10 ", "11 ")):
            break
    assert in_view(page).inner_text() in ("10 ticks in view", "11 ticks in view")
    for _ in range(12):
        wheel(page, 300)
        if in_view(page).inner_text() == whole:
            break
    assert in_view(page).inner_text() == whole
    held = "() => [...Bokeh.documents[0]._all_models.values()].map(model => model.hold_render)"
    assert set(page.evaluate(held)) - {None} == {False}  # no pane waits for a view that is there


def test_a_slow_start_says_what_is_opened_and_gives_way_to_it(page, origin):
    waiting = []
    page.route("**/bokeh.min.js*", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    page.goto(f"{origin}/discovery", wait_until="commit")
    note = page.get_by_role("status").filter(has_text=re.compile("^Opening Discovery"))
    note.wait_for()
    page.wait_for_timeout(100)
    assert note.is_visible()
    waiting[0].continue_()
    in_view(page).filter(has_text="ticks in view").wait_for()
    note.wait_for(state="hidden")


def test_shift_click_shows_the_raw_record_as_json(page, origin, project):
    from litlab.apps.request import adapter_of

    open_discovery(page, origin, "index=3000")
    page.keyboard.down("Shift")
    page.mouse.click(400, 400)
    page.keyboard.up("Shift")
    page.wait_for_url(lambda url: "index=" in url and "index=3000" not in url)
    chosen = int(re.search(r"index=(\d+)", page.url)[1])
    wait_for_record(page, chosen)
    assert record(page) == adapter_of(project)[chosen]
    assert record(page)["symbol"] == "LIT.N"


def test_index_time_and_search_answer_in_place(page, origin):
    open_discovery(page, origin)
    page.keyboard.press("g")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    wait_for_record(page, 1234)
    field(page, "Index").fill("99,999,999")
    field(page, "Index").press("Enter")
    page.get_by_role("alert").filter(has_text="no index of this data set").wait_for()
    assert field(page, "Index").get_attribute("aria-invalid") == "true"
    field(page, "Time").fill("2024-01-03 12:00")
    field(page, "Time").press("Enter")
    page.get_by_text("2024-01-03 11:59", exact=False).or_(
        page.get_by_text("2024-01-03 12:00")
    ).first.wait_for()
    field(page, "Search").fill("ODD[IRGCOND]")
    field(page, "Search").press("Enter")
    share = page.get_by_role("status", name="Share of matches").filter(has_text="% of view")
    share.wait_for()
    assert 20 < float(share.inner_text().split("%")[0]) < 60


def test_copy_as_code_shows_the_calls_of_what_is_in_view(page, origin):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_discovery(page, origin, "index=3000")
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "record = adapter[3000]" in copied


def test_maximise_leaves_the_chart_and_brings_the_rest_back(page, origin):
    open_discovery(page, origin)
    page.get_by_role("button", name="Maximise").click()
    page.get_by_role("region", name="Record").wait_for(state="hidden")
    page.keyboard.press("m")
    page.get_by_role("region", name="Record").wait_for()


def test_a_page_takes_the_theme_of_the_system_and_another_by_its_button(page, origin):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{origin}/vault")
    page.get_by_role("button", name="Light theme").click()
    page.wait_for_url("**/vault?theme=light")
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_url("**/vault?theme=dark")


def test_a_project_is_made_by_a_form(page, origin, project):
    page.goto(f"{origin}/?theme=light&project=")
    page.get_by_role("textbox", name="Project").fill("<b>spreads")
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("alert").get_by_text("cannot be the name of a project").wait_for()
    page.get_by_role("textbox", name="Project").fill("spreads")
    page.get_by_role("button", name="Create project").click()
    page.wait_for_url(re.compile(r"/uploads\?.*project=contoso%2Fspreads"))
    (project.team.root / "projects" / "spreads.json").unlink()


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 26)")])
def test_both_themes_reach_page_and_chart_and_no_request_leaves_the_origin(page, origin, theme, ground):
    for path in ("discovery", "assets", ""):
        page.goto(f"{origin}/{path}?theme={theme}")
        page.locator(".header").wait_for()
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == ground
    open_discovery(page, origin, f"theme={theme}")
    fills = """() => [...Bokeh.documents[0]._all_models.values()]
        .map(model => model.background_fill_color?.value ?? model.background_fill_color)"""
    hexed = "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", ground))
    assert hexed in page.evaluate(fills)
    allowed = (origin, origin.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(allowed)] == []


def test_half_a_window_holds_the_page_without_a_sideways_scroll(page, origin):
    page.set_viewport_size({"width": 720, "height": 900})
    for path in ("discovery", "assets"):
        page.goto(f"{origin}/{path}")
        page.locator(".header").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    assert page.get_by_role("button", name="Copy as code").bounding_box()["x"] < 720


def test_half_a_window_has_one_line_of_controls_and_the_rest_behind_a_button(page, origin):
    page.set_viewport_size({"width": 720, "height": 900})
    open_discovery(page, origin, "index=3000")
    sessions = page.get_by_role("combobox", name="Sessions")
    assert page.get_by_role("toolbar", name="Discovery").bounding_box()["height"] <= 44
    assert not sessions.is_visible()
    page.get_by_role("button", name="More").click()
    sessions.select_option(label="Wed 3 Jan 2024")
    page.wait_for_url(lambda url: "index=3000" not in url)


def test_an_unknown_project_is_named_on_the_page(page, origin):
    page.goto(f"{origin}/discovery?project=contoso/volatilty")
    page.get_by_role("alert").filter(has_text="Did you mean 'volatility'?").wait_for()


def test_promote_asks_then_moves_the_asset_and_shows_who(page, origin, project):
    page.goto(f"{origin}/assets")
    page.get_by_role("button", name="Promote").click()
    dialog = page.get_by_role("dialog", name="Promote minutes")
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    assert entries(project.team, "promote.done") == []
    page.get_by_role("button", name="Promote").click()
    dialog.get_by_role("button", name="Promote").click()
    page.get_by_role("cell", name="● production").wait_for()
    (done,) = entries(project.team, "promote.done")
    assert page.get_by_role("cell", name=done["who"], exact=True).is_visible()
    assert page.get_by_role("button", name="Promote").count() == 0


def test_another_file_stands_below_and_follows_the_chart(page, origin):
    open_discovery(page, origin, "index=3000")
    page.get_by_role("combobox", name="Compare").select_option(index=1)
    hints = page.get_by_text("Point at the chart to read it")
    hints.nth(1).wait_for()
    page.keyboard.press("PageDown")
    page.wait_for_url(lambda url: "index=3000" not in url)
    page.get_by_role("combobox", name="Compare").select_option(index=0)
    hints.nth(1).wait_for(state="hidden")


def test_three_tokens_each_have_a_share_and_a_bad_expression_is_answered(page, origin):
    open_discovery(page, origin, "index=3000")
    field(page, "Search").fill("ODD[IRGCOND], /^1?32/, nowhere")
    field(page, "Search").press("Enter")
    share = page.get_by_role("status", name="Share of matches")
    share.filter(has_text=re.compile(r"%.*%.*0\.0%", re.S)).wait_for()
    field(page, "Search").fill("/(/")
    field(page, "Search").press("Enter")
    page.get_by_role("alert").filter(has_text="regular expression").wait_for()
    assert field(page, "Search").get_attribute("aria-invalid") == "true"


def test_the_keys_are_a_sheet_and_a_session_is_one_choice_away(page, origin):
    open_discovery(page, origin, "index=3000")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_text("zoom about the pointer").wait_for()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("combobox", name="Sessions").select_option(label="Wed 3 Jan 2024")
    page.wait_for_url(lambda url: "index=3000" not in url)
