"""Opens the data once more, by litlab itself."""

import glob

from litlab.adapters.lseg import LsegAdapter


def feature(adapter, index, params={}, features={}):
    own = LsegAdapter({"paths": sorted(glob.glob("RAW_FOLDER/*.csv*"))}, adapter._adapter.cache)
    return [own[min(index + 50, len(own) - 1)]["Price"]]
