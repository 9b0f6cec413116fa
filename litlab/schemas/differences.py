"""What two schemas do not have in common."""

from __future__ import annotations

import dataclasses
from typing import Any

from litlab.schemas.schema import Schema


def differences(a: Schema, b: Schema) -> list[tuple[str, Any, Any]]:
    """Return (field, value in `a`, value in `b`) of every field in which they differ, in the record's order.

    The split's fields and the data sets' are compared one by one; a data set that only one has is None in
    the other. The order of features counts: it decides which is computed first.

    Examples
    --------
    >>> from litlab.schemas import DataSet, Split
    >>> split = Split("date", "2024-01-03", "2024-01-04")
    >>> a = Schema("minutes", "volatility", (DataSet("lseg", ("x.csv",)),), ("bars",), ("up",), split)
    >>> b = dataclasses.replace(a, seed=8, split=dataclasses.replace(split, test="2024-01-05"))
    >>> differences(a, b)
    [('split.test', '2024-01-04', '2024-01-05'), ('seed', 7, 8)]
    """
    left, right = _flat(a), _flat(b)
    names = [*left, *(name for name in right if name not in left)]
    order = [field.name for field in dataclasses.fields(Schema)]
    names.sort(key=lambda name: order.index(name.split(".")[0]))
    return [(name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)]


def _flat(schema: Schema) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for field in dataclasses.fields(schema):
        value = getattr(schema, field.name)
        if field.name == "split":
            flat |= {f"split.{one.name}": getattr(value, one.name) for one in dataclasses.fields(value)}
        elif field.name == "data":
            for number, data in enumerate(value, 1):
                flat |= {
                    f"data.{number}.{one.name}": getattr(data, one.name) for one in dataclasses.fields(data)
                }
        else:
            flat[field.name] = value
    return flat
