"""Enforced: said of all samples of an asset, where its adapters keep the prefix law, and of nothing else."""

import dataclasses
import json

import numpy as np
import pytest
from tapes import PARAMETERS, minutes, new_team, tape, write_script
from typer.testing import CliRunner

from litlab import engine
from litlab.adapters import cache_files, load_adapter
from litlab.assets import audit, promote, promotion
from litlab.assets import enforced as memory
from litlab.builds import estimate, run_build
from litlab.cli import app
from litlab.features import load_features, save_feature, verdicts
from litlab.features.proof import CLEAN, EFFECT, ENFORCED, READ, UNKNOWN
from litlab.schemas import DataSet, Schema, Split, save_schema
from litlab.testing import enforcement, prove_feature, prove_script
from litlab.testing.enforcement import own_data

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PRICE = "def feature(adapter, index, params={}, features={}):\n    return [adapter[index]['price']]\n"
BACK = (
    "def feature(adapter, index, params={}, features={}):\n"
    "    return adapter.window(index - 4, index + 1, ['price'])['price'] if index > 3 else []\n"
)
TWICE = (
    '"""Twice.\n\nParameters\n----------\nother : feature, default price\n"""\n\n\n'
    "def feature(adapter, index, params={}, features={}):\n    return 2 * features[params['other']]\n"
)
LEAK = PRICE.replace("adapter[index]", "adapter[min(index + 1, len(adapter) - 1)]")
LABEL = "LABEL = True\n" + PRICE


def lab(home, **parameters):
    team = new_team(home / "w")
    adapter = tape(team, home / "t", *[minutes(day, 20) for day in DAYS], **parameters)
    for name, text in {"price": PRICE, "back": BACK, "twice": TWICE, "truth": LABEL}.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), {**PARAMETERS, **parameters}),)
    features = ("price", "back", "twice")
    schema = Schema("minutes", "p", data, features, ("truth",), Split("date", DAYS[1], DAYS[2]))
    asset = run_build(team, save_schema(team, schema), executor=engine.threads(1)).asset
    return team, adapter, asset


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return lab(tmp_path_factory.mktemp("enforced"))


def proof_of(team, name, **more):
    (feature,) = load_features(team, [name])
    others = load_features(team, [one for one in ("price", "back", "twice") if one != name])
    return prove_feature(feature, others, team=team, samples=6, **more)


@pytest.mark.parametrize("name", ["price", "back", "twice"])
def test_a_feature_of_an_asset_is_enforced_with_the_assets_samples_and_reads(built, name):
    team, _, asset = built
    proof = proof_of(team, name)
    count = sum(asset.count(part) for part in asset.parts)
    assert (proof.verdict, proof.samples) == (ENFORCED, count)
    assert count > 50
    assert str(proof) == f"{name}.py: enforced: all {count} samples of asset minutes {asset.digest[:12]}"
    assert proof.ticks == (-4, 0)
    assert proof.time_ns[1] == 0
    assert proof.time_ns[0] < 0
    assert "prefix law" in proof.evidence[1].text
    assert "choice of universe" in proof.evidence[2].text


def reads_of(team, asset):
    return next(one["text"] for one in audit(asset, team)["verdicts"] if one["name"] == "reads")


def test_the_word_is_said_elsewhere_once_all_of_it_was_checked_and_is_remembered(tmp_path):
    team, _, asset = lab(tmp_path)
    assert memory.enforced(team, "price", {}) is None
    assert "Not called enforced: no fresh proof of back, price, twice" in reads_of(team, asset)
    proof_of(team, "price")
    found = memory.enforced(team, "price", {})
    assert (found.asset, found.samples) == (asset.digest, sum(asset.count(part) for part in asset.parts))
    assert "prefix law" in found.text
    assert memory.enforced(team, "back", {}) is None  # the asset was checked, the script was not
    assert "no fresh proof of back, twice" in reads_of(team, asset)
    proof_of(team, "back")
    proof_of(team, "twice")
    assert reads_of(team, asset).startswith(
        f"enforced: all {found.samples:,} samples read no tick after their index;"
    )
    assert "choice of universe" in reads_of(team, asset)
    assert "nobody was asked" in next(
        one["text"] for one in audit(asset)["verdicts"] if one["name"] == "reads"
    )
    write_script(team, "price", PRICE + "# changed\n")
    assert memory.enforced(team, "price", {}) is None
    assert memory.enforced(team, "twice", {"other": "price"}) is None  # it reads another one now
    assert memory.enforced(team, "back", {}).asset == asset.digest
    assert "no fresh proof of price, twice" in reads_of(team, asset)


