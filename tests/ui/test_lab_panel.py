"""litlab's side panel in a real JupyterLab: the project, its workflow, running jobs, scripts, logs, code."""

import contextlib
import http.client
import json
import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from litlab.builds.log import BuildLog
from litlab.jobs import Job
from litlab.schemas import DataSet, Schema, Split
from litlab.scripts import shipped

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

APP_TIMEOUT_MS = 90_000  # the first request starts the pages' process
ROOMS = [
    "Uploads", "Discovery", "Features", "Schemas", "Builds", "Assets",
    "Designer", "Experiments", "Vault", "Streams", "Deployments", "Insights",
]  # fmt: skip
SLEEP = "import time\nfor step in range(600): print('step', step, flush=True); time.sleep(0.2)"


@pytest.fixture
def team(lab):
    """The team of the workspace; what a test leaves in it is removed."""
    team = lab.workspace.team("contoso")
    yield team
    for kind in ("logs", "scripts", "schemas", "raw"):
        for path in team.folder(kind).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for project in team.projects():
        if project.name != "volatility":
            project.record_path.unlink()


@pytest.fixture
def page(chromium, lab, team):
    """A fresh JupyterLab with the panel open."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{lab.url}lab?reset&token={lab.token}")
    page.get_by_role("heading", name="litlab").wait_for()
    execute(page, "apputils:change-theme", theme="JupyterLab Light")
    execute(page, "litlab:show-panel")
    row(page, "Uploads").wait_for()
    yield page
    context.close()


def execute(page, command, **arguments):
    page.evaluate(
        "([command, given]) => void window.jupyterapp.commands.execute(command, given)", [command, arguments]
    )


def panel(page):
    return page.get_by_role("region", name="litlab")


def row(page, name):
    return panel(page).get_by_role("listitem").filter(has_text=re.compile(f"^{name}"))


def open_app(page, name):
    row(page, name).get_by_role("button").click()
    return wait_for_app(page, name)


def wait_for_app(page, name):
    frame = page.frame_locator(f"iframe[title='{name}']")
    frame.locator("[data-root-id] > *").first.wait_for(state="attached", timeout=APP_TIMEOUT_MS)
    page.locator(f"iframe[title='{name}']:visible").wait_for(timeout=APP_TIMEOUT_MS)
    page.locator(".litlab-Note:visible").wait_for(state="detached")
    return frame


def selected_tab(page, name):
    return page.get_by_role("tab", name=name, selected=True)


def query_of(frame):
    return frame.locator("body").evaluate("() => Object.fromEntries(new URLSearchParams(location.search))")


@contextlib.contextmanager
def running_job(folder, name="copying files", code=SLEEP):
    job = Job.launch(folder, [sys.executable, "-c", code], name)
    try:
        yield job
    finally:
        job.kill()
        job.wait(20)


def make_schema(team, name="minutes"):
    data = (DataSet("lseg", ("/nowhere/a.csv",)),)
    schema = Schema(
        name, "volatility", data, ("bars",), ("up",), Split(validation="2024-01-03", test="2024-01-04")
    )
    schema.save(team.folder("schemas") / f"{name}.json")
    return schema


# Takes the build's log through its states as a real build does: started, two of four chunks, complete.
BUILD = """
import dataclasses, sys, time
from pathlib import Path
from litlab.builds.log import BuildLog
from litlab.schemas import Schema
log = BuildLog(Path(sys.argv[1]))
with log.held():
    record = log.start(Schema.load(log.folder / "minutes.json"), 4)
    log.store(dataclasses.replace(record, done=2))
    log.write("INFO", "half of it")
    while not (log.folder / "go").exists():
        time.sleep(0.05)
    log.store(dataclasses.replace(record, state="complete", done=4, seconds=1.0))
"""


def start_build(team):
    """Start a small real job that writes a build's log, as ``litlab build`` does."""
    log = BuildLog.create(team, make_schema(team))
    Job.launch(log.folder, [sys.executable, "-c", BUILD, str(log.folder)], "build minutes")
    return log


