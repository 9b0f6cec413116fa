"""What is in an adapter's data: everything the ticks tell, and the volume that no bar holds."""

from __future__ import annotations

import dataclasses

from litlab.adapters.adapter import Adapter
from litlab.adapters.trades import TradersBaseAdapter
from litlab.bars.units import BAR_VOLUME
from litlab.errors import EmptyFile
from litlab.ticks.inspection import Info, inspect_store


def inspect(adapter: Adapter) -> Info:
    """Return what is in an adapter's cached files: counts, span, gaps, oddities.

    Raises
    ------
    NotCached
        If a file is not cached; BrokenCache where a cache cannot be read, EmptyFile where no file holds a
        row, as files of quotes may.
    """
    if not len(adapter):
        raise EmptyFile(path=adapter.paths[0])
    info = inspect_store(adapter.store)
    if not isinstance(adapter, TradersBaseAdapter):
        return info
    volume = {"all": sum(info.volume.values())}
    if adapter.calendar:
        volume["regular"] = info.volume["regular"]
    return dataclasses.replace(
        info,
        volume_outside_bars={
            # Sums of fractional sizes in another order differ in the last digits.
            scope: max(0.0, round(total - _in_bars(adapter, scope), 6))
            for scope, total in volume.items()
        },
    )


def _in_bars(adapter: TradersBaseAdapter, scope: str) -> float:
    return float(adapter.bar_index("minute", 1, scope).values[:, BAR_VOLUME].sum())
