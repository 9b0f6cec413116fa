"""Progress bars for calls that take a ``progress`` callback: in notebooks as widgets, elsewhere as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def progress(label: str = "") -> Callable[..., None]:
    """Return a callback that draws a bar: hand it to ``progress=`` of builds, caching or the prover.

    It takes (done, total), or one ``litlab.ticks.progress.Progress``: then every file has a bar of its own.

    Examples
    --------
    >>> show = progress("build")
    >>> for chunk in range(3):
    ...     show(chunk + 1, 3)
    """
    from tqdm.auto import tqdm

    bars: dict[str, Any] = {}

    def draw(key: str, done: int, total: int, unit: str) -> None:
        bar = bars.get(key)
        if bar is None or bar.n > done:
            bar = bars[key] = tqdm(desc=key, total=total, unit=unit, unit_scale=unit == "B")
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    def show(*told: Any) -> None:
        if len(told) == 2:
            draw(label, *told, "")
        else:
            draw(f"{label} {told[0].path.name}".strip(), told[0].bytes_done, told[0].bytes_total, "B")

    return show
