"""Small pictures as SVG: a plot's two scales and axes, and a picture with its words and figures.

Colours are classes (axis, guide, model, rival): a page gives them its theme's, ``Picture.file`` brings its
own for a light and a dark ground.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT = 320, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 8, 30
_KEY = 16  # the height of a line that says what the marks are
_STYLE = """<style>text{font:11px system-ui,sans-serif;fill:#59636e}.axis{fill:none;stroke:#dde1e6}
.guide{fill:none;stroke:#59636e;stroke-dasharray:4 3}.model{fill:#0072b2;fill-opacity:.85;stroke:#fff}
path.model{fill:none;stroke:#0072b2;stroke-width:2}circle.rival{fill:#fff;stroke:#1b1f24;stroke-width:1.5}
path.rival{fill:none;stroke:#1b1f24;stroke-width:2}rect.rival{fill:#8a96a3}svg{background:#fff}
@media (prefers-color-scheme:dark){svg{background:#14171a}text{fill:#9aa4ae}.axis{stroke:#2d333a}
.guide{stroke:#9aa4ae}.model{fill:#58b4ea;stroke:#14171a}path.model{fill:none;stroke:#58b4ea}
circle.rival{fill:#14171a;stroke:#e6e9ec}path.rival{stroke:#e6e9ec}rect.rival{fill:#68727d}}</style>"""


def number(value: Any, digits: int = 3, sign: bool = False) -> str:
    """Return a figure with fixed decimals; a dash for what is none.

    >>> number(0.61234), number(None), number(0.1, sign=True)
    ('0.612', '–', '+0.100')
    """
    if not _is_finite(value):
        return "–"
    if value and abs(value) < 10**-digits:
        return f"{value:+.1e}" if sign else f"{value:.1e}"
    return f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"


def notation(values: Sequence[Any], most: int = 6) -> Callable[[Any], str]:
    """Return what writes the figures of one column: all with the same decimals, or all as powers of ten.

    Three decimals, more where the smallest would lose its digits; powers of ten where `most` do not do.

    >>> said = notation([0.00087, 0.0011, None])
    >>> said(0.00087), said(0.0011), said(None)
    ('0.000870', '0.001100', '–')
    >>> said = notation([8.7e-8, 0.0011])
    >>> said(8.7e-8), said(0.0011)
    ('8.70e-08', '1.10e-03')
    """
    known = [abs(one) for one in values if _is_finite(one) and one]
    digits = max(3, 2 - math.floor(math.log10(min(known)))) if known else 3

    def said(value: Any) -> str:
        if not _is_finite(value):
            return "–"
        return f"{value:.2e}" if digits > most else f"{round(value, digits) + 0.0:,.{digits}f}"

    return said


def _is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A drawing, the words that say the same, and the figures it is made of.

    Attributes
    ----------
    name : str
        Of its file, without the ending.
    title, about : str
        What is drawn, and what it comes to: plain text.
    drawn : str
        What stands in the ``svg`` element.
    heads : tuple of str
    rows : tuple of tuple of str
        The figures as a table; plain text.
    """

    name: str
    title: str
    about: str
    drawn: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def svg(self, more: str = "", style: str = "") -> str:
        """Return the element; `more` are attributes of it."""
        words = escape(f"{self.title}: {self.about}" if self.about else self.title)
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
        return f'<svg {size} role="img" aria-label="{words}"{more}>{style}{self.drawn}</svg>'

    def file(self) -> str:
        """Return a file of its own, which tells a dark ground from a light one."""
        size = f' xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{2 * HEIGHT}"'
        return self.svg(size, f"<title>{escape(self.title)}</title>{_STYLE}")

    def _repr_html_(self) -> str:
        return f'<div style="max-width:{WIDTH}px">{self.file()}</div>'


class Plot:
    """The inner rectangle of a picture and its two scales.

    Parameters
    ----------
    x, y : (float, float)
        The values at their ends.
    key : sequence of (kind, word)
        What the marks are, said in a line above them.
    """

    def __init__(
        self, x: tuple[float, float], y: tuple[float, float], key: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.spans, self._key = (x, y), key
        self._top = _TOP + (_KEY if key else 0)

    def x(self, value: float) -> float:
        """Return where a value lies from the left."""
        low, high = self.spans[0]
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return where a value lies from the top."""
        low, high = self.spans[1]
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - self._top - _BOTTOM)

    def dot(self, x: float, y: float, kind: str, said: str, radius: float = 3.5) -> str:
        """Return a dot that tells its figures."""
        place = f'cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:.1f}"'
        return f'<circle {place} class="{kind}"><title>{escape(said)}</title></circle>'

    def bar(self, x: float, width: float, y: float, kind: str, said: str) -> str:
        """Return a bar from the foot up to `y`."""
        left, top, foot = self.x(x), self.y(y), self.y(self.spans[1][0])
        size = (
            f'x="{left:.1f}" y="{top:.1f}" width="{self.x(x + width) - left:.1f}" height="{foot - top:.1f}"'
        )
        return f'<rect {size} class="{kind}"><title>{escape(said)}</title></rect>'

    def diagonal(self) -> str:
        """Return the line on which both are equal."""
        low, high = self.spans[0]
        return f'<path d="M{self.x(low)} {self.y(low)}L{self.x(high)} {self.y(high)}" class="guide"/>'

    def level(self, y: float) -> str:
        """Return a line over the whole width."""
        return f'<path d="M{_LEFT} {self.y(y):.1f}H{WIDTH - _RIGHT}" class="guide"/>'

    def upright(self, x: float, kind: str, said: str) -> str:
        """Return a line over the whole height."""
        path = f"M{self.x(x):.1f} {self._top}V{HEIGHT - _BOTTOM}"
        return f'<path d="{path}" class="{kind}"><title>{escape(said)}</title></path>'

    def axes(
        self, x_name: str, y_name: str, x_ticks: Sequence[float], y_ticks: Sequence[float],
        x_words: Sequence[tuple[float, str]] = (),
    ) -> str:  # fmt: skip
        """Return both axes with their words; `x_words` stand instead of numbers, (place, word)."""
        foot = HEIGHT - _BOTTOM
        frame = f'<path d="M{_LEFT} {self._top}V{foot}H{WIDTH - _RIGHT}" class="axis"/>'
        words = [(self.x(one), _tick(one)) for one in x_ticks] + [(self.x(at), one) for at, one in x_words]
        frame += "".join(
            f'<text x="{min(max(at, _LEFT), WIDTH - _RIGHT):.1f}" y="{foot + 13}" '
            f'text-anchor="{_anchor(at)}">{escape(one)}</text>'
            for at, one in words
        )
        frame += "".join(
            f'<text x="{_LEFT - 5}" y="{self.y(one) + 4:.1f}" text-anchor="end">{_tick(one)}</text>'
            for one in y_ticks
        )
        if x_name:
            middle = f'x="{(_LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle"'
            frame += f"<text {middle}>{escape(x_name)}</text>"
        turned = f'transform="translate(10 {(self._top + foot) / 2:.0f}) rotate(-90)"'
        return f'{frame}<text {turned} text-anchor="middle">{escape(y_name)}</text>{self._marks()}'

    def _marks(self) -> str:
        drawn, at = "", float(_LEFT)
        for kind, word in self._key:
            drawn += f'<circle cx="{at + 4:.0f}" cy="9" r="4" class="{kind}"/>'
            drawn += f'<text x="{at + 12:.0f}" y="13">{escape(word)}</text>'
            at += 26 + 6.5 * len(word)
        return drawn


def span_of(values: Sequence[float], pad: float = 0.1) -> tuple[float, float]:
    """Return the least and the greatest, with some air.

    >>> span_of([1.0, 2.0], pad=0.5)
    (0.5, 2.5)
    """
    low, high = min(values), max(values)
    air = (high - low) * pad or abs(high) * pad or 0.05
    return low - air, high + air


def _anchor(at: float) -> str:
    return "start" if at < _LEFT + 40 else "end" if at > WIDTH - _RIGHT - 40 else "middle"


def _tick(value: float) -> str:
    if abs(value) < 100 and value * 4 == round(value * 4):
        return f"{value:g}"
    if abs(value) < 0.01:
        return f"{value:.1e}".replace("e-0", "e-")
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
