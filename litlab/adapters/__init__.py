"""Adapters: from a vendor's raw files to ticks with one meaning.

1. ``reading`` hands out blocks of whole lines and accounts for every row. 2. A vendor's adapter (``lseg``,
``lean``, ``csv``, …) names columns and types and says what each print may move (``eligibility``);
``pipeline`` is what they share. 3. ``adapter`` is the contract: cache, length, record, window, search, bars.
4. ``views`` and ``batch_views`` hand a feature the ticks up to its index and record what was read.
5. ``loading`` finds an adapter by name, for a project or in another process; ``sniffing`` proposes one for a
file, ``frames`` makes a file of a table. 6. ``opening`` reads raw files that nobody has cached and
``inspection`` tells what is in them.
"""

from litlab.adapters.adapter import Adapter
from litlab.adapters.batch_views import BatchView, GateBatchView
from litlab.adapters.frames import from_arrow
from litlab.adapters.guesses import Guess
from litlab.adapters.inspection import inspect
from litlab.adapters.loading import adapter_class, cache_files, load_adapter, load_adapter_by_project
from litlab.adapters.opening import choose, opened
from litlab.adapters.sniffing import sniff
from litlab.adapters.trades import TradersBaseAdapter
from litlab.adapters.views import GateView, OpenView, View

__all__ = [
    "Adapter", "BatchView", "GateBatchView", "GateView", "Guess", "OpenView", "TradersBaseAdapter", "View",
    "adapter_class", "cache_files", "choose", "from_arrow", "inspect", "load_adapter",
    "load_adapter_by_project", "opened", "sniff",
]  # fmt: skip
