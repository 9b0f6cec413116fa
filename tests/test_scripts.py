"""Scripts: found by name, loaded by place; values read as their form says."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import new_team, write_script

from litlab.docstrings import parse_docstring
from litlab.errors import BadParameter, BadScript, UnknownName
from litlab.forms import KINDS, Field
from litlab.scripts import find_script, list_scripts, load_script, shipped


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text())),
)
def test_any_value_is_read_or_refused(kind, value):
    field = Field("x", kind, choices=("a",) if kind == "choice" else ())
    try:
        found = field.read(value)
    except BadParameter as problem:
        assert "x = " in str(problem)  # noqa: PT017
        return
    if kind == "number":
        assert isinstance(found, (int, float))
    if kind == "boolean":
        assert isinstance(found, bool)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("number", "10", 10), ("number", "10.0", 10), ("number", 2.5, 2.5), ("number", "1e3", 1000),
        ("boolean", "yes", True), ("boolean", 0, False), ("boolean", "False", False),
        ("list", "1, two ,3.5", [1, "two", 3.5]), ("list", [1, 2], [1, 2]), ("text", 5, "5"),
        ("feature", "bars", "bars"),
    ],
)  # fmt: skip
def test_values_arrive_as_what_they_are(kind, given, expected):
    found = Field("x", kind).read(given)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", "ten"),
        ("number", True),
        ("number", "inf"),
        ("number", 10**400),
        ("boolean", "maybe"),
        ("choice", "b"),
    ],
)
def test_values_that_are_none_are_refused_with_what_is_wanted(kind, given):
    with pytest.raises(BadParameter, match="it must be"):
        Field("x", kind, choices=("a",) if kind == "choice" else ()).read(given)


def test_the_forms_of_the_walkthrough():
    fields, returns = parse_docstring(
        "Simple moving average.\n\nParameters\n----------\n"
        "rate : number\n    Bars to average over;\n    e.g. [10] of them\n"
        "unit : [hour,minute,second]\n    The unit\n\nReturns\n-------\n[ sma, sma_normalized ]\n"
    )
    assert fields == (
        Field("rate", "number", "Bars to average over; e.g. [10] of them", "10"),
        Field("unit", "choice", "The unit", "", ("hour", "minute", "second")),
    )
    assert fields[0].prefill() == 10
    assert fields[1].prefill() is None
    assert returns == ("sma", "sma_normalized")


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ('"""Doc.\n\nParameters\n----------\nrate\n"""\n', 5, "is no parameter"),
        ('# first\n\n"""\nDoc.\n\nParameters\n----------\nrate : numbr\n"""\n', 8, "is no kind"),
        ('"""Doc.\n\nParameters\n----------\na : number\na : number\n"""\n', 6, "described twice"),
        ("x = 1\ndef f(:\n", 2, "invalid syntax"),
        ("x = 1\n\nraise KeyError('no')\n", 3, "KeyError"),
        ("import no_such_module_at_all\n", 1, "ModuleNotFoundError"),
        ("x = '\0'\n", 0, "null bytes"),
    ],
)
def test_a_script_that_cannot_be_used_is_named_with_its_line(tmp_path, source, line, reason):
    path = tmp_path / "mine.py"
    path.write_text(source)
    with pytest.raises(BadScript, match=reason) as caught:
        load_script(path)
    assert caught.value.fields["line"] == line
    assert str(path) in str(caught.value)


def test_a_script_called_like_a_standard_module_harms_nobody(tmp_path):
    path = tmp_path / "enum.py"
    path.write_text("import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 1\nvalue = A().x\n")
    before = sys.modules["enum"], list(sys.path), set(sys.modules)
    first, second = load_script(path), load_script(path)
    assert first.module.value == 1
    assert first.module is not second.module
    assert (sys.modules["enum"], list(sys.path), set(sys.modules)) == before


def test_a_folder_with_a_script_called_enum_breaks_no_import(tmp_path):
    team = new_team(tmp_path)
    path = write_script(team, "enum", "import enum\nimport numpy\nkind = enum.Enum\n")
    program = (
        "import sys, pathlib; from litlab.scripts import load_script; "
        "module = load_script(pathlib.Path(sys.argv[1])).module; "
        "import enum, numpy.ma, dataclasses; assert module.kind is enum.Enum"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, cwd=tmp_path)


def test_a_parameter_left_out_has_its_default(tmp_path):
    path = tmp_path / "mine.py"
    form = "rate : number, 1 to 9, default 3\nsides : list, default 1, 2\nname : text\n\nReturns\n-------\n"
    path.write_text(f'"""Mine.\n\nParameters\n----------\n{form}[ x_{{rate}} ]\n"""\n')
    script = load_script(path)
    assert script.read_params({}) == {"rate": 3, "sides": [1, 2]}
    assert script.read_params({"rate": "5", "name": "a"}) == {"rate": 5, "name": "a", "sides": [1, 2]}
    assert (script.columns({}), script.columns({"rate": 5})) == (("x_3",), ("x_5",))


def test_the_teams_copy_wins_and_unknown_names_are_answered(tmp_path):
    team = new_team(tmp_path)
    assert find_script(team, "scripts", "atr") == shipped("scripts", "atr")
    own = write_script(team, "atr", "x = 1\n")
    assert find_script(team, "scripts", "atr") == own
    assert list_scripts(team, "scripts")["atr"] == own
    assert "unit_bar" in list_scripts(team, "scripts")
    with pytest.raises(UnknownName, match="Did you mean 'unit_bar'"):
        find_script(team, "scripts", "unit_bars")
    with pytest.raises(UnknownName):
        find_script(team, "scripts", "../features/atr")


def test_parameters_are_checked_and_absent_ones_stay_absent():
    script = load_script(shipped("scripts", "unit_bar"))
    assert script.read_params({"count": "7", "unit": "hour", "size": ""}) == {"count": 7, "unit": "hour"}
    with pytest.raises(UnknownName, match="parameter of unit_bar called 'counts'"):
        script.read_params({"counts": 7})
    assert script.returns[0] == "open"
    assert all(field.help for field in script.fields)
    assert len(script.digest) == 64
