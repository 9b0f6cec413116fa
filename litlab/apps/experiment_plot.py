"""The chart of the Experiments page: which columns of which runs, how they are drawn, the bar above."""

from __future__ import annotations

import json
from collections.abc import Callable

from litlab.apps import background
from litlab.apps import experiment_views as drawn
from litlab.apps.fragment import Fragment, Handler
from litlab.apps.request import Request
from litlab.charts.epochs import COLOURS, MOST_RUNS, Curve, EpochChart, drawable
from litlab.errors import BadParameter
from litlab.experiments import Monitor
from litlab.experiments.comparing import baselines
from litlab.experiments.watched import epochs_of

_MANY = 10  # runs from which on a line has fewer points
_SEVERAL = 4  # runs from which on the training loss stays away


class Plot:
    """The curves of the runs drawn.

    Parameters
    ----------
    monitor : Monitor
    asked : Request
        ``columns``, ``smoothing`` and ``log`` of the page's address.
    handle : callable
        Of the bar.
    clicked : callable
        Called with run and epoch.

    Attributes
    ----------
    bar : Fragment
    chart : EpochChart
    colours : dict of str to int
        The runs drawn, in their order, and their colours.
    wanted : list of str
        The columns somebody chose.
    smoothing : float
    log : bool
    """

    def __init__(
        self, monitor: Monitor, asked: Request, handle: Handler, clicked: Callable[[str, int], None]
    ) -> None:
        self.monitor = monitor
        self.colours: dict[str, int] = {}
        self.wanted = [one for one in asked.arguments.get("columns", "").split(",") if one]
        self.smoothing = _share(asked.arguments.get("smoothing", ""))
        self.log = asked.arguments.get("log", "") == "1"
        self.chart = EpochChart(asked.theme, lambda: self.draw(self._chosen), clicked)
        self.bar = Fragment(drawn.BAR, handle, styles={"min-height": "41px"})  # as in ``shell.header``
        self._chosen: tuple[str, int] | None = None
        self._current = ""
        self._baselines: dict[str, dict[str, dict[str, float]]] = {}
        self._shown: object = None

    @property
    def columns(self) -> list[str]:
        """The columns drawn: those asked for, else the losses."""
        known = self.monitor.columns(list(self.colours))
        asked = [one for one in self.wanted if one in known]
        losses = ["val_loss"] if len(self.colours) > _SEVERAL else ["loss", "val_loss"]
        return asked or [one for one in losses if one in known] or known[:1]

    @property
    def address(self) -> dict[str, str]:
        """What of the page's address is the chart's."""
        return {
            "run": ",".join(self.colours), "columns": ",".join(self.wanted),
            "smoothing": f"{self.smoothing:g}" if self.smoothing else "", "log": "1" if self.log else "",
        }  # fmt: skip

    # --- what people do -----------------------------------------------------------------------------

    def only(self, names: list[str]) -> None:
        """Draw these runs."""
        self.colours = {name: at for at, name in enumerate(names[:MOST_RUNS])}

    def forget(self, known: set[str]) -> None:
        """Draw no runs that are not known any more."""
        self.colours = {name: at for name, at in self.colours.items() if name in known}

    def toggle(self, name: str) -> None:
        """Draw a run with the others, or no longer; one stays.

        Raises
        ------
        BadParameter
            If there is no room for another one.
        """
        if name in self.colours:
            if len(self.colours) > 1:
                del self.colours[name]
        elif len(self.colours) >= MOST_RUNS:
            wanted = f"{MOST_RUNS} runs are drawn, more do not fit: take another one out first"
            raise BadParameter(name="run", given=name, wanted=wanted)
        else:
            self.colours[name] = min(set(range(len(COLOURS))) - set(self.colours.values()))

    def choose_columns(self, value: str) -> None:
        """Draw the columns that the selector posts."""
        self.wanted = [str(one) for one in json.loads(value).get("columns", [])]

    def smooth(self, value: str) -> None:
        """Smooth by a weight as typed."""
        self.smoothing = _share(value)

    def scale(self, value: str) -> None:
        """Switch the logarithmic axis by a check box."""
        self.log = value == "true"

    def all_epochs(self, value: str = "") -> None:
        """Follow all epochs there are."""
        self.chart.view = None

    # --- drawing ------------------------------------------------------------------------------------

    def draw(self, chosen: tuple[str, int] | None, current: str = "") -> None:
        """Draw bar and curves, at the width the browser gives them; nothing where nothing has changed.

        Parameters
        ----------
        chosen : (run, epoch), optional
            Marked.
        current : str
            The run whose asset's baselines stand beside; as before by default.
        """
        self._chosen, self._current = chosen, current or self._current
        tables = {name: self.monitor.open(name) for name in self.colours}
        columns = self.columns
        pairs = [(name, one) for one in columns for name in tables if one in tables[name].columns]
        beside = self._beside()
        # What moves the picture by less than a pixel waits: the browser paints all of it again.
        longest = max((len(one) for one in tables.values()), default=0)
        step = 1 if self.chart.view else max(longest // self.chart.width, 1)
        sizes = [(name, one.begun, len(one) // step) for name, one in tables.items()]
        note = "" if pairs else self._note()
        shown = (note, sizes, pairs, dict(self.colours), self.smoothing, self.log, self.chart.view,
                 self.chart.width, chosen, beside)  # fmt: skip
        if shown == self._shown:
            return
        self._shown = shown
        chosen_pairs, left = drawable(pairs)
        curves = [self._curve(name, one) for name, one in chosen_pairs]
        self.chart.show(curves, log=self.log, chosen=chosen, baselines=beside, note=note)
        self.bar.say(
            columns=drawn.column_menu(self.monitor.columns(list(self.colours)), columns),
            log=drawn.log_box(self.log), smoothing=f"{self.smoothing:g}", weight=f"{self.smoothing:.2f}",
            lines=f"{left}: choose fewer runs or columns" if left else "",
        )  # fmt: skip

    def _note(self) -> str:
        """Return why there is no line."""
        return drawn.unborn(self.monitor.fact(self._current)) if self._current in self.colours else ""

    def _curve(self, name: str, column: str) -> Curve:
        points, span = self._points(), self.chart.view
        epochs, values = self.monitor.curve(name, column, smoothing=self.smoothing, points=points, span=span)
        raw = self.monitor.curve(name, column, points=points, span=span) if self.smoothing else None
        table, best = self.monitor.open(name), self.monitor.fact(name).best_epoch
        mark = None
        if best is not None and (column.startswith("val_") or f"val_{column}" not in table.columns):
            row = int(epochs_of(table).searchsorted(best))
            mark = (float(best), float(table[column][row]))
        return Curve(name, column, self.colours[name], epochs, values, mark, raw)

    def _points(self) -> int:
        """Return the buckets of a line: the more lines cross each other, the fewer show."""
        few = len(self.colours) <= _SEVERAL
        return self.chart.width // (2 if few else 4 if len(self.colours) <= _MANY else 8)

    def _beside(self) -> dict[str, dict[str, float]]:
        """Return the baselines of the current run's asset, reckoned in a thread when first asked for."""
        if self._current not in self.colours or self.monitor.fact(self._current).best_epoch is None:
            return {}
        run = self.monitor.run(self._current)
        key = run.definition.asset
        if key and key not in self._baselines:
            self._baselines[key] = {}

            def done(found: dict[str, dict[str, float]]) -> None:
                self._baselines[key] = found
                self.draw(self._chosen)

            background.run(lambda: baselines(run), done, lambda _: None)
        return self._baselines.get(key, {})


def _share(text: str) -> float:
    """Return a smoothing weight as typed, 0 for what is none.

    >>> _share("0.6"), _share("2"), _share("x")
    (0.6, 0.99, 0.0)
    """
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return min(found, 0.99) if found > 0 else 0.0
