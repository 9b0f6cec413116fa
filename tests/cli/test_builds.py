"""``litlab builds`` and ``litlab logs`` tell what builds did."""

import json

import pytest
from tapes import minutes, new_team, tape, write_script
from typer.testing import CliRunner

from litlab import engine
from litlab.builds import run_build
from litlab.cli import app
from litlab.errors import ScriptFailed
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
HEAD = "def feature(adapter, index, params={}, features={}):\n"


def told(team, *arguments):
    return CliRunner().invoke(
        app, [*arguments, "--workspace", str(team.workspace.home)], catch_exceptions=False
    )


def test_builds_are_listed_with_what_became_of_them_and_their_log_is_shown(tmp_path):
    team = new_team(tmp_path / "w")
    adapter = tape(team, tmp_path / "t", *[minutes(day, 5) for day in DAYS])
    scripts = {"one": HEAD + "    return [1.0]\n", "bad": HEAD + "    return [1 / 0]\n"}
    for name, text in {**scripts, "up": "LABEL = True\n" + HEAD + "    return [1.0]\n"}.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    for name in ("one", "bad"):
        split = Split("date", DAYS[1], DAYS[2])
        schema = save_schema(team, Schema(name, "p", data, (name,), ("up",), split))
        if name == "bad":
            with pytest.raises(ScriptFailed):
                run_build(team, schema, executor=engine.threads(1))
        else:
            run_build(team, schema, executor=engine.threads(1))
    rows = json.loads(told(team, "builds", "--json").stdout)["builds"]
    assert [(row["build"], row["schema"], row["status"], row["samples"]) for row in rows] == [
        (1, "one", "complete", 30),
        (2, "bad", "failed", 0),
    ]
    assert rows[1]["reason"].startswith("bad.py, line 2, at index 0: ZeroDivisionError")
    assert "complete" in told(team, "builds").stdout
    shown = told(team, "logs", "1", "--follow")
    assert shown.stdout.count("Computed fields: ['one', 'up']") == 3
    latest = json.loads(told(team, "logs", "--json").stdout)
    assert (latest["build"], latest["status"]) == (2, "failed")
