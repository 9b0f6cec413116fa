"""What a page's address asks for: ``?project=team/name&theme=dark&index=7&view=0-90&schema=minutes``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import panel as pn

from litlab.adapters.current import current_adapter
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
        return int(text) if re.fullmatch(r"\d{1,18}", text, re.A) else None

    @property
    def view(self) -> tuple[int, int] | None:
        """The ticks asked to be in view, half-open: ``?view=1200-3400``.

        >>> Request({"view": "1200-3400"}).view, Request({"view": "1200"}).view
        ((1200, 3400), None)
        """
        start, _, stop = self.arguments.get("view", "").partition("-")
        known = re.fullmatch(r"\d{1,18}", start, re.A) and re.fullmatch(r"\d{1,18}", stop, re.A)
        return (int(start), int(stop)) if known and int(start) < int(stop) else None

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

    One adapter serves all pages: see ``litlab.adapters.current``.
    """
    return current_adapter(project)
