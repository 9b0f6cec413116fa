"""The Vault page in a real browser: a model is read, talked about, taken out as a file and in elsewhere."""

import shutil

import pytest
from served import serving

from litlab.vault import open_entry
from litlab.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.train]


@pytest.fixture(scope="module")
def project(entry, tmp_path_factory):
    """A workspace with the shared entry, and a project of another team without any."""
    home = tmp_path_factory.mktemp("vault") / "workspace"
    shutil.copytree(entry.team.workspace.home, home, symlinks=True)
    workspace = Workspace(home)
    workspace.create_project("fabrikam", "elsewhere")
    return workspace.project("contoso", "volatility")


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    # Keras takes ten seconds to load; tests/vault/test_moving.py has it look at what arrives.
    before = "import litlab.vault.moving as moving; moving._keras_says = lambda pack, draft: None"
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log", before) as origin:
        yield origin


def test_a_model_is_read_noted_and_moved_to_another_team_as_a_file(page, origin, project, entry, tmp_path):
    page.goto(f"{origin}/vault?project=contoso/volatility&name=first&digest={entry.digest}")
    page.get_by_role("img", name="Calibration").wait_for()
    page.get_by_role("note").filter(has_text="baseline").wait_for()
    page.get_by_role("table", name="Scores").get_by_role("row").nth(1).wait_for()
    page.get_by_role("textbox", name="New note").fill("watch the open")
    page.get_by_role("button", name="Add note").click()
    page.get_by_role("listitem").filter(has_text="watch the open").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    file = tmp_path / "first.litentry"
    download.value.save_as(file)
    assert download.value.suggested_filename == f"first-{entry.digest[:12]}.litentry"

    page.goto(f"{origin}/vault?project=fabrikam/elsewhere")
    page.get_by_text("No models yet").wait_for()
    (tmp_path / "bad").write_text("nothing")
    page.get_by_label("Import").set_input_files(tmp_path / "bad")
    page.get_by_role("alert").filter(has_text="no archive that litlab wrote").wait_for()
    page.complaints[:] = [one for one in page.complaints if "400" not in one]  # the answer that was asked for
    page.get_by_label("Import").set_input_files(file)
    page.get_by_role("status").filter(has_text="is in the vault").wait_for()
    page.get_by_role("listitem").filter(has_text="watch the open").wait_for()
    there = Workspace(project.team.workspace.home).team("fabrikam")
    assert open_entry(there, "first").digest == entry.digest


def test_delete_asks_first_and_escape_leaves_all_as_it_was(page, origin, project):
    page.goto(f"{origin}/vault?project=contoso/volatility&name=first")
    page.get_by_role("button", name="Delete").first.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete first")
    dialog.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert open_entry(project.team, "first")


def test_labels_are_permuted_in_the_background_or_not_to_the_end(page, origin, project):
    page.goto(f"{origin}/vault?project=contoso/volatility&name=first")
    page.get_by_text("1,000 draws, about").wait_for()
    page.get_by_role("button", name="Permute labels").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("stopped before its end").wait_for()
    page.get_by_role("button", name="Permute labels").click()
    page.get_by_role("img", name="Permuted labels").wait_for()
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("entry.null(1_000)").wait_for()
    assert (open_entry(project.team, "first").path / "pictures" / "null.svg").is_file()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_half_a_window_holds_the_page_and_nothing_leaves_the_origin(page, origin, theme):
    page.set_viewport_size({"width": 720, "height": 900})
    page.goto(f"{origin}/vault?project=contoso/volatility&name=first&theme={theme}")
    page.get_by_role("img", name="Calibration").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("vault.open_entry(team, 'first'").wait_for()
    assert all(
        address.split("://")[1].startswith(origin.split("://")[1])
        for address in page.asked
        if "data:" not in address
    )