def test_the_word_is_taken_back_with_another_adapter_and_where_a_check_fails(tmp_path, monkeypatch):
    team, _, asset = lab(tmp_path)
    proof_of(team, "price")
    own = team.folder("adapters") / "csv.py"
    own.write_text(
        "from litlab.adapters.csv import CsvAdapter\n\n\nclass Own(CsvAdapter):\n    name = 'csv'\n"
    )
    assert memory.enforced(team, "price", {}) is None
    assert memory.checked(team, asset) is None
    own.unlink()
    assert memory.enforced(team, "price", {}) is not None
    monkeypatch.setattr("litlab.adapters.csv.CsvAdapter.hindsight", ("event order",))
    assert proof_of(team, "price").verdict == CLEAN
    assert memory.enforced(team, "price", {}) is None


def test_a_refuted_script_is_not_enforced_by_an_asset_that_holds_it(tmp_path):
    team, _, asset = lab(tmp_path)
    proof_of(team, "price")
    assert memory.enforced(team, "price", {}) is not None
    held = verdicts.remembered(team, "price", {})[0]
    verdicts.keep(
        team, "price", {}, dataclasses.replace(held.proof, verdict=EFFECT), held.project, held.ticks
    )
    assert memory.enforced(team, "price", {}) is None
    assert reads_of(team, asset) == "price is refuted: effect"
    verdicts.keep(
        team, "price", {}, dataclasses.replace(held.proof, verdict=UNKNOWN), held.project, held.ticks
    )
    assert "no fresh proof of back, price, twice" in reads_of(team, asset)


def test_pages_prove_in_a_process_of_its_own_and_both_halves_are_remembered(tmp_path):
    team, adapter, asset = lab(tmp_path)
    project = team.projects()[0]
    project.update(adapter="csv", parameters=PARAMETERS, paths=tuple(map(str, adapter.paths)))
    made = prove_script(project, "back", {}, samples=4)
    assert made.proof.verdict == CLEAN
    assert memory.enforced(team, "back", {}).asset == asset.digest


def test_a_promoted_asset_enforces_as_well(tmp_path):
    team, _, _ = lab(tmp_path)
    promote(team, "minutes")
    assert proof_of(team, "price").verdict == ENFORCED


def test_other_parameters_another_script_and_other_ticks_are_not_the_assets(tmp_path):
    team, adapter, _ = lab(tmp_path)
    write_script(team, "price", PRICE + "# changed\n")
    assert proof_of(team, "price").verdict == CLEAN
    assert proof_of(team, "twice").verdict == CLEAN  # what it requires is another one now
    assert proof_of(team, "back").verdict == ENFORCED
    first = load_adapter(team, "csv", {"paths": [adapter.paths[0]], **PARAMETERS})
    assert proof_of(team, "back", adapter=first).verdict == CLEAN
    same = load_adapter(team, "csv", {"paths": adapter.paths, **PARAMETERS})
    assert proof_of(team, "back", adapter=same).verdict == ENFORCED


def test_what_is_refuted_or_unknown_is_never_enforced(tmp_path):
    team, _, _ = lab(tmp_path)
    write_script(team, "price", LEAK)
    assert proof_of(team, "price").verdict == EFFECT
    write_script(
        team, "price", "import random\n" + PRICE.replace("adapter[index]['price']", "random.random()")
    )
    assert proof_of(team, "price").verdict == UNKNOWN