def test_the_panel_shows_the_project_and_the_workflow_in_its_order(page, team):
    make_schema(team)
    (team.folder("raw") / "a.csv").touch()
    row(page, "Schemas").filter(has_text="1").wait_for()
    row(page, "Uploads").filter(has_text="○ to take in1").wait_for()
    names = panel(page).get_by_role("list", name="Workflow").get_by_role("listitem")
    assert [text.split("\n")[0] for text in names.all_inner_texts()] == ROOMS
    assert panel(page).get_by_role("combobox", name="Project").input_value() == "contoso/volatility"
    assert row(page, "Schemas").get_attribute("aria-current") == "step"
    assert panel(page).get_by_role("button").count() == 9  # later rooms are no dead links
    row(page, "Insights").filter(has_text="not here yet").wait_for()


def test_a_row_opens_its_page_for_the_project_and_brings_it_to_the_front(page):
    frame = open_app(page, "Discovery")
    assert query_of(frame)["project"] == "contoso/volatility"
    open_app(page, "Assets")
    selected_tab(page, "Assets").wait_for()
    row(page, "Discovery").get_by_role("button").click()
    selected_tab(page, "Discovery").wait_for()
    assert page.locator("iframe[title='Discovery']").count() == 1


def test_panel_and_tabs_come_back_after_a_reload_with_the_project(page, lab, team):
    lab.workspace.create_project("contoso", "spreads")
    execute(page, "litlab:refresh")
    panel(page).get_by_role("combobox", name="Project").select_option("spreads")

    def saves_the_tab(response):
        data = response.request.post_data or ""
        return (
            "/lab/api/workspaces/" in response.request.url and "spreads" in data and "litlab-assets" in data
        )

    with page.expect_response(saves_the_tab, timeout=APP_TIMEOUT_MS):
        assert query_of(open_app(page, "Assets"))["project"] == "contoso/spreads"
    page.goto(f"{lab.url}lab")
    frame = wait_for_app(page, "Assets")
    assert query_of(frame)["project"] == "contoso/spreads"
    panel(page).get_by_role("combobox", name="Project").wait_for()
    assert panel(page).get_by_role("combobox", name="Project").input_value() == "contoso/spreads"


def test_an_open_tab_shows_another_project_when_its_row_is_clicked(page, lab):
    lab.workspace.create_project("contoso", "spreads")
    execute(page, "litlab:refresh")
    open_app(page, "Assets")
    panel(page).get_by_role("combobox", name="Project").select_option("spreads")
    row(page, "Assets").get_by_role("button").click()
    page.locator("iframe[title='Assets'][src*='spreads']").wait_for(state="attached")
    assert query_of(wait_for_app(page, "Assets"))["project"] == "contoso/spreads"


