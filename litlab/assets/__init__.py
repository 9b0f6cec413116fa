"""Assets: what a build made, as files a training maps into memory.

    assets/<schema>/queue/<digest>/       built, not yet looked at        CURRENT names the newest
    assets/<schema>/production/<digest>/  promoted, used by trainings     CURRENT names the one in use

1. ``writer`` lays the arrays down: one HDF5 file per part and feature, one small master per part.
2. ``asset`` opens a version: arrays as memory maps, batches in an order that is a function of (seed, epoch).
3. ``audit`` tells what is in it. 4. ``promotion`` moves it to production. 5. ``ledger`` remembers who did.
"""

from litlab.assets.asset import Asset, open_asset, versions
from litlab.assets.audit import audit
from litlab.assets.promotion import promote, promoted_by
from litlab.assets.writer import AssetWriter, write_asset

__all__ = [
    "Asset", "AssetWriter", "audit", "open_asset", "promote", "promoted_by", "versions", "write_asset",
]  # fmt: skip
