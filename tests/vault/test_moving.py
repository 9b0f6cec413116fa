"""An entry as one file: equal bytes, opened elsewhere without its asset, and nothing that could do harm."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from litlab.assets import ledger
from litlab.errors import ForeignRefused, NoAsset
from litlab.upkeep import collect
from litlab.vault import Entry, export_entry, import_entry, list_entries, load, open_entry, verdict
from litlab.vault.checking import check_entries
from litlab.vault.packing import npz_problem
from litlab.workspace import Workspace

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def packed(ticks_entry, tmp_path_factory):
    """Return the file of the entry that ticks made."""
    return export_entry(ticks_entry, tmp_path_factory.mktemp("out") / "small.litentry").path


@pytest.fixture
def team(tmp_path):
    """Return the team of another workspace."""
    return Workspace(tmp_path / "elsewhere").create_project("fabrikam", "volatility").team


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def packing(path, parts, about=None, listed=True):
    """Write members to a file as an export would, their digests listed unless told otherwise."""
    parts = {name: content for name, content in parts.items() if name != "manifest.json"}
    known = {
        one: {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()} for one, text in parts.items()
    }
    manifest = {
        "kind": "litlab vault entry",
        "format": 1,
        "members": known if listed else {},
        **(about or {}),
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def keras_naming(parts, **change):
    """Return model.keras with another first layer behind its input."""
    with zipfile.ZipFile(io.BytesIO(parts["model.keras"])) as archive:
        inner = {one.filename: archive.read(one) for one in archive.infolist()}
    config = json.loads(inner["config.json"])
    config["config"]["layers"][-1].update(change)
    inner["config.json"] = json.dumps(config).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in inner.items():
            archive.writestr(name, text)
    return stream.getvalue()


def record(parts, **change):
    return json.dumps({**json.loads(parts["entry.json"]), **change}).encode()


def with_feature(parts, **change):
    """Return entry.json with another input."""
    features = json.loads(parts["entry.json"])["features"]
    return record(parts, features={name: {**one, **change} for name, one in features.items()})


def with_layer(parts, **change):
    """Return entry.json with a layer from elsewhere in its canvas."""
    canvas = json.loads(parts["entry.json"])["canvas"]
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, **change}
    params = {"layer": json.dumps(layer)}
    node = {"id": "x", "component": "opaque", "params": params}
    return record(parts, canvas={**canvas, "nodes": [*canvas["nodes"], node]})


def portable(shape):
    """Return an ONNX model that makes as many numbers as it is told to, whatever it is given."""
    from onnx import TensorProto, helper

    inner = [
        helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["out"], keepdims=0),
    ]
    size = helper.make_tensor("size", TensorProto.INT64, [len(shape)], shape)
    given = helper.make_tensor_value_info("bars", TensorProto.FLOAT, None)
    made = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    graph = helper.make_graph(inner, "bomb", [given], [made], [size])
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def test_a_portable_model_that_wants_more_memory_than_there_is_ends_its_own_process(
    packed, team, tmp_path, monkeypatch
):
    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)
    parts = {**members(packed), "model.onnx": portable([1 << 36])}
    refused(team, packing(tmp_path / "bomb", parts), r"its model\.onnx: ")


def test_what_arrives_is_drawn_here_and_what_was_verified_elsewhere_stays_there(
    packed, team, ticks_entry, monkeypatch
):
    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)
    assert not [name for name in members(packed) if name.startswith("pictures/") or "verified" in name]
    found = import_entry(team, packed).entry
    drawn = sorted(path.name for path in (found.path / "pictures").iterdir())
    assert drawn == sorted(path.name for path in (ticks_entry.path / "pictures").iterdir())
    assert "calibration.svg" in drawn


def test_an_entry_exported_twice_is_equal_byte_for_byte(ticks_entry, packed, tmp_path):
    again = export_entry(ticks_entry, tmp_path / "again.litentry")
    assert again.path.read_bytes() == packed.read_bytes()
    assert again.sha256 == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert again.bytes == packed.stat().st_size
    with zipfile.ZipFile(packed) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    names = list(members(packed))
    assert names[0] == "manifest.json"
    assert names[1:] == sorted(names[1:])
    assert {"model.keras", "model.onnx", "scripts/unit_bar.py", "scores.json"} <= set(names)


def test_it_opens_predicts_and_shows_its_scores_where_its_asset_is_not(
    packed, team, ticks_entry, ticks_project
):
    from litlab.adapters import load_adapter_by_project

    home = ticks_project.team
    ticks_entry.note("made of three days")
    ticks_entry.tag("first")
    path = export_entry(ticks_entry, packed.with_name("noted.litentry")).path
    done = import_entry(team, path)
    assert (done.new, done.keras, done.entry.is_current) == (True, True, True)
    assert done.difference <= 1e-5
    found = open_entry(team, "small")
    assert found.digest == ticks_entry.digest
    assert [one.text for one in found.notes] == ["made of three days"]
    assert found.tags == ["first"]
    assert verdict(found.scores) == verdict(ticks_entry.scores)
    with pytest.raises(NoAsset):
        _ = found.asset
    adapter = load_adapter_by_project(home.name, ticks_project.name, home.workspace)
    stored = ticks_entry.predictions()
    assert load(found).predict(adapter, stored["index"][9]).value == stored["prediction"][9]
    assert check_entries(team) == (1, [])
    last = ledger.entries(team, "vault.import.done")[-1]["facts"]
    assert (last["digest"], last["sha256"]) == (found.digest, done.sha256)
    assert ledger.first_break(team) is None
    again = Entry(found.path)
    assert export_entry(again, path.with_name("back.litentry")).sha256 == done.sha256


def refused(team, path, reason):
    with pytest.raises(ForeignRefused, match=reason) as caught:
        import_entry(team, path)
    assert "\n" not in str(caught.value)
    assert list_entries(team) == []
    assert [one.name for one in team.folder("vault").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda parts: {"../../evil.py": b"x"}, "holds '../../evil.py', which is no part of an entry"),
        (lambda parts: {"/tmp/evil": b"x"}, "holds '/tmp/evil'"),
        (lambda parts: {"scripts/../../x.py": b"x"}, "which is no part of an entry"),
        (lambda parts: {"scripts/unit_bar.pth": b"x"}, "which is no part of an entry"),
        (lambda parts: {"scripts/more.py": b"x"}, r"scripts/more\.py is not the source of its digest"),
        (lambda parts: {"scripts/unit_bar.py": b"x"}, r"scripts/unit_bar\.py is not the source"),
        (lambda parts: {"entry.json": b"["}, r"its entry\.json is no JSON"),
        (lambda parts: {"entry.json": b"[" * 100_000}, r"its entry\.json is no JSON"),
        (lambda parts: {"entry.json": record(parts, format=99)}, "format version 99"),
        (lambda parts: {"entry.json": record(parts, name="../up")}, "cannot be the name of a model"),
        (lambda parts: {"entry.json": record(parts, version="../up")}, "its version is no digest"),
        (lambda parts: {"entry.json": record(parts, asset="other")}, "do not make its digest"),
        (
            lambda parts: {"entry.json": record(parts, features={})},
            "do not make its digest|source of its digest",
        ),
        (
            lambda parts: {"entry.json": with_feature(parts, rows=10**12)},
            "the feature 'bars' has no number of rows",
        ),
        (lambda parts: {"entry.json": with_feature(parts, columns=7)}, "the feature 'bars' has no columns"),
        (lambda parts: {"entry.json": with_feature(parts, params=[])}, "parameters of a feature or gate"),
        (lambda parts: {"entry.json": record(parts, gates=[{"script": 7}])}, "names no script"),
        (lambda parts: {"entry.json": record(parts, data=[{"files": 7}])}, "a data set names no files"),
        (
            lambda parts: {"entry.json": with_layer(parts, class_name="Lambda", config={})},
            "its canvas: .*Lambda",
        ),
        (
            lambda parts: {"entry.json": with_layer(parts, class_name="Unheard")},
            "its canvas: .*Unheard is no layer",
        ),
        (lambda parts: {"pictures/evil.svg": b"<svg/>"}, "which is no part of an entry"),
        (lambda parts: {"verified.json": b"{}"}, "which is no part of an entry"),
        (lambda parts: {"folds.json": b"7"}, r"its folds\.json is no JSON object"),
        (lambda parts: {"scores.json": b"[1]"}, r"its scores\.json is no JSON object"),
        (lambda parts: {"scores.json": b'{"best_baseline": NaN}'}, "NaN is no number of JSON"),
        (lambda parts: {"scores.json": b'{"best_baseline": "x"}'}, "no scoreboard"),
        (lambda parts: {"weights.npz": npz(a=np.ones(3))}, "do not make its digest"),
        (lambda parts: {"sample.npz": b"x"}, r"its sample\.npz cannot be read"),
        (
            lambda parts: {"model.keras": keras_naming(parts, class_name="Lambda")},
            "the layer Lambda runs code",
        ),
        (lambda parts: {"model.keras": keras_naming(parts, class_name="TFSMLayer")}, "TFSMLayer is no layer"),
        (lambda parts: {"model.keras": b"x"}, r"its model\.keras: it is no readable"),
    ],
    ids=lambda one: None if callable(one) else one[:28],
)
def test_what_does_not_fit_is_refused_in_one_line_and_leaves_nothing(change, reason, packed, team, tmp_path):
    parts = members(packed)
    refused(team, packing(tmp_path / "changed", {**parts, **change(parts)}), reason)


def test_a_file_whose_bytes_are_not_those_listed_is_refused(packed, team, tmp_path):
    data = bytearray(packed.read_bytes())
    at = data.rindex(members(packed)["model.onnx"][:64]) + 200
    data[at] ^= 1
    (tmp_path / "torn").write_bytes(data)
    refused(team, tmp_path / "torn", "a member is broken: Bad CRC")
    parts = members(packed)
    lying = json.loads(parts["manifest.json"])["members"]
    lying["scores.json"]["sha256"] = "0" * 64
    path = packing(tmp_path / "lying", parts, {"members": lying})
    refused(team, path, r"its scores\.json is not the one listed")


def test_bombs_and_strangers_are_refused_before_they_are_unpacked(packed, team, tmp_path):
    parts = members(packed)
    (tmp_path / "text").write_text("no archive")
    refused(team, tmp_path / "text", "no archive that litlab wrote")
    refused(team, tmp_path / "none", "no readable archive")
    refused(team, packing(tmp_path / "kind", parts, {"kind": "cake"}), "it is no litlab vault entry")
    refused(team, packing(tmp_path / "later", parts, {"format": 2}), "its format is 2")
    refused(team, packing(tmp_path / "list", parts, listed=False), "does not name the members")
    less = {name: text for name, text in parts.items() if name != "test.npz"}
    refused(team, packing(tmp_path / "less", less), r"it lacks test\.npz")
    many = {f"scripts/s{at}.py": b"x" for at in range(600)}
    refused(team, packing(tmp_path / "many", {**parts, **many}), "more than 500")
    shutil.copyfile(packed, tmp_path / "twice")
    with zipfile.ZipFile(tmp_path / "twice", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("scores.json", "{}")
    refused(team, tmp_path / "twice", "two members of one name")
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("scores.json", b" " * (64 << 20))
    refused(team, tmp_path / "bomb", "is compressed")


def test_arrays_that_are_not_as_large_as_they_say_are_found(tmp_path):
    """A header may promise terabytes; nobody allocates them."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"shape": (1 << 40,), "fortran_order": False, "descr": "<f8"})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("weights.npy", head.getvalue())
    assert npz_problem(tmp_path / "a.npz") == "'weights.npy' does not hold the array that it says"
    np.savez(tmp_path / "b.npz", a=np.array([{}], object), allow_pickle=True)
    assert "does not hold" in npz_problem(tmp_path / "b.npz")
    np.savez_compressed(tmp_path / "c.npz", a=np.zeros(1000))
    assert "compressed" in npz_problem(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", a=np.zeros((3, 2)), b=np.array("words"))
    assert npz_problem(tmp_path / "d.npz") == ""


def test_another_portable_model_than_the_weights_make_is_refused(packed, team, tmp_path, monkeypatch):
    """What Keras says is looked at elsewhere (the test of the honest file); here the portable model lies."""
    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)
    parts = members(packed)
    with np.load(io.BytesIO(parts["sample.npz"])) as stored:
        wrong = {name: stored[name] for name in stored.files}
    wrong["prediction"] = wrong["prediction"] - 0.25
    path = packing(tmp_path / "lying", {**parts, "sample.npz": npz(**wrong)})
    refused(team, path, r"its model\.onnx: on its samples it differs .* by 0\.25")
    right = {**wrong, "prediction": wrong["prediction"] + 0.25}
    two = npz(**right, outputs=wrong["prediction"][:, None])
    refused(team, packing(tmp_path / "two", {**parts, "sample.npz": two}), "its samples hold two answers")
    wide = npz(**right, outputs=np.tile(right["prediction"][:, None], 2))
    refused(team, packing(tmp_path / "wide", {**parts, "sample.npz": wide}), r"numbers where .* are stored")
    refused(team, packing(tmp_path / "none", {**parts, "model.onnx": b"\x08\x07"}), r"its model\.onnx: ")
    reading = parts["model.onnx"] + b"\n\x08location\x12\x0b/etc/passwd"
    refused(team, packing(tmp_path / "reads", {**parts, "model.onnx": reading}), "reads other files")


