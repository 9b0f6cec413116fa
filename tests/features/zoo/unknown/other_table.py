"""Reads a table that lies beside the ticks, with pyarrow."""

import pyarrow.csv


def feature(adapter, index, params={}, features={}):
    return [float(pyarrow.csv.read_csv("OWN_FOLDER/table.csv")["range"][index % 2].as_py())]
