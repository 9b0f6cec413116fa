"""What may go wrong on the pages: markup, bad names, scripts that fail, two people, a server that is lost."""

import contextlib
import dataclasses
import re
import subprocess
import sys
import time

import pytest
from apps.conftest import make_workspace
from served import serving

from litlab.builds import find_build, launch_build, stop_build
from litlab.features import list_features, save_feature
from litlab.schemas import list_schemas, load_schema, save_schema
from litlab.sources import save_source

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser

PATIENT_MS = 60_000
PAYLOADS = r'''<script>alert(1)</script>
"><script>alert(1)</script>
'><script>alert(1)</script>
<img src=x onerror='alert(1)'>
<IMG """><SCRIPT>alert(1)</SCRIPT>">
<img src=x onerror=alert(1)//
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x>
<body onload=alert(1)>
<iframe src=javascript:alert(1)>
<iframe srcdoc='<script>parent.alert(1)</script>'>
<object data=javascript:alert(1)>
<embed src=javascript:alert(1)>
<a href=javascript:alert(1)>x</a>
<form action=javascript:alert(1)><button>x
<input autofocus onfocus=alert(1)>
<select autofocus onfocus=alert(1)>
" autofocus onfocus=alert(1) x="
' onmouseover=alert(1) '
<details open ontoggle=alert(1)>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)>
<marquee onstart=alert(1)>
</textarea><script>alert(1)</script>
</style><svg onload=alert(1)>
<!--><img src=x onerror=alert(1)>-->
<math><mtext><img src=x onerror=alert(1)></mtext></math>
&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} ${alert(1)}
<img src=x onerror=alert(1)>'''.splitlines()
LAST = PAYLOADS[-1]
BAD_NAMES = ("../up", "a\0b", "x" * 300)

RAISES = f'''"""Raises, and says {LAST}."""


def feature(adapter, index, params={{}}, features={{}}):
    print("{LAST}")
    raise ValueError("{LAST}")
'''
HANGS = '''"""Hangs."""


def feature(adapter, index, params={}, features={}):
    while True:
        index += 1
'''
SHOUTS = '''"""Prints a megabyte."""


def feature(adapter, index, params={}, features={}):
    for _ in range(10_000):
        print("x" * 100)
    return [1.0]
'''
SLOW = """import logging, time
def feature(adapter, index, params={}, features={}):
    time.sleep(0.1)
    logging.getLogger("slow").warning("at <img src=x onerror=alert(1)>")
    return [1.0]
"""
# Markup of people's making anywhere in the page, shadow trees included: there must be none.
MARKUP = """() => {
  const every = (root) => [...root.querySelectorAll('*')].flatMap(
    (one) => [one, ...(one.shadowRoot ? every(one.shadowRoot) : [])]);
  return every(document.body)
    .filter((one) => /^(img|iframe|object|embed|video|audio|marquee|math|animate)$/i.test(one.localName)
      || [...one.attributes].some((it) => /^on/i.test(it.name) || /^(href|action)$/.test(it.name)
        && /javascript:/i.test(it.value)))
    .map((one) => one.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A schema that is built within seconds, one that takes minutes, and scripts that misbehave."""
    project = make_workspace(tmp_path_factory.mktemp("faults") / "workspace")
    team = project.team
    for name, source in {"raises": RAISES, "hangs": HANGS, "shouts": SHOUTS, "slow": SLOW}.items():
        save_source(team, "scripts", name, source)
    save_feature(team, "slow", "slow", {})
    schema = load_schema(team, "minutes")
    save_schema(team, dataclasses.replace(schema, name="slow", features=("per_minute", "slow")))
    raw = team.folder("raw") / "evil.csv"
    raw.write_text(f"time,px,qty,note\n2024-01-05 10:00:00,10.5,1,{LAST}\n2024-01-05 10:00:01,{LAST},2,y\n")
    return project


@pytest.fixture(scope="module")
def origin(project, tmp_path_factory):
    shorter = "from litlab.features import tested; tested.test_feature.__defaults__ = (4.0, None)"
    with serving(project.team.workspace, tmp_path_factory.mktemp("log") / "apps.log", shorter) as origin:
        yield origin


