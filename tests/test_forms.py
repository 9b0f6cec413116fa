"""Forms: what a page posts or a notebook's form holds becomes the parameters of a script, or one error."""

import param
import pytest

from litlab.errors import BadParameter, UnknownName
from litlab.forms import Field, from_param, param_class, read_form
from litlab.scripts import list_scripts, load_script

SCRIPTS = list_scripts(None, "scripts")


def as_posted(value):
    if isinstance(value, bool):
        return "on"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)
def test_every_shipped_scripts_form_goes_to_param_and_back(path):
    script = load_script(path)
    kind = param_class(script.name, script.fields, script.module.__doc__)
    prefilled = {field.name: field.prefill() for field in script.fields}
    expected = script.read_params(prefilled)
    assert from_param(script.fields, kind()) == expected
    again = kind(**expected)
    assert from_param(script.fields, again) == expected
    for field in script.fields:
        made = kind.param[field.name]
        assert made.doc == (field.help or None)
        if field.kind == "number":
            assert made.bounds == (field.low, field.high)
            assert isinstance(made, param.Integer) == field.whole
            for beyond in (field.low, field.high):
                if beyond is not None:
                    with pytest.raises(ValueError, match=field.name):
                        setattr(again, field.name, beyond + (1 if beyond == field.high else -1))
        if field.kind == "choice":
            for choice in field.choices:
                setattr(again, field.name, choice)
                assert from_param(script.fields, again)[field.name] == choice
            with pytest.raises(BadParameter, match="one of"):
                setattr(again, field.name, "none of them")


@pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)
def test_every_shipped_scripts_form_can_be_posted(path):
    script = load_script(path)
    expected = script.read_params({field.name: field.prefill() for field in script.fields})
    posted = {name: as_posted(value) for name, value in expected.items() if value is not False}
    assert read_form(script.fields, posted, script.name) == expected


FORM = (
    Field("rate", "number", low=1, high=500, whole=True, default="20"),
    Field("column", "choice", choices=("open", "close")),
    Field("log", "boolean", default="true"),
    Field("windows", "list", low=1, default="10, 30"),
    Field("title", "text"),
    Field("other", "feature"),
)


def test_a_posted_form_becomes_typed_parameters():
    posted = {"rate": "14", "column": " close ", "log": "on", "windows": "5", "title": " a ", "other": "bars"}
    assert read_form(FORM, posted) == {
        "rate": 14, "column": "close", "log": True, "windows": [5], "title": " a ", "other": "bars",
    }  # fmt: skip
    assert read_form(FORM, {"rate": "", "title": ""}) == {"rate": 20, "log": False, "windows": [10, 30]}


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"rate": "501"}, "rate = '501' is not possible: it must be a whole number, 1 to 500"),
        ({"rate": "1.5"}, "rate = '1.5'"),
        ({"column": "high"}, "column = 'high' is not possible: it must be one of open, close"),
        ({"log": "maybe"}, "log = 'maybe' is not possible: it must be a boolean"),
        ({"windows": "5, 0"}, "windows = '5, 0' is not possible: it must be a list of numbers, from 1"),
    ],
)
def test_a_value_that_is_not_possible_is_told_with_its_field_and_what_it_must_be(posted, told):
    with pytest.raises(BadParameter) as caught:
        read_form(FORM, posted)
    assert told in str(caught.value)
    assert caught.value.fields["name"] == next(iter(posted))
    with pytest.raises(UnknownName, match="Did you mean 'rate'"):
        read_form(FORM, {"ratio": "1"})


def test_param_checks_every_kind_and_may_hold_nothing_where_there_is_no_default():
    kind = param_class("Mine", FORM, "About mine.")
    assert (kind.__name__, kind.__doc__.startswith("About mine.")) == ("Mine", True)
    form = kind()
    assert from_param(FORM, form) == {"rate": 20, "log": True, "windows": [10, 30]}
    for name, wrong in {
        "rate": 1.5, "column": "high", "windows": [0], "log": "maybe", "title": 3,
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=name):
            setattr(form, name, wrong)
    form.param.update(rate=3, column="open", windows=[1, 2], title="t", other="bars", log=False)
    assert from_param(FORM, form) == {
        "rate": 3, "column": "open", "log": False, "windows": [1, 2], "title": "t", "other": "bars",
    }  # fmt: skip


def test_a_field_may_be_called_what_param_calls_its_own():
    fields = (Field("name", "text"), Field("param", "number", default="2"))
    form = param_class("Mine", fields)(name_="x", param_=3)
    assert from_param(fields, form) == {"name": "x", "param": 3}
