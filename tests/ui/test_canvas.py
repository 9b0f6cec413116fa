"""The drawn canvas as a person uses it: palette, dots, form, keys; on a page without a server behind it."""

import itertools
import json

import pytest
from canvas_page import canvas, checked, serving, small, traits
from ui import test_access

pytestmark = pytest.mark.browser

axe = test_access.axe


@pytest.fixture(scope="module")
def origin():
    with serving() as origin:
        yield origin


class Hand:
    """What a person does on the page, and what the host has heard of it."""

    def __init__(self, page):
        self.page = page
        self.canvas = page.get_by_role("region", name="Canvas")
        self.form = page.get_by_role("region", name="Properties")

    def node(self, name):
        return self.page.locator(f'.react-flow__node[data-id="{name}"]')

    def dot(self, name, side):
        return self.node(name).locator(f".react-flow__handle.{side}")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def held(self, name):
        return self.page.evaluate("name => window.host.traits[name]", name)

    @property
    def nodes(self):
        return [node["id"] for node in self.held("canvas")["nodes"]]

    @property
    def wires(self):
        return [f"{edge['source']}>{edge['target']}" for edge in self.held("canvas")["edges"]]

    @property
    def chosen(self):
        return self.page.locator(".react-flow__node.selected").evaluate_all(
            "all => all.map(one => one.dataset.id)"
        )

    def params(self, name):
        return next(node["params"] for node in self.held("canvas")["nodes"] if node["id"] == name)

    def place(self, name):
        return next(node["position"] for node in self.held("canvas")["nodes"] if node["id"] == name)

    def give(self, name, value):
        self.page.evaluate("([name, value]) => window.host.give(name, value)", [name, value])

    def until(self, condition):
        self.page.wait_for_function(
            f"() => {{ const {{ traits, sent, sets }} = window.host; return {condition}; }}"
        )

    def drag(self, start, end, steps=6):
        boxes = [one.bounding_box() for one in (start, end)]
        at = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        self.page.mouse.move(*at[1], steps=steps)
        self.page.mouse.up()

    def add_by_key(self, words):
        self.page.keyboard.press("/")
        search = self.page.get_by_role("searchbox", name="Search components")
        self.page.wait_for_function("() => document.activeElement?.type === 'search'")
        search.fill(words)
        self.page.keyboard.press("Enter")


