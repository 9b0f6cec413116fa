"""A canvas as a document of JupyterLab: opened, drawn, saved and changed elsewhere like any other file."""

import json

import pytest

from litlab.canvases import Canvas, Edge, Node

pytestmark = pytest.mark.browser

PATIENT_MS = 90_000  # the checker's process is started for the palette


def test_a_canvas_file_opens_is_drawn_on_saved_and_follows_what_others_save(chromium, lab, tmp_path):
    path = lab.log.parent / "files" / "small.litcanvas.json"
    nodes = (Node("bars", "input", {"feature": "bars"}), Node("up", "output", {"label": "up"}))
    canvas = Canvas(nodes, (Edge("bars", "up"),), {"name": "small", "note": "kept"})
    canvas.save(path)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENT_MS)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(f"{lab.url}lab?reset&token={lab.token}")
        page.get_by_role("heading", name="litlab").wait_for()
        page.evaluate("path => void window.jupyterapp.commands.execute('docmanager:open', {path})", path.name)
        page.locator(".react-flow__node[data-id='bars']").wait_for()
        page.get_by_role("listbox", name="Components").get_by_role("option", name="LSTM").wait_for()

        page.locator(".react-flow__node[data-id='bars']").click()
        properties = page.get_by_role("region", name="Properties")
        properties.get_by_label("last", exact=True).fill("30")
        page.get_by_text("◌ not saved").wait_for()
        page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:save')")
        page.get_by_text("● saved").wait_for()
        kept = Canvas.load(path)
        assert kept.node("bars").params == {"feature": "bars", "last": 30}
        assert kept.settings == {"name": "small", "note": "kept"}
        body = json.loads(
            path.read_text()
        )  # laid out as litlab itself does, for the next difference to be small
        assert path.read_text() == json.dumps(body, indent=2, sort_keys=True) + "\n"

        page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:clone')")
        page.locator(".react-flow__node[data-id='bars']").nth(1).wait_for()
        here = f"{lab.origin}/", f"{lab.origin}/".replace("http", "ws", 1)
        assert [url for url in asked if not url.startswith((*here, "data:", "blob:"))] == []
        assert len([url for url in asked if url.endswith("static/canvas.js")]) == 1
    finally:
        context.close()
