"""Docstrings read as forms: every part of the grammar, and the line of everything that is none."""

import pytest
from docstring_strategies import DOCSTRINGS, check_docstring
from hypothesis import given, settings

from litlab.docstrings import parse_docstring
from litlab.errors import BadParameter, BadScript
from litlab.forms import Field, columns


@settings(max_examples=1500, deadline=None)
@given(DOCSTRINGS)
def test_any_docstring_gives_a_form_or_bad_script(text):
    check_docstring(text)


def form(*entries, returns=None):
    text = "About.\n\nParameters\n----------\n" + "\n".join(entries)
    return parse_docstring(text if returns is None else f"{text}\n\nReturns\n-------\n{returns}")


def field(entry):
    ((only,), _) = form(entry)
    return only


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("rate : number", Field("rate", "number")),
        ("rate: number , 1 to 200", Field("rate", "number", low=1, high=200)),
        ("rate : number, whole, from 1", Field("rate", "number", low=1, whole=True)),
        ("rate : number, up to 2.5, default -1", Field("rate", "number", high=2.5, default="-1")),
        ("rate : number, default: 7", Field("rate", "number", default="7")),
        ("rate : number, default=7", Field("rate", "number", default="7")),
        ("sides : list, whole, 1 to 9, default 2, 3", Field("sides", "list", "", "", (), 1, 9, True, "2, 3")),
        ("words : list, default a, b", Field("words", "list", default="a, b")),
        ("unit : [hour, day], default day", Field("unit", "choice", "", "", ("hour", "day"), default="day")),
        ("tied : boolean, default no", Field("tied", "boolean", default="no")),
        ("note : text, default whatever, really", Field("note", "text", default="whatever, really")),
        ("größe : number", Field("größe", "number")),
    ],
)  # fmt: skip
def test_what_a_head_says(entry, expected):
    assert field(entry) == expected


def test_help_is_one_line_and_its_first_brackets_that_hold_a_value_are_the_example():
    read = field("rate : number\n    As in the book [see there],\n\n    e.g. [10] or [20].")
    assert read.help == "As in the book [see there], e.g. [10] or [20]."
    assert (read.example, read.prefill()) == ("10", 10)
    assert field("rate : number, default 5\n    No example [here].").prefill() == 5
    assert field("rate : number").prefill() is None


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("rate", "no parameter"),
        ("1st : number", "no parameter"),
        ("rate : numbr", "no kind"),
        ("unit : []", "no kind"),
        ("unit : [ , ]", "no kind"),
        ("unit : choice", "no kind"),
        ("unit : [a,b,a]", "stands twice"),
        ("rate : number, 5 to 1", "no number lies in the bounds of rate, 5 to 1"),
        ("rate : number, 1 to many", "'many' bounds nothing"),
        ("rate : number, from inf", "'inf' bounds nothing"),
        ("rate : number, positive", "'positive' says nothing about rate"),
        ("rate : number,", "says nothing"),
        ("note : text, 1 to 5", "'1 to 5' says nothing about note"),
        ("rate : number, default", "the default of rate is missing"),
        ("rate : number, 1 to 5, default 6", "it must be a number, 1 to 5"),
        ("rate : number, whole, default 1.5", "it must be a whole number"),
        ("unit : [a,b], default c", "it must be one of a, b"),
        ("sides : list, from 1, default 3, 0", "it must be a list of numbers, from 1"),
    ],
)
def test_a_head_that_says_something_else_is_refused_with_its_line(entry, reason):
    with pytest.raises(BadScript, match=reason) as caught:
        form("first : number", "    Its help.", entry)
    assert caught.value.fields["line"] == 7


@pytest.mark.parametrize(
    ("returns", "line", "reason"),
    [
        ("[ a, b,\n  a ]", 9, "'a' is named twice"),
        ("Words.\n[ sma_{size} ]", 10, "named after 'size', which is no parameter"),
        ("[ sma_{ ]", 9, "no name of a column"),
    ],
)
def test_columns_that_cannot_be_are_refused_with_their_line(returns, line, reason):
    with pytest.raises(BadScript, match=reason) as caught:
        form("rate : number", returns=returns)
    assert caught.value.fields["line"] == line


def test_sections_stand_once_and_others_are_left_alone():
    with pytest.raises(BadScript, match="a second section Parameters") as caught:
        parse_docstring("Parameters\n----------\n\nParameters\n----------")
    assert caught.value.fields["line"] == 4
    text = "Notes\n-----\nanything : at all\n\nReturns\n-------\n[ a ]\n\nNotes\n-----\n[ b ]"
    assert parse_docstring(text) == ((), ("a",))


def test_columns_take_their_parameters_values():
    fields, returns = form(
        "rate : number, default 14",
        "windows : list",
        "unit : [hour,day]",
        returns="[ a, b_{rate}_{unit}, c_{windows} ]",
    )
    given = {"windows": [5, 0.5], "unit": "day"}
    assert columns(returns, fields, given) == ("a", "b_14_day", "c_5", "c_0.5")
    with pytest.raises(BadParameter, match="unit = None is not possible: an output column is named after it"):
        columns(returns, fields, {"windows": []})


@pytest.mark.parametrize(
    ("head", "value", "wanted"),
    [
        ("number, 1 to 5", 5.001, "a number, 1 to 5"),
        ("number, whole, from 1", 1.5, "a whole number, from 1"),
        ("number, up to 3", "4", "a number, up to 3"),
        ("list, whole", [1, 2.5], "a list of whole numbers"),
        ("list, 1 to 3", "2, two", "a list of numbers, 1 to 3"),
    ],
)
def test_values_out_of_bounds_are_refused_with_what_is_wanted(head, value, wanted):
    with pytest.raises(BadParameter, match=f"it must be {wanted}"):
        field(f"x : {head}").read(value)
