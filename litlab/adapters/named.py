"""Adapters of files whose columns a person names by parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from litlab.adapters.trades import TradersBaseAdapter


class NamedColumnsAdapter(TradersBaseAdapter):
    """What ``csv`` and ``parquet`` share.

    Parameters (beside those of every traders adapter)
    ----------
    time, price, volume : str
        Names of the columns.
    conditions_column : str
        Column of sale-condition codes, one letter each; "" without.
    time_unit : {"", "s", "ms", "us", "ns"}
        For times given as whole numbers since 1970 UTC; "" for ISO 8601 texts and stored times.
    zone : str
        The zone of times that name none.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **TradersBaseAdapter.PARAMETERS,
        "calendar": "",
        "time": "time",
        "price": "price",
        "volume": "volume",
        "conditions_column": "",
        "time_unit": "",
        "zone": "",
    }

    @property
    def aliases(self) -> dict[str, str]:
        """The file's names of price and volume."""
        return {self.parameters["price"]: "price", self.parameters["volume"]: "volume"}
