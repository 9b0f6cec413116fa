"""A raw file as rows that can be cut and put together again, and its ticks as tables to compare."""

from __future__ import annotations

import gzip
import itertools
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


class RawFile:
    """A raw file as rows that can be cut and put together again, in its own container."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.text = path.suffix.lower() != ".parquet"
        if self.text:
            with _inflate(path) as file:
                lines = list(itertools.islice(file, limit))
            # The last line of a file may lack its end; in the middle of another it must not.
            self.rows: Any = [line if line.endswith(b"\n") else line + b"\n" for line in lines]
        else:
            self.rows = pq.read_table(path).slice(0, limit)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, *spans: tuple[int, int]) -> Any:
        """Return the rows of half-open spans, one after the other."""
        if self.text:
            return [row for start, stop in spans for row in self.rows[start:stop]]
        return pa.concat_tables([self.rows.slice(start, stop - start) for start, stop in spans])

    def write(self, folder: Path, rows: Any) -> Path:
        """Write rows as a file of the same name: a name may hold the date."""
        if not self.text:
            pq.write_table(rows, folder / self.path.name)
            return folder / self.path.name
        return self.write_bytes(folder, b"".join(rows))

    def write_bytes(self, folder: Path, data: bytes) -> Path:
        """Write text into the container that the name's suffix says."""
        path = folder / self.path.name
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("rows.csv", data)
        else:
            path.write_bytes(gzip.compress(data, 1) if path.suffix.lower() == ".gz" else data)
        return path


def _inflate(path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path, "rb")
    if suffix == ".zip":
        archive = zipfile.ZipFile(path)
        return archive.open(archive.namelist()[0])
    return path.open("rb")


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = {
        name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return pa.RecordBatch.from_pydict(arrays)


def difference(found: pa.Table, wanted: pa.Table) -> str:
    """Say where two tables differ first, "" where they do not."""
    if found.column_names != wanted.column_names:
        return f"columns {found.column_names}; wanted {wanted.column_names}"
    if found.num_rows != wanted.num_rows:
        return f"{found.num_rows} ticks; wanted {wanted.num_rows}"
    for name in found.column_names:
        if found[name].type != wanted[name].type:
            return f"{name} is {found[name].type}; wanted {wanted[name].type}"
        if not found[name].equals(wanted[name]):
            values = zip(found[name].to_pylist(), wanted[name].to_pylist(), strict=True)
            for at, (one, other) in enumerate(values):
                both_nan = one != one and other != other  # noqa: PLR0124
                if one != other and not both_nan:
                    return f"{name} of tick {at} is {one!r}; wanted {other!r}"
    return ""
