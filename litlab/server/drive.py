"""A team's scripts and components as a drive of JupyterLab, wherever the workspace lies.

The drive is ``<team>/{scripts,components}/<name>.py``; what litlab and plugins ship is read-only below
``_shipped/{scripts,components}/``: no team can be called that. There is nothing else in it, and nothing to
rename, upload or delete: a script in use is pinned by its digest elsewhere.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litlab import atomic
from litlab.errors import BadScript, UnknownName
from litlab.records import check_name
from litlab.scripts import find_script, list_scripts, shipped
from litlab.server.wire import Kind, ScriptBody
from litlab.sources import copy_to_team, is_own, save_source
from litlab.workspace import Team, Workspace

SHIPPED = "_shipped"
KINDS: tuple[Kind, ...] = ("scripts", "components")
MOST = 1 << 20  # bytes of a script
_KEPT = ".checkpoints"  # beside the scripts: what a script was when it was last saved

Model = dict[str, Any]  # as https://jupyter-server.readthedocs.io/en/latest/developers/contents.html has it


def script_body(team: Team, kind: str, name: str, copy: bool = False) -> ScriptBody:
    """Tell which script a team uses under a name; with `copy` a shipped one becomes the team's own first."""
    find_script(team, check_kind(kind), check_name(name, "script"))
    if copy:
        copy_to_team(team, kind, name)
    own = is_own(team, kind, name)
    return {"path": f"{team.name if own else SHIPPED}/{kind}/{name}.py", "shipped": not own}


def read(workspace: Workspace, path: str, content: bool = True) -> Model:
    """Return the model of a folder or file of the drive.

    Raises
    ------
    UnknownName, BadName
        If there is no such thing in the drive, whatever lies on the disk.
    """
    parts = [part for part in path.split("/") if part]
    if not parts:
        return _folder("", [_folder(one) for one in (*workspace.teams(), SHIPPED)] if content else None)
    team = None if parts[0] == SHIPPED else workspace.team(check_name(parts[0], "team"))
    if len(parts) == 1:
        return _folder(path, [_folder(f"{path}/{one}") for one in KINDS] if content else None)
    kind = check_kind(parts[1])
    if len(parts) == 2:
        inner = [_file(team, kind, name, content=False) for name in _names(team, kind)]
        return _folder(path, inner if content else None)
    return _file(team, kind, _stem("/".join(parts[2:])), content)


def save(workspace: Workspace, path: str, model: Model) -> Model:
    """Save a team's script; the model without content is returned.

    Raises
    ------
    UnknownName, BadName
        As ``read``; a shipped script is refused, too: there is no team called ``_shipped``.
    BadScript
        If what is sent is no text, or too much of it.
    """
    team, kind, name = _own(workspace, path)
    source = model.get("content")
    if model.get("type", "file") != "file" or not isinstance(source, str):
        raise BadScript(path=path, line=0, reason="what was sent is no text")
    if len(source.encode("utf-8", "replace")) > MOST:
        raise BadScript(path=path, line=0, reason=f"it has more than {MOST:,} bytes")
    if (team.folder(kind) / f"{name}.py").is_symlink():
        find_own(team, kind, name)
    save_source(team, kind, name, source)
    return _file(team, kind, name, content=False)


def keep(workspace: Workspace, path: str) -> Model:
    """Remember a script as it is now, for "Revert to Checkpoint"."""
    team, kind, name = _own(workspace, path)
    there = team.folder(kind) / _KEPT / f"{name}.py"
    atomic.write_bytes(there, find_own(team, kind, name).read_bytes())
    return _checkpoint(there)


def kept(workspace: Workspace, path: str) -> list[Model]:
    """Return what is remembered of a script: one model, or none."""
    if path.partition("/")[0] == SHIPPED:
        return []
    team, kind, name = _own(workspace, path)
    there = team.folder(kind) / _KEPT / f"{name}.py"
    return [_checkpoint(there)] if there.is_file() else []


def restore(workspace: Workspace, path: str) -> None:
    """Bring a script back to what is remembered; UnknownName where nothing is."""
    team, kind, name = _own(workspace, path)
    there = team.folder(kind) / _KEPT / f"{name}.py"
    if not there.is_file():
        raise UnknownName(kind="checkpoint of the script", given=name)
    save_source(team, kind, name, _source(there))


def check_kind(kind: str) -> Kind:
    """Return `kind` if it is one of KINDS, else raise UnknownName."""
    for known in KINDS:
        if kind == known:
            return known
    raise UnknownName(kind="folder of scripts", given=kind, known=KINDS)


def find_own(team: Team, kind: Kind, name: str) -> Path:
    """Return the team's own script; UnknownName where it has none, or a link that leads elsewhere."""
    path = team.folder(kind) / f"{name}.py"
    if not path.is_file() or path.is_symlink():
        raise UnknownName(kind=f"{kind.rstrip('s')} of {team.name}", given=name, known=_names(team, kind))
    return path


def _source(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadScript(path=path, line=0, reason=str(problem)) from None


def _own(workspace: Workspace, path: str) -> tuple[Team, Kind, str]:
    team, _, rest = path.strip("/").partition("/")
    kind, _, file = rest.partition("/")
    return workspace.team(team), check_kind(kind), _stem(file)


def _stem(file: str) -> str:
    name = file.removesuffix(".py")
    if not file.endswith(".py"):
        raise UnknownName(kind="script", given=file)
    return check_name(name, "script")


def _names(team: Team | None, kind: Kind) -> list[str]:
    if team is None:
        return list(list_scripts(None, kind))
    return [path.stem for path in sorted(team.folder(kind).glob("*.py")) if not path.is_symlink()]


def _file(team: Team | None, kind: Kind, name: str, content: bool) -> Model:
    path = shipped(kind, name) if team is None else find_own(team, kind, name)
    stat, source = path.stat(), _source(path)
    whole = f"{SHIPPED if team is None else team.name}/{kind}/{name}.py"
    return {
        **_model(whole, "file", stat.st_mtime), "size": stat.st_size, "mimetype": "text/x-python",
        "writable": team is not None, "format": "text" if content else None,
        "content": source if content else None,
        "hash": hashlib.sha256(source.encode()).hexdigest(), "hash_algorithm": "sha256",
    }  # fmt: skip


def _folder(path: str, inner: list[Model] | None = None) -> Model:
    shown = {"format": "json", "content": inner} if inner is not None else {"format": None, "content": None}
    return {**_model(path.strip("/"), "directory", 0.0), "mimetype": None, "writable": False, **shown}


def _model(path: str, type_: str, changed_s: float) -> Model:
    when = datetime.fromtimestamp(changed_s, UTC).isoformat().replace("+00:00", "Z")
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "type": type_,
        "created": when,
        "last_modified": when,
    }


def _checkpoint(path: Path) -> Model:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return {"id": "last", "last_modified": when.isoformat().replace("+00:00", "Z")}
