"""Entries between machines: out as one file, in only after it was looked at where it can do no harm.

1. ``packing`` holds names, sizes and digests to what the file lists. 2. Weights, canvas, features and asset
have to make the digest that the version is named by, sources those of their features. 3. ``model.keras``
names layers of Keras that compute and is loaded in a limited process, ``model.onnx`` runs in another; on the
sample inputs both have to say what the entry says. 4. All of it appears in one rename; the ledger gets who,
when and from what. A file tells what its author wants it to: that its scores are true nobody can see from it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from litlab import atomic
from litlab.assets import ledger
from litlab.canvases import read_canvas, read_model
from litlab.canvases.foreign import look_at_model
from litlab.errors import BadName, BadRecord, ForeignRefused, NewerFormat
from litlab.records import check_name
from litlab.rehearsal.process import Rehearsal
from litlab.shown import Shown
from litlab.vault.entry import Entry, writing
from litlab.vault.export import LIMIT, stored_weights, versions_of
from litlab.vault.notes import notes_path
from litlab.vault.packing import FOUND, PROVED, REFUSED, Pack, is_member, npz_problem, one_line, write_pack
from litlab.vault.pictures import write_pictures
from litlab.vault.record import EntryRecord
from litlab.vault.scoreboard import verdict
from litlab.workspace import Team

RUN_S, RUN_BYTES = 60.0, 2 << 30
_EXTERNAL = b"\n\x08location"  # what an ONNX file that reads other files says


@dataclasses.dataclass(frozen=True)
class Exported(Shown):
    """A file that an entry was written to: where, how large, its sha256."""

    path: Path
    bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Imported(Shown):
    """An entry that came in a file.

    Attributes
    ----------
    entry : Entry
    new : bool
        False where the version was here before; nothing was looked over or changed then.
    sha256 : str
        Of the file.
    keras : bool
        Whether the Keras model was loaded and compared; without Keras its layers were only looked at.
    difference : float or None
        The largest between the portable model here, what the entry says and, if loaded, Keras; in units of
        the largest prediction where that is above 1.
    """

    entry: Entry
    new: bool
    sha256: str
    keras: bool
    difference: float | None


def export_entry(entry: Entry, path: Path | str) -> Exported:
    """Write an entry, its notes and tags to one file; equal entries give equal bytes.

    Parameters
    ----------
    entry : Entry
    path : path
        Replaced where it is there, whole or not at all.
    """
    path, folder = Path(path), entry.path
    files = (one for one in folder.rglob("*") if one.is_file())
    members: dict[str, Path | bytes] = {
        name: one for one in files if is_member(name := one.relative_to(folder).as_posix())
    }
    notes = notes_path(folder)
    if notes.is_file():
        members["notes.jsonl"] = "".join(f"{line}\n" for line in atomic.read_lines(notes)).encode()
    about = {"name": entry.name, "version": entry.digest}
    digest = write_pack(path, members, about)
    return Exported(path, path.stat().st_size, digest)


def import_entry(team: Team, path: Path | str, name: str | None = None) -> Imported:
    """Take an entry that somebody exported into a team's vault.

    It becomes the model's version in use only where the model has none.

    Parameters
    ----------
    team : Team
    path : path
        The file.
    name : str, optional
        What the model is called here; its own name by default.

    Raises
    ------
    ForeignRefused
        With the reason in one line; nothing of the file stays then.
    """
    path, vault = Path(path), team.folder("vault")
    with atomic.lock(vault / ".lock", what=f"The vault of {team.name}", purpose="importing"):
        pack = Pack(path)
        record = _record(pack)
        called = name or record.name
        if name is not None:
            check_name(name, "model")
        final, digest = vault / called / record.version, _file_digest(path)
        if (final / "entry.json").is_file():
            if atomic.pointed(final.parent) is None:  # an import was killed before it came to that
                atomic.point(final.parent, final.name)
            return Imported(Entry(final), False, digest, False, None)
        draft = vault / f"arriving.tmp-{uuid.uuid4().hex[:12]}"
        draft.mkdir()
        try:
            pack.unpack(draft)
            keras, difference = _look_over(pack, draft, record)
            dataclasses.replace(record, name=called).save(draft / "entry.json")
            write_pictures(draft, json.loads((draft / "scores.json").read_text("utf-8")))
            _settle(team, draft, final, digest, record)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Imported(Entry(final), True, digest, keras, difference)


def _settle(team: Team, draft: Path, final: Path, digest: str, record: EntryRecord) -> None:
    """Give what was looked over its place."""
    notes = draft / "notes.jsonl"
    kept = notes.read_bytes() if notes.is_file() else b""
    notes.unlink(missing_ok=True)
    folder = final.parent
    with writing(folder, "importing"):
        facts = {"name": folder.name, "digest": final.name, "sha256": digest}
        ledger.record(team, "vault.import.intent", **facts)
        if kept and not notes_path(final).exists():
            atomic.write_bytes(notes_path(final), kept)
        atomic.settle(draft, final)
        if atomic.pointed(folder) is None:
            atomic.point(folder, final.name)
        ledger.record(team, "vault.import.done", **facts, asset=record.asset)


def _record(pack: Pack) -> EntryRecord:
    """Return the entry's record; refused where names or digests in it are none."""
    body = pack.json(pack.read("entry.json"), "entry.json")
    try:
        record = EntryRecord.from_json(body, "entry.json")
        record.check()
        check_name(record.name, "model")
        for one in [*record.scripts(), *record.components]:
            check_name(one, "script")
    except (BadRecord, BadName, NewerFormat, KeyError, TypeError) as problem:
        raise pack.refused(one_line(problem)) from None
    if len(record.version) != 32 or set(record.version) - set("0123456789abcdef"):
        raise pack.refused("its version is no digest")
    return record


