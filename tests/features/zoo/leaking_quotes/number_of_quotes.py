"""How many quotes there will have been."""


def feature(adapter, index, params={}, features={}):
    return [float(len(adapter._adapter.quotes.store))]
