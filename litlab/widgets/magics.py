"""``%load_ext litlab``: ``%%feature NAME`` makes a script of a cell, ``%litlab`` runs litlab's commands.

A cell becomes the team's script of that name, is proved at a few ticks of the project's data, and its form
appears below. A script that cannot be loaded, or that reads its future, is saved all the same and says why.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from html import escape
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import HTML, display

from litlab import atomic
from litlab.errors import LitlabError, UnknownName
from litlab.features import Feature, LoadedFeature, list_features
from litlab.features.prover import prove
from litlab.records import check_name
from litlab.workspace import Project, Workspace

_SAMPLES = 12


@magics_class
class LitlabMagics(Magics):  # type: ignore[misc]  # IPython is not typed here
    """The magics of litlab, for the workspace in ``$LITLAB_HOME``."""

    @cell_magic  # type: ignore[untyped-decorator]
    def feature(self, line: str, cell: str) -> Any:
        """Save the cell as a feature script: ``%%feature NAME [team/project]``; prove it; show its form."""
        words = line.split()
        if not 1 <= len(words) <= 2:
            raise UsageError("%%feature wants a name: %%feature my_feature [team/project]")
        try:
            check_name(words[0], "script")
            project = _project(words[1] if len(words) == 2 else "")
            path = project.team.folder("scripts") / f"{words[0]}.py"
            atomic.write_bytes(path, cell.encode())
            from litlab.widgets.feature import FeatureForm

            form = FeatureForm(words[0], project)
        except LitlabError as problem:
            raise UsageError(str(problem)) from None
        display(HTML(proof_html(project, words[0], form.params())))
        return form

    @line_magic  # type: ignore[untyped-decorator]
    def litlab(self, line: str) -> None:
        """Run a command of litlab: ``%litlab builds``, ``%litlab build minutes``; see ``%litlab --help``."""
        command = [sys.executable, "-m", "litlab.cli", *shlex.split(line)]
        environment = {**os.environ, "COLUMNS": "100"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            for text in process.stdout:
                print(text, end="", flush=True)
        if process.returncode:
            raise UsageError(f"litlab ended with status {process.returncode}")


def _project(named: str) -> Project:
    if not named:
        return Workspace().project()
    team, _, name = named.partition("/")
    return Workspace().project(team, name)


def proof_html(project: Project, script: str, params: dict[str, Any] | None) -> str:
    """Return the prover's verdict on a script as one line of HTML, with its evidence."""
    if params is None:
        return "<span>○ not proved: its form has no complete example</span>"
    from litlab.adapters import load_adapter_by_project

    team = project.team
    try:
        adapter = load_adapter_by_project(team.name, project.name, team.workspace)
        loaded = LoadedFeature.load(team, Feature(script, script, params))
        saved = list_features(team)
        others = [LoadedFeature.load(team, saved[name]) for name in loaded.requires if name in saved]
        missing = [name for name in loaded.requires if name not in saved]
        if missing:
            raise UnknownName(kind="saved feature", given=missing[0], known=saved)
        proof = prove(adapter, loaded, others, samples=_SAMPLES)
    except (LitlabError, OSError) as problem:
        return f'<span role="alert">▲ {escape(str(problem))}</span>'
    mark = {"refuted": "▲", "no": "✓", "enforced": "✓"}.get(proof.verdict.split()[0].rstrip(":"), "○")
    why = "".join(f"<li>{escape(one.text)}</li>" for one in proof.evidence[:8])
    lo, hi = proof.ticks
    about = f"{proof.samples} samples, ticks read {lo:+,} to {hi:+,}"
    return f'<span role="status">{mark} {escape(proof.verdict)} · {about}</span><ul>{why}</ul>'


def load(shell: Any) -> None:
    """Register the magics; what ``%load_ext litlab`` calls."""
    shell.register_magics(LitlabMagics)
