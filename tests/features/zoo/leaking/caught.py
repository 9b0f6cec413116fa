"""Tries the future and hides that it was refused."""


def feature(adapter, index, params={}, features={}):
    try:
        return [adapter[index + 1]["Price"]]
    except Exception:
        return [adapter[index]["Price"]]
