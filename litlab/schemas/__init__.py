"""Schemas: what a training data set shall be, before it is built.

1. ``schema`` is the record: data sets, features, labels, resolution, split, seed. 2. ``parts`` divides
samples into train, validation and test, and purges those whose label reaches into a held-out part.
"""

from litlab.schemas.parts import Division, divide, split_dates
from litlab.schemas.schema import DataSet, Schema, Split, list_schemas, load_schema, save_schema

__all__ = [
    "DataSet", "Division", "Schema", "Split", "divide", "list_schemas", "load_schema", "save_schema",
    "split_dates",
]  # fmt: skip
