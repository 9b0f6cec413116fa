"""A page that holds the drawn canvas and nothing else, with a model as a host would give it.

``serving`` is a server on loopback, and its page gives the bundle a model: ``window.host`` holds the traits,
what was set and what was sent, and can give and tell the browser something as a host does; ``begin()`` begins
anew. The palette is the real one.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import litlab
from litlab.canvases import palette

SETTINGS = {"name": "default", "project": "contoso/volatility", "asset": "minutes-1", "device": ""}
STATIC = Path(litlab.__file__).parent / "static"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Canvas</title><link rel="stylesheet" href="canvas.css">
<style>html, body { height: 100%; margin: 0; } main { height: 100vh; }
#beside { position: fixed; bottom: 0; right: 0; margin: 0; opacity: 0; }</style></head>
<body><main id="place"></main><p id="beside">Text</p>
<script type="module">
import canvas from './canvas.js';
window.begin = (shadowed = false) => {
  window.host?.close();
  const traits = structuredClone(TRAITS), heard = new Map();
  const fire = (event, ...given) => [...(heard.get(event) ?? [])].forEach(then => then(...given));
  const host = window.host = {
    traits, sets: [], sent: [],
    give: (name, value) => { traits[name] = value; fire(`change:${name}`); },
    tell: message => fire('msg:custom', message),
    listeners: () => [...heard.values()].reduce((count, all) => count + all.size, 0),
  };
  const model = {
    get: name => traits[name],
    set: (name, value) => { host.sets.push(name); host.give(name, value); },
    save_changes: () => {},
    on: (event, then) => heard.set(event, (heard.get(event) ?? new Set()).add(then)),
    off: (event, then) => heard.get(event)?.delete(then),
    send: message => { host.sent.push(message); },
  };
  const place = document.getElementById('place');
  place.replaceChildren(Object.assign(document.createElement('div'), { style: 'height: 100%' }));
  let el = place.firstChild;
  if (shadowed) { // as Panel does
    el.attachShadow({ mode: 'open' }).innerHTML =
      '<link rel="stylesheet" href="canvas.css"><div style="height: 100%"></div>';
    el = el.shadowRoot.lastChild;
  }
  const leave = canvas.render({ model, el });
  host.close = leave;
};
window.begin();
</script></body></html>
"""


def canvas(
    *nodes: tuple[str, str, dict[str, Any], float, float], edges: str = "", **settings: Any
) -> dict[str, Any]:
    """Return a canvas of (id, component, params, x, y), with edges as "bars>trend trend>up"."""
    return {
        "format": 2, "kind": "canvas",
        "nodes": [
            {"id": id_, "component": component, "params": params, "position": {"x": x, "y": y}}
            for id_, component, params, x, y in nodes
        ],
        "edges": [dict(zip(("source", "target"), one.split(">"), strict=True)) for one in edges.split()],
        "settings": {**SETTINGS, **settings},
    }  # fmt: skip


def small() -> dict[str, Any]:
    """Return the canvas of two branches that litlab starts people with."""
    convolution = {"kernel": 9, "activation": "relu", "last": 30}
    return canvas(
        ("bars", "input", {"feature": "bars"}, 0, 120),
        ("trend", "conv1d", {"filters": 16, **convolution}, 248, 40),
        ("average", "pooling", {"by": "average"}, 496, 40),
        ("detail", "conv1d", {"filters": 8, "stride": 3, **convolution}, 248, 200),
        ("places", "flatten", {}, 496, 200),
        ("together", "concatenate", {}, 744, 120),
        ("output", "output", {"label": "up", "head": "binary", "l2": 0.001}, 992, 120),
        ("globals", "globals", {"epochs": 15, "batch": 256, "seed": 7}, 0, -40),
        edges="bars>trend bars>detail trend>average detail>places average>together places>together "
        "together>output",
    )


SHAPES = {
    "bars→trend": "(None, 100, 5)", "bars→detail": "(None, 100, 5)", "trend→average": "(None, 30, 16)",
    "detail→places": "(None, 10, 8)", "average→together": "(None, 16)", "places→together": "(None, 80)",
    "together→output": "(None, 96)",
}  # fmt: skip
NUMBERS = {
    "bars": 0, "trend": 736, "average": 0, "detail": 368, "places": 0, "together": 0, "output": 97,
    "globals": 0,
}  # fmt: skip


def checked(
    serial: int = 0, problems: dict[str, list[dict[str, str]]] | None = None, **more: Any
) -> dict[str, Any]:
    """Return what a host says of ``small``."""
    return {
        "serial": serial, "ok": not problems, "problems": problems or {}, "shapes": SHAPES, "total": 1201,
        "parameters": NUMBERS, "output": "(None, 1)", "waiting": [], "seconds": 0.08, "state": "done",
        "said": "", **more,
    }  # fmt: skip


def traits(**given: Any) -> dict[str, Any]:
    """Return the traits of a host that holds ``small``, with what is `given` instead."""
    return {
        "canvas": small(), "palette": palette(), "checked": checked(), "serial": 0, "readonly": False,
        "choices": {
            "feature": ["bars", "atr"], "label": ["up"], "projects": ["contoso/volatility"],
            "devices": ["CPU:0"],
            "assets": [{"id": "minutes-1", "title": "minutes", "stage": "production", "promoted": True}],
        },
        "said": {"kind": "", "text": "", "field": ""}, "saved": True, "theme": "light",
        "code": "canvas = litlab.canvases.load_canvas(team, 'default')",
        **given,
    }  # fmt: skip


@contextlib.contextmanager
def serving(given: dict[str, Any] | None = None) -> Iterator[str]:
    """Serve the page with these traits, and give its origin."""
    held = json.dumps(traits() if given is None else given).replace("<", "\\u003c")
    page = PAGE.replace("TRAITS", held).encode()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(STATIC))

        def do_GET(self) -> None:
            if self.path.split("?")[0] not in ("/", "/favicon.ico"):
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)
            return None

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
