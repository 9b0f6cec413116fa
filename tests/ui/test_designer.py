"""The Designer in a real browser: a model drawn from nothing, put right, saved and launched."""

import re
import shutil

import pytest
from served import serving

from litlab import atomic
from litlab.canvases import load_canvas
from litlab.experiments import list_runs
from litlab.workspace import Workspace

pytestmark = pytest.mark.browser

PATIENT_MS = 120_000  # the checker has TensorFlow to load


@pytest.fixture(scope="module")
def project(small_asset, tmp_path_factory):
    """A project with the shared asset in production and no canvas."""
    project = Workspace(tmp_path_factory.mktemp("designer") / "workspace").create_project(
        "contoso", "volatility"
    )
    folder = project.folder("assets") / "tape" / "production"
    shutil.copytree(small_asset.path, folder / small_asset.digest)
    atomic.point(folder, small_asset.digest)
    return project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "designer.log") as origin:
        yield origin


def add(page, name, wired=False):
    """Take a component out of the palette; wired: what is selected leads into it."""
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("searchbox", name="Search components").fill(name)
    page.keyboard.press("Shift+Enter" if wired else "Enter")
    return node(page, name)


def node(page, name):
    return page.locator(f".react-flow__node[data-id='{name}']")


def status(page):
    return page.get_by_role("status", name="Compile status")


def choose(page, name):
    node(page, name).click()
    page.get_by_role("region", name="Properties").get_by_role("textbox", name="id").wait_for()


def field(page, name):
    return page.get_by_role("region", name="Properties").get_by_label(name, exact=True)


def test_the_walkthroughs_model_is_drawn_from_nothing_put_right_saved_and_launched(page, origin, project):
    page.set_default_timeout(PATIENT_MS)
    page.goto(f"{origin}/designer")
    status(page).filter(has_text="ready").wait_for()  # the default canvas, looked over
    page.get_by_role("button", name="New …").click()
    dialog = page.get_by_role("dialog", name="New canvas")
    dialog.get_by_role("textbox", name="Name").fill("walk")
    dialog.get_by_role("radio", name="an empty one").check()
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="Nothing drawn yet").wait_for()
    status(page).filter(has_text="at least one output").wait_for()

    add(page, "input").wait_for()
    for name in ("flatten", "dense", "output"):
        add(page, name, wired=True).wait_for()
    add(page, "globals").wait_for()
    status(page).filter(has_text="ready").wait_for()
    assert "(None, 1)" in status(page).inner_text()
    shapes = page.locator(".lc-shape").all_text_contents()
    assert {"(None, 100, 8)", "(None, 800)", "(None, 32)"} <= set(shapes)
    node(page, "dense").filter(has_text=f"{800 * 32 + 32:,}").wait_for()

    choose(page, "input")
    field(page, "last").fill("500")
    node(page, "input").filter(has_text="last = 500 rows were asked of a window of 100").wait_for()
    node(page, "dense").filter(has_text="waits for what comes before it").wait_for()
    status(page).filter(has_text="input: ").wait_for()
    field(page, "last").fill("30")
    status(page).filter(has_text="ready").wait_for()
    assert "(None, 30, 8)" in page.locator(".lc-shape").all_text_contents()

    choose(page, "globals")
    field(page, "epochs").fill("1")
    page.keyboard.press("Control+s")
    page.get_by_text("● saved").wait_for()
    page.wait_for_url("**canvas=walk**")
    kept = load_canvas(project.team, "walk")
    assert [one.component for one in kept.nodes] == ["input", "flatten", "dense", "output", "globals"]
    assert (kept.node("input").params["last"], kept.node("globals").params["epochs"]) == (30, 1)

    page.get_by_role("button", name="Launch experiment").click()
    link = page.get_by_role("link", name="Show experiment")
    link.wait_for()
    (run,) = list_runs(project)
    run.job.kill()
    assert re.search(rf"experiments\?.*run={run.name}", link.get_attribute("href"))
    assert run.definition.settings.epochs == 1
    page.get_by_role("button", name="Copy as code").first.click()
    page.get_by_text("load_canvas(project.team, 'walk')").first.wait_for()
    run.job.wait(20)


def test_what_is_drawn_and_not_saved_is_there_again_after_a_reload_and_on_the_way_back(page, origin, project):
    page.set_default_timeout(PATIENT_MS)
    page.goto(f"{origin}/designer")
    add(page, "dropout").wait_for()
    page.get_by_role("button", name="New …").click()
    dialog = page.get_by_role("dialog", name="New canvas")
    dialog.get_by_role("textbox", name="Name").fill("kept")
    dialog.get_by_role("radio", name="an empty one").check()
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("alert").filter(has_text="is not saved.").wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("heading", name="Nothing drawn yet").wait_for()
    add(page, "gru").wait_for()
    assert "canvas=" not in page.url
    restored = page.get_by_text("Your unsaved changes were restored")
    page.reload()
    restored.wait_for()
    assert (node(page, "gru").count(), node(page, "dropout").count()) == (1, 0)
    page.get_by_role("link", name="Experiments", exact=True).click()
    page.wait_for_url("**/experiments*")
    page.go_back()
    restored.wait_for()
    assert node(page, "gru").count() == 1
    page.get_by_role("button", name="Discard").click()
    restored.wait_for(state="hidden")
    page.reload()
    status(page).wait_for()
    page.wait_for_function("() => !Object.keys(localStorage).some(one => one.startsWith('litlab.draft:'))")
    assert node(page, "gru").count() == 0


def test_an_address_of_no_canvas_says_so(page, origin, project):
    page.goto(f"{origin}/designer?canvas=nope")
    page.get_by_role("alert").filter(has_text="no canvas called 'nope'").wait_for()


def test_the_module_that_draws_is_fetched_once_and_nothing_leaves_the_machine(page, origin, project):
    page.set_default_timeout(PATIENT_MS)
    for theme in ("light", "dark"):
        page.goto(f"{origin}/designer?canvas=walk&theme={theme}")
        node(page, "dense").wait_for()
        assert page.locator(f".litcanvas[data-theme='{theme}']").count() == 1
    ours = (origin, origin.replace("http", "ws"), "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(ours)] == []
