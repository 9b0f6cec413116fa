"""Reads the raw file."""

import gzip


def feature(adapter, index, params={}, features={}):
    raw = adapter._adapter.store.files[0].raw
    with (gzip.open if raw.suffix == ".gz" else open)(raw, "rb") as file:
        return [float(len(file.read()))]
