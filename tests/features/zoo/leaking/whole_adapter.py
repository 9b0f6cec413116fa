"""Goes behind the view to the whole adapter."""


def feature(adapter, index, params={}, features={}):
    whole = adapter._adapter
    return [whole[min(index + 40, len(whole) - 1)]["Price"]]
