"""The prover: every script of the zoo that leaks is refuted, none that is clean, and doubts have reasons."""

from pathlib import Path

import pytest
from tapes import new_team

import litlab
from litlab.adapters import cache_files, load_adapter
from litlab.features import Feature, LoadedFeature
from litlab.features.proof import CLEAN, EFFECT, READ, UNKNOWN
from litlab.features.prover import load_bare, prove

ZOO = Path(__file__).parent / "zoo"
SHIPPED = Path(litlab.__file__).parent / "traders" / "scripts"
ONLY_READS = {"unused_read", "opens_the_cache", "opens_the_raw_file"}


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    home = tmp_path_factory.mktemp("zoo")
    tape = litlab.write_sample(home / "raw", days=3, ticks_per_day=8_000)
    found = load_adapter(new_team(home / "w"), "lseg", {"paths": [str(path) for path in tape.paths]})
    cache_files(found)
    return found


def named(folder):
    return sorted(path.stem for path in (ZOO / folder).glob("*.py"))


@pytest.mark.parametrize("name", named("leaking"))
def test_every_leak_is_refuted(adapter, name):
    proof = prove(adapter, load_bare(ZOO / "leaking" / f"{name}.py"), samples=12)
    assert proof.verdict == (READ if name in ONLY_READS else EFFECT), proof
    assert proof.evidence


@pytest.mark.parametrize("name", named("clean"))
def test_no_clean_script_is_refuted(adapter, name):
    proof = prove(adapter, load_bare(ZOO / "clean" / f"{name}.py"), samples=12)
    assert (proof.verdict, proof.evidence, proof.samples) == (CLEAN, (), 12), proof
    assert proof.ticks[1] == proof.time_ns[1] == 0
    assert proof.ticks[0] <= 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("random", "asked twice"),
        ("clock", "asked twice"),
        ("never", "rejects every sample"),
        ("always_fails", "always fails: ZeroDivisionError"),
        ("file", "opens file.py: impure"),
    ],
)
def test_what_cannot_be_known_says_why(adapter, name, words):
    proof = prove(adapter, load_bare(ZOO / "unknown" / f"{name}.py"), samples=8)
    assert proof.verdict == UNKNOWN
    assert words in str(proof)
    assert not proof.refuted


def shipped():
    # Those of quotes are proved where there are quotes: tests/adapters/test_quotes.py.
    every = sorted(path for path in SHIPPED.glob("*.py") if "LABEL = True" not in path.read_text())
    return [path for path in every if not path.stem.startswith("quote_")]


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_no_shipped_script_is_refuted(adapter, path):
    feature, others = load_bare(path), []
    if read := [field.name for field in feature.script.fields if field.kind == "feature"]:
        others = [load_bare(SHIPPED / "sma.py")]
        feature = load_bare(path, dict.fromkeys(read, "sma"))
    proof = prove(adapter, feature, others, samples=12)
    assert proof.verdict == CLEAN, proof
    assert proof.ticks[1] <= (1 if feature.is_gate else 0)


def test_a_feature_inherits_what_refutes_the_one_it_reads(adapter, tmp_path):
    path = tmp_path / "reader.py"
    path.write_text(
        '"""Twice another feature.\n\nParameters\n----------\nother : feature\n    e.g. [value]\n"""\n\n\n'
        "def feature(adapter, index, params={}, features={}):\n"
        "    return 2 * features[params['other']]\n"
    )
    reader = load_bare(path)
    assert reader.requires == ("value",)
    for folder, name, verdict in (("leaking", "guard_off", EFFECT), ("clean", "last_price", CLEAN)):
        bare = load_bare(ZOO / folder / f"{name}.py")
        other = LoadedFeature(Feature("value", name), bare.script, {})
        proof = prove(adapter, reader, [other], samples=8)
        assert proof.verdict == verdict
        assert proof.script == "reader.py"
    assert "was not given" in str(prove(adapter, reader, samples=8))


def test_a_label_is_no_case_for_the_prover(adapter):
    proof = prove(adapter, load_bare(SHIPPED / "atr_up_next.py"))
    assert (proof.verdict, proof.samples) == (UNKNOWN, 0)
    assert "LABEL = True" in str(proof)


def test_intervals_are_relative_and_include_their_ends(adapter):
    proof = prove(adapter, load_bare(ZOO / "clean" / "mean_of_ticks.py"), samples=8)
    assert proof.to_json()["reads"]["ticks"] == [-49, 0]
    ahead = prove(adapter, load_bare(ZOO / "leaking" / "raw_read_ahead.py"), samples=8)
    assert ahead.to_json()["reads"]["ticks"] == [0, 1]