@pytest.fixture(scope="module")
def page(chromium, origin):
    """One page for all tests: each begins the canvas anew."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.asked, page.complaints = [], []
    context.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.goto(origin)
    yield page
    context.close()


@pytest.fixture
def hand(page):
    page.evaluate("() => window.begin()")
    page.wait_for_function("() => document.querySelectorAll('.react-flow__edge').length === 7")
    page.wait_for_function("() => !document.querySelector('.react-flow__node[style*=hidden]')")
    page.mouse.move(0, 0)
    yield Hand(page)
    assert page.complaints == []


@pytest.fixture
def blank(hand):
    hand.give("canvas", canvas(name="blank"))
    hand.page.get_by_text("Nothing drawn yet").wait_for()
    return hand


def test_a_model_is_drawn_with_the_mouse_from_nothing(blank):
    search = blank.page.get_by_role("searchbox", name="Search components")
    for words, name, place in (("feature", "Input", (200, 300)), ("fully connected", "Dense", (460, 300)),
                               ("predict", "Output", (720, 300))):  # fmt: skip
        search.fill(words)
        entry = blank.page.get_by_role("option", name=name, exact=True)
        entry.drag_to(blank.canvas, target_position={"x": place[0], "y": place[1]})
    assert blank.nodes == ["input", "dense", "output"]
    assert blank.params("input") == {"feature": "bars"}
    assert blank.params("output") == {"label": "up"}
    assert blank.params("dense") == {}
    blank.drag(blank.dot("input", "source"), blank.dot("dense", "target"))
    blank.drag(blank.dot("dense", "source"), blank.dot("output", "target"))
    assert blank.wires == ["input>dense", "dense>output"]
    assert blank.held("serial") == 5
    assert blank.page.locator(".react-flow__edge").count() == 2


def test_nodes_and_wires_show_what_is_known_of_them(hand):
    trend = hand.page.get_by_role("group", name="trend, Conv1D, 736 parameters, (None, 30, 16)")
    assert trend.inner_text().split("\n") == ["trend", "736", "Conv1D"]  # its wire has the shape
    assert hand.node("output").inner_text().split("\n") == ["output", "97", "Output", "(None, 1)"]
    shapes = hand.page.locator(".lc-shape:not(.lc-order)").all_text_contents()
    assert sorted(shapes) == sorted(checked()["shapes"].values())
    status = hand.page.get_by_role("status", name="Compile status")
    assert status.inner_text() == "1,201 parameters · (None, 1) · ready"
    hand.give("checked", checked(output="(None, 1), (None, 3)", said="Drawn for the newest in the queue."))
    assert status.inner_text().endswith("(None, 1), (None, 3) · ready · Drawn for the newest in the queue.")
    assert "(None" not in hand.node("output").inner_text()  # which of the two it is nobody has said
    sentence = "kernel = 0 is not possible: it must be a whole number, 1 to 1024"
    hand.give("checked", checked(problems={"detail": [{"text": sentence, "kind": "BadNodeParameter"}] * 2},
                                 waiting=["places"]))  # fmt: skip
    assert f"▲ {sentence}" in hand.node("detail").inner_text()
    assert "◌ waits" in hand.node("places").inner_text()
    status.get_by_role("button", name=f"detail: {sentence} (1 more)").click()
    assert hand.chosen == ["detail"]
    box, middle = hand.node("detail").bounding_box(), hand.canvas.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - middle["x"] - middle["width"] / 2) < 2
    assert hand.form.get_by_role("textbox", name="kernel").get_attribute("aria-invalid") == "true"
    assert hand.form.get_by_text(sentence).count() == 1


def test_a_drag_is_one_step_and_no_edit_of_meaning(hand):
    before = hand.place("trend")
    hand.page.evaluate("() => { window.host.sets.length = 0; }")
    hand.drag(hand.node("trend").locator("strong"), hand.node("globals"), steps=12)
    after = hand.place("trend")
    assert after != before
    assert after["x"] % 8 == after["y"] % 8 == 0
    assert hand.page.evaluate("() => window.host.sets") == ["canvas"]
    assert hand.held("serial") == 0
    hand.button("Undo").click()
    assert hand.place("trend") == before
    hand.button("Redo").click()
    assert hand.place("trend") == after


def test_while_one_node_is_dragged_no_other_is_drawn_anew(hand):
    hand.page.evaluate("""() => {
      window.touched = new Set();
      const watcher = new MutationObserver(all => all.forEach(({ target }) => {
        const node = (target.nodeType === 1 ? target : target.parentElement).closest('.react-flow__node');
        if (node) window.touched.add(node.dataset.id);
      }));
      watcher.observe(document.querySelector('.react-flow__nodes'),
        { subtree: true, childList: true, attributes: true, characterData: true });
      window.watching = watcher;
    }""")
    box = hand.node("trend").locator("strong").bounding_box()
    hand.page.mouse.move(box["x"] + 4, box["y"] + 4)
    hand.page.mouse.down()
    hand.page.mouse.move(box["x"] + 90, box["y"] + 60, steps=12)
    hand.page.mouse.up()
    assert hand.page.evaluate("() => { window.watching.disconnect(); return [...window.touched]; }") == [
        "trend"
    ]


def test_several_are_chosen_copied_pasted_duplicated_and_deleted(hand):
    for name in ("trend", "average"):
        hand.node(name).click(modifiers=["Shift"])
    assert hand.chosen == ["trend", "average"]
    hand.node("average").click(modifiers=["Shift"])
    assert hand.chosen == ["trend"]
    surface, detail, places = (
        one.bounding_box() for one in (hand.canvas, hand.node("detail"), hand.node("places"))
    )
    hand.page.keyboard.down("Shift")
    hand.page.mouse.move(detail["x"] - 12, detail["y"] - 12)
    hand.page.mouse.down()
    hand.page.mouse.move(
        places["x"] + 20, min(places["y"] + 90, surface["y"] + surface["height"] - 20), steps=5
    )
    hand.page.mouse.up()
    hand.page.keyboard.up("Shift")
    assert hand.chosen == ["detail", "places"]
    # Text chosen elsewhere draws the clipboard's events to itself.
    hand.page.evaluate("() => getSelection().selectAllChildren(document.getElementById('beside'))")
    hand.page.keyboard.press("Control+c")
    hand.page.keyboard.press("Control+v")
    hand.until("traits.canvas.nodes.length === 10")
    assert hand.chosen == ["detail_2", "places_2"]
    assert hand.wires[-1] == "detail_2>places_2"
    assert hand.params("detail_2") == hand.params("detail")
    hand.page.keyboard.press("Control+v")
    hand.until("traits.canvas.nodes.length === 12")
    hand.page.keyboard.press("Control+d")
    assert hand.nodes[-4:] == ["detail_3", "places_3", "detail_4", "places_4"]
    hand.page.keyboard.press("Control+x")
    hand.until("traits.canvas.nodes.length === 12")
    assert hand.nodes[-2:] == ["detail_3", "places_3"]
    for _ in range(4):
        hand.page.keyboard.press("Control+z")
    assert hand.held("canvas") == small()
    hand.page.keyboard.press("Control+a")
    hand.page.keyboard.press("Delete")
    assert (hand.nodes, hand.wires) == ([], [])
    hand.page.keyboard.press("Control+z")
    hand.page.keyboard.press("Control+Shift+Z")
    assert hand.nodes == []


def test_a_form_writes_what_is_entered_and_leaves_the_rest_absent(hand):
    hand.node("trend").click()
    filters, stride = (
        hand.form.get_by_role("textbox", name=name, exact=True) for name in ("filters", "stride")
    )
    assert stride.get_attribute("placeholder") == "1"
    hand.page.evaluate("() => { window.host.sets.length = 0; }")
    filters.press("Control+a")
    filters.press_sequentially("128")
    hand.until("traits.canvas.nodes[1].params.filters === 128")
    sets = hand.page.evaluate("() => window.host.sets")
    assert sets.count("canvas") <= 2  # of three keys: told after a pause, not at each
    stride.fill("abc")  # what is no number is the check's to say
    hand.until("traits.canvas.nodes[1].params.stride === 'abc'")
    stride.fill("")
    hand.until("!('stride' in traits.canvas.nodes[1].params)")
    hand.form.get_by_role("combobox", name="activation").select_option("tanh")
    assert hand.params("trend") == {"filters": 128, "kernel": 9, "activation": "tanh", "last": 30}
    hand.form.get_by_role("combobox", name="activation").select_option("")
    assert "activation" not in hand.params("trend")
    hand.node("globals").click()
    metrics = hand.form.get_by_role("textbox", name="metrics")
    metrics.fill("AUC, 3")
    balanced = hand.form.get_by_role("checkbox", name="balanced")
    balanced.check()
    assert hand.params("globals") == {
        "epochs": 15,
        "batch": 256,
        "seed": 7,
        "metrics": ["AUC", 3],
        "balanced": True,
    }
    balanced.uncheck()
    assert "balanced" not in hand.params("globals")
    hand.form.get_by_role("button", name="Edit source").click()
    assert hand.page.evaluate("() => window.host.sent.at(-1)") == {
        "do": "edit-source",
        "component": "globals",
    }


def test_a_renamed_node_keeps_its_wires_and_those_that_share_its_layers(hand):
    nodes = (
        ("bars", "input", {}, 0, 0),
        ("conv", "conv1d", {}, 248, 0),
        ("again", "shared", {"of": "conv"}, 248, 160),
    )
    hand.give("canvas", canvas(*nodes, edges="bars>conv bars>again"))
    hand.node("conv").click()
    name = hand.form.get_by_role("textbox", name="id", exact=True)
    name.fill("bars")
    assert "Another node is called bars already." in hand.form.inner_text()
    name.press("Enter")
    assert hand.nodes == ["bars", "conv", "again"]
    name.fill("long_view")
    name.press("Enter")
    assert hand.nodes == ["bars", "long_view", "again"]
    assert hand.wires == ["bars>long_view", "bars>again"]
    assert hand.params("again") == {"of": "long_view"}
    assert hand.chosen == ["long_view"]
    hand.node("again").click()
    assert hand.form.get_by_role("combobox", name="of").locator("option").all_inner_texts() == [
        "—",
        "bars",
        "long_view",
    ]


def test_the_order_of_inputs_is_seen_and_changed(hand):
    hand.node("together").click()
    assert hand.page.locator(".lc-order").all_text_contents() == ["1", "2"]
    hand.form.get_by_role("button", name="Move places up").click()
    inputs = hand.form.get_by_role("list", name="Inputs")
    assert [text.split("\n")[:2] for text in inputs.get_by_role("listitem").all_inner_texts()] == [
        ["1", "places"],
        ["2", "average"],
    ]
    assert [wire for wire in hand.wires if wire.endswith("together")] == [
        "places>together",
        "average>together",
    ]
    inputs.get_by_role("button", name="Take the wire from places away").click()
    assert [wire for wire in hand.wires if wire.endswith("together")] == ["average>together"]


def test_a_model_is_drawn_with_the_keyboard_alone(blank):
    press = blank.page.keyboard.press
    blank.canvas.focus()
    for words in ("feature of the asset", "fully", "predict"):
        blank.add_by_key(words)
    assert blank.nodes == ["input", "dense", "output"]
    places = [tuple(blank.place(name).values()) for name in blank.nodes]
    assert len(set(places)) == 3
    for source, target in (("input", "den"), ("dense", "out")):
        blank.canvas.focus()
        while blank.chosen != [source]:
            press("Tab")
        press("c")
        blank.page.get_by_role("dialog", name=f"Connect {source}").wait_for()
        blank.page.keyboard.type(target)
        press("Enter")
    assert blank.wires == ["input>dense", "dense>output"]
    press("t")
    assert [blank.place(name)["x"] for name in blank.nodes] == sorted(
        blank.place(name)["x"] for name in blank.nodes
    )
    y = blank.place("dense")["y"]
    press("ArrowDown")
    press("Shift+ArrowDown")
    blank.until(f"traits.canvas.nodes[1].position.y === {y + 40}")
    press("Control+z")
    assert blank.place("dense")["y"] == y
    press("Enter")  # into the form
    blank.page.keyboard.press("Tab")
    blank.page.keyboard.type("64")
    blank.until("traits.canvas.nodes[1].params.units === 64")
    press("Escape")
    assert blank.page.evaluate("() => document.activeElement.dataset.id") == "dense"
    press("Delete")
    assert blank.nodes == ["input", "output"]
    assert blank.wires == []
    press("Control+s")
    assert blank.page.evaluate("() => window.host.sent") == [{"do": "save", "name": "blank"}]
    press("Control+z")
    blank.button("Tidy up").press("Enter")
    blank.page.keyboard.press("?")
    blank.page.get_by_role("dialog", name="Keys").get_by_text("Tidy up").wait_for()
    press("Escape")


def test_a_wire_is_chosen_deleted_and_led_elsewhere(hand):
    def grip(name):
        return hand.page.get_by_label(name).locator(".react-flow__edge-interaction")

    grip("average into together").click(force=True)
    assert hand.page.locator(".react-flow__edge.selected").count() == 1
    hand.page.keyboard.press("Delete")
    assert "average>together" not in hand.wires
    assert len(hand.nodes) == 8
    end = hand.page.get_by_label("trend into average").locator(".react-flow__edgeupdater-target")
    hand.drag(end, hand.dot("together", "target"))
    assert hand.wires[2] == "trend>together"  # in its place in the order
    hand.button("Undo").click()
    assert hand.wires[2] == "trend>average"


def test_a_component_dropped_on_a_wire_comes_between_its_ends(hand):
    wire = hand.page.get_by_label("average into together").bounding_box()
    surface = hand.canvas.bounding_box()
    x, y = (wire[side] - surface[side] + wire[size] / 2 for side, size in (("x", "width"), ("y", "height")))
    entry = hand.page.get_by_role("option", name="Dropout", exact=True)
    entry.drag_to(hand.canvas, target_position={"x": x, "y": y})
    assert [one for one in hand.wires if ">together" in one] == ["dropout>together", "places>together"]
    assert hand.wires[-1] == "average>dropout"
    hand.button("Undo").click()
    assert hand.held("canvas") == small()


def test_shift_enter_adds_what_is_wired_to_the_chosen_node(hand):
    hand.node("average").click()
    hand.page.keyboard.press("/")
    hand.page.keyboard.type("dense")
    hand.page.keyboard.press("Shift+Enter")
    assert hand.wires[-1] == "average>dense"
    assert hand.place("dense")["x"] > hand.place("average")["x"]


def test_tidy_up_leads_every_wire_from_left_to_right_and_no_node_over_another(hand):
    hand.button("Tidy up").click()
    places = {name: hand.place(name) for name in hand.nodes}
    assert all(places[a]["x"] + 144 < places[b]["x"] for a, b in (wire.split(">") for wire in hand.wires))
    spots = sorted((place["x"], place["y"]) for place in places.values())
    assert all(b[0] > a[0] or b[1] - a[1] >= 64 for a, b in itertools.pairwise(spots))
    hand.button("Undo").click()
    assert hand.held("canvas") == small()


def test_what_the_host_gives_replaces_the_drawing_and_its_echo_does_not(hand):
    hand.node("trend").click()
    filters = hand.form.get_by_role("textbox", name="filters")
    filters.fill("20")
    hand.until("traits.canvas.nodes[1].params.filters === 20")
    first = hand.held("canvas")
    filters.fill("24")
    hand.give("canvas", first)  # comes back late
    hand.until("traits.canvas.nodes[1].params.filters === 24")
    changed = small()
    changed["nodes"][1]["params"]["filters"] = 99
    hand.give("canvas", changed)
    hand.page.wait_for_function("() => document.querySelector('.lc-number').value === '99'")
    serial = hand.held("serial")
    hand.button("Undo").click()  # another's change is a step as well
    assert hand.params("trend")["filters"] == 24
    assert hand.held("serial") == serial + 1
    hand.give("canvas", canvas(("only", "dense", {}, 0, 0), name="other"))
    hand.node("only").wait_for()
    assert hand.button("Undo").get_attribute("aria-disabled") == "true"


def test_two_nodes_with_one_id_are_told_until_something_is_drawn(hand):
    body = small()
    second = {**body["nodes"][0], "position": {"x": 8, "y": 400}}
    hand.give(
        "canvas", {**body, "nodes": [*body["nodes"], second], "settings": {**body["settings"], "name": "b"}}
    )
    name = second["id"]
    told = hand.page.get_by_role("status").filter(
        has_text=f"Two nodes have the id {name}: the second is called"
    )
    told.wait_for()
    assert hand.node(f"{name}_2").count() == 1
    hand.canvas.press("Control+a")
    assert told.count() == 1
    hand.canvas.press("ArrowRight")
    told.wait_for(state="detached")


def test_settings_and_what_the_host_is_asked_for(hand):
    sent = "() => window.host.sent.at(-1)"
    name = hand.form.get_by_role("textbox", name="Name")
    name.fill("deeper")
    hand.form.get_by_role("combobox", name="Device").select_option("CPU:0")
    settings = small()["settings"]
    assert hand.held("canvas")["settings"] == {**settings, "name": "deeper", "device": "CPU:0"}
    hand.button("Save").click()
    assert hand.page.evaluate(sent) == {"do": "save", "name": "deeper"}
    hand.button("As Python").click()
    assert hand.page.evaluate(sent) == {"do": "as-python"}
    hand.page.evaluate("() => window.host.tell({ show: 'python', text: '<b>import keras</b>' })")
    dialog = hand.page.get_by_role("dialog", name="As Python")
    assert dialog.locator("pre").inner_text() == "<b>import keras</b>"
    dialog.get_by_role("button", name="Close").click()
    hand.give(
        "checked",
        checked(hand.held("serial"), {"trend": [{"text": "It is wired to nothing.", "kind": "LooseNode"}]}),
    )
    hand.button("Launch experiment").click()
    assert hand.page.evaluate(sent) == {"do": "as-python"}
    assert hand.chosen == ["trend"]
    hand.page.get_by_text("Not launched. First: It is wired to nothing.").wait_for()
    hand.give("checked", checked(hand.held("serial")))
    hand.button("Launch experiment").click()
    assert hand.page.evaluate(sent) == {"do": "launch", "device": "CPU:0"}
    said = "minutes is not promoted. Promote it first."
    hand.give("said", {"kind": "problem", "text": said, "field": "asset"})
    hand.canvas.focus()
    hand.page.keyboard.press("Escape")
    assert hand.form.get_by_role("combobox", name="Asset").get_attribute("aria-invalid") == "true"
    hand.form.get_by_role("alert").filter(has_text=said).wait_for()
    hand.give("saved", False)
    hand.page.get_by_text("◌ not saved").wait_for()
    hand.give("checked", checked(hand.held("serial"), needed=412e6, free=12e9))
    told = "Training takes about 412 MB of memory, TensorFlow’s own included; 12 GB are free."
    hand.form.get_by_text(told).wait_for()


def test_a_canvas_that_may_only_be_read_cannot_be_changed(hand):
    hand.give("readonly", True)
    before = json.dumps(hand.held("canvas"))
    hand.drag(hand.node("trend"), hand.node("globals"))
    hand.page.keyboard.press("Delete")
    hand.page.keyboard.press("Control+d")
    hand.add_by_key("dense")
    hand.drag(hand.dot("trend", "source"), hand.dot("places", "target"))
    hand.node("trend").click()
    assert hand.form.get_by_role("textbox", name="filters").get_attribute("readonly") is not None
    assert json.dumps(hand.held("canvas")) == before


def test_in_half_a_tab_the_form_lies_below_and_the_palette_comes_when_it_is_asked_for(hand):
    hand.page.set_viewport_size({"width": 720, "height": 900})
    try:
        palette = hand.page.get_by_role("region", name="Palette")
        assert not palette.is_visible()
        surface, form = hand.canvas.bounding_box(), hand.form.bounding_box()
        assert surface["width"] == form["width"] == 720
        assert form["y"] >= surface["y"] + surface["height"]
        hand.button("Add").click()
        hand.page.keyboard.type("gru")
        hand.page.keyboard.press("Enter")
        hand.until("traits.canvas.nodes.length === 9")
        assert not palette.is_visible()
        buttons = [hand.button(name) for name in ("Launch experiment", "Save", "As Python")]
        assert all(one.evaluate("one => one.scrollWidth <= one.clientWidth") for one in buttons)
    finally:
        hand.page.set_viewport_size({"width": 1440, "height": 900})


def test_a_canvas_opens_so_that_its_text_can_be_read_and_follows_the_room_until_it_is_moved(hand):
    smallest = """() => Math.min(...[...document.querySelectorAll(".lc-node *, .lc-shape")].map(one =>
        parseFloat(getComputedStyle(one).fontSize))) * zoom()"""
    view = """() => document.querySelector(".react-flow__viewport").style.transform"""
    hand.page.evaluate("""() => { window.zoom = () => new DOMMatrix(getComputedStyle(
        document.querySelector(".react-flow__viewport")).transform).a; }""")
    assert hand.page.evaluate(smallest) >= 11
    try:
        before = hand.page.evaluate(view)
        hand.page.set_viewport_size({"width": 720, "height": 900})
        hand.page.wait_for_function(f"before => ({view})() !== before", arg=before)
        assert hand.page.evaluate(smallest) >= 11
        assert hand.node("bars").bounding_box()["x"] >= 0
        assert not hand.page.get_by_role("img", name="Overview").is_visible()
        hand.button("Zoom in").click()
        hand.page.wait_for_timeout(300)
        moved = hand.page.evaluate(view)
        hand.page.set_viewport_size({"width": 1440, "height": 900})
        hand.page.wait_for_timeout(300)
        assert hand.page.evaluate(view) == moved
    finally:
        hand.page.set_viewport_size({"width": 1440, "height": 900})


def test_text_that_people_gave_is_never_html(hand):
    bad = "<img src=x onerror=alert(1)>"
    palette = [{**one, "title": bad, "summary": bad, "group": bad} for one in hand.held("palette")[:2]]
    hand.give("palette", palette)
    hand.give("canvas", canvas((bad, palette[0]["component"], {bad: bad}, 0, 0), name=bad))
    hand.give("checked", checked(problems={bad: [{"text": bad, "kind": ""}]}, said=bad))
    hand.give("said", {"kind": "problem", "text": bad, "field": ""})
    hand.page.locator(".react-flow__node").click()
    assert hand.page.locator("img").count() == 0
    assert hand.form.get_by_text(bad).count() >= 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_canvas(hand, axe, theme):
    hand.give("theme", theme)
    problem = {"text": "kernel = 0 is not possible: it must be a whole number", "kind": "BadNodeParameter"}
    hand.give("checked", checked(problems={"trend": [problem]}, waiting=["average"]))
    if theme == "light":
        found = test_access.findings(hand.page, axe)
        hand.node("trend").click()
        hand.button("Copy as code").click()
    else:
        found = []
        hand.node("together").click()
        hand.page.keyboard.press("c")
        hand.page.get_by_role("dialog", name="Connect").wait_for()
    found += test_access.findings(hand.page, axe)
    assert [one for one in found if one[0] in test_access.GRAVE] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_empty_canvas_offers_the_first_step_and_complains_of_nothing(blank, axe, theme):
    blank.give("theme", theme)
    missing = {"text": "A canvas has at least one output node, this one has 0.", "kind": "NoOutput"}
    blank.give("checked", checked(problems={"": [missing]}))
    status = blank.page.get_by_role("status", name="Compile status")
    assert status.inner_text() == f"○ {missing['text']}"
    filled = blank.page.locator(".lc-filled")
    assert [one.get_attribute("aria-label") for one in filled.all()] == ["Add"]
    assert [one for one in test_access.findings(blank.page, axe) if one[0] in test_access.GRAVE] == []
    blank.canvas.focus()
    blank.add_by_key("dense")
    blank.node("dense").wait_for()
    assert status.inner_text() == f"▲ {missing['text']}"
    assert filled.all_inner_texts() == ["Launch experiment"]


def test_mouse_keys_and_clipboard_work_within_a_shadow_root(hand):
    hand.page.evaluate("() => window.begin(true)")
    hand.page.locator(".react-flow__edge").nth(6).wait_for(state="attached")
    hand.node("places").click()
    hand.page.keyboard.press("Delete")
    hand.drag(hand.dot("detail", "source"), hand.dot("together", "target"))
    assert hand.wires[-1] == "detail>together"
    hand.node("average").click()
    hand.page.keyboard.press("Control+c")
    hand.page.keyboard.press("Control+v")
    hand.until("traits.canvas.nodes.length === 8")
    assert hand.nodes[-1] == "average_2"
    hand.page.keyboard.press("/")
    hand.page.keyboard.type("gru")
    hand.page.keyboard.press("Enter")
    hand.until("traits.canvas.nodes.length === 9")
    hand.node("gru").click()
    hand.page.keyboard.press("c")
    hand.page.keyboard.type("tog")
    hand.page.keyboard.press("Enter")
    assert hand.wires[-1] == "gru>together"
    hand.node("gru").click(modifiers=["Shift"])
    assert hand.chosen == []


def test_nothing_is_asked_for_elsewhere_and_nothing_stays_behind(hand, origin):
    assert [url for url in hand.page.asked if not url.startswith((f"{origin}/", "data:"))] == []
    assert hand.page.evaluate("() => window.host.listeners()") > 8
    hand.page.evaluate("() => window.host.close()")
    assert hand.page.locator("#place > div > *").count() == 0
    assert hand.page.evaluate("() => window.host.listeners()") == 0


def test_the_page_of_the_tests_speaks_of_the_shipped_components():
    palette = {one["component"]: one for one in traits()["palette"]}
    assert palette["concatenate"]["wires"] == [2, None]
    assert palette["shared"]["shares"] == "of"
    assert palette["output"]["is_output"]
    assert palette["globals"]["stands_alone"]
