"""What axe-core finds on every page, light and dark: nothing serious, nothing critical."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from apps.conftest import make_workspace
from pretended_runs import pretend
from served import serving

from litlab.workspace import Workspace

pytestmark = pytest.mark.browser

EXTENSION = Path(__file__).resolve().parents[2] / "extensions/labextension"
GRAVE = ("serious", "critical")
PATIENT_MS = 60_000


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("access") / "workspace")


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as origin:
        yield origin


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The text of axe-core in the version and with the digest that the lock file of the extension names.

    It is taken from ``node_modules`` where ``npm ci`` has run, else fetched by npm.
    """
    lock = json.loads((EXTENSION / "package-lock.json").read_text())["packages"]["node_modules/axe-core"]
    installed = EXTENSION / "node_modules/axe-core"
    about = installed / "package.json"
    if about.is_file() and json.loads(about.read_text())["version"] == lock["version"]:
        return (installed / "axe.min.js").read_text("utf-8")
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("CI") == "true":
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "pack", "--silent", "--prefer-offline", f"axe-core@{lock['version']}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (packed,) = folder.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert lock["integrity"] == f"sha512-{digest}"
    with tarfile.open(packed) as archive:
        return archive.extractfile("package/axe.min.js").read().decode("utf-8")


def findings(page, axe):
    """Return what axe finds on the page as it stands, each with where and why."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        (one["impact"], one["id"], node["html"][:120], node["failureSummary"])
        for one in found
        for node in one["nodes"]
    ]


def uploads(page):
    page.get_by_role("button", name="LIT.N").first.click()
    page.get_by_role("region", name="Raw text").wait_for()


def discovery(page):
    page.get_by_role("textbox", name="Index").fill("99999999")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="no index of this data set").wait_for()


def features(page):
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_role("table", name="Values").wait_for()
    page.get_by_role("tab", name="Scripts").click()
    page.get_by_role("table", name="Scripts").wait_for()


def schemas(page):
    page.get_by_role("status", name="Estimate").filter(has_text="≈").wait_for(timeout=150_000)
    page.get_by_role("textbox", name="Seed").fill("seven")
    page.get_by_role("alert").filter(has_text="seed = 'seven' is not possible").wait_for()


def builds(page):
    page.get_by_role("tab", name="Log").click()
    page.get_by_role("log", name="Log lines").wait_for()


def assets(page):
    page.get_by_role("button", name="Promote").click()
    page.get_by_role("dialog", name="Promote minutes").wait_for()


def designer(page):
    page.get_by_role("button", name="Launch experiment").wait_for()


def empty(page):
    page.get_by_role("heading", level=2).first.wait_for()


def first(page):
    page.get_by_role("link", name="contoso/volatility").wait_for()


# Each page with more on it than it shows at first: a drawer, a problem, a table, a log, a dialog.
PAGES = {
    "uploads": uploads, "discovery": discovery, "features": features, "schemas": schemas, "builds": builds,
    "assets": assets, "": first,
}  # fmt: skip
LATER = {"designer": designer, "experiments": empty, "vault": empty}  # of the model's half of the work
HEADER = [
    "Project", "Uploads", "Discovery", "Features", "Schemas", "Builds", "Assets", "Designer", "Experiments",
    "Vault", "Dark theme", "Copy as code",
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(page, origin, axe, theme):
    page.set_default_timeout(PATIENT_MS)
    seen, grave = {}, []
    for name, show_more in (PAGES | LATER).items():
        page.goto(f"{origin}/{name}?theme={theme}")
        page.locator(".header").wait_for()
        at_first = findings(page, axe)
        show_more(page)
        found = at_first + findings(page, axe)
        seen[name] = len(found)
        grave += [(name, *one) for one in found if one[0] in GRAVE]
    print("findings of any weight:", seen)
    assert grave == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The address of a server over a project of five runs."""
    project = Workspace(tmp_path_factory.mktemp("trained")).create_project("contoso", "volatility")
    for number, state in enumerate(("done", "done", "paused", "failed", "queued")):
        epochs = 0 if state == "queued" else 40
        pretend(project, f"first-{number:03d}", epochs, state=state, seed=number, planned=40)
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log") as origin:
        yield origin


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_among_runs(page, trained, axe, theme):
    page.goto(f"{trained}/experiments?theme={theme}&run=first-000,first-002&smoothing=0.5")
    page.get_by_role("table", name="Epochs").get_by_role("row").nth(3).wait_for()
    found = findings(page, axe)
    page.locator("#columns summary").click()
    page.get_by_role("checkbox", name="val_auc").check()
    page.get_by_role("tab", name="Shell").click()
    page.get_by_role("log", name="Log lines").wait_for()
    found += findings(page, axe)
    page.get_by_role("tab", name="Settings").click()
    page.get_by_role("table", name="Differences").wait_for()
    page.get_by_role("spinbutton", name="epochs").or_(
        page.get_by_role("textbox", name="epochs")
    ).first.wait_for()
    found += findings(page, axe)
    print("findings of any weight:", len(found))
    assert [one for one in found if one[0] in GRAVE] == []


def test_axe_would_find_a_button_without_a_name(page, origin, axe):
    page.goto(f"{origin}/assets")
    page.get_by_role("button", name="Promote").wait_for()
    page.locator(".header").evaluate("header => header.append(document.createElement('button'))")
    assert ("critical", "button-name") in {one[:2] for one in findings(page, axe)}


@pytest.mark.parametrize("name", [name for name in PAGES if name])
def test_tab_goes_from_the_project_to_the_pages_to_the_work(page, origin, name):
    """The order of the focus is the order of reading, and it is always seen where it is."""
    page.goto(f"{origin}/{name}")
    page.locator(".header").wait_for()
    page.wait_for_function("() => window.Bokeh?.documents?.[0]?.is_idle")
    order = []
    for _ in range(len(HEADER) + 1):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate(
                """() => {
                  let one = document.activeElement;
                  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                  const style = getComputedStyle(one);
                  return [one.ariaLabel ?? one.innerText.trim(), one.getBoundingClientRect().top,
                          one.matches(':focus-visible') && style.outlineStyle !== 'none'];
                }"""
            )
        )
    names = [one[0].removeprefix("‹› ") for one in order]
    assert names[: len(HEADER)] == HEADER
    assert order[len(HEADER)][1] >= 40  # below the header
    assert [one for one in order if not one[2]] == []
