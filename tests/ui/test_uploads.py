"""Uploads in a real browser, by role and name: dropped, cut off, resumed, looked at, cached, added."""

import gzip
import random
import re
import time

import pytest
from served import serving

from litlab.ticks.sample import write_sample
from litlab.uploads import list_cachings, list_parts
from litlab.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project without a file."""
    home = tmp_path_factory.mktemp("uploads") / "workspace"
    return Workspace(home).create_project("contoso", "volatility")


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    """Two days of sample ticks, outside of the workspace."""
    return write_sample(tmp_path_factory.mktemp("tape"), days=2, ticks_per_day=2_000, seed=7).paths


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    """The address of a running ``python -m litlab.apps`` under a prefix, which must not stumble."""
    with serving(
        project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log", prefix="/user/x/litlab"
    ) as address:
        yield address


@pytest.fixture
def page(chromium, origin):
    """A page that knows what it asked for and every complaint of the console."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(40_000)
    page.asked, page.complaints = [], []
    context.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    complaints, asked = page.complaints, page.asked
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []


@pytest.fixture(autouse=True)
def emptied(project):
    """No file, no part, no project file before a test."""
    yield
    for one in list_cachings(project.team):
        one.stop()
        one.wait(30)
    for path in (*project.folder("raw").iterdir(), *project.folder("raw").glob(".parts/*")):
        if path.is_file():
            path.unlink()
    project.update(paths=(), adapter="", parameters={})


def send(page, *paths):
    page.get_by_label("Files to send").set_input_files([str(path) for path in paths])


def row(page, name):
    return page.get_by_role("row").filter(has_text=name)


def state(page, name, text):
    row(page, name).get_by_text(text).wait_for()


def open_uploads(page, origin, query=""):
    page.goto(f"{origin}/uploads?{query}")
    page.get_by_role("button", name="Choose files").wait_for()


def test_from_an_empty_page_to_cached_files_of_the_project(page, origin, project, tape):
    open_uploads(page, origin)
    page.get_by_text("Drop files of ticks here").wait_for()
    send(page, *tape)
    for path in tape:  # sent through the page, they are cached by themselves
        state(page, path.name, "● cached")
        assert (project.folder("raw") / path.name).read_bytes() == path.read_bytes()
    for path in tape:
        row(page, path.name).get_by_role("checkbox").check()
    link = page.get_by_role("link", name="Discovery").last
    link.wait_for()
    page.get_by_text("● cached · 2 files").wait_for()
    assert sorted(path.rpartition("/")[2] for path in project.record.paths) == [one.name for one in tape]
    row(page, tape[0].name).get_by_role("checkbox").uncheck()
    page.get_by_text("● cached · 1 file ·").wait_for()
    link.click()
    page.wait_for_url("**/discovery**")
    page.get_by_role("button", name="Shuffle").wait_for()


