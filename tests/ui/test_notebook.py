"""litlab's widgets in a notebook of a real JupyterLab: each draws, in both themes, without a complaint."""

import json

import pytest
from apps.conftest import make_workspace

pytestmark = pytest.mark.browser

FEATURE = '''%%feature last_price contoso/volatility
"""The price of the tick."""
def feature(adapter, index, params={}, features={}):
    return [adapter[index]["Price"]]
'''
CELLS = (
    "%load_ext litlab\nimport os\nos.environ['LITLAB_HOME'] = {home!r}\n"
    "from litlab.adapters import load_adapter_by_project\nfrom litlab.assets import open_asset\n"
    "from litlab.schemas import load_schema\n"
    "from litlab.widgets import CanvasView, FeatureForm, RunView, SchemaForm, TickView\n"
    "from litlab.workspace import Workspace\nproject = Workspace().project()\n"
    "adapter = load_adapter_by_project('contoso', 'volatility')",
    "display(project, adapter, load_schema(project.team, 'minutes'), "
    "open_asset(project.team, 'minutes', 'queue'))",
    "FeatureForm('sma', project)",
    "TickView(adapter)",
    "SchemaForm(project)",
    "RunView(project)",
    "CanvasView(project=project)",
    FEATURE,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("notebook") / "workspace")


@pytest.fixture
def page(chromium, lab, project):
    """A notebook with all widgets, its window tall enough for all its cells."""
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{at}", "metadata": {}, "outputs": [],
         "source": text.replace("{home!r}", repr(str(project.team.workspace.home)))}
        for at, text in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (lab.log.parent / "files" / "widgets.ipynb").write_text(json.dumps(notebook))
    context = chromium.new_context(viewport={"width": 1280, "height": 5200}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.complaints, page.asked = [], []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    context.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"{lab.url}lab/tree/widgets.ipynb?reset&token={lab.token}")
    yield page
    context.close()


def test_every_widget_draws_in_both_themes_without_a_complaint(page, lab, project):
    page.locator(".jp-Notebook .jp-CodeCell").nth(len(CELLS) - 1).wait_for()
    page.get_by_text("Idle", exact=False).first.wait_for(state="attached")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.get_by_role("status").filter(has_text="no leak found").wait_for()
    page.get_by_text("Schema minutes").wait_for()
    assert page.get_by_role("button", name="Test", exact=True).count() == 2  # of sma and of the cell's script
    page.get_by_role("button", name="Build", exact=True).wait_for()
    page.get_by_text("No runs yet").wait_for()
    page.get_by_role("button", name="Launch experiment").wait_for()
    page.locator(".litlab-ticks").get_by_text("5,155 ticks in view").wait_for()
    grounds = [ground_of(page, theme) for theme in ("JupyterLab Light", "JupyterLab Dark")]
    assert grounds[0] != grounds[1]
    assert page.locator(".jp-OutputArea-output[data-mime-type*='stderr']").all_inner_texts() == []
    assert page.complaints == []
    here = f"{lab.origin}/"
    assert [url for url in page.asked if not url.startswith((here, "data:", "blob:"))] == []


def ground_of(page, theme):
    """Change Lab's theme and return the bytes of the tick chart, once they have changed."""
    page.evaluate("theme => void jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")
    return page.locator(".litlab-ticks canvas").screenshot()
