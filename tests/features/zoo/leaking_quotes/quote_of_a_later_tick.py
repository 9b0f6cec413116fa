"""The quote that stood before a later tick: nothing is read but that tick's place."""


def feature(adapter, index, params={}, features={}):
    quote = adapter.asof_quote(min(index + 2, len(adapter) - 1))
    return [quote.ask] if quote else []
