"""The Experiments page in a real browser: a training watched, paused, continued, an epoch vaulted."""

import re

import pytest
from pretended_runs import pretend
from served import serving

from litlab.canvases import Canvas, default_canvas, save_canvas
from litlab.experiments import launch, open_run
from litlab.vault import list_entries

pytestmark = pytest.mark.browser

PATIENT_MS = 120_000
EPOCHS = 500


@pytest.fixture(scope="module")
def project(tape_project, small_asset):
    """The shared asset with a canvas, and two runs of the past; the longer one has 10,000 epochs."""
    body = default_canvas(small_asset).to_json()
    for node in body["nodes"]:
        if node["component"] == "globals":
            node["params"]["patience"] = EPOCHS  # it ends when it is told to
    save_canvas(tape_project.team, "watched", Canvas.from_json(body))
    pretend(tape_project, "past-001", 12, seed=1)
    pretend(tape_project, "past-002", 10_000, seed=2, planned=10_000)
    return tape_project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as origin:
        yield origin


def state(page):
    return page.get_by_role("status", name="State")


def row(page, run, epoch):
    table = page.get_by_role("table", name="Epochs")
    return table.locator(f'tr[data-key="{run}/{epoch}"]')


@pytest.mark.train
def test_a_training_is_watched_paused_continued_and_an_epoch_of_it_vaulted(
    page, origin, project, small_asset
):
    run = launch(project, "watched", small_asset, epochs=EPOCHS)
    try:
        page.goto(f"{origin}/experiments")
        page.get_by_role("heading", name=run.name).wait_for()
        state(page).filter(has_text=re.compile("◐ running")).wait_for()
        row(page, run.name, 2).wait_for(timeout=PATIENT_MS)
        page.get_by_text("cores").wait_for(timeout=PATIENT_MS)

        page.get_by_role("button", name="Pause", exact=True).click()
        state(page).filter(has_text="‖ paused").wait_for(timeout=PATIENT_MS)
        done = len(run.epochs())

        page.locator("details#columns summary").click()
        page.get_by_role("checkbox", name="val_auc").check()
        page.get_by_role("checkbox", name="val_loss", exact=True).uncheck()
        page.wait_for_url(re.compile("columns=loss%2Cval_auc"))
        page.keyboard.press("Escape")
        page.locator("details#columns:not([open])").wait_for(state="attached")

        row(page, run.name, 1).click()
        page.get_by_role("button", name="Add to vault").click()
        page.get_by_text("adding to the vault").wait_for()
        page.get_by_role("combobox", name="Device").select_option("cpu")
        page.get_by_role("button", name="Continue", exact=True).click()
        state(page).filter(has_text="◐ running").wait_for(timeout=PATIENT_MS)
        link = page.locator(".epoch").get_by_role("link", name="in the vault: watched")
        link.wait_for(timeout=PATIENT_MS)
        (entry,) = [one for one in list_entries(project.team) if one.record.run == run.name]
        assert entry.record.epoch == 1
        assert link.get_attribute("href").endswith(f"name=watched&digest={entry.digest}")

        row(page, run.name, done + 1).wait_for(timeout=PATIENT_MS)
        page.reload()
        page.get_by_role("heading", name=run.name).wait_for()
        page.get_by_role("button", name="Stop", exact=True).click()
        state(page).filter(has_text="■ stopped").wait_for(timeout=PATIENT_MS)
    finally:
        run.job.kill()
    epochs = [row["epoch"] for row in open_run(project, run.name).epochs()]
    assert epochs == list(range(1, len(epochs) + 1))


def test_ten_thousand_epochs_are_walked_by_keyboard(page, origin):
    page.goto(f"{origin}/experiments?run=past-002")
    last = row(page, "past-002", 10_000)
    last.wait_for()  # the end is in sight
    assert page.get_by_role("table", name="Epochs").get_by_role("row").count() < 100
    last.focus()
    page.keyboard.press("Home")
    row(page, "past-002", 1).wait_for()
    page.wait_for_function(
        """() => {
          let one = document.activeElement;
          while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
          return one.at === 0;
        }"""
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".epoch").filter(has_text=re.compile(r"Epoch\s+2\s")).wait_for()
    page.keyboard.press("End")
    last.wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_half_a_window_holds_the_page_and_nothing_leaves_the_origin(page, origin, theme):
    page.set_viewport_size({"width": 720, "height": 900})
    page.goto(f"{origin}/experiments?theme={theme}&run=past-001,past-002")
    page.get_by_role("table", name="Runs").get_by_role("row").filter(has_text="past-001").first.wait_for()
    page.wait_for_function("() => window.Bokeh?.documents?.[0]?.is_idle")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    page.get_by_role("checkbox", name="Draw past-001").uncheck()
    page.wait_for_url(re.compile("run=past-002"))
    page.get_by_role("tab", name="Grid").press("ArrowRight")
    page.get_by_role("log", name="Log lines").filter(has_text="training past-002").wait_for()
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("seen = monitor(").wait_for()
    assert [
        url
        for url in page.asked
        if not url.startswith((origin, origin.replace("http", "ws"), "data:", "blob:"))
    ] == []
