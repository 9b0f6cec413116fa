"""Plugins: packages that name adapters, scripts, components, streams and views.

A plugin is one object behind an entry point of the group ``litlab.plugins``. It only *names* things
("package.module:Class"); nothing of it is imported until it is asked for. A plugin that cannot be
loaded is listed with its error and stops nobody.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from litlab.errors import UnknownName

GROUP = "litlab.plugins"


@dataclasses.dataclass(frozen=True)
class Plugin:
    """What one package adds to litlab.

    Attributes
    ----------
    name : str
        Shown to people.
    adapters, streams, views : dict of str to str
        Public name → "package.module:Class".
    script_folders, component_folders : tuple of str
        Folders of .py files, absolute or relative to the plugin's package as "package:folder".
    """

    name: str
    adapters: dict[str, str] = dataclasses.field(default_factory=dict)
    script_folders: tuple[str, ...] = ()
    component_folders: tuple[str, ...] = ()
    streams: dict[str, str] = dataclasses.field(default_factory=dict)
    views: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Found:
    """A plugin as found: loaded, or with the reason why not."""

    name: str
    plugin: Plugin | None
    error: str = ""


@functools.cache
def found_plugins() -> tuple[Found, ...]:
    """Return every installed plugin by name, broken ones with their error."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            plugin = entry.load()
            if not isinstance(plugin, Plugin):
                raise TypeError(f"{entry.value} is a {type(plugin).__name__}, not a litlab.plugins.Plugin")
        except Exception as problem:  # a plugin's import may raise anything; the reason is kept
            found.append(Found(entry.name, None, f"{type(problem).__name__}: {problem}"))
        else:
            found.append(Found(entry.name, plugin))
    return tuple(found)


def _loaded() -> list[Plugin]:
    return [one.plugin for one in found_plugins() if one.plugin is not None]


def named(hook: str) -> dict[str, str]:
    """Return everything plugins name under `hook` (``"adapters"``, ``"streams"``, ``"views"``)."""
    every: dict[str, str] = {}
    for plugin in _loaded():
        every.update(getattr(plugin, hook))
    return every


def load_object(reference: str) -> Any:
    """Import what "package.module:name" says."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def load_named(hook: str, name: str) -> Any:
    """Return the object plugins name `name` under `hook`; UnknownName lists the known ones."""
    every = named(hook)
    if name not in every:
        raise UnknownName(kind=hook.rstrip("s"), given=name, known=every)
    return load_object(every[name])


def folders(hook: str) -> list[Path]:
    """Return the existing folders of ``"script_folders"`` or ``"component_folders"``, plugin by plugin."""
    paths = [_located(text) for plugin in _loaded() for text in getattr(plugin, hook)]
    return [path for path in paths if path.is_dir()]


def owner(hook: str, path: Path) -> str:
    """Return the name of the plugin in whose folders of that hook a file lies, "" where it is nobody's."""
    for plugin in _loaded():
        if any(path.parent == _located(text) for text in getattr(plugin, hook)):
            return plugin.name
    return ""


def _located(text: str) -> Path:
    package, colon, inner = text.partition(":")
    if not colon:
        return Path(text)
    origin = importlib.import_module(package).__file__ or ""
    return Path(origin).parent / inner
