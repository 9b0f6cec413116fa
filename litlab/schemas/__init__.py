"""Schemas: what a training data set shall be, before it is built.

1. ``schema`` is the record: data sets, features, labels, resolution, split, seed. 2. ``parts`` divides
samples into train, validation and test. 3. ``purging`` takes out those that would carry an answer across,
and weighs the others by how much their labels overlap.
"""

from litlab.schemas.parts import Division, divide, split_dates, walk_forward
from litlab.schemas.purging import Intervals, uniqueness
from litlab.schemas.schema import DataSet, Schema, Split, list_schemas, load_schema, save_schema

__all__ = [
    "DataSet", "Division", "Intervals", "Schema", "Split", "divide", "list_schemas", "load_schema",
    "save_schema", "split_dates", "uniqueness", "walk_forward",
]  # fmt: skip
