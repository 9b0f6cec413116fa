"""The newest word that any tick of the data carries."""


def feature(adapter, index, params={}, features={}):
    _, words = adapter._adapter.store.codes("Qualifiers", 0, 0, 1)
    return [float(len(words))]
