"""The Builds page in a real browser: live, cancelled, resumed, found again after its server was killed."""

import dataclasses
import signal
import subprocess
import sys

import pytest
from apps.conftest import make_workspace
from served import serving

from litlab.builds import find_build, launch_build, stop_build
from litlab.features import save_feature
from litlab.schemas import load_schema, save_schema

pytestmark = pytest.mark.browser

SLOW = """import logging, time
def feature(adapter, index, params={}, features={}):
    time.sleep(0.1)
    logging.getLogger("slow").warning("at <%s>", index)
    return [1.0]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A schema that is built within seconds, and one that takes minutes."""
    project = make_workspace(tmp_path_factory.mktemp("builds") / "workspace")
    team = project.team
    (team.folder("scripts") / "slow.py").write_text(SLOW)
    save_feature(team, "slow", "slow", {})
    schema = load_schema(team, "minutes")
    save_schema(team, dataclasses.replace(schema, name="slow", features=("per_minute", "slow")))
    return project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as origin:
        yield origin


@pytest.fixture
def running(project):
    """A build of the slow schema, stopped afterwards."""
    job = launch_build(project.team, "slow", workers=1)
    yield job
    number = int(job.folder.name)
    stop_build(project.team, number)
    job.wait(60)


def state(page):
    return page.get_by_role("status", name="State")


def test_a_running_build_is_live_shows_its_processes_and_is_cancelled_and_resumed(
    page, origin, project, running
):
    page.goto(f"{origin}/builds?build={running.folder.name}")
    state(page).filter(has_text="running").wait_for(timeout=60_000)
    page.get_by_role("tab", name="Processes").click()
    page.get_by_role("cell", name="slow at").wait_for(timeout=60_000)
    row = page.get_by_role("row").filter(has_text="slow at")
    first = row.inner_text()
    page.get_by_role("row").filter(has_text="slow at").filter(has_not_text=first.split("\n")[0]).or_(
        row
    ).wait_for()
    page.get_by_role("tab", name="Processes").press("ArrowRight")
    log = page.get_by_role("log", name="Log lines")
    log.filter(has_text="slow.py, line").wait_for(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    state(page).filter(has_text="stopped").wait_for(timeout=60_000)
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("heading", name=f"Build {int(running.folder.name) + 1}").wait_for()
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    state(page).filter(has_text="stopped").wait_for(timeout=60_000)


def test_a_build_outlives_the_server_and_a_new_one_finds_it(chromium, project, running, tmp_path):
    home = project.team.workspace.home
    number = running.folder.name
    for turn in range(2):
        command = [sys.executable, "-m", "litlab.apps", "--workspace", str(home)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        page = chromium.new_page()
        try:
            origin = process.stdout.readline().split()[3].rstrip("/")
            page.goto(f"{origin}/builds?build={number}")
            state(page).filter(has_text="running").wait_for(timeout=60_000)
            assert page.get_by_role("img", name="3 chunks").count() >= 1
        finally:
            process.send_signal(signal.SIGKILL if turn == 0 else signal.SIGTERM)
            process.wait(15)
            process.stdout.close()
            page.close()
        assert find_build(project.team, int(number)).state == "running"


def test_a_build_begun_elsewhere_comes_up_by_itself(page, origin, project):
    page.goto(f"{origin}/builds?build=1")
    state(page).filter(has_text="complete").wait_for()
    number = int(launch_build(project.team, "minutes", workers=1).folder.name)
    page.get_by_role("button", name=f"Build {number}", exact=True).wait_for(timeout=60_000)
    page.get_by_role("row").filter(has_text="complete").nth(1).wait_for(timeout=60_000)
    assert "build=1" in page.url


def test_a_log_is_searched_by_keyboard(page, origin, project):
    page.goto(f"{origin}/builds?build=1")
    page.get_by_role("tab", name="Log").click()
    page.get_by_role("log", name="Log lines").filter(has_text="Computed fields").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("writing")
    page.keyboard.press("Enter")
    page.get_by_text("3 lines match").wait_for()
    assert "Computed fields" not in page.get_by_role("log", name="Log lines").inner_text()
    page.get_by_role("combobox", name="Level").select_option("ERROR")
    page.get_by_text("0 lines match").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_half_a_window_holds_the_page_and_nothing_leaves_the_origin(page, origin, theme):
    page.set_viewport_size({"width": 720, "height": 900})
    page.goto(f"{origin}/builds?theme={theme}&build=1")
    state(page).filter(has_text="complete").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("told = facts(build)").wait_for()
    assert [
        url
        for url in page.asked
        if not url.startswith((origin, origin.replace("http", "ws"), "data:", "blob:"))
    ] == []
