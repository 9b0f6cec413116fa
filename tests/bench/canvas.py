"""The drawn canvas with a hundred nodes: frames while one is dragged, and what an edit costs the browser.

A drag is moves of a real mouse, eight milliseconds apart; every frame's time is noted in the page. The work
of a frame is what the page's main thread was busy meanwhile, by the browser's own account.
"""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

from tests.canvas_page import canvas, serving, traits

from .measuring import Row, Table
from .place import Place

NODES = 100
MOVES = 240
FRAME_MS = 1000 / 60
_FRAMES = """() => {
  const times = window.frames_seen = [];
  const note = now => { times.push(now); window.noting = requestAnimationFrame(note); };
  window.noting = requestAnimationFrame(note);
}"""
_EDIT = """async () => {
  const { host } = window, took = [];
  for (let at = 0; at < 20; at += 1) {
    const began = performance.now();
    host.give('checked', { ...host.traits.checked, seconds: at, parameters: { n5: at } });
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - began);
  }
  return took;
}"""


def drawing(nodes: int) -> dict[str, Any]:
    """Return a canvas of rows of ten layers, every row wired from left to right."""
    drawn = [
        (f"n{at}", "dense", {"units": at + 1}, 248.0 * (at % 10), 96.0 * (at // 10)) for at in range(nodes)
    ]
    return canvas(*drawn, edges=" ".join(f"n{at}>n{at + 1}" for at in range(nodes - 1) if at % 10 != 9))


def tables(place: Place) -> Iterator[Table]:
    """Yield what was measured; one line where there is no browser."""
    title = f"a drag on a canvas of {NODES} nodes"
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or importlib.util.find_spec("playwright") is None:
        yield Table(title, [Row("chromium and playwright", None, "")])
        return
    from playwright.sync_api import sync_playwright

    given = traits(canvas=drawing(NODES))
    with serving(given) as origin, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.goto(origin)
        page.locator(".react-flow__edge").nth(NODES - 20).wait_for(state="attached")
        yield _drag(page, title, 60 if place.tiny else MOVES)
        chromium.close()


def _drag(page: Any, title: str, moves: int) -> Table:
    node = page.locator('.react-flow__node[data-id="n45"] strong').bounding_box()
    x, y = node["x"] + 8, node["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10)
    profile = page.context.new_cdp_session(page)
    profile.send("Performance.enable")
    page.evaluate(_FRAMES)
    worked = _worked(profile)
    for at in range(moves):
        due = time.perf_counter() + 0.008
        page.mouse.move(x + at % 160, y + (at // 2) % 90)
        time.sleep(max(0.0, due - time.perf_counter()))
    worked = _worked(profile) - worked
    times = page.evaluate("() => { cancelAnimationFrame(window.noting); return window.frames_seen; }")
    page.mouse.up()
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    lasted = (times[-1] - times[0]) / 1000
    table = Table(title)
    table.rows.append(
        Row("frames", len(steps) / lasted, "frames/s", None, "≥ 60", len(steps) / lasted >= 59.5)
    )
    table.limit("a frame, median", statistics.median(steps), "ms")
    table.limit("a frame, 95th percentile", statistics.quantiles(steps, n=20)[-1], "ms", most=33.4)
    table.limit("frames that came late", 100 * sum(one > 1.5 * FRAME_MS for one in steps) / len(steps), "%")
    table.limit(
        "work of the main thread in a frame", 1000 * worked / len(steps), "ms", most=round(FRAME_MS, 1)
    )
    table.limit("a check's answer until it is drawn", statistics.median(page.evaluate(_EDIT)), "ms", most=100)
    return table


def _worked(profile: Any) -> float:
    """Return the seconds that the page's main thread has worked."""
    metrics = {one["name"]: one["value"] for one in profile.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])
