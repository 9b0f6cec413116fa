"""The prover: every script of the zoo that leaks is refuted, none that is clean, and doubts have reasons."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tapes import NS, Tick, new_team, ns, tape

import litlab
from litlab.adapters import cache_files, load_adapter
from litlab.features import Feature, LoadedFeature, prover
from litlab.features.futures import FUTURES, altered, ended
from litlab.features.proof import CLEAN, EFFECT, READ, UNKNOWN
from litlab.features.prover import load_bare, prove

ZOO = Path(__file__).parent / "zoo"
SHIPPED = Path(litlab.__file__).parent / "traders" / "scripts"
ONLY_READS = {
    "unused_read", "opens_the_cache", "opens_the_raw_file", "opens_at_load", "opens_with_arrow",
    "opens_with_polars", "opens_by_a_relative_path", "opens_an_adapter", "maps_the_cache",
    "opens_in_a_thread", "asks_for_the_size", "opens_in_a_program", "imports_a_reader", "by_another_name",
    "walks_the_stack",
}  # fmt: skip
BELOW = {
    "opens_with_arrow", "opens_with_polars", "maps_the_cache", "opens_in_a_thread", "asks_for_the_size",
    "opens_in_a_program", "by_another_name",
}  # fmt: skip
READER = (
    "import glob\nimport gzip\n\nPRICES = [\n    line.split(',')[6]\n"
    "    for path in sorted(glob.glob('RAW_FOLDER/*.csv*'))\n"
    "    for line in (gzip.open if path.endswith('.gz') else open)(path, 'rt').read().splitlines()[1:]\n]\n"
)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    home = tmp_path_factory.mktemp("zoo")
    tape = litlab.write_sample(home / "raw", days=3, ticks_per_day=8_000)
    found = load_adapter(new_team(home / "w"), "lseg", {"paths": [str(path) for path in tape.paths]})
    cache_files(found)
    return found


@pytest.fixture(scope="session")
def hears():
    """Tell whether the system lets a process hear what is opened below Python."""
    ask = "from litlab.features import sentry; print(sentry.stand())"
    done = subprocess.run([sys.executable, "-c", ask], check=False, capture_output=True, text=True)
    return done.stdout == "True\n"


def animal(folder, name, adapter, home):
    """Return a script of the zoo; where it names folders of its own, those are filled in."""
    path = ZOO / folder / f"{name}.py"
    source = path.read_text()
    if "_FOLDER" in source:
        raw = str(adapter.paths[0].parent)
        (home / "zoo_reader.py").write_text(READER.replace("RAW_FOLDER", raw))
        (home / "table.csv").write_text("range\n0.5\n0.7\n")
        path = home / path.name
        path.write_text(source.replace("RAW_FOLDER", raw).replace("OWN_FOLDER", str(home)))
    return load_bare(path)


def named(folder):
    return sorted(path.stem for path in (ZOO / folder).glob("*.py"))


@pytest.mark.parametrize("name", named("leaking"))
def test_every_leak_is_refuted(adapter, name, tmp_path, hears):
    if name in BELOW and not hears:
        pytest.skip("this system has no seccomp listener")
    proof = prove(adapter, animal("leaking", name, adapter, tmp_path), samples=12)
    assert proof.verdict == (READ if name in ONLY_READS else EFFECT), proof
    assert proof.evidence


@pytest.mark.parametrize("name", named("clean"))
def test_no_clean_script_is_refuted(adapter, name, hears):
    proof = prove(adapter, load_bare(ZOO / "clean" / f"{name}.py"), samples=12)
    assert (proof.verdict, proof.samples) == (CLEAN, 12), proof
    assert [one.probe for one in proof.evidence] == ([] if hears else ["files"])
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
        ("clock_by_another_name", "asks the machine's clock"),
        ("clock_by_attribute", "asks the machine's clock"),
        ("clock_of_words", "asks the machine's clock"),
        ("other_table", "opens table.csv: impure"),
        ("hangs", "still computing after 1 s"),
        ("leaves", "os._exit(0)"),
        ("raises_beyond", "always fails: Stop: mine"),
    ],
)
def test_what_cannot_be_known_says_why(adapter, name, words, tmp_path, monkeypatch):
    monkeypatch.setattr(prover, "CALL_S", 1.0 if name == "hangs" else prover.CALL_S)
    proof = prove(adapter, animal("unknown", name, adapter, tmp_path), samples=8)
    assert proof.verdict == UNKNOWN
    assert words in str(proof)
    assert not proof.refuted


# --- quotes beside the trades, and what was filled in later ----------------------------------------

SAME_FILE = (
    "#RIC,Domain,Date-Time,GMT Offset,Type,Price,Volume,Qualifiers,Bid Price,Bid Size,Ask Price,Ask Size"
)


def in_one_file(team, folder, ticks, quotes):
    rows = [(one.time_ns, f"Trade,{one.price},{one.size},,,,,") for one in ticks]
    rows += [(time_ns, f"Quote,,,,{bid},{size},{ask},{size}") for time_ns, bid, ask, size in quotes]
    lines = [
        f"A,Market Price,{np.datetime64(at, 'ns')!s}Z,-4,{row}"
        for at, row in sorted(rows, key=lambda one: one[0])
    ]
    path = folder / "both.csv"
    path.write_text("\n".join([SAME_FILE, *lines, ""]))
    found = load_adapter(team, "lseg", {"paths": [str(path)], "quotes": "same"})
    cache_files(found)
    return found


def in_files_of_their_own(team, folder, ticks, quotes):
    lines = [f"{time_ns},{bid},{ask},{size},{size}" for time_ns, bid, ask, size in quotes]
    path = folder / "quotes.csv"
    path.write_text("\n".join(["time,bid,ask,bid_size,ask_size", *lines, ""]))
    named = {"adapter": "csv_quotes", "paths": [str(path)], "parameters": {"time_unit": "ns"}}
    return tape(team, folder, ticks, quotes=named)


@pytest.fixture(scope="module", params=[in_one_file, in_files_of_their_own])
def quoted(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("quoted")
    first = ns("2013-10-07 10:00:00")
    ticks = [Tick(first + at * 10 * NS, 10 + at % 3 / 100) for at in range(60)]
    quotes = [
        (first - 30 * NS + at * 7 * NS + 1, 9.9 + at / 1000, 10 + at / 1000, 1 + at % 5) for at in range(99)
    ]
    return request.param(new_team(home / "w"), home, ticks, quotes)


@pytest.mark.parametrize("name", named("leaking_quotes"))
def test_a_script_that_reads_quotes_of_the_future_is_refuted(quoted, name):
    proof = prove(quoted, load_bare(ZOO / "leaking_quotes" / f"{name}.py"), samples=8)
    assert proof.verdict == EFFECT, proof


def test_a_cut_leaves_the_quotes_that_were_known_and_another_future_changes_none_of_them(quoted):
    whole = quoted.quotes.store
    for index in (0, 7, 31, 59):
        known = quoted.quotes.before(quoted.store, quoted.clock, np.array([index]))[0] + 1
        cut = ended(quoted, index)
        assert len(cut.quotes.store) == len(cut.beside[0].store) == known
        assert str(cut.asof_quote(index)) == str(quoted.asof_quote(index))
        for name in FUTURES if index < 59 else ():
            other = altered(quoted, index, name)
            assert str(other.asof_quote(index)) == str(quoted.asof_quote(index))
            for column in ("timestamp", "bid", "ask"):
                before = other.quotes.store.column(column, 0, known)
                assert np.array_equal(before, whole.column(column, 0, known))
            behind = slice(known, len(other.quotes.store))
            stores = (other.quotes.store, whole)
            found, was = (one.window(behind.start, behind.stop, ["timestamp", "bid"]) for one in stores)
            assert any(not np.array_equal(found[name], was[name]) for name in found)


@pytest.mark.parametrize("name", named("later"))
def test_a_batch_form_that_reads_what_it_may_not_is_refuted(adapter, name):
    kind = type("Later", (type(adapter),), {"LATER_COLUMNS": ("Seq. No.",)})
    later = kind({"paths": [str(path) for path in adapter.paths]}, adapter.cache)
    path = ZOO / "later" / f"{name}.py"
    proof = prove(later, load_bare(path), samples=8)
    assert proof.verdict == READ, proof
    assert "feature_batch" in str(proof)


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


READS_ANOTHER = (
    '"""Another feature, as it is.\n\nParameters\n----------\nother : feature, default value\n"""\n\n\n'
    "def feature(adapter, index, params={}, features={}):\n    return features[params['other']]\n\n\n"
)
BATCHES = {
    "clean": (CLEAN, "    return features[params['other']], indices >= 0\n"),
    "ahead": (EFFECT, "    bars = adapter.get_bars_batch(indices, 1, 'minute', future=True)\n"
              "    return bars[0][:, :, 3:4] + 0 * features[params['other']], bars[1] == 1\n"),
}  # fmt: skip


@pytest.mark.parametrize(("verdict", "body"), BATCHES.values(), ids=BATCHES)
def test_a_batch_form_that_reads_another_feature_is_asked_as_well(adapter, tmp_path, verdict, body):
    path = tmp_path / "reader.py"
    path.write_text(f"{READS_ANOTHER}def feature_batch(adapter, indices, params, features):\n{body}")
    bare = load_bare(ZOO / "clean" / "last_price.py")
    value = LoadedFeature(Feature("value", "last_price"), bare.script, {})
    assert prove(adapter, load_bare(path), [value], samples=8).verdict == verdict


def test_others_may_be_all_that_a_team_has_and_require_one_another(adapter, tmp_path):
    path = tmp_path / "reader.py"
    path.write_text(READS_ANOTHER)
    script = load_bare(path).script
    price = load_bare(ZOO / "clean" / "last_price.py")
    chain = [
        LoadedFeature(Feature("third", "reader"), script, {"other": "second"}),
        LoadedFeature(Feature("second", "reader"), script, {"other": "value"}),
        LoadedFeature(Feature("value", "last_price"), price.script, {}),
    ]
    for at, feature in enumerate(chain):
        others = chain[:at] + chain[at + 1 :]
        assert prove(adapter, feature, others, samples=4).verdict == CLEAN


def test_a_label_is_no_case_for_the_prover(adapter):
    proof = prove(adapter, load_bare(SHIPPED / "atr_up_next.py"))
    assert (proof.verdict, proof.samples) == (UNKNOWN, 0)
    assert "LABEL = True" in str(proof)


def test_intervals_are_relative_and_include_their_ends(adapter):
    proof = prove(adapter, load_bare(ZOO / "clean" / "mean_of_ticks.py"), samples=8)
    assert proof.to_json()["reads"]["ticks"] == [-49, 0]
    ahead = prove(adapter, load_bare(ZOO / "leaking" / "raw_read_ahead.py"), samples=8)
    assert ahead.to_json()["reads"]["ticks"] == [0, 1]
