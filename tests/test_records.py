"""Records: one JSON file each, read back as written, refused when broken or of a later litlab."""

import dataclasses
import json
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litlab.errors import BadName, BadRecord, NewerFormat
from litlab.records import Record, check_name, digest_of


@dataclasses.dataclass(frozen=True)
class Wheel:
    size: float
    tags: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Car(Record):
    KIND: ClassVar[str] = "car"
    FORMAT: ClassVar[int] = 2

    name: str
    wheels: tuple[Wheel, ...] = ()
    owner: str | None = None
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)
    doors: int = 4

    @classmethod
    def upgrade(cls, body, found):
        doors = body.pop("gates", 4)
        return {**body, "doors": doors}


NOTES = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())


@settings(max_examples=100)
@given(
    st.builds(
        Car,
        st.text(),
        st.lists(
            st.builds(Wheel, st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text()).map(tuple))
        ).map(tuple),
        st.none() | st.text(),
        NOTES,
        st.integers(),
    )
)
def test_what_is_saved_is_what_is_loaded(tmp_path_factory, car):
    path = tmp_path_factory.mktemp("cars") / "car.json"
    car.save(path)
    assert Car.load(path) == car
    assert Car.load(path).digest() == car.digest()


def test_an_older_format_is_brought_up_and_a_later_one_refused(tmp_path):
    path = tmp_path / "car.json"
    path.write_text(json.dumps({"format": 1, "name": "old", "gates": 2}))
    assert Car.load(path).doors == 2
    path.write_text(json.dumps({"format": 3, "name": "new"}))
    with pytest.raises(NewerFormat, match="format version 3, this litlab reads up to 2"):
        Car.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"format": 2}', '{"format": 2, "name": 5}',
        '{"format": 2, "name": "a", "dors": 3}',
        '{"format": 2, "name": "a", "doors": true}', '{"format": 2, "name": "a", "wheels": 3}',
        '{"format": 2, "name": "a", "wheels": [3]}', '{"format": 2, "name": "a", "wheels": [{"sise": 1}]}',
        '{"format": 2, "name": "a", "wheels": [{}]}', '{"format": 2, "name": "a", "notes": []}',
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_the_reason(tmp_path, text):
    path = tmp_path / "car.json"
    path.write_text(text)
    with pytest.raises(BadRecord, match=r"car\.json is not a readable car record: "):
        Car.load(path)


def test_a_file_that_is_no_text_is_a_broken_record(tmp_path):
    (tmp_path / "car.json").write_bytes(b"\xff\xfe")
    with pytest.raises(BadRecord):
        Car.load(tmp_path / "car.json")


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "9" * 64])
def test_names_that_are_names(name):
    assert check_name(name, "car") == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a.", "-a", "a b", "é", "a\n", "9" * 65, None, 5])
def test_names_that_are_none(name):
    with pytest.raises(BadName):
        check_name(name, "car")


def test_a_digest_knows_content_and_not_order():
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})
