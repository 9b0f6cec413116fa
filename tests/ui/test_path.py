"""The whole path in a real browser, from raw files to an asset in production.

By keyboard alone on the sample tape; by clicks inside Lab on SPY, or on the sample where SPY is not there.
"""

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from served import serving

from litlab.assets import open_asset
from litlab.features import list_features
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace

pytestmark = pytest.mark.browser

PATIENT_MS = 120_000  # a cold process has numba and pandas to load
ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("LITLAB_REAL_DATA") or ROOT / ".." / "shared" / "data").resolve() / "lseg/SPY.P"
DAYS, TICKS = 3, 2_500
TABS = 120  # more presses than any way over a page takes


class Keyboard:
    """A person without a mouse at the stand-alone app: Tab, Enter, Space, arrows and letters."""

    def __init__(self, page, origin):
        self.page = self.here = page
        self.page.goto(f"{origin}/uploads")

    def reach(self, target):
        """Press Tab until the focus is there; it has to be seen where it is."""
        target.wait_for(state="attached")
        for _ in range(TABS):
            if target.evaluate("element => element.matches(':focus')"):
                assert target.evaluate("element => element.matches(':focus-visible')")
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab does not lead to {target}")

    def press(self, target):
        self.reach(target)
        self.page.keyboard.press("Enter")

    def tick(self, target):
        self.reach(target)
        self.page.keyboard.press("Space")

    def tab(self, name):
        """Choose a tab of a row: Tab leads to the row, an arrow to the other tab."""
        wanted = self.here.get_by_role("tab", name=name)
        if wanted.get_attribute("aria-selected") != "true":
            self.reach(self.here.get_by_role("tab", selected=True))
            self.page.keyboard.press("ArrowRight")

    def type(self, target, text):
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def send(self, files):
        with self.page.expect_file_chooser() as chooser:
            self.press(self.here.get_by_role("button", name="Choose files"))
        chooser.value.set_files(files)

    def open(self, name):
        """Go to a page by its link in the header."""
        self.press(self.here.get_by_role("navigation", name="Pages").get_by_role("link", name=name))
        self.arrive(name)

    def arrive(self, name):
        """Wait until a page that somebody opened is there."""
        self.page.wait_for_url(f"**/{name.lower()}**")


class Lab:
    """A person with a mouse in JupyterLab: each page is a tab of its own."""

    def __init__(self, page, lab, team):
        self.page = page
        page.goto(f"{lab.url}lab?reset&token={lab.token}")
        page.get_by_role("heading", name="litlab").wait_for()
        page.evaluate("() => void window.jupyterapp.commands.execute('litlab:show-panel')")
        panel = page.get_by_role("region", name="litlab")
        panel.get_by_role("combobox", name="Project").select_option(f"{team.name}/walk")
        self.steps = panel.get_by_role("list", name="Workflow").get_by_role("listitem")
        self.open("Uploads")

    def press(self, target):
        self.page.mouse.move(2, 2)  # a notice stays while somebody points at it
        self.page.locator(".Toastify__toast").first.wait_for(state="detached")
        target.click()

    tick = press

    def tab(self, name):
        self.here.get_by_role("tab", name=name).click()

    def type(self, target, text):
        target.fill(text)

    def send(self, files):
        self.here.get_by_label("Files to send").set_input_files(files)

    def open(self, name):
        """Go to a page by its row in the side panel."""
        self.steps.filter(has_text=re.compile(f"^{name}")).get_by_role("button").click()
        self.arrive(name)

    def arrive(self, name):
        self.page.get_by_role("tab", name=name, selected=True).wait_for()
        self.here = self.page.frame_locator(f"iframe[title='{name}']")
        self.here.get_by_role("navigation", name="Pages").wait_for()
        self.page.locator(".litlab-Note:visible").wait_for(state="detached")


