"""A canvas on somebody's desk: opened, drawn, looked over, saved, launched; whatever shows it.

The page, the notebook's widget and the Jupyter server hold one of these for each canvas that is open. What a
browser draws comes in as JSON (``draw``), everything else is one call of a lower room.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from litlab import engine
from litlab.assets import Asset
from litlab.canvases import (
    Canvas,
    Checker,
    choices,
    default_canvas,
    list_canvases,
    load_canvas,
    palette,
    promoted_asset,
    read_canvas,
    read_model,
    save_canvas,
    saved_digest,
    shared_checker,
)
from litlab.canvases.answers import read_drawn
from litlab.canvases.named import DIGEST, asset_of, check_asset_unchanged
from litlab.errors import (
    AlreadyExists,
    AssetChanged,
    BadCanvas,
    BadRecord,
    LitlabError,
    NewerFormat,
    RecordChanged,
)
from litlab.experiments.beforehand import refuse_bad
from litlab.experiments.launch import launch
from litlab.experiments.run import Run
from litlab.records import check_name
from litlab.workspace import Project

_CODE = """from litlab import launch
from litlab.canvases import check, load_canvas, promoted_asset
from litlab.workspace import Workspace

project = Workspace({home!r}).project({team!r}, {project!r})
canvas = load_canvas(project.team, {name!r})
asset = promoted_asset(project.team, canvas)
check(canvas, asset, project.team).raise_if_bad()
run = launch({arguments})"""


class Drawing:
    """One canvas that is open.

    Parameters
    ----------
    project : Project
        Whose it is; the canvas's settings may name another of the team.
    name : str
        One of the team's canvases; a new one by default, drawn for the first asset.
    checker : Checker, optional
        The shared one by default.

    Attributes
    ----------
    body : dict
        The canvas as JSON, as it stands on the screen.
    name : str
        Of the file that it came from or was saved to, "" for none.
    saved : bool
        Whether that file holds what is drawn.
    page : str
        Under which it asks the checker: of its questions the newest counts.

    Raises
    ------
    UnknownName, BadRecord, NewerFormat
        If there is no such canvas, or it cannot be read.
    """

    def __init__(self, project: Project, name: str = "", checker: Checker | None = None) -> None:
        self.project, self.team = project, project.team
        self.checker = checker or shared_checker()
        self.page = uuid.uuid4().hex
        self.body: dict[str, Any] = {}
        self.name = self._over = ""
        self._kept: Canvas | None = None  # what the file holds
        self._drawn_for = ("", "")  # schema and digest of the asset when it was saved
        if name:
            self.open(name)
        else:
            self.begin()

    # --- where it comes from ------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Open one of the team's canvases instead."""
        digest = saved_digest(self.team, name)
        canvas = load_canvas(self.team, name)
        self.name, self._over = name, digest
        self._keep(canvas)
        self.body = _without_digest(canvas)

    def begin(self, name: str = "", empty: bool = False) -> None:
        """Begin a new canvas: the default one for the team's first asset, or an empty one.

        Raises
        ------
        BadName, AlreadyExists
            If it cannot be called so.
        """
        if name:
            self._check_free(check_name(name, "canvas"))
        offered = choices(self.team)["assets"]
        schema = next((one["id"] for one in offered if one["promoted"]), offered[0]["id"] if offered else "")
        settings = {"name": name or self.free_name("default"), "project": str(self.project), "asset": schema}
        canvas = Canvas((), (), settings)
        if not empty and schema:
            with suppress(BadCanvas):  # an asset without label or input: there is nothing to draw for it
                canvas = default_canvas(asset_of(self.team, schema), settings["name"], str(self.project))
        self.name = self._over = ""
        self._kept, self._drawn_for = None, ("", "")
        self.body = _plain(canvas)

    def restore(self, body: dict[str, Any], name: str = "", over: str = "") -> None:
        """Go on with what was drawn and not saved: of the canvas `name`, as its file was under `over`.

        Where the file is gone, or there was none, it is a new canvas.
        """
        if name and name in list_canvases(self.team):
            self.open(name)
            self._over = over or self._over
        else:
            self.begin(empty=True)
        self.body = body

    @property
    def over(self) -> str:
        """The digest of the file that it was drawn over, "" for none."""
        return self._over

    def bring(self, path: Path) -> None:
        """Open a ``.keras`` model or a canvas that somebody else made; a model is read in a limited process.

        Raises
        ------
        ForeignRefused
            With the reason in one line.
        """
        canvas = read_model(path).canvas if path.suffix == ".keras" else read_canvas(path)
        stem = path.name.removesuffix(".json").removesuffix(".litcanvas").removesuffix(".keras")
        settings = {key: value for key, value in canvas.settings.items() if key != DIGEST}
        before = self.body.get("settings", {})
        mine = {"project": str(self.project), "asset": before.get("asset", "")}
        name = self.free_name("".join(one if one.isalnum() else "_" for one in stem).strip("_") or "imported")
        self.name = self._over = ""
        self._kept, self._drawn_for = None, ("", "")
        self.body = _plain(dataclasses.replace(canvas, settings={**settings, **mine, "name": name}))

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, or the first of wanted_2, wanted_3 … that no canvas of the team is called."""
        taken, name, number = set(list_canvases(self.team)), wanted[:56], 1
        while name in taken:
            number += 1
            name = f"{wanted[:56]}_{number}"
        return name

    def _check_free(self, name: str) -> None:
        if saved_digest(self.team, name):
            raise AlreadyExists(kind="canvas", name=name)

    def _keep(self, canvas: Canvas) -> None:
        settings = canvas.settings
        self._kept = canvas
        self._drawn_for = str(settings.get("asset") or ""), str(settings.get(DIGEST) or "")

    # --- what is drawn ------------------------------------------------------------------------------

    def draw(self, body: dict[str, Any], opened: bool = False) -> None:
        """Take what the browser has drawn; `opened` where it comes from a file with all that this says."""
        self.body = body
        if opened:
            settings = body.get("settings") or {}
            self._drawn_for = str(settings.get("asset") or ""), str(settings.get(DIGEST) or "")

    def canvas(self) -> Canvas:
        """Return what is drawn.

        Raises
        ------
        BadRecord
            If it is no canvas.
        """
        return read_drawn(self.body)

    @property
    def saved(self) -> bool:
        """Whether the file holds what is drawn."""
        try:
            return self._kept is not None and _without_digest(self._kept) == _without_digest(self.canvas())
        except (BadRecord, NewerFormat):
            return False

    @property
    def changed_elsewhere(self) -> bool:
        """Whether the file is another than the one that was opened."""
        return bool(self.name) and saved_digest(self.team, self.name) != self._over

    @property
    def choices(self) -> dict[str, list[Any]]:
        """What fields and settings may be chosen from, for the asset that the settings name."""
        return choices(self.team, self.asset_name)

    @property
    def palette(self) -> list[dict[str, Any]]:
        """What can be drawn with."""
        return palette(self.team)

    @property
    def asset_name(self) -> str:
        """The asset that the settings name, "" for none."""
        return str((self.body.get("settings") or {}).get("asset") or "")

    def check(self) -> dict[str, Any] | None:
        """Look it over in the warm process; None where it has been asked about again meanwhile.

        What ``Checker.check`` gives, with what became of the asset since the canvas was saved in ``said``.
        """
        answered = self.checker.check(self.body, self.team, self.page)
        if answered is None:
            return None
        return {**answered, "said": self._about_asset() or answered.get("said", "")}

    def _about_asset(self) -> str:
        try:
            self._check_asset(promoted_asset(self.team, self.canvas()))
        except AssetChanged as problem:
            return str(problem)
        except LitlabError:  # it stands among the problems
            return ""
        return ""

    def _check_asset(self, asset: Asset) -> None:
        schema, digest = self._drawn_for
        if schema != self.asset_name or not digest:
            return
        before = None
        with suppress(LitlabError):
            before = asset_of(self.team, digest)
        canvas = self.canvas()
        marked = dataclasses.replace(canvas, settings={**canvas.settings, DIGEST: digest})
        check_asset_unchanged(marked, asset, before)

    def python(self) -> str:
        """Return it as a Keras file."""
        return self.checker.python(self.body, self.team)

    # --- where it goes ------------------------------------------------------------------------------

    def save(self, name: str = "") -> Path:
        """Write it into the team's canvases, under another name if wished.

        Raises
        ------
        BadName, AlreadyExists
            If the name cannot be one, or is that of another canvas.
        RecordChanged
            If somebody else has saved it since; saving once more replaces theirs.
        """
        canvas = self.canvas()
        name = check_name(name or str(canvas.settings.get("name") or ""), "canvas")
        over = self._over
        if name != self.name:
            self._check_free(name)
            over = ""
        settings = {**canvas.settings, "name": name}
        with suppress(LitlabError):
            settings[DIGEST] = asset_of(self.team, self.asset_name).digest
        canvas = dataclasses.replace(canvas, settings=settings)
        try:
            path = save_canvas(self.team, name, canvas, over)
        except RecordChanged:
            self._over = saved_digest(self.team, name)
            raise
        self.name, self._over = name, saved_digest(self.team, name)
        self._keep(canvas)
        self.body = {**self.body, "settings": {**self.body["settings"], "name": name}}
        return path

    def launch(
        self, device: str = "", epochs: int | None = None, seed: int | None = None, description: str = ""
    ) -> Run:
        """Train it in a process of its own, once it is sure that it can be.

        Parameters
        ----------
        device : str
            By default the settings' own, else the first card, else the processor.
        epochs, seed : int, optional
            Instead of what its Globals node says.

        Raises
        ------
        NoAsset, NoAssetChosen
            If its asset is not promoted, or there is none.
        AssetChanged
            If another version is in production than when it was saved: look it over, and save it.
        Unchecked
            With the first thing that is wrong, and at which node.
        NotEnoughMemory
            Before anything is started.
        """
        canvas = self.canvas()
        asset = promoted_asset(self.team, canvas)
        self._check_asset(asset)
        refuse_bad(self.checker.check(self.body, self.team))
        return launch(
            self._project(canvas), canvas, asset, epochs=epochs, seed=seed, description=description,
            device=device or str(canvas.settings.get("device") or "") or default_device(),
        )  # fmt: skip

    def _project(self, canvas: Canvas) -> Project:
        named = str(canvas.settings.get("project") or "").rpartition("/")[2]
        return self.team.project(named) if named else self.project

    def code(self, **arguments: Any) -> str:
        """Return the calls that train the saved canvas; `arguments` are those given to ``launch``."""
        given = ["project", "canvas", "asset"]
        given += [f"{key}={value!r}" for key, value in arguments.items() if value not in (None, "")]
        return _CODE.format(
            home=str(self.team.workspace.home), team=self.team.name, project=self.project.name,
            name=self.name or str((self.body.get("settings") or {}).get("name") or ""),
            arguments=", ".join(given),
        )  # fmt: skip


def default_device() -> str:
    """Return where a training runs if nobody says: the first card, else the processor."""
    processor, *cards = engine.devices()
    return cards[0] if cards else processor


def _without_digest(canvas: Canvas) -> dict[str, Any]:
    """Return a canvas as the browser has it: which version it was saved for is no business of the drawing."""
    body = _plain(canvas)
    return {**body, "settings": {key: one for key, one in body["settings"].items() if key != DIGEST}}


def _plain(canvas: Canvas) -> dict[str, Any]:
    """Return a canvas as JSON that a browser gives back as it is: lists, no tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(canvas.to_json()))
    return plain
