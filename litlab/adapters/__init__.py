"""Adapters: from a vendor's raw files to ticks with one meaning.

1. ``reading`` hands out blocks of whole lines and accounts for every row. 2. A vendor's adapter (``lseg``,
``csv``) names columns and types and says what each print may move (``eligibility``). 3. ``adapter`` is the
contract: cache, length, record, window, search, bars. 4. ``views`` hand a feature the ticks up to its index
and record what was read. 5. ``loading`` finds an adapter by name, for a project or in another process.
"""

from litlab.adapters.adapter import Adapter, TradersBaseAdapter
from litlab.adapters.loading import adapter_class, cache_files, load_adapter, load_adapter_by_project
from litlab.adapters.views import BatchView, GateBatchView, GateView, OpenView, View

__all__ = [
    "Adapter", "BatchView", "GateBatchView", "GateView", "OpenView", "TradersBaseAdapter", "View",
    "adapter_class", "cache_files", "load_adapter", "load_adapter_by_project",
]  # fmt: skip
