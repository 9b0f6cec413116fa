"""Reading a job's log while it grows: whole lines from an offset on, never the same bytes twice."""

from __future__ import annotations

import os
from pathlib import Path

from litlab.errors import UnknownName
from litlab.records import check_name
from litlab.server.processes import state_of
from litlab.server.wire import LogBody
from litlab.workspace import Team

# Folders of a team in which jobs write, and the files they write to: the first that is not empty.
ROOTS = ("logs", "train", "preview", "streams", "cache", "raw")
FILES = ("workflow.log", "log.txt")
MOST = 256 * 1024  # bytes of one answer
TAIL = 64 * 1024  # a reader without an offset begins this far before the end


def find_log(team: Team, job: str, file: str = "") -> Path:
    """Return the file of a log.

    Parameters
    ----------
    job : str
        A job's folder below the team's (``logs/3``), or one file of it (``logs/3/processes/77.log``).
    file : str
        One of FILES; by default the first of them in the folder that is not empty.

    Raises
    ------
    BadName
        If a part of it can be no name on disk.
    UnknownName
        If there is no such log, or it leads out of the folders that jobs write in.
    """
    parts = [check_name(part, "log") for part in job.strip("/").split("/")]
    folder = team.root.joinpath(*parts)
    if file:
        check_name(file, "log")
    if parts[0] in ROOTS and folder.resolve().is_relative_to(team.root.resolve() / parts[0]):
        candidates = [folder] if folder.suffix in (".log", ".txt") else [folder / one for one in FILES]
        there = [one for one in candidates if one.is_file() and not one.is_symlink()]
        chosen = [one for one in there if one.name == file] or [one for one in there if one.stat().st_size]
        if chosen or there:
            return (chosen or there)[0]
    raise UnknownName(kind=f"log of {team.name}", given=job)


def log_body(team: Team, job: str, offset: int | None = None, file: str = "") -> LogBody:
    r"""Return what a log says from a byte offset on, its last TAIL bytes where none is given.

    A line that is still being written comes with the next answer, unless the job has ended. An offset behind
    the end, or another file than the one that is the log now, begins anew.

    Examples
    --------
    >>> import tempfile
    >>> from litlab.workspace import Workspace
    >>> with tempfile.TemporaryDirectory() as home:
    ...     team = Workspace(home).create_project("contoso", "volatility").team
    ...     folder = team.folder("logs") / "1"
    ...     folder.mkdir()
    ...     _ = (folder / "workflow.log").write_text("one line\nanother\n")
    ...     first = log_body(team, "logs/1")
    ...     log_body(team, "logs/1", first["offset"], first["file"])["text"], first["text"]
    ('', 'one line\nanother\n')
    """
    path = find_log(team, job, file)
    folder = path.parent if path.name in FILES else path.parent.parent
    state = state_of(folder)  # asked first: what comes after it is told in the next answer
    with path.open("rb") as log:
        size = os.fstat(log.fileno()).st_size
        fresh = offset is None or offset > size or file not in ("", path.name)
        start = max(size - TAIL, 0) if fresh or offset is None else offset
        log.seek(start)
        data = log.read(MOST)
    if fresh and start:  # a line from its beginning
        skipped = data.find(b"\n") + 1
        start, data = start + skipped, data[skipped:]
    whole = data.rfind(b"\n") + 1
    if whole == 0 and len(data) == MOST:  # a line longer than an answer
        whole = len(data)
    if state in ("running", "queued") or start + len(data) < size:
        data = data[:whole]
    text = data.decode("utf-8", "replace")
    return {
        "file": path.name, "text": text, "start": start, "offset": start + len(data), "size": size,
        "state": state,
    }  # fmt: skip
