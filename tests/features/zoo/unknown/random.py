"""Draws from an unseeded generator."""

import random


def feature(adapter, index, params={}, features={}):
    return [random.random()]