def walk(hand, files, team):
    """Walk from raw files to an asset in production as a person does; tell how long each room took."""
    said, began = [], time.perf_counter()

    def room(name):
        nonlocal began
        said.append(f"{name} {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()

    cached(hand, files)
    room("uploads")
    looked_at(hand)
    room("discovery")
    saved(hand)
    room("features")
    assert set(list_features(team)) == {"kept", "bars", "up"}
    number = built(hand)
    room("schemas, build")
    promoted(hand)
    room("assets")
    print(", ".join(said), "build", number)
    assert open_asset(team, "walked", "production").count("train") > 0


def cached(hand, files):
    hand.send([str(path) for path in files])
    rows = hand.here.get_by_role("row")
    for path in files:
        row = rows.filter(has_text=path.name)
        row.get_by_text("● cached").wait_for()
        hand.tick(row.get_by_role("checkbox"))
    hand.here.get_by_role("status").filter(has_text=f"● cached · {len(files)} files").wait_for()
    assert rows.get_by_role("checkbox", checked=True).count() == len(files)


def looked_at(hand):
    hand.press(hand.here.get_by_role("link", name="Discovery").last)
    hand.arrive("Discovery")
    record = hand.here.get_by_role("heading", name=re.compile("^Record "))
    before = record.inner_text()
    hand.press(hand.here.get_by_role("button", name="Shuffle"))
    record.filter(has_not_text=before).wait_for()


def saved(hand):
    hand.open("Features")
    for script, name in (("atr_up_next", "up"), ("per_unit", "kept"), ("unit_bar", "bars")):
        hand.tab("Scripts")
        hand.press(hand.here.get_by_role("button", name=script, exact=True))
        hand.here.get_by_role("heading", name=re.compile(f"^{script}")).wait_for()
        if script == "unit_bar":
            hand.type(hand.here.get_by_role("textbox", name=re.compile("^count")), "5")
            hand.press(hand.here.get_by_role("button", name="Test", exact=True))
            hand.here.get_by_role("table", name="Values").get_by_role("columnheader", name="close").wait_for()
        hand.type(hand.here.get_by_role("textbox", name="Save as"), name)
        hand.press(hand.here.get_by_role("button", name="Save", exact=True))
        hand.here.get_by_text(f"● Saved as {name}.").wait_for()


def built(hand):
    hand.open("Schemas")
    hand.type(hand.here.get_by_role("textbox", name="Name", exact=True), "walked")
    for name in ("kept", "bars", "up"):
        assert hand.here.get_by_role("checkbox", name=name, exact=True).is_checked()
    estimate = hand.here.get_by_role("status", name="Estimate")
    estimate.filter(has_text="≈").wait_for()
    hand.press(hand.here.get_by_role("button", name="Save", exact=True))
    hand.here.get_by_role("button", name="walked", exact=True).wait_for()
    hand.press(hand.here.get_by_role("button", name="Build", exact=True))
    hand.arrive("Builds")
    heading = hand.here.get_by_role("heading", name=re.compile("^Build .* walked"))
    heading.wait_for()
    hand.here.get_by_role("status", name="State").filter(has_text="complete").wait_for()
    return heading.inner_text()


def promoted(hand):
    hand.press(hand.here.get_by_role("link", name="Show the asset"))
    hand.arrive("Assets")
    hand.press(hand.here.get_by_role("button", name="Promote", exact=True))
    dialog = hand.here.get_by_role("dialog", name="Promote walked")
    hand.press(dialog.get_by_role("button", name="Promote"))
    hand.here.get_by_role("cell", name="● production").wait_for()


@contextlib.contextmanager
def browsing(chromium):
    """A page, the requests it made, and nothing complained of."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page, complaints = context.new_page(), []
    page.set_default_timeout(PATIENT_MS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    """Days of sample ticks, outside of any workspace."""
    return write_sample(tmp_path_factory.mktemp("tape"), days=DAYS, ticks_per_day=TICKS, seed=7).paths


def test_the_whole_path_by_keyboard_alone(chromium, tape, tmp_path):
    project = Workspace(tmp_path / "workspace").create_project("contoso", "walk")
    with (
        serving(project.team.workspace, tmp_path / "apps.log") as origin,
        browsing(chromium) as page,
    ):
        mouse = []
        page.expose_function("clicked", lambda one: mouse.append(one))  # noqa: PLW0108 - a builtin cannot be wrapped
        page.add_init_script(
            "addEventListener('pointerdown', event => clicked(event.pointerType), { capture: true })"
        )
        walk(Keyboard(page, origin), tape, project.team)
        assert mouse == []


def real_ticks():
    """Return three days of SPY where they are; the sample's days elsewhere."""
    return sorted(REAL.glob("*.csv.gz"))[:3]


def test_the_whole_path_inside_lab(chromium, lab, tape):
    files = real_ticks() or tape
    team = lab.workspace.create_project("path", "walk").team
    try:
        with browsing(chromium) as page:
            walk(Lab(page, lab, team), files, team)
    finally:
        shutil.rmtree(lab.workspace.home / team.name)