KILLING = """
import os, signal, sys
from pathlib import Path
import litlab.vault.moving as moving
from litlab.vault import export_entry, import_entry
from litlab.vault.entry import Entry
from litlab.workspace import Workspace

moving._look_over = lambda pack, draft, record: (False, 0.0)  # what is looked at is no matter of this test
what, home, file, at = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), 0
def once(turn):
    team = Workspace(home / str(turn)).create_project("a", "b").team if what == "import" else None
    calls = 0
    def counted(call):
        def made(*arguments, **named):
            nonlocal calls
            calls += 1
            if calls == turn:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)
        return made
    os.fsync = lambda handle: None  # a kill loses no page of the system's: a disk would only be slower
    for name in ("rename", "fsync", "mkdir", "write", "unlink", "open", "ftruncate"):
        setattr(os, name, counted(getattr(os, name)))
    if team:
        import_entry(team, file)
    else:
        export_entry(Entry(Path(sys.argv[4])), file)
    os._exit(0)
states = set()
for turn in range(1, 400):
    child = os.fork()
    if not child:
        once(turn)
    status = os.waitpid(child, 0)[1]
    states.add(file.read_bytes())
    if status == 0:
        break
print(turn, len(states))
"""


def killed_everywhere(*arguments):
    command = [sys.executable, "-c", KILLING, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    turns, states = map(int, done.stdout.split())
    assert 5 < turns < 399
    return turns, states


def files(entry):
    return {str(path.relative_to(entry.path)) for path in entry.path.rglob("*") if path.is_file()}


def test_an_import_killed_anywhere_leaves_no_entry_or_a_whole_one(packed, tmp_path, ticks_entry):
    turns, _ = killed_everywhere("import", tmp_path, packed)
    whole = 0
    for turn in range(1, turns + 1):
        team = Workspace(tmp_path / str(turn)).team("a")
        for one in list_entries(team):
            whole += 1
            assert files(one) == files(ticks_entry)
        assert check_entries(team)[1] == []
        collect(team)
        assert not list(team.folder("vault").rglob("*.tmp-*"))
    assert 1 <= whole < turns


def test_an_export_killed_anywhere_leaves_the_old_file_or_the_new_one(packed, tmp_path, ticks_entry):
    file = tmp_path / "out.litentry"
    file.write_bytes(b"old")
    assert killed_everywhere("export", tmp_path, file, ticks_entry.path)[1] == 2
    assert file.read_bytes() == export_entry(ticks_entry, tmp_path / "new").path.read_bytes()


def test_what_is_here_already_is_left_alone(packed, ticks_project, ticks_entry, monkeypatch):
    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)
    before = {path: path.stat().st_mtime_ns for path in ticks_entry.path.rglob("*")}
    done = import_entry(ticks_project.team, packed)
    assert (done.new, done.entry.digest) == (False, ticks_entry.digest)
    assert {path: path.stat().st_mtime_ns for path in ticks_entry.path.rglob("*")} == before


def test_a_name_of_ones_own(packed, team, monkeypatch):
    monkeypatch.setattr("litlab.vault.moving._keras_says", lambda pack, draft: None)
    done = import_entry(team, packed, name="theirs")
    assert open_entry(team, "theirs").digest == done.entry.digest
    assert done.entry.record.name == "theirs"
    shutil.rmtree(done.entry.path)
