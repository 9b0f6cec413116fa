"""What the builds of the benchmark compute: shipped scripts, their plain forms, and the pandas way of them.

``plain``: the shipped scripts without ``feature_batch``, one call a sample. ``pandas``: as people write them
who know no kernel, the bars turned into a frame at every sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import litlab
from litlab.scripts import shipped
from litlab.workspace import Team

MINUTE: dict[str, Any] = {"unit": "minute", "size": 1}
KINDS = ("shipped", "plain", "pandas")
EXTRA = "extra"  # a feature that rejects no sample which the others leave
_SCRIPTS = {
    "bars": ("unit_bar", {**MINUTE, "count": 100}),
    "atr": ("atr", {**MINUTE, "rate": 14, "count": 100}),
    "up": ("atr_up_next", {**MINUTE, "rate": 14}),
}
_FORM = '''"""Written with pandas.

Returns
-------
[ {columns} ]
"""

import numpy as np
import pandas as pd

COLUMNS = ["open", "high", "low", "close", "trades", "volume", "mean_size", "max_size"]


def true_range(frame):
    before = frame["close"].shift()
    spans = [frame["high"] - frame["low"], (frame["high"] - before).abs(), (frame["low"] - before).abs()]
    return pd.concat(spans, axis=1).max(axis=1)


'''
_PANDAS = {
    "bars": (
        "open, high, low, close, trades, volume, mean_size, max_size",
        """def feature(adapter, index, params={}, features={}):
    bars = pd.DataFrame(adapter.get_bars(index, 100, "minute", 1, current="partial"), columns=COLUMNS)
    return bars.to_numpy() if len(bars) == 100 else []
""",
    ),
    "atr": (
        "atr",
        """def feature(adapter, index, params={}, features={}):
    bars = pd.DataFrame(adapter.get_bars(index, 240, "minute", 1, current="partial"), columns=COLUMNS)
    return true_range(bars).ewm(alpha=1 / 14).mean().to_numpy()[-100:] if len(bars) == 240 else []
""",
    ),
    "up": (
        "label",
        """LABEL = True


def feature(adapter, index, params={}, features={}):
    past = adapter.get_bars(index, 141, "minute", 1, prevent_lookahead_bias=False)
    following = adapter.get_bars(index, 1, "minute", 1, future=True)
    if len(past) < 141 or not len(following):
        return []
    ranges = true_range(pd.DataFrame(np.concatenate([past, following]), columns=COLUMNS))
    return [float(ranges.iloc[-1] > ranges.iloc[:-1].ewm(alpha=1 / 14).mean().iloc[-1])]
""",
    ),
}


def save_features(team: Team, kind: str = "shipped") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Save a kind's scripts and features, and return the names of inputs, the gate first, and of labels."""
    litlab.save_feature(team, "gate", "per_unit", MINUTE)
    litlab.save_feature(team, EXTRA, "returns", {**MINUTE, "count": 99})
    names = {name: name if kind == "shipped" else f"{name}_{kind}" for name in _SCRIPTS}
    for name, (script, params) in _SCRIPTS.items():
        if kind == "plain":
            source = shipped("scripts", script).read_text("utf-8").replace("feature_batch", "rows_of")
            _write(team, names[name], source)
        elif kind == "pandas":
            columns, body = _PANDAS[name]
            _write(team, names[name], _FORM.format(columns=columns) + body)
        own = script if kind == "shipped" else names[name]
        litlab.save_feature(team, names[name], own, params if kind != "pandas" else {})
    return ("gate", names["bars"], names["atr"]), (names["up"],)


def one_build(home: str, team: str, workers: int) -> Callable[[], int]:
    """Return the work of a fresh process, which loads nothing of the benchmark's peers: one build."""
    found = litlab.Workspace(home).team(team)
    schema = litlab.Schema.load(found.folder("schemas") / "bench.json")
    return lambda: litlab.run_build(found, schema, workers=workers).samples


def _write(team: Team, name: str, source: str) -> None:
    path = team.folder("scripts") / f"{name}.py"
    if not path.exists() or path.read_text("utf-8") != source:
        path.write_text(source, "utf-8")
