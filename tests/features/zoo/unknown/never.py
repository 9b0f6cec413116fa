"""Rejects every sample."""


def feature(adapter, index, params={}, features={}):
    return []
