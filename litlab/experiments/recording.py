"""``litlab.run()``: a run's folder around any ``fit``, wherever the model came from.

    with litlab.run(team="contoso", description="initial test") as run:
        model.fit(x, y, epochs=20, callbacks=[litlab.callbacks.csv()])

With ``asset=`` it is scored on the asset's validation part like any other run, and can be vaulted.

The process is the person's own: its state is held by the lock of the run's folder, and a stop is a mark in
the folder that the callback sees after the batch.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import litlab
from litlab import atomic
from litlab.assets import Asset, ledger
from litlab.assets.looks import seen_in
from litlab.canvases import Canvas, TrainingSettings
from litlab.errors import UnknownName
from litlab.experiments.launch import new_folder
from litlab.experiments.on_asset import described
from litlab.experiments.resources import sampling
from litlab.experiments.run import Run, RunDefinition
from litlab.experiments.supervised import STOP
from litlab.jobs import JobRecord, identity
from litlab.records import check_name
from litlab.vault.looks import LAUNCH
from litlab.workspace import Project, Workspace

_current: ContextVar[Run | None] = ContextVar("run", default=None)


def current() -> Run | None:
    """Return the run whose block this code stands in, None outside of one."""
    return _current.get()


@contextmanager
def run(
    team: str | None = None,
    project: str | None = None,
    *,
    description: str = "",
    name: str = "code",
    workspace: Path | str | None = None,
    asset: Asset | None = None,
    label: str = "",
    head: str = "binary",
    quantiles: Sequence[float] = (),
) -> Iterator[Run]:
    """Record what is trained in this block as a run of its own.

    Parameters
    ----------
    team, project : str, optional
        The workspace's only ones by default.
    description : str
        A person's words, kept beside the run.
    name : str
        The run is called ``<name>-<number>``.
    workspace : path, optional
        ``$LITLAB_HOME`` or ``~/litlab`` by default.
    asset : Asset, optional
        What is trained on. With ``litlab.callbacks.csv()`` and ``checkpoints()`` its epochs have a
        scoreboard on its validation part, and go into the vault like those of a canvas; the model's inputs
        are then called like the asset's features.
    label : str
        Of the asset, what is learned; its only one by default.
    head : {"binary", "classes", "regression", "quantiles"}
        What the model's output is.
    quantiles : sequence of float
        Their levels, where it says quantiles.

    Yields
    ------
    Run
        *running* until the block ends; then *done*, *stopped* if that was wished, *failed* if it raised.

    Raises
    ------
    UnknownName
        If there is no such team, project or label, or several and none was named.
    BadParameter
        If `head` is none of the four, or the asset has several labels and none was named.

    Examples
    --------
    >>> import tempfile
    >>> home = Workspace(tempfile.mkdtemp())
    >>> home.create_project("contoso", "digits")
    Project(...)
    >>> with run(workspace=home.home, description="initial test") as recorded:
    ...     recorded.state
    'running'
    >>> recorded.name, recorded.state
    ('code-001', 'done')
    """
    definition = _definition(check_name(name, "run"), asset, label, head, quantiles)
    made = _lay_out(_project(Workspace(workspace), team, project), definition, asset, description)
    record = JobRecord(
        f"training {made.name}", (Path(sys.argv[0] or "python").name,), {}, "running", os.getpid(),
        identity(os.getpid()),
    )  # fmt: skip
    with atomic.lock(made.folder / "job.lock", what=f"The run {made.name}", purpose="training from code"):
        record.save(made.folder / "job.json")
        token = _current.set(made)
        state, status = "failed", 1
        try:
            with sampling(made.folder, "gpu"):
                yield made
            state, status = "stopped" if (made.folder / STOP).is_file() else "done", 0
        except BaseException as problem:
            say(made, f"error: {type(problem).__name__}: {problem}")
            raise
        finally:
            _current.reset(token)
            dataclasses.replace(record, state=state, exit_status=status).save(made.folder / "job.json")


def say(run: Run, text: str) -> None:
    """Append a line to the run's log."""
    atomic.append_line(run.log, " ".join(text.split()))


def _project(workspace: Workspace, team: str | None, project: str | None) -> Project:
    if team is None:
        return workspace.project(None, project) if project is None else _only(workspace, project)
    projects = workspace.team(team).projects()
    if project is None and len(projects) == 1:
        return projects[0]
    return workspace.project(team, project)


def _only(workspace: Workspace, project: str) -> Project:
    """Return the one project of this name among all teams."""
    found = [one for one in workspace.projects() if one.name == project]
    if len(found) != 1:
        known = [str(one) for one in workspace.projects()]
        raise UnknownName(kind="project (or several: name the team)", given=project, known=known)
    return found[0]


def _definition(
    name: str, asset: Asset | None, label: str, head: str, quantiles: Sequence[float]
) -> RunDefinition:
    nodes = () if asset is None else (described(asset, label, head, quantiles),)
    return RunDefinition(
        name=name, canvas=Canvas(nodes, (), {"name": name}), components={},
        schema="" if asset is None else asset.schema, asset="" if asset is None else asset.digest,
        settings=TrainingSettings(), litlab=litlab.__version__, made_by="code",
    )  # fmt: skip


def _lay_out(project: Project, definition: RunDefinition, asset: Asset | None, description: str) -> Run:
    folder = new_folder(project, definition.name)
    (folder / "saved_models").mkdir()
    atomic.write_bytes(folder / "description.txt", f"{description}\n".encode())
    atomic.write_json(folder / "features.json", {} if asset is None else asset.manifest["features"])
    definition.save(folder / "definition.json")
    if asset is not None:
        facts = {"asset": asset.digest, "test": seen_in(asset)}
        ledger.record(project.team, LAUNCH, run=folder.name, project=project.name, **facts)
    return Run(folder)
