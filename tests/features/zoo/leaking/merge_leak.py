"""Joins each tick with the nearest minute, which may be a later one."""

import pandas as pd


def feature(adapter, index, params={}, features={}):
    part = adapter.window(max(index - 100, 0), index + 100, ["timestamp", "price"])
    ticks = pd.DataFrame({"t": pd.to_datetime(part["timestamp"]), "p": part["price"]})
    minutes = ticks.groupby(ticks["t"].dt.ceil("min"))["p"].last().rename("m").reset_index()
    joined = pd.merge_asof(ticks, minutes, on="t", direction="forward")
    return [float(joined["m"].iloc[min(index, 100)])]