def test_an_adapter_that_breaks_the_prefix_law_enforces_nothing(tmp_path, monkeypatch):
    team, _, _ = lab(tmp_path)
    path = team.folder("adapters") / "csv.py"
    path.write_text(
        "import pyarrow as pa\nfrom litlab.adapters.csv import CsvAdapter\n\n\nclass Demeaned(CsvAdapter):\n"
        "    name = 'csv'\n\n    def parse(self, path):\n"
        "        batches = list(super().parse(path))\n        if not batches:\n            return\n"
        "        table = pa.Table.from_batches(batches)\n"
        "        prices = table['price'].to_numpy()\n"
        "        at = table.column_names.index('price')\n"
        "        table = table.set_column(at, 'price', pa.array(prices / prices.mean()))\n"
        "        yield from table.combine_chunks().to_batches()\n"
    )
    schema = Schema.load(team.folder("schemas") / "minutes.json")
    cache_files(load_adapter(team, "csv", {"paths": schema.data[0].paths, **PARAMETERS}))
    run_build(team, schema, executor=engine.threads(1))
    proof = proof_of(team, "price")
    assert proof.verdict == CLEAN
    assert "csv does not keep the prefix law on part0.csv: the first" in proof.evidence[0].text
    assert "not enforced in asset minutes" in proof.evidence[0].text


def test_ticks_that_use_hindsight_enforce_nothing(built, monkeypatch):
    team = built[0]
    monkeypatch.setattr("litlab.adapters.csv.CsvAdapter.hindsight", ("event order",))
    proof = proof_of(team, "price")
    assert proof.verdict == CLEAN
    assert "its ticks use hindsight (event order)" in proof.evidence[0].text


def test_a_sample_that_recorded_a_read_behind_its_index_refutes(built, monkeypatch):
    team = built[0]
    whole = enforcement.Asset.read_hi
    monkeypatch.setattr(enforcement.Asset, "read_hi", lambda self, part: np.asarray(whole(self, part)) + 1)
    proof = proof_of(team, "price")
    assert proof.verdict == READ
    assert "recorded a read after their index" in str(proof)


def test_a_projects_own_ticks_are_asked_where_no_asset_holds_the_feature(tmp_path):
    team = new_team(tmp_path / "w")
    write_script(team, "price", PRICE)
    save_feature(team, "price", "price", {})
    (feature,) = load_features(team, ["price"])
    assert own_data(team, feature) is None
    adapter = tape(team, tmp_path / "t", minutes(DAYS[0], 20))
    project = team.projects()[0]
    project.update(adapter="csv", parameters=PARAMETERS, paths=tuple(map(str, adapter.paths)))
    assert own_data(team, feature).digests == adapter.digests
    other = tape(team, tmp_path / "u", minutes(DAYS[1], 20))
    record = dataclasses.asdict(project.record)
    second = team.workspace.create_project("contoso", "another")
    second.update(
        adapter="csv", parameters=PARAMETERS, paths=tuple(map(str, other.paths)), features=("price",)
    )
    assert record["features"] == ()
    assert own_data(team, feature).digests == other.digests
    assert proof_of_bare(team, feature).verdict == CLEAN


def proof_of_bare(team, feature):
    return prove_feature(feature, team=team, samples=4)


# --- the command ----------------------------------------------------------------------------------


def prove(*given):
    found = CliRunner().invoke(app, ["prove", *map(str, given), "--samples", "6", "--json"])
    return found.exit_code, json.loads(found.stdout)


def test_the_command_says_enforced_of_a_saved_feature_and_of_its_script(built):
    team, adapter, asset = built
    where = ("-w", team.workspace.home)
    code, told = prove("back", *where)
    assert (code, told["verdict"], told["reads"]["ticks"]) == (0, "enforced", [-4, 0])
    assert told["samples"] == sum(asset.count(part) for part in asset.parts)
    assert set(told) == {"script", "verdict", "samples", "reads", "evidence"}
    script = team.folder("scripts") / "back.py"
    assert prove(script, *where)[1]["verdict"] == "enforced"
    raw = [word for path in adapter.paths for word in ("--raw", path)]
    params = ("--adapter", "csv", "--params", json.dumps(PARAMETERS))
    assert prove(script, *where, *raw, *params)[1]["verdict"] == "enforced"
    assert prove(script, *where, *raw[:2], *params)[1]["verdict"] == "no leak found"


