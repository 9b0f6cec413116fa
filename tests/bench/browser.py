"""The apps as a person sees them: a real server process, a real Chromium, pixels counted frame by frame.

1. ``Seat`` is a browser on a running ``python -m litlab.apps``. 2. ``browser.js`` notes, from the event's own
time on, the frames in which the canvases changed; a step is over with the last of them, not with the first,
which is the browser's own stretching of the old picture. 3. HoloViews' ``rasterize`` over the same prices, in
a server of its own, is measured by the same script in the same run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import re
import shutil
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from litlab.apps.serve import DEFLATE
from litlab.apps.shell import PAGES
from litlab.charts.hits import read_tokens
from litlab.charts.sight import SEARCHED, look

from .measuring import Row, Table
from .place import Place

SCRIPT = Path(__file__).with_name("browser.js")
VISIBLE = 180_000
TABS = 4
_TICKS, _SHARE = '[aria-label="Ticks in view"]', '[aria-label="Share of matches"]'
_INDEX, _RECORD = 'input[aria-label="Index"]', '[aria-label="Record"] h2'
_MIDDLE = (600, 400)
_START_S = 120.0
_TOKENS = ("F", "TI")


def tables(place: Place) -> Iterator[Table]:
    """Yield what was measured; one line where there is no browser."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or importlib.util.find_spec("playwright") is None:
        yield Table("the lab in a browser", [Row("chromium and playwright", None, "")])
        return
    place.project.update(adapter=place.adapter.name, paths=tuple(map(str, place.adapter.paths)))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield from _ours(place, chromium)
            if not place.tiny:
                yield _cold(place, chromium)
        finally:
            chromium.close()


def _ours(place: Place, chromium: Any) -> Iterator[Table]:
    with _serving(_command(place)) as (process, origin):
        seat = Seat.at(chromium, f"{origin}/discovery?index={place.ticks // 2}")
        peer = _peer(place, chromium, VISIBLE)
        yield _wheel(seat, min(VISIBLE, place.ticks), place, peer)
        yield _wheel(seat, place.ticks, place, _peer(place, chromium, place.ticks))
        yield _search(seat, place)
        yield _clicks(seat, place)
        yield _first_paint(place, chromium, origin)
        yield _tabs(place, chromium, origin, process)
        seat.close()


@dataclasses.dataclass
class Seat:
    """One tab, and the bytes its websockets have received."""

    page: Any
    received: int = 0
    packed: int = 0  # on the wire, as the server deflates
    painted_ms: float = 0.0  # from the start of the navigation

    @classmethod
    def at(cls, chromium: Any, url: str, ready: str = "() => window.lit.painted") -> Seat:
        """Open an address in a browser that has never been here, and wait until `ready` comes true."""
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        context.add_init_script(path=SCRIPT)
        seat = cls(context.new_page())
        seat.page.set_default_timeout(_START_S * 1000)
        seat.page.on("websocket", lambda socket: socket.on("framereceived", seat._count))
        seat.page.goto(url)
        seat.painted_ms = float(seat.page.evaluate(ready))
        seat.page.wait_for_timeout(300)
        return seat

    def _count(self, payload: str | bytes) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        self.received += len(data)
        self.packed += len(zlib.compress(data, DEFLATE))  # the browser tells what it has unpacked only

    def after(self, act: Callable[[], object], event: str, answer: str | None) -> dict[str, float]:
        """Do something, and return what browser.js saw from the event on."""
        self.page.evaluate(
            "([type, answer]) => { window.run = window.lit.watch(type, answer); }", [event, answer]
        )
        act()
        told: dict[str, float] = self.page.evaluate("() => window.run")
        if told["answered"] is None:
            raise RuntimeError(f"nothing came of {event}, {answer}")
        return told

    def wheel(self, by: int, answer: str | None = _TICKS) -> dict[str, float]:
        """Turn the wheel over the chart."""
        self.page.mouse.move(*_MIDDLE)
        return self.after(lambda: self.page.mouse.wheel(0, by), "wheel", answer)

    def visible(self) -> int:
        """Return the ticks in view."""
        return int(
            self.page.evaluate("answer => window.lit.text(answer)", _TICKS).split()[0].replace(",", "")
        )

    def close(self) -> None:
        """Close the tab and what it holds."""
        self.page.context.close()


# --- ours ----------------------------------------------------------------------------------------------


