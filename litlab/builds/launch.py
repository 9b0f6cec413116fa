"""Builds as jobs: they outlive the page, the kernel and the server that started them.

1. ``launch_build`` makes ``logs/<number>/`` with the schema as it is now and what was asked for
(``order.json``), and starts ``python -m litlab.builds build HOME TEAM NUMBER`` under a supervisor there
(``litlab.jobs``). 2. That process runs the build into the same folder. 3. Whoever wants to know reads the
folder: ``litlab.builds.list_builds``, ``BuildLog.state``, ``litlab.builds.facts``.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import ClassVar

from litlab import atomic
from litlab.builds.build import run_build
from litlab.builds.log import BuildLog, find_build, list_builds
from litlab.errors import AlreadyExists, BuildNotOurs, LitlabError
from litlab.jobs import Job
from litlab.records import Record
from litlab.schemas import Schema, load_schema
from litlab.workspace import Team

OPEN = ("queued", "running")


@dataclasses.dataclass(frozen=True)
class BuildOrder(Record):
    """How a build shall run; see ``run_build``."""

    KIND: ClassVar[str] = "build order"

    workers: int | None = None
    engine: str = "auto"
    sample_timeout_s: float | None = None


def launch_build(
    team: Team,
    schema: str,
    workers: int | None = None,
    engine: str = "auto",
    sample_timeout_s: float | None = None,
) -> Job:
    """Build a saved schema in a process of its own; return at once.

    Parameters
    ----------
    schema : str
        The name; the build keeps the schema as it is now.
    workers, engine, sample_timeout_s
        As ``run_build`` has them.

    Returns
    -------
    Job
        Its folder is the build's: ``BuildLog(job.folder)`` tells how it goes.

    Raises
    ------
    UnknownName
        If there is no such schema; AlreadyExists if it is being built.
    """
    return _launched(team, load_schema(team, schema), BuildOrder(workers, engine, sample_timeout_s))


def resume_build(team: Team, number: int) -> Job:
    """Build what a stopped or failed build was to build, as a new one: chunks that are there are kept.

    Raises
    ------
    UnknownName
        If there is no such build; AlreadyExists if its schema is being built.
    """
    build = find_build(team, number)
    path = build.folder / "order.json"
    return _launched(team, build.schema(), BuildOrder.load(path) if path.is_file() else BuildOrder())


def stop_build(team: Team, number: int) -> None:
    """Ask a launched build to end; what its finished chunks hold is kept.

    Raises
    ------
    UnknownName
        If there is no such build; BuildNotOurs if it runs in somebody's terminal or notebook.
    """
    build = find_build(team, number)
    if build.state not in OPEN:
        return
    if build.job is None:
        raise BuildNotOurs(number=number, pid=build.record().pid)
    build.job.stop()


def _launched(team: Team, schema: Schema, order: BuildOrder) -> Job:
    schema.check()
    with atomic.lock(team.folder("logs") / ".launch.lock", what="The list of builds", purpose="launch"):
        for other in list_builds(team):
            if (
                other.record().state in OPEN
                and other.schema().family == schema.family
                and other.state in OPEN
            ):
                raise AlreadyExists(kind="running build of", name=schema.name)
        log = BuildLog.create(team, schema)
        order.save(log.folder / "order.json")
        log.queue(schema)
        home = str(team.workspace.home)
        argv = [sys.executable, "-m", "litlab.builds", "build", home, team.name, str(log.number)]
        try:
            return Job.launch(log.folder, argv, f"build {schema.name}")
        except BaseException as problem:
            log.fail(str(problem) or type(problem).__name__)
            raise


def run_launched(team: Team, number: int) -> bool:
    """Run the build that a folder was made for, in this process; False where it failed.

    What goes wrong is in its record and its log.
    """
    build = find_build(team, number)
    order = BuildOrder.load(build.folder / "order.json")
    try:
        made = run_build(
            team,
            build.schema(),
            order.workers,
            engine_name=order.engine,
            sample_timeout_s=order.sample_timeout_s,
            log=build,
        )
    except LitlabError as problem:
        if build.record().state == "queued":
            build.fail(str(problem))
        print(f"error: {problem}", file=sys.stderr)
        return False
    print(f"{made.asset!r} is in the queue")
    return True
