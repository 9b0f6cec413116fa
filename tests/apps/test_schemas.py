"""Schemas without a browser: what the form's messages do, what is said at which field, what is saved."""

import dataclasses
import json
import re

import pytest

from litlab.apps import schemas
from litlab.apps.request import Request
from litlab.apps.schema_form import KINDS
from litlab.apps.schemas import Schemas
from litlab.assets import open_asset
from litlab.builds import BuildLog, list_builds
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, draft_values, list_schemas, load_schema, save_schema
from litlab.workspace import Workspace


@pytest.fixture
def page(fresh):
    return Schemas(fresh, Request({"schema": "minutes"}))


def edit(page, action="edit", **changes):
    page.handle(action, json.dumps({**page.values, **changes, "": ""}))


def shown(page, name):
    return page.panel.values.get(name, "")


def test_the_form_holds_the_schema_and_saving_it_changes_nothing(page, fresh):
    path = fresh.team.folder("schemas") / "minutes.json"
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    assert page.draft.schema == load_schema(fresh.team, "minutes")
    edit(page, "save")
    assert "is saved already" not in shown(page, "problem_name")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    edit(page, "save", seed="8")
    assert load_schema(fresh.team, "minutes").seed == 8


def test_what_somebody_else_saved_meanwhile_is_not_replaced(page, fresh):
    theirs = dataclasses.replace(load_schema(fresh.team, "minutes"), seed=11)
    save_schema(fresh.team, theirs)
    edit(page, "save", seed="8")
    assert "saved by somebody else" in shown(page, "said")
    assert load_schema(fresh.team, "minutes") == theirs
    assert page.values["seed"] == "8"  # nothing typed is lost
    edit(page, "save", seed="8", name="mine")
    assert load_schema(fresh.team, "mine").seed == 8


def test_saving_once_more_replaces_what_somebody_else_saved(page, fresh):
    save_schema(fresh.team, dataclasses.replace(load_schema(fresh.team, "minutes"), seed=11))
    edit(page, "save", seed="8")
    assert "save once more to replace theirs" in shown(page, "said")
    edit(page, "save", seed="8")
    assert load_schema(fresh.team, "minutes").seed == 8


def test_the_estimate_of_a_small_schema_is_what_was_built(page, fresh):
    asset = open_asset(fresh.team, "minutes", "queue")
    count = sum(asset.count(part) for part in asset.parts)
    assert f"≈ {count:,} samples" in shown(page, "estimate")
    assert " · ".join(f"{part} {asset.count(part):,}" for part in asset.parts) in shown(page, "estimate")
    assert "0 purged at the split" in shown(page, "estimate")