@pytest.fixture
def page(page, origin):
    """The page, which must have opened no dialog, held no foreign markup and asked nobody else."""
    page.set_default_timeout(PATIENT_MS)
    dialogs = []

    def opened(dialog):
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    yield page
    assert dialogs == []
    assert page.evaluate(MARKUP) == []
    allowed = (origin, origin.replace("http", "ws"), "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(allowed)] == []


def show(page, address):
    page.goto(address)
    page.locator(".header").wait_for()
    page.wait_for_function("() => window.Bokeh?.documents?.[0]?.is_idle")


def field(page, name):
    return page.get_by_role("textbox", name=name, exact=True)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def throw(page, target, key="Enter"):
    """Type every payload into a field, the last one the one that is looked for."""
    for payload in PAYLOADS:
        target.fill(payload)
        if key:
            target.press(key)


def said(page, text=LAST, role="alert"):
    """Wait until a sentence holds what was typed, as text."""
    page.get_by_role(role).filter(has_text=text).first.wait_for()


def check(page):
    assert page.evaluate(MARKUP) == []


def test_markup_in_an_address_is_no_markup_on_a_page(page, origin):
    asked = "&".join(
        f"{name}={LAST}" for name in ("index", "view", "schema", "feature", "script", "build", "digest")
    )
    for name in ("uploads", "discovery", "features", "schemas", "builds", "assets", ""):
        show(page, f"{origin}/{name}?theme={LAST}&{asked}")
        check(page)
    show(page, f"{origin}/discovery?project={LAST}")
    said(page)
    check(page)
    show(page, f"{origin}/discovery?index={'9' * 300}")
    page.get_by_role("heading", name="Record").wait_for()


def test_discovery_shows_what_is_typed_as_text(page, origin):
    show(page, f"{origin}/discovery")
    for name in ("Index", "Time"):
        throw(page, field(page, name))
        said(page)
        check(page)
    throw(page, field(page, "Search"))
    page.get_by_title(re.compile("onerror")).or_(page.get_by_text(re.compile("% of view"))).first.wait_for()
    field(page, "Index").fill("9" * 300)
    field(page, "Index").press("Enter")
    said(page, "no index of this data set")
    field(page, "Time").fill("a\0b")
    field(page, "Time").press("Enter")
    said(page, "a")


def test_uploads_shows_names_text_and_parameters_as_text(page, origin, project):
    show(page, f"{origin}/uploads")
    raw = project.folder("raw")
    before = sorted(path.name for path in raw.iterdir())
    names = [*(payload.replace("/", "∕") + ".csv" for payload in PAYLOADS), "a\0b.csv", "x" * 300 + ".csv"]
    page.get_by_label("Files to send").set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": b"time,px,qty\n"} for name in names]
    )
    items = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    refused = items.filter(has_text=re.compile("▲.*(name of an uploaded file|up to 200 bytes)"))
    refused.nth(len(names) - 1).wait_for()
    assert {one.rpartition("status of ")[2][:3] for one in page.complaints} == {"400"}
    page.complaints.clear()
    check(page)
    assert sorted(path.name for path in raw.iterdir()) == before
    button(page, "evil.csv").click()
    page.get_by_role("region", name="Raw text").get_by_text(LAST).first.wait_for()
    page.get_by_role("region", name="Rejected rows").get_by_text(LAST).first.wait_for()
    form = page.get_by_role("form", name="Adapter")
    throw(page, form.get_by_role("textbox", name=re.compile("^price")), key="")
    said(page)
    throw(page, form.get_by_role("textbox", name=re.compile("^zone")), key="")
    said(page)


def test_features_shows_what_is_typed_as_text_and_refuses_bad_names_at_the_field(page, origin, project):
    show(page, f"{origin}/features?script=unit_bar&index=1500")
    throw(page, page.get_by_role("textbox", name=re.compile("^count")))
    said(page)
    check(page)
    button(page, "bars").or_(page.get_by_role("tab", name="Features")).first.click()
    button(page, "bars").click()
    page.get_by_role("heading", name="bars").wait_for()
    for name in (*PAYLOADS, *BAD_NAMES):
        field(page, "Save as").fill(name)
        button(page, "Save").click()
    page.get_by_text("cannot be the name of a feature").filter(has_text="xxxx").wait_for()
    check(page)
    page.get_by_role("tab", name="Scripts").click()
    page.get_by_text("New script").click()
    for name in (*PAYLOADS, *BAD_NAMES):
        field(page, "Name of the new script").fill(name)
        button(page, "Create").click()
    page.get_by_text("cannot be the name of a").filter(has_text="xxxx").wait_for()
    check(page)
    assert set(list_features(project.team)) == {"bars", "per_minute", "slow", "up"}
    found = {path.name for path in project.folder("scripts").glob("*.py")}
    assert found == {"hangs.py", "raises.py", "shouts.py", "slow.py"}


