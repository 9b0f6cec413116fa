"""Adapters whose trades may have quotes beside them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from litlab.adapters.adapter import Adapter
from litlab.bars import Clock
from litlab.errors import BadParameter

if TYPE_CHECKING:
    from litlab.adapters.quotes import Quote, Quotes, QuotesBaseAdapter

SAME = "same"  # as quotes: the raw files hold them beside the trades
_KEYS = {"adapter", "paths", "parameters"}


class QuotedAdapter(Adapter):
    """An adapter whose parameter ``quotes`` may name quotes: ``litlab.adapters.quotes`` tells what they are.

    ``{"adapter": "csv_quotes", "paths": [...], "parameters": {...}}`` for quotes in files of their own,
    "same" where the raw files hold both, None without. They are cached with the trades.

    Attributes
    ----------
    QUOTES : str
        The adapter of the quotes that the same files hold; "" for a format that has none.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {**Adapter.PARAMETERS, "quotes": None}
    QUOTES: ClassVar[str] = ""

    def __init__(self, parameters: Mapping[str, Any], cache: Path) -> None:
        super().__init__(parameters, cache)
        self._check_quotes()

    @functools.cached_property
    def clock(self) -> Clock:
        """Dates as the exchange counts them."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a day is")

    def _check_quotes(self) -> None:
        given = self.parameters.get("quotes")
        wanted = '"same", or {"adapter": name, "paths": [...], "parameters": {...}}'
        if given == SAME:
            known, wanted = bool(self.QUOTES), f"the adapter {self.name} knows no quotes in its files"
        else:
            complete = (
                isinstance(given, Mapping)
                and {"adapter", "paths"} <= given.keys() <= _KEYS
                and isinstance(given.get("parameters", {}), Mapping)
            )
            known = given is None or complete
        if not known:
            raise BadParameter(name="quotes", given=given, wanted=wanted)

    @property
    def numbered(self) -> bool:
        """Whether ticks carry the line that they come from: where the same files hold quotes."""
        return bool(self.parameters.get("quotes") == SAME)

    def recipe(self) -> dict[str, Any]:
        """Return what a cache's content depends on: not on quotes in files of their own."""
        recipe = super().recipe()
        if not self.numbered:
            recipe["parameters"] = {**recipe["parameters"], "quotes": None}
        return recipe

    @property
    def beside(self) -> tuple[Adapter, ...]:
        """The adapter of the quotes, where there are any."""
        return () if self._quote_adapter is None else (self._quote_adapter,)

    @functools.cached_property
    def _quote_adapter(self) -> QuotesBaseAdapter | None:
        from litlab.adapters.loading import adapter_class, expand
        from litlab.adapters.quotes import QuotesBaseAdapter

        given = self.parameters.get("quotes")
        if given is None:
            return None
        kind = adapter_class(self.team, self.QUOTES if given == SAME else given["adapter"])
        if not issubclass(kind, QuotesBaseAdapter):
            raise BadParameter(name="quotes", given=kind.name, wanted="the adapter reads trades, not quotes")
        if given == SAME:
            shared = kind.PARAMETERS.keys() & self.parameters.keys() - {"order"}
            parameters = {name: self.parameters[name] for name in shared}
            return kind({**parameters, "paths": self.paths}, self.cache)
        return kind({**given.get("parameters", {}), "paths": expand(given["paths"])}, self.cache)

    @functools.cached_property
    def quotes(self) -> Quotes | None:
        """The quotes beside the trades, None where there are none."""
        from litlab.adapters.quotes import Quotes

        found = self._quote_adapter
        return None if found is None else Quotes(found, self.store if self.numbered else None)

    @property
    def digests(self) -> tuple[str, ...]:
        """The content digests of all files that ticks and quotes come from."""
        return (*self.store.digests, *(self.quotes.store.digests if self.quotes else ()))

    def asof_quote(self, index: int) -> Quote | None:
        """Return the last quote strictly before the tick `index`, None where there is no good one.

        Where the raw files hold both, what came before is told by their rows; where quotes lie in files of
        their own, by time, and a quote of the tick's own time is not used: nobody knows which came first.
        A quote of an earlier trading date serves no tick. The last quote is None, and no earlier one
        stands in, if it lacks bid or ask, has a price or size that is not positive, or is crossed.

        Raises
        ------
        BadParameter
            If the adapter has no quotes; IndexError outside of the data.
        """
        quotes, numbers = self._quotes_before([index])
        return quotes.quote(int(numbers[0]))

    def asof_quotes(self, indices: npt.ArrayLike) -> dict[str, npt.NDArray[np.float64]]:
        """Return ``asof_quote`` of many ticks: bid, ask, bid_size, ask_size, mid, spread and imbalance.

        Returns
        -------
        values : dict of str to (n,) float64
            NaN where there is no quote, sizes and imbalance also where the quote does not say.
        """
        quotes, numbers = self._quotes_before(indices)
        return quotes.values(numbers)

    def _quotes_before(self, indices: npt.ArrayLike) -> tuple[Quotes, npt.NDArray[np.int64]]:
        """Return the quotes, and which of them each tick sees."""
        rows = np.atleast_1d(np.asarray(indices, np.int64))
        if self.quotes is None:
            raise BadParameter(name="quotes", given=None, wanted="name the quotes beside these trades")
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"{rows.min()} to {rows.max()} lie outside of the {len(self):,} ticks")
        return self.quotes, self.quotes.before(self.store, self.clock, rows)