def _wheel(seat: Seat, wanted: int, place: Place, peer: list[float] | None) -> Table:
    """Measure steps of the wheel, in and out in turns, around so many visible ticks."""
    while seat.visible() < wanted * 0.98:
        seat.wheel(300)
    seat.wheel(-100), seat.wheel(100)
    steps, sizes, heavy, packed = [], [], [], []
    for _ in range(2 * place.few(place.rounds * 2)):
        before = seat.received, seat.packed
        steps.append(seat.wheel(100 if seat.visible() < wanted else -100))
        sizes.append(seat.visible())
        heavy.append(seat.received - before[0])
        packed.append(seat.packed - before[1])
    last = [max(one["last"] or 0, one["answered"]) for one in steps]
    first = [one["first"] or one["last"] for one in steps]
    table = Table(f"wheel step, {min(sizes):,} to {max(sizes):,} ticks in view, {len(steps)} steps")
    table.limit("wheel → last new pixel, median", statistics.median(last), "ms", 150)
    table.limit("the same, p95", _p95(last), "ms", 300)
    table.limit("wheel → first changed pixel, median", statistics.median(first), "ms")
    table.limit("websocket, bytes a step, deflated, median", statistics.median(packed) / 1000, "kB", 400)
    table.limit("the same, most", max(packed) / 1000, "kB", 400)
    table.limit("the same before it is deflated, median", statistics.median(heavy) / 1000, "kB")
    if peer:
        ratio = statistics.median(peer) / statistics.median(last)
        ms = statistics.median(peer)
        table.rows.append(Row("HoloViews rasterize, wheel → last new pixel, median", ms, "ms", ratio))
        table.limit("the same, p95", _p95(peer), "ms")
    return table


def _search(seat: Seat, place: Place) -> Table:
    """Measure a search over all ticks in view: Enter → the share stands there; and in Python alone."""
    table = Table(f"search over {seat.visible():,} ticks in view")
    field = seat.page.get_by_role("textbox", name="Search", exact=True)

    def ask(token: str) -> dict[str, float]:
        field.fill(token)
        return seat.after(lambda: field.press("Enter"), "keydown", _SHARE)

    ask("I")
    told = [ask(_TOKENS[number % 2]) for number in range(place.few(place.rounds * 2))]
    field.fill("")
    seat.after(lambda: field.press("Enter"), "keydown", _SHARE)
    most = 200 if place.ticks <= SEARCHED else None
    table.limit(
        "Enter → matches counted, median", statistics.median(one["answered"] for one in told), "ms", most
    )
    table.limit("Enter → last new pixel, median", statistics.median(_ends(told)), "ms")
    for text in ("", "F", "/^T/", "F, TI, I"):
        tokens = read_tokens(text)

        def once(tokens: Any = tokens) -> None:
            look(place.adapter.store, 0, place.ticks, 1000, 420, tokens)

        once()
        name = f"look(all ticks, 1000 px), search {text!r}, in Python alone"
        table.limit(name, _median_ms(once, place.rounds), "ms", 200 if len(tokens) == 1 else None)
    return table


def _clicks(seat: Seat, place: Place) -> Table:
    """Measure Shuffle → painted and SHIFT-click → record, around 20,000 ticks and anywhere."""
    table = Table("clicks, 20,000 ticks in view")
    page = seat.page
    page.mouse.dblclick(*_MIDDLE)
    page.wait_for_timeout(800)
    button = page.get_by_role("button", name="Shuffle")
    times = place.few(place.rounds * 2)
    told = [seat.after(button.click, "click", _INDEX) for _ in range(times + 1)][1:]
    table.limit("Shuffle → painted, median", statistics.median(_ends(told)), "ms", 400)
    table.limit("the same, p95", _p95(_ends(told)), "ms")
    page.keyboard.down("Shift")
    told = []
    for number in range(times + 1):
        where = (300 + 57 * number % 500, 300 + 31 * number % 200)
        told.append(seat.after(lambda where=where: page.mouse.click(*where), "pointerup", _RECORD))
    page.keyboard.up("Shift")
    table.limit(
        "SHIFT-click → record, median", statistics.median(one["answered"] for one in told[1:]), "ms", 150
    )
    return table


def _first_paint(place: Place, chromium: Any, origin: str) -> Table:
    """Measure every page's first paint, in browsers that have never been here."""
    table = Table("first paint, the process warm, the browser's cache empty")
    for name in PAGES:
        times = []
        for _ in range(2 if place.tiny else place.rounds + 1):
            seat = Seat.at(chromium, f"{origin}/{name}?again")
            times.append(seat.painted_ms)
            seat.close()
        table.limit(name, statistics.median(times[1:]), "ms", 2000)
    return table


