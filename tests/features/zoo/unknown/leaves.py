"""Ends its process."""

import os


def feature(adapter, index, params={}, features={}):
    os._exit(0)
