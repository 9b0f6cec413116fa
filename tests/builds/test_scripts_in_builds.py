"""What scripts may rely on within a build: earlier features of the samples that are left, and a log."""

from __future__ import annotations

import numpy as np
import pytest
from tapes import minutes, new_team, tape, write_script

from litlab import engine
from litlab.builds import BuildLog, facts, run_build
from litlab.errors import ScriptCrashed, ScriptFailed
from litlab.features import compute_sample, load_features, save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

PICKY = '''"""Rejects every other sample and says so.

Returns
-------
[ one ]
"""
import logging

import numpy as np


def feature(adapter, index, params={}, features={}):
    return [1.0] if index % 4 == 1 else []


def feature_batch(adapter, indices, params, features):
    for index in indices[indices % 4 != 1].tolist():
        logging.info("%d is not wanted", index)
    return np.ones((len(indices), 1, 1)), indices % 4 == 1
'''
DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    home = tmp_path_factory.mktemp("scripts")
    team = new_team(home / "w")
    adapter = tape(team, home / "t", *[minutes(day, 40, price=100 + int(day[-2:])) for day in DAYS])
    write_script(team, "picky", PICKY)
    save_feature(team, "gate", "per_unit", {"unit": "minute"})
    save_feature(team, "bars", "unit_bar", {"count": 5})
    save_feature(team, "picky", "picky", {})
    save_feature(team, "scaled", "standardised", {"other": "bars", "column": 3})
    save_feature(team, "up", "direction", {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    features = ("scaled", "gate", "bars", "picky")  # `scaled` waits for `bars`, whatever its place
    schema = Schema("minutes", "volatility", data, features, ("up",), Split("date", DAYS[1], DAYS[2]))
    return team, adapter, run_build(team, save_schema(team, schema), executor=engine.threads(1))


def test_a_feature_reads_an_earlier_one_of_the_samples_that_are_left(built):
    team, adapter, result = built
    features = load_features(team, ["scaled", "bars", "picky"])
    seen = 0
    for part in ("train", "validation", "test"):
        indices = np.asarray(result.asset.index(part))
        values = np.asarray(result.asset.array(part, "scaled"))
        assert (indices % 4 == 1).all()
        for index, table in zip(indices.tolist(), values, strict=True):
            expected = compute_sample(adapter, index, features).values["scaled"]
            assert table.tobytes() == expected.astype("<f4").tobytes()
            seen += 1
    assert seen > 20
    assert result.asset.manifest["features"]["scaled"]["columns"] == ["bars_standardised"]


def test_the_manifest_names_the_gates_with_their_scripts_and_parameters(built):
    team, _, result = built
    (gate,) = load_features(team, ["gate"])
    assert result.asset.manifest["gates"] == [
        {
            "name": "gate",
            "script": "per_unit",
            "script_digest": gate.script.digest,
            "params": {"unit": "minute"},
        }
    ]
    assert "gate" not in result.asset.manifest["features"]


def test_the_batch_form_is_used_and_what_the_script_logs_stands_in_the_builds_log(built):
    lines = (built[2].log / "workflow.log").read_text().splitlines()
    assert not any("differs from feature" in line for line in lines)
    told = [line for line in lines if "picky.py, line 18: " in line]
    assert all(" INFO " in line for line in told)
    assert sum("is not wanted" in line for line in told) == 3 * 10  # of each chunk's the first ten
    assert sum("more records like these" in line for line in told) == 3


# --- scripts that end what runs them -----------------------------------------------------------------

ENDS = "import os\n\n\ndef feature(adapter, index, params={{}}, features={{}}):\n    {}\n    return [1.0]\n"


def ending(built, name, what):
    team, _, result = built
    write_script(team, name, ENDS.format(what))
    save_feature(team, name, name, {})
    schema = Schema.load(result.log / "minutes.json")
    return team, Schema(**{**vars(schema), "name": name, "features": ("gate", "bars", name)})


@pytest.mark.parametrize("name", ["threads", "local"])
def test_an_interrupt_that_a_script_raises_is_the_scripts(built, name):
    team, schema = ending(built, f"interrupts-{name}", "raise KeyboardInterrupt")
    told = rf"interrupts-{name}\.py, line 5, at index \d+: KeyboardInterrupt"
    with pytest.raises(ScriptFailed, match=told):
        run_build(team, schema, engine_name=name, workers=1)


def test_a_script_that_leaves_the_process_is_named_with_its_line(built, monkeypatch):
    monkeypatch.setattr("litlab.builds.build._TRIES", 1)
    team, schema = ending(built, "leaves", "os._exit(3)")
    with pytest.raises(ScriptCrashed, match=r"leaves\.py, line 5, .*index \d+.*exit status 3"):
        run_build(team, schema, engine_name="local", workers=1)


def test_a_build_that_made_nothing_says_so_in_its_log_and_how_much_memory_it_had(built):
    team, _, result = built
    again = run_build(team, Schema.load(result.log / "minutes.json"), executor=engine.threads(1))
    lines = BuildLog(again.log).lines()
    assert again.reused == again.chunks == 3
    assert "3 of 3 chunks were there already" in lines[0]
    assert f"Asset {again.asset.digest}: " in lines[1]
    for log in (result.log, again.log):
        assert 10**6 < facts(BuildLog(log))["rss_bytes"] < 2**40