def _tabs(place: Place, chromium: Any, origin: str, process: subprocess.Popen[str]) -> Table:
    """Measure what the one server process takes with four tabs open, each of which has zoomed out."""
    table = Table(f"{TABS} tabs of Discovery, all {place.ticks:,} ticks in view in each")
    seats = [Seat.at(chromium, f"{origin}/discovery?index={place.ticks // 2}") for _ in range(TABS)]
    for seat in seats:
        while seat.visible() < place.ticks:
            seat.wheel(400)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    status = Path(f"/proc/{process.pid}/status")
    table.limit("RSS of the server process", family[0].memory_info().rss / 1e6, "MB", 700)
    if status.exists():
        found = re.search(r"RssAnon:\s+(\d+)", status.read_text())
        table.limit("of it no file's (RssAnon)", int(found[1]) * 1024 / 1e6 if found else np.nan, "MB")
    table.limit("server processes", len(family), "", 1)
    for seat in seats:
        seat.close()
    return table


def _cold(place: Place, chromium: Any) -> Table:
    """Measure every page's first paint in a process of its own, from the command on."""
    table = Table("first paint from the start of the process on, once each")
    for name in PAGES:
        began = time.perf_counter()
        with _serving(_command(place)) as (_, origin):
            up = time.perf_counter() - began
            seat = Seat.at(chromium, f"{origin}/{name}")
            table.limit(name, up + seat.painted_ms / 1000, "s", 10)
            seat.close()
    return table


# --- the peer ------------------------------------------------------------------------------------------


def _peer(place: Place, chromium: Any, visible: int) -> list[float] | None:
    """Return ms from the wheel to the last new pixel of HoloViews' rasterize over the same prices."""
    if place.tiny or importlib.util.find_spec("holoviews") is None or not _fits(place):
        return None
    files = [str(one.path / "price.npy") for one in place.adapter.store.files]
    command = [sys.executable, "-m", "tests.bench.browser", str(min(visible, place.ticks)), *files]
    with _serving(command) as (_, origin):
        seat = Seat.at(chromium, origin, "() => window.lit.drawn()")
        told = [seat.wheel(100 if number % 2 else -100, None) for number in range(place.rounds + 2)]
        seat.close()
    return _ends(told)[2:]


def _fits(place: Place) -> bool:
    """Tell whether the peer's copies of price and index fit beside what else runs here."""
    return place.ticks * 40 < psutil.virtual_memory().available // 2


def serve_peer(visible: int, files: list[str]) -> None:
    """Serve one page of HoloViews: the usual way to rasterize a long series, x wheel zoom."""
    import holoviews as hv
    import panel as pn
    from holoviews.operation.datashader import rasterize

    hv.extension("bokeh")
    price = np.concatenate([np.load(path, mmap_mode="r") for path in files])
    index = np.arange(len(price))
    middle = len(price) // 2
    limits = (max(middle - visible // 2, 0), min(middle + visible // 2, len(price)))

    def page() -> Any:
        points = hv.Points((index, price), ["index", "price"])
        picture = rasterize(points, width=1000, height=420).opts(
            width=1100, height=520, xlim=limits, cnorm="eq_hist",
            default_tools=[], tools=["xwheel_zoom"], active_tools=["xwheel_zoom"],
        )  # fmt: skip
        return pn.pane.HoloViews(picture)

    server = pn.serve(page, port=0, address="127.0.0.1", show=False, start=False, websocket_origin=["*"])
    server.start()
    print(f"peer is at http://127.0.0.1:{server.port}/", flush=True)
    server.io_loop.start()


# --- processes and figures -----------------------------------------------------------------------------


def _command(place: Place) -> list[str]:
    return [sys.executable, "-m", "litlab.apps", "--workspace", str(place.project.team.workspace.home)]


@contextlib.contextmanager
def _serving(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server that says its address; ended with the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        while said and "http://" not in said:
            said = process.stdout.readline()
        found = re.search(r"http://[\d.:]+", said)
        if found is None:
            raise RuntimeError(f"{command[2]} did not start")
        yield process, found[0]
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()
        process.stdout.close()


def _ends(told: list[dict[str, float]]) -> list[float]:
    """Return when the last pixel of each had changed and its answer stood there."""
    return [max(one["last"] or 0.0, one["answered"]) for one in told]


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


if __name__ == "__main__":
    serve_peer(int(sys.argv[1]), sys.argv[2:])
