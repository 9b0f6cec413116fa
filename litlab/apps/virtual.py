"""A table of any length: the browser holds the rows in sight, and asks for others when people scroll."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import panel as pn
import param

from litlab.apps.fragment import _CSS, STATIC, Fragment, Handler

ROW_PX = 26
_MOST = 200  # rows in one answer
_FIRST = 36  # rows before the browser has said what is in sight


@dataclasses.dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    key : str
        What it is known by while it moves.
    cells : str
        Its ``<td>`` elements as HTML; everything people gave is escaped by who makes it.
    kind : str
        CSS classes.
    """

    key: str
    cells: str
    kind: str = ""


class VirtualTable(pn.custom.JSComponent):  # type: ignore[misc]  # panel is not followed by mypy here
    """A table whose rows are made when they come into sight.

    Parameters
    ----------
    label : str
        Its accessible name.
    handle : callable
        Gets (action, value): ``("choose", key)`` for a click on a row or Enter on it, and what its buttons
        and boxes with ``data-action`` send, with their ``data-argument``.
    follows : bool
        Whether the end stays in sight while rows come in, as long as it is.

    Notes
    -----
    Arrow keys, Page keys, Home and End go from row to row, wherever they lie.
    """

    label = param.String(default="")
    head = param.String(default="")
    widths = param.List(default=[])
    count = param.Integer(default=0)
    rows = param.Dict(default={"start": 0, "rows": []})
    seek = param.List(default=[-1, 0])
    follows = param.Boolean(default=False)
    row_px = param.Integer(default=ROW_PX)

    _esm = (STATIC / "virtual.js").read_text("utf-8")
    _stylesheets: ClassVar[list[str]] = [_CSS]

    def __init__(self, label: str, handle: Handler, follows: bool = False, **params: Any) -> None:
        super().__init__(
            label=label, follows=follows, **{"margin": 0, "sizing_mode": "stretch_both", **params}
        )
        self._window: tuple[int, int] | None = None
        self._make: Callable[[int, int], Sequence[Row]] = lambda start, stop: ()
        self._take = handle

    def handle(self, action: str, value: str) -> None:
        """Answer to the browser: with rows itself, anything else by who owns the table."""
        if action == "window":
            start, _, stop = value.partition("-")
            if start.isdecimal() and stop.isdecimal() and len(value) < 24:
                self._window = (int(start), min(int(stop), int(start) + _MOST))
                self._send(answers=True)
        else:
            self._take(action, value)

    _handle_msg = Fragment._handle_msg

    def _get_properties(self, doc: Any) -> dict[str, Any]:
        return {**super()._get_properties(doc), "bundle": type(self).__name__}  # as ``Fragment`` does

    def tell(
        self,
        head: str,
        widths: Sequence[int],
        count: int,
        make: Callable[[int, int], Sequence[Row]],
    ) -> None:
        """Show `count` rows; ``make(start, stop)`` gives those of a window. Only what differs is sent.

        Parameters
        ----------
        head : str
            ``<th>`` elements.
        widths : sequence of int
            Pixels of each column, at least; what is left over is shared out.
        """
        self._make = make
        given = {"head": head, "widths": list(widths), "count": count}
        changed = {name: value for name, value in given.items() if getattr(self, name) != value}
        if changed:
            self.param.update(**changed)
        self._send()

    def show(self, at: int) -> None:
        """Bring a row into sight."""
        self.seek = [at, self.seek[1] + 1]

    def _send(self, answers: bool = False) -> None:
        first = max(self.count - _FIRST, 0) if self.follows else 0
        window = self._window or (first, first + _FIRST)
        start = max(min(window[0], self.count - 1), 0)
        stop = min(window[1], self.count)
        made = [[row.key, row.kind, row.cells] for row in self._make(start, stop)] if stop > start else []
        serial = self.rows.get("serial", 0) + (1 if answers else 0)
        rows = {"start": start, "rows": made, "serial": serial}
        if rows != self.rows:
            self.rows = rows
