"""Reads a file of its own."""

from pathlib import Path


def feature(adapter, index, params={}, features={}):
    return [float(len(Path(__file__).read_text()))]