def test_a_file_that_is_dropped_is_sent_like_a_chosen_one(page, origin, project):
    open_uploads(page, origin)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["time,px,qty\\n2024-01-05T10:00:00Z,10.5,1\\n"], "dropped.csv"));
          const about = { dataTransfer: data, bubbles: true, cancelable: true };
          for (const name of ["dragover", "drop"]) document.dispatchEvent(new DragEvent(name, about));
        }"""
    )
    state(page, "dropped.csv", "○ on disk")
    assert (project.folder("raw") / "dropped.csv").read_text().startswith("time,px,qty")


def test_an_upload_cut_off_in_the_middle_is_listed_and_goes_on_when_dropped_again(
    page, origin, project, tmp_path
):
    data = random.Random(3).randbytes(11 << 20)
    path = tmp_path / "large.csv.gz"
    path.write_bytes(gzip.compress(data, 0))
    open_uploads(page, origin)
    pieces = []

    def cut(route):
        if route.request.method == "PUT":
            pieces.append(route.request.url)
        route.abort() if len(pieces) > 1 else route.continue_()

    page.route("**/upload?*", cut)
    send(page, path)
    page.get_by_text("connection lost").wait_for()
    page.reload()  # the page goes away in the middle
    page.unroute("**/upload?*")
    state(page, "large.csv.gz", "% sent")
    state(page, "large.csv.gz", "resume by dropping it again")
    assert not (project.folder("raw") / "large.csv.gz").exists()
    assert list_parts(project.team)[0].received == 4 << 20
    page.asked.clear()
    send(page, path)
    state(page, "large.csv.gz", "none fits")
    assert (project.folder("raw") / "large.csv.gz").read_bytes() == path.read_bytes()
    assert list_parts(project.team) == []
    assert not [url for url in page.asked if "offset=4194304" not in url and "offset=8388608" not in url
                and "offset=0" not in url and "offset" in url]  # fmt: skip


def test_a_part_can_be_discarded_after_a_question(page, origin, project, tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(bytes(6 << 20))
    open_uploads(page, origin)
    page.route("**/upload?*offset=4194304*", lambda route: route.abort())
    send(page, path)
    page.get_by_text("connection lost").wait_for()
    page.get_by_role("button", name="Stop large.csv").click()
    page.get_by_text("Stopped. Resume goes on here").wait_for()
    page.get_by_role("button", name="Discard large.csv").click()
    dialog = page.get_by_role("dialog", name="Discard large.csv")
    dialog.get_by_role("button", name="Keep").click()
    assert len(list_parts(project.team)) == 1
    page.get_by_role("button", name="Discard large.csv").click()
    dialog.get_by_role("button", name="Discard").click()
    page.get_by_text("Drop files of ticks here").wait_for()
    assert list_parts(project.team) == []


def test_what_is_refused_is_said_in_one_sentence_and_nothing_is_kept(page, origin, project, tmp_path):
    raw = project.folder("raw")
    (raw / "taken.csv").write_text("time,px,qty\n")
    open_uploads(page, origin)
    uploads = page.get_by_role("list", name="Uploads")
    for name, content, said in (
        ("<img src=x>.csv", b"x", "cannot be the name of an uploaded file"),
        ("x" * 240 + ".csv", b"x", "up to 200 bytes"),
        ("empty.csv", b"", "holds no data rows"),
        ("taken.csv", b"other words\n", "differ in the bytes from 0 on. Rename the file you send"),
    ):
        page.get_by_label("Files to send").set_input_files(
            [{"name": name, "mimeType": "text/csv", "buffer": content}]
        )
        uploads.get_by_role("listitem").last.get_by_text(said).wait_for()
    assert page.locator("img").count() == 0
    assert [path.name for path in raw.iterdir() if path.is_file()] == ["taken.csv"]
    uploads.get_by_role("button", name="Close").first.click()
    assert uploads.get_by_role("listitem").count() == 3


def test_caching_goes_on_without_the_page_and_is_seen_again_after_a_reload(page, origin, project, tape):
    slow = project.team.folder("adapters") / "slow.py"
    slow.write_text(
        "import time\nfrom litlab.adapters.lseg import LsegAdapter\n\n\nclass Slow(LsegAdapter):\n"
        "    name = 'slow'\n\n    def parse(self, path):\n        for _ in range(3000):\n"
        "            time.sleep(0.05)\n            yield from super().parse(path)\n"
    )
    raw = project.folder("raw")
    (raw / tape[0].name).write_bytes(tape[0].read_bytes())  # copied by hand
    again = {"max_disorder_s": 10**9}  # the same hours come again and again
    project.update(adapter="slow", parameters=again, paths=(str(raw / tape[0].name),))
    open_uploads(page, origin)
    state(page, tape[0].name, "○ on disk")
    page.get_by_role("button", name="Cache files").click()
    page.get_by_text("rows/s").wait_for()
    assert "caching" in row(page, tape[0].name).inner_text()
    page.goto("about:blank")
    (caching,) = [one for one in list_cachings(project.team) if one.running]
    before, end = caching.total().rows, time.monotonic() + 30
    while caching.total().rows <= before and time.monotonic() < end:
        time.sleep(0.1)
    assert caching.total().rows > before
    open_uploads(page, origin)
    page.get_by_text("◐ Caching 1 file").wait_for()
    page.get_by_text("rows/s").wait_for()
    page.get_by_role("button", name="Log").click()
    page.get_by_role("dialog", name="Log").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cache files").wait_for()
    assert caching.wait(20) == "stopped"
    state(page, tape[0].name, "○ on disk")
    slow.unlink()


def test_the_preview_answers_at_the_field_while_it_is_typed_in(page, origin, project):
    text = "time,px,qty\n2024-01-05 10:00:00,10.5,1\n2024-01-05 10:00:01,x,2\n2024-01-05 10:00:02,10.7,3\n"
    (project.folder("raw") / "odd.csv").write_text(text)
    open_uploads(page, origin)
    page.get_by_role("button", name="odd.csv", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Raw text").get_by_text("10:00:01,x,2").wait_for()
    page.get_by_role("region", name="Ticks").get_by_text("10.7").wait_for()
    page.get_by_role("region", name="Rejected rows").get_by_text("2024-01-05 10:00:01,x,2").wait_for()
    form = page.get_by_role("form", name="Adapter")
    form.get_by_role("alert").filter(has_text="max_rejected").wait_for()
    price = form.get_by_role("textbox", name=re.compile("^price"))
    price.fill("prix")
    form.get_by_role("alert").filter(has_text="'prix' is missing").wait_for()
    assert price.get_attribute("aria-invalid") == "true"
    price.fill("px")
    page.get_by_text("More parameters").click()
    form.get_by_role("textbox", name=re.compile("^max_rejected")).fill("0.5")
    page.get_by_role("region", name="Ticks").get_by_text("10.7").wait_for()
    form.get_by_role("alert").first.wait_for(state="detached")
    page.get_by_role("button", name="Read this file so", exact=True).click()
    row(page, "odd.csv").get_by_text("100 %").wait_for()
    page.get_by_role("button", name="Cache files").click()
    state(page, "odd.csv", "● cached")
    row(page, "odd.csv").get_by_role("cell", name="2", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Preview of odd.csv").wait_for(state="hidden")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_half_a_window_holds_the_page_and_copy_as_code(page, origin, project, tape, theme):
    for path in tape:
        (project.folder("raw") / path.name).write_bytes(path.read_bytes())
    page.set_viewport_size({"width": 720, "height": 900})
    open_uploads(page, origin, f"theme={theme}")
    page.get_by_role("button", name=tape[0].name, exact=True).click()
    page.get_by_role("region", name="Ticks").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_text("start_caching(project.team, tasks)").wait_for()