def test_the_command_ends_with_3_where_a_script_is_refuted_and_needs_no_team(tmp_path):
    path = tmp_path / "leak.py"
    path.write_text(LEAK.replace("['price']", "['Price']"))
    code, told = prove(path, "-w", tmp_path / "none")
    assert (code, told["verdict"]) == (3, "refuted: effect")
    assert told["evidence"]


# --- what a script looked at without saying so -------------------------------------------------------

AROUND = (
    "def feature(adapter, index, params={}, features={}):\n"
    "    own = adapter._adapter\n"
    "    return [own[min(index + 1, len(own) - 1)]['price']]\n"
)
HEIR = (
    "def feature(adapter, index, params={}, features={}):\n"
    "    if 'around' in features:\n        return [float(features['around'][0, 0])]\n"
    "    return [adapter[index]['price']]\n"
)


@pytest.fixture(scope="module")
def inherited(tmp_path_factory):
    """Return (team, asset): one feature goes around its view, another copies it and declares nothing."""
    team, adapter, _ = lab(tmp_path_factory.mktemp("inherited"))
    for name, text in {"around": AROUND, "heir": HEIR}.items():
        write_script(team, name, text)
        save_feature(team, name, name, {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    split = Split("date", DAYS[1], DAYS[2])
    schema = Schema("heirs", "p", data, ("price", "around", "heir"), ("truth",), split)
    return team, run_build(team, schema, executor=engine.threads(1))


def test_a_verdict_is_inherited_by_whoever_looked_at_the_refuted_feature(inherited):
    team, made = inherited
    assert made.asset.manifest["looked_at"] == {
        "price": [], "around": [], "heir": ["around"], "truth": [],
    }  # fmt: skip
    (heir,) = load_features(team, ["heir"])
    proof = prove_feature(heir, team=team, samples=6)
    assert proof.verdict == EFFECT
    assert "it looks at the feature 'around': around.py: refuted: effect" in proof.evidence[0].text
    assert memory.enforced(team, "heir", {}) is None
    assert verdicts.remembered(team, "heir", {})[0].proof.verdict == EFFECT


def test_a_page_that_proves_says_the_same(inherited):
    team, _ = inherited
    project = team.workspace.create_project(team.name, "asking")
    record = dataclasses.replace(
        project.record, adapter="csv", parameters=PARAMETERS, paths=load_schema_paths(team)
    )
    record.save(project.record_path)
    assert prove_script(project, "heir", {}, samples=6).proof.verdict == EFFECT


def load_schema_paths(team):
    return tuple(str(path) for path in sorted(team.workspace.home.parent.glob("t/*.csv")))


def test_a_refuted_feature_is_told_by_the_audit_the_estimate_and_the_promotion(inherited):
    team, made = inherited
    (feature,) = load_features(team, ["around"])
    prove_feature(feature, team=team, samples=6)
    (reads,) = [one for one in audit(made.asset, team)["verdicts"] if one["name"] == "reads"]
    assert reads["verdict"] == "leak"
    assert "around is refuted: effect: with an equal past" in reads["text"]
    assert any("'around' is refuted: effect" in told for told in promotion.cautions(team, made.asset))
    schema = Schema.load(made.log / "heirs.json")
    assert any("'around' is refuted: effect" in told for told in estimate(team, schema).cautions)


def test_enforced_needs_no_saved_schema(tmp_path):
    team, _, _ = lab(tmp_path)
    (team.folder("schemas") / "minutes.json").unlink()
    assert proof_of(team, "price").verdict == ENFORCED


def test_an_asset_that_does_not_say_what_was_looked_at_neither_refutes_nor_enforces(tmp_path):
    team, _, asset = lab(tmp_path)
    write_script(team, "around", AROUND)
    save_feature(team, "around", "around", {})
    data = Schema.load(team.folder("schemas") / "minutes.json").data
    split = Split("date", DAYS[1], DAYS[2])
    schema = Schema("minutes", "p", data, ("price", "back", "twice", "around"), ("truth",), split)
    asset = run_build(team, schema, executor=engine.threads(1)).asset
    path = asset.path / "manifest.json"
    told = json.loads(path.read_text())
    del told["looked_at"]
    path.write_text(json.dumps(told))
    assert proof_of(team, "price").verdict == CLEAN
