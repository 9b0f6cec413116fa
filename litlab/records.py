"""A record is a frozen dataclass with one JSON file: names, parameters, references; never arrays.

The file holds the dataclass's fields and a ``format`` number. A file of a later format is refused; an
earlier one is brought up by the class's ``upgrade``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import types
import typing
from pathlib import Path
from typing import Any, ClassVar, Self

from litlab.atomic import json_bytes, lock, write_bytes
from litlab.errors import BadName, BadRecord, NewerFormat, RecordChanged
from litlab.shown import Shown

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def check_name(name: str, kind: str) -> str:
    """Return `name` if it can be an object's name on disk, else raise BadName.

    >>> check_name("100_1_minute_bars", "feature")
    '100_1_minute_bars'
    >>> check_name("../etc", "feature")
    Traceback (most recent call last):
    litlab.errors.BadName: '../etc' cannot be the name of a feature. Use 1 ...
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.endswith("."):
        raise BadName(kind=kind, given=str(name)[:80])
    return name


def digest_of(value: Any) -> str:
    """Return the sha256 of a JSON value's canonical form: equal values, equal digests."""
    return hashlib.sha256(json_bytes(value)).hexdigest()


@dataclasses.dataclass(frozen=True)
class Record(Shown):
    """Base of all records: ``to_json``/``from_json``, ``save``/``load``, ``digest``."""

    KIND: ClassVar[str] = "record"
    FORMAT: ClassVar[int] = 1
    SUFFIX: ClassVar[str] = ".json"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values, with the format number."""
        return {"format": self.FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def upgrade(cls, body: dict[str, Any], found: int) -> dict[str, Any]:
        """Bring the fields of an older format up to this one; the first format has nothing to do."""
        del found
        return body

    @classmethod
    def from_json(cls, body: Any, path: Path | str = "<memory>") -> Self:
        """Make the record from JSON values.

        Raises
        ------
        BadRecord
            If a field is missing, unknown or of another type; NewerFormat if a later litlab wrote it.
        """
        if not isinstance(body, dict):
            raise BadRecord(path=path, kind=cls.KIND, reason="it is not a JSON object")
        body = dict(body)
        found = body.pop("format", 1)
        if not isinstance(found, int) or found > cls.FORMAT:
            raise NewerFormat(path=path, found=found, supported=cls.FORMAT)
        if found < cls.FORMAT:
            body = cls.upgrade(body, found)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        hints = _hints(cls)
        for name in body:
            if name not in fields:
                raise BadRecord(path=path, kind=cls.KIND, reason=f"it has an unknown field {name!r}")
        for name, field in fields.items():
            needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if needed and name not in body:
                raise BadRecord(path=path, kind=cls.KIND, reason=f"the field {name!r} is missing")
        try:
            return cls(**{name: _read(hints[name], value) for name, value in body.items()})
        except (TypeError, ValueError, KeyError) as problem:
            raise BadRecord(path=path, kind=cls.KIND, reason=str(problem)) from None

    def save(self, path: Path, over: str | None = None) -> None:
        """Write the record to `path` in one step.

        Parameters
        ----------
        path : Path
        over : str, optional
            The ``digest`` of the record that it replaces, "" for none: what ``digest_at`` gave when it was
            opened. Without it, whatever is there goes.

        Raises
        ------
        RecordChanged
            If another record than that is there: somebody has saved meanwhile.
        """
        if over is None:
            write_bytes(path, self.file_bytes())
            return
        name = path.name.removesuffix(self.SUFFIX)
        with lock(path.with_name(f".{path.name}.lock"), what=f"The {self.KIND} {name}", purpose="saving"):
            if self.digest_at(path) != over:
                raise RecordChanged(kind=self.KIND, name=name)
            write_bytes(path, self.file_bytes())

    def file_bytes(self) -> bytes:
        """Return what ``save`` writes."""
        return json_bytes(self.to_json())

    @classmethod
    def digest_at(cls, path: Path) -> str:
        """Return the digest of the record at `path`, "" where there is none.

        What cannot be read as such a record has the digest of its bytes: it is something else for sure.
        """
        if not path.is_file():
            return ""
        try:
            return cls.load(path).digest()
        except (BadRecord, NewerFormat):
            return hashlib.sha256(path.read_bytes()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the record at `path`; FileNotFoundError where there is none."""
        try:
            body = json.loads(path.read_text("utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as problem:
            raise BadRecord(path=path, kind=cls.KIND, reason=str(problem)) from None
        return cls.from_json(body, path)

    def digest(self) -> str:
        """Return the sha256 of the record's content."""
        return digest_of(self.to_json())


_types: dict[type[Any], dict[str, Any]] = {}


def _hints(record: type[Any]) -> dict[str, Any]:
    """Return the types of a record's fields; resolving their names takes longer than reading one."""
    if record not in _types:
        _types[record] = typing.get_type_hints(record)
    return _types[record]


def _read(hint: Any, value: Any) -> Any:
    """Turn a JSON value into what the type hint says: nested dataclasses, tuples, optional values."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        inner = [argument for argument in arguments if argument is not type(None)]
        return _read(inner[0], value) if len(inner) == 1 else value
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is not an object")
        hints = _hints(hint)
        return hint(**{name: _read(hints[name], part) for name, part in value.items()})
    if origin in (tuple, list):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{value!r} is not a list")
        item = arguments[0] if arguments else Any
        return origin(_read(item, part) for part in value)
    if origin is dict or hint is dict:
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is not an object")
        item = arguments[1] if arguments else Any
        return {name: _read(item, part) for name, part in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise TypeError(f"{value!r} is no {hint.__name__}")
    return value
