"""Goes behind the view to the quotes, and reads one that has not come yet."""


def feature(adapter, index, params={}, features={}):
    store = adapter._adapter.quotes.store
    time_ns = adapter[index]["timestamp"]
    at = min(max(store.index_at(time_ns), 0) + 3, len(store) - 1)
    return [float(store.column("ask", at, at + 1)[0])]
