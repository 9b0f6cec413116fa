"""Checkpoints: all that a run needs to go on from a finished epoch as if nothing had happened.

1. ``store`` writes ``model.<epoch>.keras`` (weights, optimizer), then ``state.<epoch>.npz``: the seed
   generators, the schedule's memory, what the model said of the validation part, and digests of it all.
2. ``last_sound`` finds the latest epoch whose files are what was written; a damaged one is passed over.
3. ``prune`` removes what is not to be kept; the last two stay whatever their score.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab import atomic
from litlab.vault.export import weights_digest

Arrays = dict[str, npt.NDArray[Any]]
ALWAYS_KEPT = 2  # the last one to go on from, and one before it in case it is damaged
_DIGESTS = ("weights_sha256", "optimizer_sha256")


def model_path(folder: Path, epoch: int) -> Path:
    """Return where an epoch's model lies in ``saved_models``."""
    return folder / f"model.{epoch}.keras"


def state_path(folder: Path, epoch: int) -> Path:
    """Return where an epoch's state lies in ``saved_models``."""
    return folder / f"state.{epoch}.npz"


def save_model(model: Any, path: Path) -> str:
    """Write a ``.keras`` file in one step and return its sha256; ``save`` alone truncates its target."""
    # save() picks the format by the suffix, so the draft's name ends in .keras too
    draft = path.parent / f"draft.tmp-{os.getpid()}.keras"
    try:
        model.save(draft)
        digest = _sha256(draft)
        atomic.sync_file(draft)
        os.rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return digest


def store(folder: Path, epoch: int, model: Any, states: Mapping[str, npt.NDArray[Any]]) -> None:
    """Store a finished epoch; the state comes last and vouches for the model.

    Parameters
    ----------
    folder : Path
        ``saved_models``.
    epoch : int
    model : keras.Model
    states : mapping of str to array
        What else training goes on from.
    """
    made: dict[str, Any] = dict(states)
    made["model_sha256"] = np.array(save_model(model, model_path(folder, epoch)))
    for name, variables in zip(_DIGESTS, (model.weights, model.optimizer.variables), strict=True):
        # By position: names count how many optimizers a process has made.
        values = {str(at): np.asarray(one.numpy()) for at, one in enumerate(variables)}
        made[name] = np.array(weights_digest(values))
    store_state(folder, epoch, made)


def store_state(folder: Path, epoch: int, states: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write what is stored beside an epoch's model, in one step."""
    content = io.BytesIO()
    np.savez(content, **dict[str, Any](states))
    atomic.write_bytes(state_path(folder, epoch), content.getvalue())


def read_state(folder: Path, epoch: int) -> Arrays:
    """Return what was stored beside an epoch's model.

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile
        If it is missing or damaged; each array carries a checksum.
    """
    with np.load(state_path(folder, epoch), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def digests(folder: Path, epoch: int) -> tuple[str | None, str | None]:
    """Return the sha256 of an epoch's weights and of its optimizer's state, None where unknown.

    They cover shapes, types and bytes, so that two runs are equal exactly where these are.
    """
    try:
        with np.load(state_path(folder, epoch), allow_pickle=False) as stored:
            return str(stored[_DIGESTS[0]]), str(stored[_DIGESTS[1]])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None, None


def damage(folder: Path, epoch: int) -> str:
    """Say what is wrong with an epoch's checkpoint, "" if nothing is."""
    try:
        wanted = str(read_state(folder, epoch)["model_sha256"])
        found = _sha256(model_path(folder, epoch))
    except FileNotFoundError as problem:
        return f"{Path(str(problem.filename)).name} is missing"
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return f"{state_path(folder, epoch).name} is damaged"
    return "" if found == wanted else f"{model_path(folder, epoch).name} is damaged"


def last_sound(folder: Path, epochs: int) -> tuple[int, list[str]]:
    """Return the latest epoch to go on from, and what is wrong with each that was passed over.

    Returns
    -------
    epoch : int
        0 if none is left: the training begins again.
    told : list of str
    """
    told: list[str] = []
    for epoch in range(epochs, 0, -1):
        reason = damage(folder, epoch)
        if not reason:
            return epoch, told
        told.append(reason)
    return 0, told


def prune(folder: Path, keep: Iterable[int]) -> None:
    """Remove the checkpoints of all epochs but those in `keep`."""
    names = {path(folder, epoch).name for epoch in keep for path in (model_path, state_path)}
    for path in [*folder.glob("model.*.keras"), *folder.glob("state.*.npz")]:
        if path.name not in names:
            path.unlink(missing_ok=True)


def kept(rows: list[dict[str, float]], best: int, by: str) -> set[int]:
    """Return the epochs whose checkpoints stay: the best `best` by a column, and the last two.

    A column whose name ends in ``loss`` is better when it is less, any other when it is more; NaN is worst
    and the earlier one of equals wins.

    >>> rows = [{"epoch": n + 1, "val_loss": loss} for n, loss in enumerate([0.4, 0.2, 0.3, 0.5, 0.6, 0.7])]
    >>> sorted(kept(rows, 2, "val_loss"))
    [2, 3, 5, 6]
    """
    sign = 1.0 if by.endswith("loss") else -1.0

    def rank(row: dict[str, float]) -> float:
        value = sign * row[by]
        return value if np.isfinite(value) else np.inf

    ranked = sorted(rows, key=rank)[:best] + rows[-ALWAYS_KEPT:]
    return {int(row["epoch"]) for row in ranked}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
