"""Opens a file of the cache in a thread."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np


def feature(adapter, index, params={}, features={}):
    path = adapter._adapter.store.files[0].path / "price.npy"
    with ThreadPoolExecutor(1) as pool:
        prices = pool.submit(np.load, path).result()
    return [float(prices[min(index + 50, len(prices) - 1)])]
