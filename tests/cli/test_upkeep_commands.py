"""``litlab fsck``, ``gc`` and ``rm``: damage found and repaired, needless things gone, needed ones kept."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import numpy as np
import pytest
from tapes import lseg_row, new_team, write_lseg

from litlab import atomic
from litlab.assets import ledger, promote, write_asset
from litlab.assets.writer import SAMPLE_COLUMNS
from litlab.canvases import Canvas, TrainingSettings
from litlab.experiments.run import RunDefinition
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.ticks.housekeeping import list_caches
from litlab.workspace import Team

DIGEST = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return new_team(tmp_path / "home")


@pytest.fixture
def raw(tmp_path: Path, team: Team, call) -> Path:
    """Return one raw file whose cache is made."""
    path = write_lseg(tmp_path / "BAC.N.csv", [lseg_row(price=f"{13 + at / 100:.2f}") for at in range(20)])
    assert call("cache", path, "--params", '{"tick_size": 0.05}').status == 0
    return path


def version_of(team: Team) -> Path:
    current = list_caches(team.folder("cache"))[0].current
    assert current is not None
    return current


def make_asset(
    team: Team, schema: str = "minutes", ticks: list[str] | None = None, value: float = 0.0
) -> str:
    """Write a tiny asset into the queue and return its digest."""
    sample = {name: np.zeros(1, dtype) for name, dtype in SAMPLE_COLUMNS.items()}
    part = {"arrays": {"price": np.full((1, 1, 1), value)}, **sample}
    queue = team.folder("assets") / schema / "queue"
    about = {"schema": schema, "data": [{"files": ["BAC.N.csv"], "digests": ticks or []}]}
    made = write_asset(
        queue / "new", dict.fromkeys(("train", "validation", "test"), part),
        {"price": {"rows": 1, "columns": ["price"]}}, about,
    )  # fmt: skip
    made.path.rename(queue / made.digest)
    atomic.point(queue, made.digest)
    return made.digest


def test_a_sound_workspace_passes(call, team: Team, raw: Path) -> None:
    make_asset(team)
    done = call("fsck", "--json")
    assert done.status == 0
    assert done.json == {"caches": 1, "assets": 1, "entries": 0, "damage": []}
    assert "all sound" in call("fsck").out


def damage_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()  # the bytes may be linked into another version
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-1])


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("price.npy", damage_bit), ("runs.npy", damage_bit), ("vendor06.npy", damage_bit),
        ("timestamp.npy", cut), ("volume.npy", Path.unlink),
    ],
)  # fmt: skip
def test_any_damage_is_found_and_the_command_told_repairs_it(
    file: str, spoil, call, team: Team, raw: Path
) -> None:
    spoil(version_of(team) / file)
    done = call("fsck", "--json")
    assert done.status == 1
    (damage,) = done.json["damage"]
    assert damage["path"] == str(version_of(team) / file)
    assert shlex.join(["litlab", "cache", "--again", str(raw)]) in damage["remedy"]
    arguments = shlex.split(damage["remedy"])[1:]
    assert json.loads(arguments[arguments.index("--params") + 1])["tick_size"] == 0.05
    assert call(*arguments).status == 0
    assert call("fsck").status == 0


@pytest.mark.parametrize("said", ['"rows": 20', '"dtype": "<f8"', "{"])
def test_a_manifest_that_says_something_else_is_found(said: str, call, team: Team, raw: Path) -> None:
    path = version_of(team) / "manifest.json"
    text = path.read_text()
    assert said in text
    path.write_text(text.replace(said, said.replace("20", "21").replace("f8", "i8").replace("{", "["), 1))
    done = call("fsck", "--json")
    assert done.status == 1
    assert {one["path"] for one in done.json["damage"]} == {str(path)}
    assert call("cache", "--again", raw, "--params", '{"tick_size": 0.05}').status == 0
    assert call("fsck").status == 0


def test_fsck_of_one_file_looks_at_its_cache_only(call, team: Team, raw: Path, tmp_path: Path) -> None:
    other = write_lseg(tmp_path / "other.csv", [lseg_row()])
    assert call("fsck", other).status == 2
    call("cache", other)
    (version_of(team) / "price.npy").unlink()  # BAC.N.csv comes first
    assert call("fsck", other, "--json").json["damage"] == []
    assert call("fsck", raw).status == 1


def test_fsck_finds_a_damaged_asset_and_a_rewritten_ledger(call, team: Team) -> None:
    digest = make_asset(team)
    promote(team, "minutes")
    assert call("fsck").status == 0
    path = team.folder("assets") / "minutes" / "production" / digest / "train.price.h5"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    team.ledger.write_text(team.ledger.read_text().replace("promote.done", "promote.gone"))
    done = call("fsck", "--json")
    assert done.status == 1
    assert [one["what"] for one in done.json["damage"]] == [f"asset minutes {digest[:12]}", "ledger"]
    assert "litlab build minutes" in done.json["damage"][0]["remedy"]


def test_gc_removes_what_a_changed_file_left_behind(call, team: Team, raw: Path) -> None:
    before = version_of(team)
    write_lseg(raw, [lseg_row(price="14.00")])
    call("cache", raw, "--params", '{"tick_size": 0.05}')
    draft = before.parent / "version.tmp-draft"
    draft.mkdir()
    (draft / "price.npy").write_bytes(b"12345")
    planned = call("gc", "--dry-run", "--json").json
    assert {(one["path"], one["what"]) for one in planned["removed"]} == {
        (str(before), "superseded"), (str(draft), "draft"),
    }  # fmt: skip
    assert planned["bytes"] > 5
    assert before.is_dir()
    done = call("gc", "--json").json
    assert (done["removed"], done["bytes"]) == (planned["removed"], planned["bytes"])
    assert not before.exists()
    assert not draft.exists()
    assert call("gc", "--json").json["removed"] == []
    assert call("fsck").status == 0


def test_gc_keeps_a_superseded_version_that_an_asset_cites(call, team: Team, raw: Path) -> None:
    before = version_of(team)
    make_asset(team, ticks=[json.loads((before / "manifest.json").read_text())["digest"]])
    write_lseg(raw, [lseg_row(price="14.00")])
    call("cache", raw, "--params", '{"tick_size": 0.05}')
    assert call("gc", "--json").json["removed"] == []
    assert before.is_dir()


def test_gc_removes_orphans_only_when_asked(call, team: Team, raw: Path) -> None:
    home = version_of(team).parent
    raw.unlink()
    assert call("gc", "--json").json["removed"] == []
    done = call("gc", "--orphans", "--json").json
    assert [(one["path"], one["what"]) for one in done["removed"]] == [(str(home), "orphan")]
    assert not home.exists()


def test_gc_leaves_alone_what_is_being_written(call, team: Team, raw: Path) -> None:
    home = version_of(team).parent
    draft = home / "version.tmp-draft"
    draft.mkdir()
    with atomic.lock(home / ".lock", what="The cache", purpose="cache"):
        assert call("gc", "--json").json["removed"] == []
    assert draft.is_dir()


def test_rm_removes_a_cache_and_never_the_raw_file(call, team: Team, raw: Path) -> None:
    home = version_of(team).parent
    done = call("rm", raw, "--json")
    assert [(one["path"], one["what"]) for one in done.json["removed"]] == [(str(home), "cache")]
    assert done.json["bytes"] > 0
    assert raw.is_file()
    assert list_caches(team.folder("cache")) == []
    again = call("rm", raw)
    assert again.status == 2
    assert "Known: none yet" in again.err


def test_rm_refuses_a_cache_that_an_asset_or_a_schema_needs(call, team: Team, raw: Path) -> None:
    version = version_of(team)
    digest = make_asset(team, ticks=[json.loads((version / "manifest.json").read_text())["digest"]])
    refused = call("rm", raw)
    assert refused.status == 2
    assert f"the asset minutes {digest[:12]} is built of it" in refused.err
    assert call("rm", digest).status == 0
    data = DataSet("lseg", (str(raw),), {"tick_size": 0.05})
    split = Split("date", "2013-10-08", "2013-10-09")
    save_schema(team, Schema("minutes", "volatility", (data,), ("bars",), ("up",), split))
    assert "the schema minutes names its file" in call("rm", raw).err
    assert version.is_dir()
    assert call("rm", raw, "--force").status == 0
    assert not version.exists()


def test_rm_refuses_an_asset_in_production_or_under_a_run(call, team: Team) -> None:
    first, second = make_asset(team, value=1.0), make_asset(team, value=2.0)
    canvas = Canvas.from_json({"nodes": [], "edges": []})
    run = RunDefinition("first-1", canvas, {}, "minutes", first, TrainingSettings())
    run.save(team.folder("train") / "volatility" / "first-1" / "definition.json")
    promote(team, "minutes")  # the newest: the second
    assert "the run first-1 of contoso/volatility" in call("rm", first).err
    assert "it is promoted" in call("rm", second[:8]).err
    done = call("rm", first, second[:8], "--force", "--json")
    assert [one["what"] for one in done.json["removed"]] == ["asset", "asset"]
    production = team.folder("assets") / "minutes" / "production"
    assert atomic.pointed_name(production) is None
    assert ledger.first_break(team) is None


def test_rm_refuses_an_asset_whose_folder_was_renamed_under_a_run(call, team: Team) -> None:
    digest = make_asset(team)
    queue = team.folder("assets") / "minutes" / "queue"
    (queue / digest).rename(queue / "moved-by-hand")
    run = RunDefinition(
        "first-1", Canvas.from_json({"nodes": [], "edges": []}), {}, "minutes", digest, TrainingSettings()
    )
    run.save(team.folder("train") / "volatility" / "first-1" / "definition.json")
    assert "the run first-1 of contoso/volatility" in call("rm", "moved-by-hand").err
    assert (queue / "moved-by-hand").is_dir()


def test_rm_removes_nothing_where_one_name_is_unknown(call, team: Team, raw: Path) -> None:
    done = call("rm", raw, DIGEST)
    assert done.status == 2
    assert "no cached file or asset version" in done.err
    assert version_of(team).is_dir()


def test_a_removal_that_was_interrupted_is_finished_by_gc(call, team: Team, raw: Path) -> None:
    home = version_of(team).parent
    os.rename(home, home.with_name(f"{home.name}.tmp-removed"))
    assert call("fsck", "--json").json["caches"] == 0
    assert [one["what"] for one in call("gc", "--json").json["removed"]] == ["draft"]
    assert list(team.folder("cache").iterdir()) == []
