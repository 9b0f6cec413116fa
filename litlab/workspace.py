"""Where things lie: a workspace holds teams, a team holds its data, scripts, assets and projects.

$LITLAB_HOME/<team>/  raw/ cache/ adapters/ scripts/ features/ components/ schemas/ logs/ build/
                      assets/ canvases/ train/ vault/ streams/ preview/ projects/ ledger.jsonl
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from litlab.atomic import lock
from litlab.errors import AlreadyExists, UnknownName
from litlab.records import Record, check_name
from litlab.shown import Shown

FOLDERS = (
    "raw", "cache", "adapters", "scripts", "features", "components", "schemas", "logs", "build",
    "assets", "canvases", "train", "vault", "streams", "preview", "projects",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ProjectRecord(Record):
    """What a project remembers: its data set and the selections its forms are prefilled from."""

    KIND: ClassVar[str] = "project"

    name: str
    adapter: str = ""
    parameters: dict[str, object] = dataclasses.field(default_factory=dict)
    paths: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


class Workspace(Shown):
    """A directory tree that litlab owns.

    Parameters
    ----------
    home : path, optional
        ``$LITLAB_HOME`` by default, else ``~/litlab``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     project = Workspace(home).create_project("contoso", "volatility")
    ...     print(project, sorted(p.name for p in project.team.root.iterdir())[:3])
    contoso/volatility ['adapters', 'assets', 'build']
    """

    def __init__(self, home: str | os.PathLike[str] | None = None) -> None:
        self.home = Path(os.path.abspath(home or os.environ.get("LITLAB_HOME") or Path.home() / "litlab"))

    def __repr__(self) -> str:
        return f"Workspace({str(self.home)!r})"

    def _facts(self) -> dict[str, object]:
        return {"home": self.home, "projects": [str(one) for one in self.projects()]}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and self.home == other.home

    def __hash__(self) -> int:
        return hash(self.home)

    def teams(self) -> list[str]:
        """Return the names of all teams, sorted."""
        if not self.home.is_dir():
            return []
        return sorted(entry.name for entry in self.home.iterdir() if (entry / "projects").is_dir())

    def team(self, name: str) -> Team:
        """Return a team that exists, else raise UnknownName."""
        if name not in self.teams():
            raise UnknownName(kind="team", given=name, known=self.teams())
        return Team(self, name)

    def create_project(self, team: str, project: str) -> Project:
        """Create ``team/project``; the team comes into being with its first project."""
        check_name(team, "team")
        check_name(project, "project")
        root = self.home / team
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        record = root / "projects" / f"{project}.json"
        if record.exists():
            raise AlreadyExists(kind="project", name=f"{team}/{project}")
        ProjectRecord(name=project).save(record)
        return Project(Team(self, team), project)

    def projects(self) -> Iterator[Project]:
        """Iterate over all projects of all teams, by team, then name."""
        for team in self.teams():
            yield from self.team(team).projects()

    def project(self, team: str | None = None, project: str | None = None) -> Project:
        """Return a project that exists; without names, the only one there is.

        Raises
        ------
        UnknownName
            If there is no such project, or several and none was named.
        """
        if team is None and project is None:
            every = list(self.projects())
            if len(every) == 1:
                return every[0]
            raise UnknownName(kind="default project", given="", known=[str(one) for one in every])
        return self.team(team or "").project(project or "")

    def lock(self, purpose: str) -> AbstractContextManager[None]:
        """Hold the whole workspace; a second holder is refused with our pid."""
        return lock(self.home / ".lock", what=f"The workspace {self.home}", purpose=purpose)


@dataclasses.dataclass(frozen=True)
class Team(Shown):
    """One team's folders."""

    workspace: Workspace
    name: str

    def _facts(self) -> dict[str, object]:
        return {"name": self.name, "root": self.root, "projects": [one.name for one in self.projects()]}

    @property
    def root(self) -> Path:
        """The team's directory."""
        return self.workspace.home / self.name

    def folder(self, kind: str) -> Path:
        """Return one of FOLDERS, made if it is missing."""
        if kind not in FOLDERS:
            raise UnknownName(kind="workspace folder", given=kind, known=FOLDERS)
        path = self.root / kind
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def ledger(self) -> Path:
        """The team's append-only, hash-chained record of who did what when."""
        return self.root / "ledger.jsonl"

    def projects(self) -> list[Project]:
        """Return the team's projects, by name."""
        return [Project(self, path.stem) for path in sorted((self.root / "projects").glob("*.json"))]

    def project(self, name: str) -> Project:
        """Return a project that exists, else raise UnknownName."""
        known = [project.name for project in self.projects()]
        if name not in known:
            raise UnknownName(kind=f"project of {self.name}", given=name, known=known)
        return Project(self, name)


@dataclasses.dataclass(frozen=True)
class Project(Shown):
    """A project of a team; everything it makes lies in the team's folders under its own names."""

    team: Team
    name: str

    def __str__(self) -> str:
        return f"{self.team.name}/{self.name}"

    def _facts(self) -> dict[str, object]:
        return {**self.record._facts(), "name": str(self)}

    @property
    def record_path(self) -> Path:
        """The project's one JSON file."""
        return self.team.folder("projects") / f"{self.name}.json"

    @property
    def record(self) -> ProjectRecord:
        """What is stored of the project, read afresh."""
        return ProjectRecord.load(self.record_path)

    def update(self, **changes: object) -> ProjectRecord:
        """Change fields of the stored record under its lock, so that no update is lost."""
        return self.revise(lambda record: dataclasses.replace(record, **changes))  # type: ignore[arg-type]

    def revise(self, change: Callable[[ProjectRecord], ProjectRecord]) -> ProjectRecord:
        """Replace the stored record by what `change` makes of it, under its lock."""
        guard = self.record_path.with_suffix(".lock")
        with lock(guard, what=f"The project {self}", purpose="update"):
            record = change(self.record)
            record.save(self.record_path)
        return record

    def folder(self, kind: str) -> Path:
        """Return one of the team's folders."""
        return self.team.folder(kind)
