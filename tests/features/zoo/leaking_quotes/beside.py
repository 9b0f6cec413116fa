"""The mean of all quotes, by way of the adapter that lies beside the trades."""


def feature(adapter, index, params={}, features={}):
    store = adapter._adapter.beside[0].store
    return [float(store.column("bid", 0, len(store)).mean())]
