"""The beginning of a raw file as an adapter reads it, beside its text; nothing is cached, little is read."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from litlab.adapters.fields import field_of
from litlab.adapters.inflating import BROKEN, Inflated, reason_of
from litlab.adapters.loading import adapter_class
from litlab.errors import BadParameter, LitlabError, TooManyRejects
from litlab.ticks.account import RowAccount
from litlab.workspace import Team

_TEXT = 1 << 18  # bytes looked at for lines
_LONGEST = 400  # characters of a line that are shown
_LISTED = 200  # rejects


@dataclasses.dataclass(frozen=True)
class Preview:
    """What the beginning of a file gives.

    Attributes
    ----------
    ticks : pyarrow.Table or None
        The first ticks: canonical columns and the vendor's; None where there is none.
    lines : tuple of str
        The file's first physical lines, inflated, cut at 400 characters; () for a binary format.
    rejects : tuple of {"line", "reason", "text"}
        Rows among those read that cannot be used, the first 200.
    rows_in, filtered, rejected : int
        Of what was read: a few thousand rows of a large file, all of a small one.
    problem : str
        The sentence of what ended the reading, "" without.
    field : str
        The parameter that the problem is about, "adapter" where another one would fit, "" where none is.
    zone : str
        The exchange's.
    """

    ticks: pa.Table | None
    lines: tuple[str, ...]
    rejects: tuple[dict[str, Any], ...]
    rows_in: int
    filtered: int
    rejected: int
    problem: str
    field: str
    zone: str


def preview(
    path: str | Path,
    adapter: str,
    parameters: Mapping[str, Any] | None = None,
    team: Team | None = None,
    rows: int = 50,
) -> Preview:
    r"""Return the first ticks of a raw file, its first lines, and what became of the rows between.

    Parameters
    ----------
    path : path
    adapter : str
    parameters : mapping, optional
    team : Team, optional
        Whose own adapters may be named.
    rows : int
        Ticks and lines wanted.

    Raises
    ------
    UnknownName
        If there is no such adapter or parameter; any other problem of the file or its parameters is told in
        what is returned.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     path = Path(home) / "a.csv"
    ...     _ = path.write_text("time,price,volume\n2024-01-02T15:00Z,10.5,1\n2024-01-02T15:01Z,x,2\n")
    ...     found = preview(path, "csv", {"max_rejected": 1})
    >>> found.ticks.num_rows, found.lines[2], found.rejects[0]["line"]
    (1, '2024-01-02T15:01Z,x,2', 3)
    """
    path = Path(path)
    kind = adapter_class(team, adapter)
    given = dict(parameters or {})
    batches: list[pa.RecordBatch] = []
    problem: LitlabError | None = None
    try:
        source = kind({**given, "paths": [str(path)]}, path.parent)
    except LitlabError as error:
        if not given.keys() <= kind.PARAMETERS.keys():
            raise
        return _refused(path, rows, given, error)
    source.team = team
    try:
        # Closed at once: a reader's thread is some blocks ahead.
        with contextlib.closing(source.parse(path)) as found:  # type: ignore[type-var]
            for batch in found:
                batches.append(batch)
                if sum(one.num_rows for one in batches) >= rows:
                    break
    except LitlabError as error:
        problem = error
    except Exception as error:  # an adapter's author may raise anything
        problem = BadParameter(name="adapter", given=adapter, wanted=f"{type(error).__name__}: {error}")
    account = source.account
    problem = problem or _too_many(path, account, float(source.parameters.get("max_rejected", 1)))
    return Preview(
        ticks=_first(batches, rows),
        lines=first_lines(path, rows),
        rejects=_rejects(account.rejects[:_LISTED], account.texts),
        rows_in=account.rows_in,
        filtered=account.filtered,
        rejected=account.rejected,
        problem=str(problem) if problem else "",
        field=field_of(problem, source.parameters) if problem else "",
        zone=source.zone,
    )


def _refused(path: Path, rows: int, given: Mapping[str, Any], problem: LitlabError) -> Preview:
    """Return the text alone, and what is wrong with the parameters."""
    return Preview(
        ticks=None, lines=first_lines(path, rows), rejects=_rejects([], None), rows_in=0, filtered=0,
        rejected=0, problem=str(problem), field=field_of(problem, given), zone="UTC",
    )  # fmt: skip


def first_lines(path: Path, count: int) -> tuple[str, ...]:
    """Return the first physical lines of a text, compressed or not; () of what is none.

    At most 256 KiB are inflated: one line without an end does not fill the memory.
    """
    try:
        with Inflated(path) as file:
            data = b""
            while len(data) < _TEXT and data.count(b"\n") < count and (piece := file.read(_TEXT - len(data))):
                data += piece
    except LitlabError:
        return ()
    except BROKEN as problem:  # type: ignore[misc]  # isal's stubs are wrong
        return (f"({reason_of(problem)})",)
    if data[:4] == b"PAR1" or b"\0" in data[:1024]:
        return ()
    lines = data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")[:count]
    return tuple(line.rstrip("\r")[:_LONGEST] for line in (lines[:-1] if lines[-1:] == [""] else lines))


def _too_many(path: Path, account: RowAccount, limit: float) -> LitlabError | None:
    """Return what caching the file would say if it went on as it begins."""
    if account.rejected <= limit * account.rows_in:
        return None
    first = account.rejects[0]
    return TooManyRejects(
        path=path, line=first["line"], reason=first["reason"], rejected=account.rejected,
        rows=account.rows_in, limit=limit,
    )  # fmt: skip


def _first(batches: list[pa.RecordBatch], rows: int) -> pa.Table | None:
    # Batches of one file may carry dictionaries of their own: the first is enough where it is long enough.
    kept, left = [], rows
    for batch in batches:
        kept.append(batch.slice(0, left))
        left -= kept[-1].num_rows
    filled = [batch for batch in kept if batch.num_rows]
    return pa.Table.from_batches(filled).unify_dictionaries() if filled else None


def _rejects(rejects: list[dict[str, Any]], texts: Any) -> tuple[dict[str, Any], ...]:
    try:
        found = texts([one["line"] for one in rejects]) if texts and rejects else {}
    except (LitlabError, *BROKEN):  # type: ignore[misc]
        found = {}
    return tuple(
        {**one, "text": found.get(one["line"], b"").decode("utf-8", "replace")[:_LONGEST]} for one in rejects
    )
