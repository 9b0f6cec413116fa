"""What a feature read, drawn over the ticks: its band follows the tick that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from litlab.apps import background
from litlab.apps.reads import reads_words
from litlab.charts import TickChart
from litlab.features import Tested, list_features, test_feature
from litlab.workspace import Project


class ReadBand:
    """The ticks that a saved feature reads at the chart's tick.

    Attributes
    ----------
    feature : str
        The feature shown, "" for none.
    """

    def __init__(self, project: Project, chart: TickChart, say: Callable[[str], None]) -> None:
        self.project, self.chart, self._say = project, chart, say
        self.feature = ""
        self._shown: tuple[str, int] = ("", -1)

    def options(self, chosen: str = "") -> str:
        """Return a list of the saved features as HTML, "" where there is none."""
        names = list_features(self.project.team)
        if not names:
            return ""
        every = "".join(
            f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names
        )
        return f"""<select class="menu" aria-label="Feature read" data-action="feature"
            title="Shade the ticks that a feature reads"><option value="">Reads of</option>{every}</select>"""

    def choose(self, feature: str) -> None:
        """Show what a feature reads, "" shows nothing."""
        self.feature = feature if feature in list_features(self.project.team) else ""
        self.follow()

    def follow(self) -> None:
        """Bring the band up to the chart's tick; the script runs in a process of its own."""
        wanted = (self.feature, self.chart.index)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.chart.mark_read(0, 0)
        self._say("")
        if not self.feature:
            return
        saved = list_features(self.project.team)[self.feature]
        index = self.chart.index
        self._say(f"◐ testing {self.feature}")

        def done(tested: Tested) -> None:
            if self._shown == wanted:
                self.chart.mark_read(*tested.reads)
                self._say(f"{self.feature} {reads_words(tested)}")

        def failed(why: str) -> None:
            if self._shown == wanted:
                self._say(f"▲ {why}")

        background.run(lambda: test_feature(self.project, saved.script, saved.params, index), done, failed)
