"""Looks and runs are counted by what was looked at: a rebuild under another digest resets none of them."""

import shutil

import pytest
from tapes import minutes, new_team, tape

from litlab import engine
from litlab.assets import ledger
from litlab.assets.audit import LOOK, looks_at_test
from litlab.assets.looks import seen_in
from litlab.builds import run_build
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split
from litlab.vault.looks import LAUNCH, tried

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11")


@pytest.fixture
def lab(tmp_path):
    """Return (team, build): a team, and a function that builds a schema of its ticks."""
    team = new_team(tmp_path / "w")
    adapter = tape(team, tmp_path / "t", *[minutes(day, 20, price=100 + int(day[-2:])) for day in DAYS])
    save_feature(team, "minute", "per_unit", {"unit": "minute"})
    save_feature(team, "bars", "unit_bar", {"count": 2, "unit": "minute"})
    save_feature(team, "up", "direction", {})
    save_feature(team, "next", "return_next_bars", {"unit": "minute"})
    parameters = {key: adapter.parameters[key] for key in ("calendar", "conditions_column", "time_unit")}

    def build(name="first", validation=DAYS[2], test=DAYS[4], labels=("up",), files=slice(None)):
        data = (DataSet("csv", tuple(map(str, adapter.paths))[files], parameters),)
        schema = Schema(name, "p", data, ("minute", "bars"), labels, Split("date", validation, test))
        return run_build(team, schema, executor=engine.threads(1)).asset

    return team, build


def look(team, asset):
    ledger.record(team, LOOK, asset=asset.digest, test=seen_in(asset))
    ledger.record(team, LAUNCH, asset=asset.digest, test=seen_in(asset))


def counts(team, asset):
    found = tried(team, asset)
    assert looks_at_test(team, asset) == found["test_looks"]
    return found["test_looks"], found["runs_tried"]


def test_the_same_test_samples_were_looked_at_whatever_the_asset_is_called(lab):
    team, build = lab
    first = build()
    look(team, first)
    later, more, fewer = {"validation": DAYS[3]}, {"labels": ("up", "next")}, {"files": slice(1, None)}
    for other in (build(**later), build("second", **more), build(**fewer)):
        assert other.digest != first.digest
        assert counts(team, other) == (1, 1)


def test_other_labels_other_files_and_other_days_were_not_looked_at(lab):
    team, build = lab
    first = build()
    look(team, first)
    for other in (build(labels=("next",)), build(validation=DAYS[1], test=DAYS[2], files=slice(0, 4))):
        assert counts(team, other) == (0, 0)


def test_what_was_looked_at_is_known_after_the_version_is_gone(lab):
    team, build = lab
    first = build("gone")
    look(team, first)
    ledger.record(team, LOOK, asset=first.digest)  # as earlier versions wrote it
    second = build(validation=DAYS[3])
    assert counts(team, second) == (2, 1)
    shutil.rmtree(team.folder("assets") / "gone")
    assert counts(team, second)[1] == 1
