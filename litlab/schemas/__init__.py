"""Schemas: what a training data set shall be, before it is built.

1. ``schema`` is the record: data sets, features, labels, resolution, split, seed. 2. ``parts`` divides
samples into train, validation and test. 3. ``purging`` takes out those that would carry an answer across,
and weighs the others by how much their labels overlap. 4. ``drafting`` reads schemas from forms, proposes
new ones, and ``differences`` compares two.
"""

from litlab.schemas.differences import differences
from litlab.schemas.drafting import Draft, data_sets, draft_values, propose, read_draft
from litlab.schemas.parts import Division, divide, split_dates, walk_forward
from litlab.schemas.purging import Intervals, uniqueness
from litlab.schemas.schema import DataSet, Schema, Split, list_schemas, load_schema, save_schema

__all__ = [
    "DataSet", "Division", "Draft", "Intervals", "Schema", "Split", "data_sets", "differences", "divide",
    "draft_values", "list_schemas", "load_schema", "propose", "read_draft", "save_schema", "split_dates",
    "uniqueness", "walk_forward",
]  # fmt: skip
