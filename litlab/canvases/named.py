"""The asset that a canvas names in its settings, and whether it is still the one it was drawn for."""

from __future__ import annotations

from litlab.assets import Asset, open_asset
from litlab.assets.asset import version_folders
from litlab.canvases.canvas import Canvas
from litlab.errors import AssetChanged, NoAsset, NoAssetChosen, NotPromoted
from litlab.workspace import Team

DIGEST = "digest"  # in the settings: the version that was there when the canvas was saved


def asset_of(team: Team, named: str) -> Asset:
    """Return the asset that a canvas is drawn for: the schema's in production, else its newest in the queue.

    Parameters
    ----------
    named : str
        A schema's name, or the digest of a version.

    Raises
    ------
    NoAsset
        If there is none.
    """
    for stage in ("production", "queue"):
        folder = team.folder("assets") / named / stage
        if named and "/" not in named and folder.is_dir():
            try:
                return open_asset(team, named, stage)
            except NoAsset:
                continue
    for schema in sorted(path.name for path in team.folder("assets").iterdir() if path.is_dir()):
        for stage in ("production", "queue"):
            for path, digest in version_folders(team.folder("assets") / schema / stage):
                if named and digest == named:
                    return Asset(path)
    raise NoAsset(schema=named, stage="production")


def asset_name(canvas: Canvas) -> str:
    """Return what the canvas's settings call its asset.

    Raises
    ------
    NoAssetChosen
        If they call it nothing.
    """
    named = str(canvas.settings.get("asset") or "")
    if not named:
        raise NoAssetChosen(canvas=canvas.name)
    return named


def is_promoted(asset: Asset) -> bool:
    """Tell whether a version lies in production."""
    return asset.path.parent.name == "production"


def promoted_asset(team: Team, canvas: Canvas) -> Asset:
    """Return the asset that the canvas is trained on.

    Raises
    ------
    NoAssetChosen, NoAsset, NotPromoted
        If the canvas names none, or what it names is not there, or waits in the queue.
    """
    asset = asset_of(team, asset_name(canvas))
    if not is_promoted(asset):
        raise NotPromoted(schema=asset.schema)
    return asset


def check_asset_unchanged(canvas: Canvas, asset: Asset, before: Asset | None = None) -> None:
    """Refuse an asset that is another version than the canvas was saved for.

    Parameters
    ----------
    before : Asset, optional
        That version, where it is still there, to tell what differs.

    Raises
    ------
    AssetChanged
        Saying which features are gone, new, or of another shape.
    """
    saved = str(canvas.settings.get(DIGEST) or "")
    if saved and saved != asset.digest:
        raise AssetChanged(schema=asset.schema, canvas=canvas.name, changes=_changes(asset, before))


def _changes(asset: Asset, before: Asset | None) -> str:
    version = f"production holds {asset.digest[:12]} now"
    if before is None:
        return version
    names, old = set(asset.manifest["order"]), set(before.manifest["order"])
    told = [f"{name} is gone" for name in sorted(old - names)]
    told += [f"{name} is new" for name in sorted(names - old)]
    told += [
        f"{name} is {asset.shape(name)}, was {before.shape(name)}"
        for name in sorted(names & old)
        if asset.shape(name) != before.shape(name)
    ]
    return f"{version}; {', '.join(told) or 'features and shapes are the same'}"
