"""Forms in a notebook: what they hold, refuse, test, save and build, and the code they show."""

import re
from html import unescape

import pytest

from litlab.features import list_features
from litlab.schemas import list_schemas
from litlab.widgets import FeatureForm, SchemaForm
from litlab.widgets.fields import Fields
from litlab.workspace import Workspace


def code_of(form):
    return unescape(re.search(r"<pre>(.*)</pre>", form.code.value, re.S)[1])


def test_a_script_is_tested_at_a_tick_and_saved(fresh):
    form = FeatureForm("unit_bar", fresh, index=3000)
    form.form.inputs["count"].value = "4"
    form.form.inputs["unit"].value = "minute"
    tested = form.test()
    assert tested.values.shape[0] == 4
    assert "close" in form.said.value
    form.name.value = "four"
    form.save()
    assert list_features(fresh.team)["four"].params["count"] == 4
    names = {}
    exec(code_of(form), names)
    assert names["tested"].values.tolist() == tested.values.tolist()


def test_a_wrong_value_is_said_below_its_field_and_nothing_is_tested(fresh):
    form = FeatureForm("unit_bar", fresh, index=3000)
    form.form.inputs["count"].value = "many"
    assert form.test() is None
    assert "count" in form.form.said["count"].value
    assert form.form.said["count"].layout.display == ""


def test_an_index_outside_and_a_bad_name_are_answered(fresh):
    form = FeatureForm("unit_bar", fresh, index=10**9)
    assert form.test() is None
    assert "alert" in form.said.value
    form.name.value = "../evil<img>"
    form.save()
    assert "<img>" not in form.said.value
    assert "&lt;img&gt;" in form.said.value


def test_a_schema_is_proposed_saved_and_built(fresh):
    form = SchemaForm(fresh)
    assert set(form.several["labels"].value) == {"up"}
    result = form.build()
    assert result.samples > 0
    assert list_schemas(fresh.team)[form.name.value].labels == ("up",)
    names = {}
    exec(code_of(form), names)
    assert names["result"].asset.digest == result.asset.digest


def test_a_schema_without_labels_is_refused_in_the_form(fresh):
    form = SchemaForm(fresh, "minutes")
    form.several["labels"].value = ()
    assert form.save() is None
    assert "Tick at least one label" in form.said.value


def test_choices_and_boxes_have_their_own_widgets():
    from litlab.forms import Field

    form = Fields([Field("unit", "choice", choices=("minute", "hour")), Field("log", "boolean")])
    form.inputs["log"].value = True
    assert form.values() == {"unit": "minute", "log": True}


def test_the_only_project_is_the_default(fresh, monkeypatch):
    monkeypatch.setenv("LITLAB_HOME", str(fresh.team.workspace.home))
    assert FeatureForm("sma").project == Workspace().project()


@pytest.fixture(autouse=True)
def _quiet(recwarn):
    """Widgets without a kernel warn of nothing that matters here."""
    return recwarn