def _look_over(pack: Pack, draft: Path, record: EntryRecord) -> tuple[bool, float]:
    """Hold what was unpacked to its digests and run both models; return whether Keras ran, the difference."""
    for one in sorted(draft.glob("*.npz")):
        if problem := npz_problem(one):
            raise pack.refused(f"its {one.name} cannot be read: {problem}")
    for name in FOUND:
        if (draft / name).is_file():
            pack.json((draft / name).read_bytes(), name)
    _check_scores(pack, pack.json((draft / "scores.json").read_bytes(), "scores.json"))
    _check_canvas(pack, record)
    _check_sources(pack, draft, record)
    if record.version not in versions_of(record, stored_weights(draft)):
        raise pack.refused("weights, canvas, features and asset do not make its digest")
    said = _keras_says(pack, draft)
    difference = _onnx_differs(pack, draft, said)
    return said is not None, difference


def _check_scores(pack: Pack, scores: dict[str, Any]) -> None:
    """Refuse scores that no verdict can be read from."""
    try:
        verdict(scores)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise pack.refused(f"its scores.json is no scoreboard: {one_line(problem)}") from None


def _check_canvas(pack: Pack, record: EntryRecord) -> None:
    """Refuse a canvas that names layers which are not on the list."""
    with tempfile.TemporaryDirectory(prefix="litlab-vault-") as folder:
        path = Path(folder) / "canvas.litcanvas.json"
        atomic.write_json(path, record.canvas)
        try:
            read_canvas(path)
        except ForeignRefused as problem:
            raise pack.refused(f"its canvas: {problem.fields['reason']}") from None


def _check_sources(pack: Pack, draft: Path, record: EntryRecord) -> None:
    """Refuse sources that nothing of the entry is made of, or whose digest is another."""
    wanted = {"scripts": record.scripts(), "components": record.components}
    for kind, digests in wanted.items():
        for path in sorted((draft / kind).glob("*.py")):
            if hashlib.sha256(path.read_bytes()).hexdigest() != digests.get(path.stem):
                raise pack.refused(f"{kind}/{path.name} is not the source of its digest")


def _keras_says(pack: Pack, draft: Path) -> Any:
    """Return what the Keras model says of the samples, None where Keras is not installed."""
    try:
        if importlib.util.find_spec("keras") is None:
            look_at_model(draft / "model.keras")
            return None
        found = read_model(draft / "model.keras", samples=_samples(draft))
    except ForeignRefused as problem:
        raise pack.refused(f"its model.keras: {problem.fields['reason']}") from None
    weights = stored_weights(draft)
    theirs = {name.replace("/", "."): values for name, values in found.weights.items()}
    if set(theirs) != set(weights) or not all(
        np.array_equal(theirs[name], values) for name, values in weights.items()
    ):
        raise pack.refused("its model.keras has other weights than its weights.npz")
    return found.said


def _samples(draft: Path) -> dict[str, Any]:
    with np.load(draft / "sample.npz", allow_pickle=False) as stored:
        return {
            name.removeprefix("input."): stored[name] for name in stored.files if name.startswith("input.")
        }


def _onnx_differs(pack: Pack, draft: Path, said: Any) -> float:
    """Run the portable model in a limited process; return the largest difference, refused above LIMIT."""
    if _EXTERNAL in (draft / "model.onnx").read_bytes():
        raise pack.refused("its model.onnx reads other files")
    with tempfile.TemporaryDirectory(prefix="litlab-vault-") as folder:
        answer = Path(folder)
        source = (
            "import onnxruntime\nfrom litlab.vault.arriving import prove\n"
            f"prove({str(draft)!r}, {str(answer)!r})\n"
        )
        reason, _ = Rehearsal(draft / "model.onnx", source, RUN_S, RUN_BYTES).verdict()
        if not reason and (answer / REFUSED).is_file():
            reason = (answer / REFUSED).read_text("utf-8")[:400]
        if reason or not (answer / PROVED).is_file():
            raise pack.refused(f"its model.onnx: {reason or 'it could not be run'}")
        stored, found = (np.array(one) for one in json.loads((answer / PROVED).read_text("utf-8")))
    stored = stored.reshape(len(found), -1)  # older entries hold the first column alone
    pairs = [(stored, found[:, : stored.shape[1]])]
    if said is not None:
        theirs = np.asarray(said, np.float64).reshape(len(found), -1)
        if theirs.shape != found.shape:
            raise pack.refused("its model.onnx: it has another output than its model.keras")
        pairs.append((theirs, found))
    # Levels may be prices of 1e4: what float32 can tell apart there is no 1e-5.
    unit = max(1.0, float(np.max(np.abs(stored), initial=0.0)))
    difference = max(float(np.max(np.abs(one - other), initial=0.0)) for one, other in pairs) / unit
    if not difference <= LIMIT:
        reason = f"on its samples it differs from what the entry says by {difference:.3g}"
        raise pack.refused(f"its model.onnx: {reason}")
    return difference


def _file_digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