def test_a_project_is_made_in_the_panel_and_a_bad_name_is_said(page, lab):
    panel(page).get_by_role("combobox", name="Project").select_option("New project…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("contoso/a b")
    dialog.get_by_role("button", name="Create").click()
    page.get_by_text("'a b' cannot be the name of a project.").wait_for()
    execute(page, "litlab:new-project")
    dialog.get_by_role("textbox").fill("contoso/spreads")
    dialog.get_by_role("button", name="Create").click()
    panel(page).locator("select:has(option:checked[value='contoso/spreads'])").wait_for()
    assert lab.workspace.project("contoso", "spreads").record.name == "spreads"


def test_the_menu_and_the_palette_have_the_pages(page):
    page.get_by_role("menuitem", name="Litlab").click()
    menu = page.get_by_role("menu")
    for name in ROOMS[:6]:
        menu.get_by_role("menuitem", name=name, exact=False).wait_for()
    page.keyboard.press("Escape")
    execute(page, "apputils:activate-command-palette")
    page.get_by_role("textbox", name="SEARCH", exact=True).fill("litlab")
    for name in ("Open litlab Uploads", "Open litlab Builds", "Show litlab", "New litlab Project…"):
        page.get_by_role("menuitem", name=name).first.wait_for()


def test_keys_open_pages_and_collide_with_none_of_labs(page):
    page.get_by_role("tab", name="Launcher").click()
    for _ in range(5):  # a busy machine may take more than the second that Lab waits for the next key
        page.keyboard.press("Control+Shift+Y")
        page.keyboard.press("D")
        with contextlib.suppress(playwright.TimeoutError):
            selected_tab(page, "Discovery").wait_for(timeout=5_000)
            break
    selected_tab(page, "Discovery").wait_for()
    schemas = Path(sys.prefix) / "share/jupyter/lab/schemas"
    taken = {
        shortcut["keys"][0]
        for path in schemas.rglob("*.json")
        for shortcut in json.loads(path.read_text()).get("jupyter.lab.shortcuts", [])
        if shortcut.get("keys")
    }
    ours = Path(__file__).parents[2] / "litlab/labextension/schemas/litlab-labextension/plugin.json"
    keys = [tuple(one["keys"]) for one in json.loads(ours.read_text())["jupyter.lab.shortcuts"]]
    assert len(taken) > 100
    assert len(set(keys)) == len(keys) == 8
    assert {first for first, _ in keys} & taken == set()


def test_a_running_job_shows_in_the_panel_and_the_status_bar_with_its_log(page, team):
    folder = team.folder("logs") / "copying"
    with running_job(folder):
        jobs = panel(page).get_by_role("list", name="Running jobs")
        jobs.get_by_text("copying files").wait_for()
        jobs.get_by_text("◐ running").wait_for()
        status = page.get_by_role("button", name=re.compile("litlab ◐ running copying files"))
        status.wait_for()
        jobs.get_by_role("button", name="Log of copying files").click()
        log = page.get_by_role("log", name="Log of logs/copying")
        log.get_by_text("step 0").wait_for()
        seen = log.inner_text().count("step")
        page.wait_for_function(
            "seen => document.querySelector('[role=log]').innerText.split('step').length - 1 > seen + 3",
            arg=seen,
        )
        lines = log.inner_text().split("\n")
        assert lines[:4] == ["step 0", "step 1", "step 2", "step 3"]
        assert len(set(lines)) == len(lines)  # nothing is read twice
    status.wait_for(state="detached")
    panel(page).get_by_text("none", exact=True).wait_for()
    page.get_by_text("▲ copying files failed").wait_for()


def test_a_build_shows_its_chunks_and_its_end_is_said_with_the_way_to_its_asset(page, team):
    log = start_build(team)
    row(page, "Builds").filter(has_text="◐ 50 %").wait_for()
    bar = panel(page).get_by_role("progressbar", name="minutes")
    assert (bar.get_attribute("aria-valuenow"), bar.get_attribute("aria-valuemax")) == ("2", "4")
    (log.folder / "go").touch()
    page.get_by_text("● The build of minutes is done").wait_for()
    row(page, "Builds").filter(has_text="● done").wait_for()
    page.get_by_role("button", name="Assets").last.click()
    assert query_of(wait_for_app(page, "Assets"))["project"] == "contoso/volatility"


def test_a_build_that_ended_before_the_page_came_is_not_said(page, lab, team):
    log = start_build(team)
    (log.folder / "go").touch()
    page.get_by_text("● The build of minutes is done").wait_for()
    page.goto(f"{lab.url}lab")
    row(page, "Builds").filter(has_text="● done").wait_for()
    time.sleep(1)
    assert page.get_by_text("● The build of minutes is done").count() == 0


def test_a_page_opens_its_script_in_labs_editor_and_saving_writes_the_file(page, team):
    path = team.folder("scripts") / "mine.py"
    path.write_text('"""Mine."""\n')
    frame = open_app(page, "Discovery")
    post(frame, "edit-source", "scripts/mine")
    selected_tab(page, "mine.py").wait_for()
    editor = page.locator(".jp-FileEditor:visible .cm-content")
    editor.get_by_text("Mine.").wait_for()
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("x = 1")
    with page.expect_response(lambda one: "litlab-api/contents" in one.url and one.request.method == "PUT"):
        page.keyboard.press("Control+s")
    assert path.read_text() == '"""Mine."""\nx = 1'


def test_a_shipped_script_opens_read_only_and_becomes_the_teams_own_on_demand(page, team):
    frame = open_app(page, "Discovery")
    post(frame, "edit-source", "scripts/sma")
    page.get_by_text("This script came with litlab or a plugin").wait_for()
    before = shipped("scripts", "sma").read_bytes()
    assert not (team.folder("scripts") / "sma.py").exists()
    page.get_by_role("button", name="Edit a copy").click()
    page.get_by_text("This script came with litlab or a plugin").wait_for(state="detached")
    selected_tab(page, "sma.py").wait_for()
    assert (team.folder("scripts") / "sma.py").read_bytes() == before
    assert page.get_by_role("tab", name="sma.py").count() == 1


def test_a_page_puts_code_into_a_new_notebook_and_then_into_that_one(page):
    frame = open_app(page, "Discovery")
    post(frame, "insert", "a = 1\nb = 2\n")
    cells = page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content")
    cells.get_by_text("b = 2").wait_for(timeout=APP_TIMEOUT_MS)
    page.get_by_role("tab", name="Discovery").click()
    post(frame, "insert", "c = 3")
    cells.get_by_text("c = 3").wait_for()
    assert cells.count() == 2
    assert page.locator(".jp-NotebookPanel").count() == 1


def test_a_page_opens_another_with_its_query_and_a_log(page, team):
    frame = open_app(page, "Discovery")
    post(frame, "open", "assets?schema=minutes&theme=dark")
    asked = query_of(wait_for_app(page, "Assets"))
    assert asked == {"schema": "minutes", "project": "contoso/volatility", "theme": "light"}
    folder = team.folder("logs") / "copying"
    with running_job(folder):
        page.get_by_role("tab", name="Discovery").click()
        post(frame, "log", str(folder / "log.txt"))
        page.get_by_role("log").get_by_text("step 0").wait_for()


def test_a_link_to_another_page_opens_its_own_tab(page):
    frame = open_app(page, "Discovery")
    frame.get_by_role("navigation", name="Pages").get_by_role("link", name="Assets").click()
    selected_tab(page, "Assets").wait_for()
    wait_for_app(page, "Assets")
    page.get_by_role("tab", name="Discovery").click()
    assert (
        page.locator("iframe[title='Discovery']")
        .evaluate("one => one.contentWindow.location.pathname")
        .endswith("/litlab/discovery")
    )


def test_messages_from_anywhere_else_do_nothing(page, team):
    (team.folder("scripts") / "mine.py").write_text("x = 1\n")
    open_app(page, "Discovery")
    # From Lab's own window, from a frame of no origin, and from a frame of ours that is no page of litlab.
    page.evaluate(
        """() => {
          const message = {litlab: 'edit-source', argument: 'scripts/mine'};
          window.postMessage(message, '*');
          const script = `parent.postMessage(${JSON.stringify(message)}, '*')`;
          for (const sandbox of ['allow-scripts', 'allow-scripts allow-same-origin']) {
            const frame = document.createElement('iframe');
            frame.setAttribute('sandbox', sandbox);
            frame.srcdoc = `<script>${script}; parent.postMessage('sent', '*')</` + `script>`;
            document.body.append(frame);
          }
          window.sent = 0;
          window.addEventListener('message', event => { window.sent += event.data === 'sent' ? 1 : 0; });
        }"""
    )
    page.wait_for_function("() => window.sent === 2")
    time.sleep(1)
    assert page.get_by_role("tab", name="mine.py").count() == 0


def post(frame, name, argument):
    """Send what the pages' own buttons send."""
    frame.locator("body").evaluate(
        "(body, message) => window.parent.postMessage(message, window.origin)",
        {"litlab": name, "argument": argument},
    )


def test_a_server_that_is_gone_is_said_in_the_panel(page):
    page.route("**/litlab-api/**", lambda route: route.abort())
    panel(page).get_by_role("alert").filter(has_text="The Jupyter server does not answer.").wait_for()
    page.unroute("**/litlab-api/**")
    execute(page, "litlab:refresh")
    panel(page).get_by_role("alert").filter(has_text="▲").wait_for(state="hidden")


def test_a_foreign_page_cannot_write_with_the_browsers_cookie(lab, team):
    """A form on another site has the cookie and neither the token nor the XSRF header."""
    connection = http.client.HTTPConnection(lab.origin.removeprefix("http://"), timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", f"{lab.base_url}lab?token={lab.token}")
        answer = connection.getresponse()
        cookie = "; ".join(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie"))
        answer.read()
        body = json.dumps({"type": "file", "content": "evil"})
        headers = {"Cookie": cookie, "Origin": "http://evil.example", "Content-Type": "text/plain"}
        connection.request("PUT", f"{lab.base_url}litlab-api/contents/contoso/scripts/mine.py", body, headers)
        assert connection.getresponse().status in (403, 404)
    assert not (team.folder("scripts") / "mine.py").exists()