def test_the_editor_holds_markup_as_text(page, origin):
    show(page, f"{origin}/features?script=raises")
    button(page, "Edit source").click()
    text = field(page, "Source of raises.py")
    assert LAST in text.input_value()
    throw(page, text, key="")
    said(page, "▲ Line 1")
    text.fill(RAISES)
    page.get_by_role("status").filter(has_text="● saved").wait_for()
    button(page, "Close").click()


def test_a_script_that_raises_hangs_or_shouts_leaves_the_page_answering(page, origin):
    show(page, f"{origin}/features?script=raises&index=1500")
    button(page, "Test").click()
    alert = page.get_by_role("alert").filter(has_text=re.compile(r"raises\.py, line 6, at index 1,?500"))
    alert.filter(has_text=LAST).wait_for()
    page.get_by_text("Printed, 1 line").click()
    page.locator("#printed pre").filter(has_text=LAST).wait_for()
    button(page, "shouts").click()
    page.get_by_role("heading", name="shouts").wait_for()
    button(page, "Test").click()
    page.get_by_text(re.compile(r"Printed, \d+ lines")).wait_for()
    assert (
        page.evaluate("() => new TextEncoder().encode(document.querySelector('body').innerText).length")
        < 200_000
    )
    assert len(page.locator("#printed pre").text_content()) < 100_000
    button(page, "hangs").click()
    page.get_by_role("heading", name="hangs").wait_for()
    button(page, "Test").click()
    button(page, "Stop").wait_for()
    page.get_by_role("tab", name="Features").click()
    page.get_by_role("table", name="Saved features").wait_for()
    assert button(page, "Stop").count() == 1  # it hangs while the page answers
    page.get_by_role("alert").filter(has_text=re.compile(r"hangs\.py, line [56], at index")).wait_for()


def test_schemas_refuses_bad_names_at_the_field_and_shows_text_as_text(page, origin, project):
    show(page, f"{origin}/schemas?schema=minutes")
    page.get_by_role("status", name="Estimate").filter(has_text="≈").wait_for()
    for name in ("Resolution", "Seed", "Validation from", "Test from"):
        before = field(page, name).input_value()
        throw(page, field(page, name), key="")
        said(page)
        check(page)
        field(page, name).fill(before)
    for name in (*PAYLOADS, *BAD_NAMES):
        field(page, "Name").fill(name)
        button(page, "Save").click()
    page.get_by_role("alert").filter(has_text="xxxx").filter(has_text="cannot be the name").wait_for()
    assert field(page, "Name").get_attribute("aria-invalid") == "true"
    assert field(page, "Name").input_value() == BAD_NAMES[-1]
    check(page)
    assert set(list_schemas(project.team)) == {"minutes", "slow"}


def test_builds_and_assets_show_what_is_typed_as_text(page, origin):
    show(page, f"{origin}/builds?build=1")
    page.get_by_role("tab", name="Log").click()
    page.get_by_role("log", name="Log lines").wait_for()
    throw(page, field(page, "Search"))
    page.get_by_text("0 lines match").wait_for()
    check(page)
    show(page, f"{origin}/assets")
    for payload in (*PAYLOADS, "9" * 300):
        page.get_by_role("textbox", name="Sample number").fill(payload)
        page.get_by_role("textbox", name="Sample number").press("Enter")
    button(page, "Promote").wait_for()


def test_a_reload_keeps_project_index_and_zoom(page, origin):
    show(page, f"{origin}/discovery?project=contoso/volatility&index=3000")
    in_view = page.get_by_role("status", name="Ticks in view")
    whole = in_view.inner_text()
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -300)
    in_view.filter(has_not_text=whole).wait_for()
    seen = in_view.inner_text()
    page.wait_for_url(re.compile("view="))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("index=3001"))
    kept = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
    page.reload()
    page.get_by_role("heading", name="Record 3,001", exact=True).wait_for()
    assert in_view.inner_text() == seen
    start, stop = map(int, kept["view"].split("-"))
    assert f"{stop - start:,} ticks in view" == seen
    assert dict(part.split("=") for part in page.url.partition("?")[2].split("&")) == kept


