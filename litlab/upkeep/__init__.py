"""Upkeep: is everything on disk still sound, and what of it does nobody need?

1. ``fsck`` compares every byte with the digests that were written beside it, and says how to make again what
is broken. 2. ``pins`` knows what is made of what. 3. ``gc`` removes what nothing is made of any more;
``rm`` and ``entries`` what a person names, unless something is made of it or runs it.
"""

from litlab.upkeep.entries import deployed_at, remove_entry
from litlab.upkeep.fsck import check, check_raw_files
from litlab.upkeep.gc import collect
from litlab.upkeep.pins import asset_pins, cache_pins
from litlab.upkeep.raw import raw_pins, remove_raw
from litlab.upkeep.rm import find_target, remove_target

__all__ = [
    "asset_pins", "cache_pins", "check", "check_raw_files", "collect", "deployed_at", "find_target",
    "raw_pins", "remove_entry", "remove_raw", "remove_target",
]  # fmt: skip
