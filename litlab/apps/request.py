"""What a page's address asks for: ``?project=team/name``, ``?theme=dark``, ``?index=``, ``?schema=``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import panel as pn

from litlab.adapters import Adapter, load_adapter_by_project
from litlab.charts.tokens import Theme, theme_named
from litlab.workspace import Project, Workspace


@dataclasses.dataclass(frozen=True)
class Request:
    """A page's address, read.

    Attributes
    ----------
    arguments : dict of str to str
        The query; a page keeps what other pages put there.
    """

    arguments: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])

    @property
    def theme(self) -> Theme:
        """The theme asked for; light by default."""
        return theme_named(self.arguments.get("theme", ""))

    @property
    def index(self) -> int | None:
        """The tick asked for."""
        text = self.arguments.get("index", "").replace(",", "")
        return int(text) if text.isdecimal() else None

    def link(self, page: str, **changes: str) -> str:
        """Return the relative address of a page with the same project and theme.

        >>> Request({"theme": "dark", "index": "7"}).link("assets", project="contoso/volatility")
        'assets?theme=dark&project=contoso%2Fvolatility'
        """
        kept = {name: self.arguments[name] for name in ("project", "theme") if name in self.arguments}
        query = urlencode({name: value for name, value in {**kept, **changes}.items() if value})
        return f"{page}?{query}" if query else page


def current() -> Request:
    """Return the request of the page being made."""
    raw: dict[str, list[bytes]] = pn.state.session_args or {}
    return Request({name: values[-1].decode("utf-8", "replace") for name, values in raw.items() if values})


def project_of(workspace: Workspace, asked: Request) -> Project | None:
    """Return the project asked for, by default the only one; None where nobody has said which.

    Raises
    ------
    UnknownName
        If there is none of that name.
    """
    named = asked.arguments.get("project", "")
    if named:
        team, _, name = named.partition("/")
        return workspace.project(team, name)
    every = list(workspace.projects())
    return every[0] if len(every) == 1 else None


def adapter_of(project: Project) -> Any:
    """Return the adapter over a project's files, or None while it has none or not all are cached.

    One adapter serves all pages: it is opened anew when the record or a cache changed.
    """
    if not project.record.paths:
        return None
    found = load_adapter_by_project(project.team.name, project.name, project.team.workspace)
    if not all(one.is_cached(path) for one in (found, *found.beside) for path in one.paths):
        return None
    return _opened(project, _state(found))


def _state(adapter: Adapter) -> tuple[str, ...]:
    """Return what changes when the files, the parameters or a cache do."""
    every = [(one, path) for one in (adapter, *adapter.beside) for path in one.paths]
    pointers = [(one.cache_home(path) / "CURRENT").read_text() for one, path in every]
    recipes = [str(one.recipe()) for one in (adapter, *adapter.beside)]
    return (*(str(path) for _, path in every), *recipes, *pointers)


@functools.lru_cache(maxsize=16)
def _opened(project: Project, state: tuple[str, ...]) -> Any:
    return load_adapter_by_project(project.team.name, project.name, project.team.workspace)
