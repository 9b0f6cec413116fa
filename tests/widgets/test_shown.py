"""What a notebook shows of an object: its facts, escaped, without colours of its own."""

import numpy as np
import pytest

from litlab.builds import find_build
from litlab.features import list_features
from litlab.features.proof import Proof
from litlab.jobs import Job
from litlab.schemas import list_schemas
from litlab.shown import facts_html, rows_html

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def objects(built, adapter):
    from litlab.assets import open_asset

    team = built.team
    schema = list_schemas(team)["minutes"]
    return [
        team.workspace, team, built, built.record, adapter, adapter.frame(0, 10), schema,
        list_features(team)["bars"], open_asset(team, "minutes", "queue"), find_build(team, 1),
        Proof(EVIL, "unknown", 0),
    ]  # fmt: skip


def test_every_object_shows_its_facts_and_no_colour(objects):
    for one in objects:
        shown = one._repr_html_()
        assert type(one).__name__ in shown
        assert EVIL not in shown
        for word in ("color", "#", "<script"):
            assert word not in shown.replace("&#x27;", ""), (type(one), word)


def test_what_people_wrote_is_escaped():
    assert EVIL not in facts_html(EVIL, {EVIL: [EVIL, {EVIL: EVIL}]})
    assert EVIL not in rows_html(EVIL, [EVIL], [[EVIL]])


def test_numbers_have_separators_and_arrays_their_shape():
    shown = facts_html("x", {"ticks": 1_887_460, "values": np.zeros((3, 8)), "none": None, "ok": True})
    assert "1,887,460" in shown
    assert "(3, 8) float64" in shown
    assert ">none<" not in shown
    assert "yes" in shown


def test_a_job_shows_its_command(tmp_path):
    job = Job.launch(tmp_path / "job", ["true"], name=EVIL)
    job.wait(20)
    assert EVIL not in job._repr_html_()
    assert "done" in job._repr_html_()


def test_a_record_shows_its_fields_and_those_within_but_nothing_of_its_class(built):
    shown = list_schemas(built.team)["minutes"]._repr_html_()
    for word in ("KIND", "FORMAT", "DataSet(", "Split("):
        assert word not in shown
    assert "adapter lseg, paths " in shown
    assert "validation 2024-01-03, test 2024-01-04" in shown