def test_a_press_is_a_click_though_the_page_is_drawn_anew_meanwhile(page, origin):
    show(page, f"{origin}/discovery?index=1500")
    field(page, "Index").wait_for()
    before = field(page, "Index").input_value()
    button(page, "Shuffle").hover()
    page.mouse.down()
    drawn = page.evaluate(
        """() => [...Bokeh.documents[0]._all_models.values()]
          .filter(one => one.data?.html?.includes('Shuffle'))
          .map(one => (one.data.html = one.data.html.replace('Shuffle', '<i>Shuffle</i>'))).length"""
    )
    assert drawn == 1
    page.wait_for_timeout(100)
    page.mouse.up()
    page.locator("i", has_text="Shuffle").wait_for()  # and then it is
    expect(field(page, "Index")).not_to_have_value(before)


def test_two_people_on_one_project_lose_nothing_of_each_other(page, origin, project, chromium):
    """Both have the page open before either saves; both tick another file at once."""
    other = chromium.new_context(viewport={"width": 1440, "height": 900})
    with contextlib.closing(other):
        two = other.new_page()
        two.set_default_timeout(PATIENT_MS)
        for one in (page, two):
            show(one, f"{origin}/features?script=unit_bar&index=1500")
        for one, name in ((page, "mine"), (two, "yours")):
            field(one, "Save as").fill(name)
            button(one, "Save").click()
        for one, name in ((page, "mine"), (two, "yours")):
            one.get_by_text(f"● Saved as {name}.").wait_for()
        assert {"mine", "yours"} <= set(list_features(project.team))
        raw = project.folder("raw")
        for name in ("a", "b"):
            (raw / f"{name}.csv").write_bytes((raw / "evil.csv").read_bytes())
        before = project.record.paths
        for one in (page, two):
            show(one, f"{origin}/uploads")
        boxes = [
            one.get_by_role("checkbox", name=f"{name}.csv in the project")
            for one, name in ((page, "a"), (two, "b"))
        ]
        for box in boxes:
            box.wait_for()
        first = project.record.paths[0]
        gone = page.get_by_role("checkbox", name=f"{first.rpartition('/')[2]} in the project")
        gone.uncheck()
        again = two.get_by_role("checkbox", name=f"{before[1].rpartition('/')[2]} in the project")
        again.uncheck()
        for one in (page, two):
            one.get_by_role("status").filter(has_text="● cached · 1 file ·").wait_for()
        assert project.record.paths == before[2:]
        for name in ("a", "b"):
            (raw / f"{name}.csv").unlink()
        project.update(paths=before)


@contextlib.contextmanager
def process(project, port=0):
    """A server of its own that the test may kill; its address."""
    home = project.team.workspace.home
    command = [sys.executable, "-m", "litlab.apps", "--workspace", str(home), "--port", str(port)]
    one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield one, one.stdout.readline().split()[3].rstrip("/")
    finally:
        one.kill()
        one.wait(15)
        one.stdout.close()


def test_a_build_goes_on_without_page_and_server_and_the_open_page_comes_back(chromium, project):
    job = launch_build(project.team, "slow", workers=1)
    number = int(job.folder.name)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENT_MS)
    state = page.get_by_role("status", name="State").filter(has_text="running")
    try:
        with process(project) as (first, origin):
            page.goto(f"{origin}/builds?build={number}")
            state.wait_for()
            page.goto("about:blank")  # the page is closed
            assert find_build(project.team, number).state == "running"
            page.goto(f"{origin}/builds?build={number}")
            state.wait_for()
            done = find_build(project.team, number).record().done
            first.kill()
            page.get_by_role("alert").filter(has_text="The connection is lost").wait_for()
            assert find_build(project.team, number).state == "running"
        began = time.perf_counter()
        with process(project, int(origin.rpartition(":")[2])) as (_, again):
            assert again == origin
            up = time.perf_counter()
            page.get_by_role("alert").filter(has_text="The connection is lost").wait_for(state="detached")
            state.wait_for()
            came = time.perf_counter()
            print(f"server up in {up - began:.1f} s, page re-attached {came - up:.1f} s later")
            assert f"build={number}" in page.url
            page.get_by_role("tab", name="Log").click()
            page.get_by_role("log", name="Log lines").filter(has_text=LAST).wait_for()
            assert page.evaluate(MARKUP) == []
            assert find_build(project.team, number).state == "running"
            assert find_build(project.team, number).record().done >= done
    finally:
        stop_build(project.team, number)
        job.wait(60)
        context.close()
