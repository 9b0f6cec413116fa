"""A feature that an older build of the same samples has is taken over: same bytes, nothing computed twice."""

import dataclasses
import os

import numpy as np
import pytest
from tapes import minutes, new_team, tape, write_script

from litlab import engine
from litlab.builds import find_build, run_build
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
HEAD = "def feature(adapter, index, params={}, features={}):\n"
SCRIPTS = {
    "price": HEAD + "    return [adapter[index]['price'] / 3]\n",
    "volume": HEAD + "    return [adapter[index]['volume']]\n",
    "fourth": HEAD + "    return [1.0] if index % 4 else []\n",
    "third": HEAD + "    return [features['price'][0, 0] / 7]\n",
    "total": HEAD + "    return [sum(float(table.sum()) for table in features.values())]\n",
    "curious": HEAD + "    return [1.0 if 'volume' in features else 0.0]\n",
    "up": "LABEL = True\n" + HEAD + "    return [float(index % 3)]\n",
}


def lab(home):
    team = new_team(home / "w")
    adapter = tape(team, home / "t", *[minutes(day, 20) for day in DAYS])
    for name, text in SCRIPTS.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    schema = Schema("minutes", "p", data, ("price",), ("up",), Split("date", DAYS[1], DAYS[2]))
    return team, save_schema(team, schema)


def build(team, schema, *features):
    return run_build(team, dataclasses.replace(schema, features=features), executor=engine.threads(1))


@pytest.mark.parametrize(
    ("before", "after", "computed"),
    [
        (("price",), ("price", "volume"), ["volume"]),
        (("price",), ("volume", "price"), ["volume"]),
        (("price",), ("price", "fourth"), ["fourth"]),  # takes samples out
        (("price",), ("price", "third"), ["third"]),  # reads what is stored rounded
        (("price", "total"), ("price", "total", "volume"), ["volume"]),  # came after what looks at everything
        (("price", "total"), ("price", "volume", "total"), ["volume", "total"]),  # came before it
        (("price", "curious"), ("volume", "price", "curious"), ["volume", "curious"]),
        (("price", "curious"), ("fourth", "price", "curious"), ["fourth"]),
        (("price", "volume"), ("volume",), []),
        (("price", "fourth"), ("price",), ["price", "up"]),  # samples that it took out come back
    ],
)
def test_only_what_would_come_out_otherwise_is_computed(tmp_path, before, after, computed):
    team, schema = lab(tmp_path / "a")
    build(team, schema, *before)
    again = build(team, schema, *after)
    clean = build(*lab(tmp_path / "b"), *after)
    assert again.asset.manifest["files"] == clean.asset.manifest["files"]
    assert again.asset.manifest["statistics"] == clean.asset.manifest["statistics"]
    assert again.asset.digest == clean.asset.digest
    assert (again.reused, again.taken_over) == (0, 3 * (len(after) + 1 - len(computed)))
    lines = [line for line in find_build(team).lines() if "Computed fields" in line]
    assert len(lines) == 3
    assert all(f"Computed fields: {computed} " in line for line in lines)


def test_what_is_taken_over_is_stored_once(tmp_path):
    team, schema = lab(tmp_path)
    first = build(team, schema, "price").asset
    second = build(team, schema, "price", "volume").asset
    assert first.path != second.path
    for part in first.parts:
        assert os.path.samefile(first.path / f"{part}.price.h5", second.path / f"{part}.price.h5")
        assert not os.path.samefile(first.path / f"{part}.h5", second.path / f"{part}.h5")
    chunks = list((team.folder("build") / "minutes").glob("*/minutes_0_39.price.h5"))
    assert len(chunks) == 2
    assert os.path.samefile(*chunks)


def test_a_damaged_older_chunk_and_a_damaged_older_asset_are_not_taken_over(tmp_path):
    team, schema = lab(tmp_path / "a")
    first = build(team, schema, "price").asset
    chunk = next((team.folder("build") / "minutes").glob("*/minutes_40_79.price.h5"))
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"!")
    array = first.path / "train.price.h5"
    array.write_bytes(array.read_bytes()[:-1] + b"!")
    again = build(team, schema, "price", "volume")
    clean = build(*lab(tmp_path / "b"), "price", "volume")
    assert again.taken_over == 2 * 2
    assert again.asset.manifest["files"] == clean.asset.manifest["files"]
    np.testing.assert_array_equal(again.asset.array("train", "price"), clean.asset.array("train", "price"))
