"""What reads which raw file: people's word, the project's, its cache's, else what a look at it proposes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litlab.adapters import Guess
from litlab.errors import LitlabError
from litlab.uploads import RawFile, use_adapter
from litlab.uploads.files import guess_of
from litlab.workspace import Project

_SURE = 0.9  # what a look at a file must be for its caching to begin by itself
_SAID = ("you said so",)
_CODE = """from litlab.adapters.previewing import preview
from litlab.uploads import add_files, list_files, plan_caching, start_caching
from litlab.workspace import Workspace

project = Workspace({home!r}).project({team!r}, {project!r})
files = {files}
tasks = plan_caching(project, files{chosen})
start_caching(project.team, tasks).wait()  # goes on without whoever started it
add_files(project, files{read})
beginning = preview({path!r}, {adapter!r}, {parameters!r}, project.team)
"""


class Readings:
    """A project's page's knowledge of what reads its files.

    Attributes
    ----------
    guesses : dict of Path to Guess or str
        What a look at files gave, or why it gave nothing.
    chosen : dict of Path to (adapter, parameters)
        What people decided for files of no project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.guesses: dict[Path, Guess | str] = {}
        self.chosen: dict[Path, tuple[str, dict[str, Any]]] = {}

    def guess(self, file: RawFile) -> Guess:
        """Return what reads a file."""
        if file.path in self.chosen and not file.in_project:
            adapter, parameters = self.chosen[file.path]
            return Guess(adapter, parameters, 1.0, _SAID)
        if file.adapter:
            return guess_of(file)
        found = self.guesses.get(file.path)
        return found if isinstance(found, Guess) else Guess("csv", {}, 0.0, (found or "not looked at yet",))

    def use(self, file: RawFile, adapter: str, parameters: dict[str, Any]) -> None:
        """Read a file with an adapter from now on; all of the project's where it is one of them."""
        if file.in_project:
            use_adapter(self.project, adapter, parameters)
        else:
            self.chosen[file.path] = (adapter, parameters)
            self.guesses[file.path] = Guess(adapter, parameters, 1.0, _SAID)

    def is_readable(self, one: RawFile) -> bool:
        """Tell whether a look at a file did not find that nothing reads it."""
        return not isinstance(self.guesses.get(one.path), str)

    def is_decided_anew(self, one: RawFile) -> bool:
        """Tell whether a cached file shall be read in another way than it was."""
        wanted = self.chosen.get(one.path)
        return wanted is not None and one.state == "cached" and wanted != (one.adapter, one.parameters)

    def is_unknown(self, one: RawFile) -> bool:
        """Tell whether a file has to be looked at."""
        known = one.adapter or one.path in self.guesses or one.part is not None or one.state == "gone"
        return not known

    def is_sure(self, one: RawFile) -> bool:
        """Tell whether there is no doubt what a file is."""
        guess = self.guesses.get(one.path)
        return bool(one.adapter) or (isinstance(guess, Guess) and guess.confidence >= _SURE)

    def code(self, files: Sequence[RawFile], drawer: Path | None) -> str:
        """Return the calls that cache files and look at the one in the drawer."""
        mine = [one for one in files if one.in_project] or [
            one for one in files if one.part is None and one.state != "gone" and self.is_readable(one)
        ]
        shown = next((one for one in files if one.path == drawer), mine[0] if mine else None)
        guess = self.guess(shown) if shown else Guess("lseg", {}, 0.0, ())
        decided = {path: read for path, read in self.chosen.items() if path in {one.path for one in mine}}
        keys = ", ".join(f"Path({str(path)!r}): {read!r}" for path, read in decided.items())
        first = next(iter(decided.values()), None)
        code = _CODE.format(
            home=str(self.project.team.workspace.home), team=self.project.team.name,
            project=self.project.name,
            files=json.dumps([str(one.path) for one in mine], indent=4, ensure_ascii=False) if mine else "[]",
            chosen=f", {{{keys}}}" if decided else "", read=f", {first[0]!r}, {first[1]!r}" if first else "",
            path=str(shown.path) if shown else "", adapter=guess.adapter, parameters=guess.parameters,
        )  # fmt: skip
        return f"from pathlib import Path\n\n{code}" if decided else code


def look(files: Sequence[RawFile]) -> dict[Path, Guess | str]:
    """Return what a look at each file gives, or the sentence why it gives nothing."""
    found: dict[Path, Guess | str] = {}
    for one in files:
        try:
            found[one.path] = guess_of(one)
        except (LitlabError, OSError) as problem:
            found[one.path] = str(problem)
    return found