def test_the_estimate_follows_the_form(page):
    before = shown(page, "estimate")
    edit(page, features=["bars"], resolution="10")
    assert shown(page, "estimate") != before
    edit(page, features=[])
    assert "▲ Tick at least one feature." in shown(page, "estimate")
    assert shown(page, "problem_features") == "Tick at least one feature."


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"name": "../etc"}, "name", "cannot be the name of a schema"),
        ({"resolution": "0"}, "resolution", "a whole number, from 1"),
        ({"resolution": "x"}, "resolution", "a whole number, from 1"),
        ({"seed": ""}, "seed", "a whole number, from 0"),
        ({"labels": []}, "labels", "Tick at least one label"),
        ({"data": []}, "data", "Tick at least one data set"),
        ({"validation": "2024-13-01"}, "validation", "no ISO date"),
        ({"test": "2024-01-02"}, "validation", "not before it"),
        ({"kind": "end", "test_share": "1.5"}, "test_share", "0 to 1"),
        ({"kind": "end", "validation_share": "0.6", "test_share": "0.5"}, "validation_share", "below 1"),
        ({"kind": "walk", "fold": "9"}, "folds", "fold 9 is none of 5"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(page, fresh, changes, field, told):
    before = load_schema(fresh.team, "minutes")
    edit(page, "save", **changes)
    assert told in shown(page, f"problem_{field}")
    assert shown(page, f"bad_{field}") == "true"
    assert "See the fields" in shown(page, "said")
    assert list_schemas(fresh.team) == {"minutes": before}
    assert {name: page.values[name] for name in changes} == changes


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_shows_its_own_fields_only(page, kind):
    edit(page, kind=kind)
    names = {"validation", "test", "validation_share", "test_share", "folds", "fold"}
    there = {name for name in names if f'name="{name}"' in shown(page, "split")}
    expected = {
        "date": {"validation", "test"}, "end": {"validation_share", "test_share"},
        "walk": {"folds", "fold", "validation_share"}, "random": {"validation_share", "test_share"},
    }  # fmt: skip
    assert there == expected[kind]
    assert ("embargo" in shown(page, "purging")) == (kind == "random")


def test_features_are_listed_in_computing_order_with_gates_marked_and_needs_ticked_along(fresh):
    (fresh.team.folder("scripts") / "twice.py").write_text(
        '"""Twice another.\n\nParameters\n----------\nof : feature\n    Which.\n"""\n'
        "def feature(adapter, index, params={}, features={}):\n"
        "    return features[params['of']] * 2\n"
    )
    save_feature(fresh.team, "twice", "twice", {"of": "bars"})
    page = Schemas(fresh, Request({"schema": "minutes"}))
    assert '<span class="chip"' in shown(page, "features")
    edit(page, features=["twice"])
    assert page.values["features"] == ["bars", "twice"]
    assert "needed by twice" in shown(page, "features")
    before = shown(page, "features")
    edit(page, features=["twice"])  # bars was unticked: the box has to be drawn again
    assert shown(page, "features") != before
    assert page.draft.schema.features == ("bars", "twice")


def test_a_new_schema_is_prefilled_from_the_projects_selections(fresh):
    fresh.update(features=("bars", "up"))
    page = Schemas(fresh, Request({"schema": "minutes"}))
    page.handle("new", "")
    made = page.draft.schema
    assert (made.name, made.features, made.labels) == ("volatility", ("bars",), ("up",))
    assert made.data == load_schema(fresh.team, "minutes").data
    assert made.split == Split("date", "2024-01-03", "2024-01-04")
    edit(page, name="minutes")
    assert "exists already" in shown(page, "problem_name")
    edit(page, "save", name="mine")
    assert load_schema(fresh.team, "mine") == dataclasses.replace(made, name="mine")
    assert 'data-argument="mine"' in shown(page, "list")


def test_a_schema_of_several_instruments_keeps_its_own_data_sets(fresh):
    both = load_schema(fresh.team, "minutes")
    first, rest = both.data[0].paths[:1], both.data[0].paths[1:]
    data = (DataSet("lseg", rest), DataSet("lseg", first))
    save_schema(fresh.team, dataclasses.replace(both, name="two", data=data))
    page = Schemas(fresh, Request({"schema": "two"}))
    assert page.values["data"] == ["two.1", "two.2"]
    assert page.draft.schema.data == data


def test_deleting_asks_what_is_built_of_it(page, fresh):
    assert "Delete</button>" in shown(page, "form")
    assert 'disabled title="the asset' in shown(page, "form")
    page.handle("delete", "minutes")
    assert "is in use: the asset" in shown(page, "said")
    edit(page, "save", name="copy")
    assert 'data-open="delete"' in shown(page, "form")
    page.handle("delete", "copy")
    assert list(list_schemas(fresh.team)) == ["minutes"]


def test_differences_to_another_schema_are_listed(page, fresh):
    other = dataclasses.replace(load_schema(fresh.team, "minutes"), name="<other>"[1:-1], seed=9)
    save_schema(fresh.team, other)
    page.handle("compare", "other")
    assert "<td>seed</td><td>7</td><td>9</td>" in shown(page, "differences")
    assert "resolution" not in shown(page, "differences")


def test_build_saves_launches_a_job_and_goes_to_builds(page, fresh):
    edit(page, "build", seed="11")
    assert load_schema(fresh.team, "minutes").seed == 11
    (*_, build) = list_builds(fresh.team)
    assert shown(page, "go") == f"builds?build={build.number}"
    page.handle("compare", "")
    assert shown(page, "go") == ""
    assert build.job.wait(120) == "done"


def test_the_code_shown_runs_and_builds(page, fresh):
    edit(page, seed="12", kind="end")
    names = {}
    exec(page.code, names)
    assert load_schema(fresh.team, "minutes") == page.draft.schema
    assert names["expected"].samples > 0
    assert names["job"].wait(120) == "done"
    assert BuildLog(names["job"].folder).state == "complete"


def test_what_people_named_is_escaped(fresh):
    (fresh.team.folder("scripts") / "odd.py").write_text(
        '"""Odd.\n\nParameters\n----------\nword : text\n    Any.\n"""\n'
        "def feature(adapter, index, params={}, features={}):\n    return [1.0]\n"
    )
    save_feature(fresh.team, "odd", "odd", {"word": "<script>alert(1)</script>"})
    page = Schemas(fresh, Request())
    assert "<script>" not in "".join(page.panel.values.values())
    assert "&lt;script&gt;" in shown(page, "features")
    edit(page, name='"><img src=x>')
    assert "<img" not in shown(page, "differences")


def test_an_empty_project_says_what_belongs_here(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "empty")
    page = Schemas(project, Request())
    assert "No features saved yet" in shown(page, "features")
    assert "No project has files yet" in shown(page, "form")
    assert re.search(r'class="button filled" href="uploads[^"]*">Uploads<', shown(page, "form"))
    assert '<button type="submit" class="filled"' not in shown(page, "form")
    assert page.code == ""
    assert schemas.page(project, Request())[0].values["state"] == "0 schemas"


def test_a_schemas_form_is_the_schema_again(fresh):
    found: Schema = load_schema(fresh.team, "minutes")
    values = draft_values(found, {"a": found.data[0]})
    assert (values["data"], values["kind"], values["seed"]) == (["a"], "date", 7)


def test_an_estimate_from_samples_alone_is_near_what_was_built(built, monkeypatch):
    from litlab.builds import estimating

    asset = open_asset(built.team, "minutes", "queue")
    monkeypatch.setattr(estimating, "_GATED", 2_000)
    monkeypatch.setattr(estimating, "_ROWS", 100)
    found = estimating.estimate(built.team, load_schema(built.team, "minutes"))
    assert not found.whole
    for part in asset.parts:
        assert found.parts[part] == pytest.approx(asset.count(part), rel=0.25)
    size = sum(path.stat().st_size for path in asset.path.iterdir())
    assert found.bytes == pytest.approx(size, rel=0.5)
