"""The Schemas page in a real browser: a schema by keyboard, answers at the fields, Build goes to Builds."""

import pytest
from apps.conftest import make_workspace
from served import serving

from litlab.builds import list_builds
from litlab.schemas import list_schemas, load_schema

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("schemas") / "workspace")


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as origin:
        yield origin


def field(page, name):
    return page.get_by_role("textbox", name=name, exact=True)


def estimate(page):
    return page.get_by_role("status", name="Estimate")


def open_schemas(page, origin, query=""):
    page.goto(f"{origin}/schemas?{query}")
    field(page, "Name").wait_for()
    estimate(page).filter(has_text="≈").wait_for(timeout=60_000)


def test_the_estimate_follows_the_form_and_people_are_left_where_they_type(page, origin):
    open_schemas(page, origin, "schema=minutes")
    before = estimate(page).inner_text()
    field(page, "Resolution").focus()
    field(page, "Resolution").press("End")
    page.keyboard.type("0")
    estimate(page).filter(has_text="≈").filter(has_not_text=before.split("\n")[0]).wait_for()
    assert field(page, "Resolution").input_value() == "10"
    assert field(page, "Resolution").evaluate("element => element.matches(':focus')")
    page.get_by_role("combobox", name="Kind").select_option("walk")
    assert field(page, "Folds").input_value() == "5"
    assert field(page, "Validation from").count() == 0


def test_what_is_wrong_stands_at_the_field_and_nothing_typed_is_lost(page, origin, project):
    open_schemas(page, origin, "schema=minutes")
    field(page, "Seed").fill("seven")
    page.get_by_role("alert").filter(has_text="seed = 'seven' is not possible").wait_for()
    assert field(page, "Seed").get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="Save").click()
    page.get_by_text("See the fields marked above").wait_for()
    assert field(page, "Seed").input_value() == "seven"
    assert load_schema(project.team, "minutes").seed == 7


def test_a_new_schema_is_made_and_built_by_keyboard_alone(page, origin, project):
    open_schemas(page, origin)
    page.get_by_role("button", name="New").focus()
    page.keyboard.press("Enter")
    page.get_by_text("not saved yet").wait_for()
    field(page, "Name").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("typed")
    page.get_by_role("checkbox", name="bars").focus()
    page.keyboard.press("Space")
    estimate(page).filter(has_text="it has gates only").wait_for()
    page.keyboard.press("Space")
    estimate(page).filter(has_text="≈").wait_for()
    field(page, "Name").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="typed", exact=True).wait_for()
    assert list_schemas(project.team)["typed"].features == ("bars", "per_minute")
    page.get_by_role("button", name="Build", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/builds?**")
    page.get_by_role("heading", name="typed").wait_for()
    page.get_by_role("status", name="State").filter(has_text="complete").wait_for(timeout=120_000)
    assert list_builds(project.team)[-1].record().schema == "typed"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_half_a_window_holds_the_form_without_a_sideways_scroll(page, origin, theme):
    page.set_viewport_size({"width": 720, "height": 900})
    open_schemas(page, origin, f"theme={theme}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    assert page.get_by_role("button", name="Build", exact=True).is_visible()
    assert [
        url
        for url in page.asked
        if not url.startswith((origin, origin.replace("http", "ws"), "data:", "blob:"))
    ] == []


def test_a_schema_nothing_is_built_of_is_deleted_after_a_question(page, origin, project):
    open_schemas(page, origin, "schema=minutes")
    assert page.get_by_role("button", name="Delete", exact=True).is_disabled()
    field(page, "Name").fill("short_lived")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="short_lived").wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete short_lived")
    dialog.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="short_lived").wait_for(state="detached")
    assert "short_lived" not in list_schemas(project.team)
