"""The limited process's side of ``foreign``: a model is loaded, and a canvas and arrays are left behind."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from litlab.canvases.backend import load_keras, weightless
from litlab.canvases.foreign import CANVAS, REFUSED, SAID, SAMPLES, WEIGHTS
from litlab.canvases.importing import from_keras


def bring(folder: str, name: str, limit: int) -> None:
    """Load ``model.keras`` of a folder, and write its canvas and weights there, or why it is refused."""
    here = Path(folder)
    try:
        _refuse_too_large(here / "model.keras", limit)
        _refuse_links(here / "model.keras")
        keras = load_keras("A model from elsewhere")
        model = keras.models.load_model(here / "model.keras", compile=False, safe_mode=True)
        from_keras(model, name).save(here / CANVAS)
        arrays: dict[str, Any] = {one.path: np.asarray(one.numpy()) for one in model.weights}
        np.savez(here / WEIGHTS, **arrays)
        if (here / SAMPLES).exists():
            with np.load(here / SAMPLES, allow_pickle=False) as asked:
                said = model.predict_on_batch({one: asked[one] for one in asked.files})
            np.save(here / SAID, np.asarray(said))
    except Exception as problem:  # the file may make Keras raise anything; who asked is told in one line
        reason = " ".join(str(problem).split()) or type(problem).__name__
        (here / REFUSED).write_text(reason[:400].rstrip("."), "utf-8")


def _refuse_too_large(path: Path, limit: int) -> None:
    """Build the model for its shapes alone and count what it would hold."""
    keras = load_keras("A model from elsewhere")
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    with weightless():
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        count = sum(math.prod(one.shape) for one in model.weights)
    if count > limit:
        raise ValueError(f"its layers would hold {count:,} numbers, more than {limit:,}")


def _refuse_links(path: Path) -> None:
    """Refuse weights that point out of their file: HDF5 can name other files to read from."""
    with (
        zipfile.ZipFile(path) as archive,
        archive.open("model.weights.h5") as stream,
        h5py.File(stream) as file,
    ):

        def look(group: Any) -> None:
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError(f"its weights point elsewhere at {group.name}/{name}")
                one = group[name]
                if isinstance(one, h5py.Group):
                    look(one)
                elif one.is_virtual or one.external:
                    raise ValueError(f"its weights point elsewhere at {one.name}")

        look(file)
