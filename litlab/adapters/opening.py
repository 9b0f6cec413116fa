"""Raw files, ready to be read as ticks, whatever is known of them.

1. Files that the team has cached already say themselves which adapter made them. 2. Others are looked at:
``choose`` proposes one adapter for all of them. 3. ``opened`` reads what the team has cached, and caches
anything else in a temporary folder that is gone afterwards.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litlab.adapters.adapter import Adapter
from litlab.adapters.guesses import Guess
from litlab.adapters.loading import adapter_class, cache_files, expand
from litlab.adapters.sniffing import sniff
from litlab.errors import BadParameter, MixedFormats, UnknownFormat
from litlab.ticks.housekeeping import list_caches
from litlab.workspace import Team

if TYPE_CHECKING:
    from litlab.ticks.progress import Progress


def choose(
    paths: Sequence[str | Path],
    adapter: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    team: Team | None = None,
) -> Guess:
    """Return the adapter and the parameters that read raw files, with the reasons.

    Parameters
    ----------
    paths : sequence of path or pattern
    adapter : str, optional
        Named by a person: then nothing is looked at.
    parameters : mapping, optional
        These win over what is proposed.
    team : Team, optional
        Where files are cached already, what made their caches is taken.

    Raises
    ------
    UnknownFormat
        If no adapter recognises a file; MixedFormats if not all are of one format.
    MissingFile, EmptyFile, BrokenArchive
        As ``sniff``.
    """
    given = dict(parameters or {})
    if adapter is not None:
        return Guess(adapter, given, 1.0, ("it was named",))
    files = [Path(path) for path in expand(paths)]
    if not files:
        raise BadParameter(name="paths", given=[], wanted="at least one file is needed")
    guesses = {path: (team and _cached_by(team, path)) or _sniffed(path) for path in files}
    found = list(guesses.values())
    if any((one.adapter, one.parameters) != (found[0].adapter, found[0].parameters) for one in found):
        told = "; ".join(f"{path.name} is {one.adapter} {one.parameters}" for path, one in guesses.items())
        raise MixedFormats(found=told)
    return dataclasses.replace(found[0], parameters={**found[0].parameters, **given})


def _sniffed(path: Path) -> Guess:
    guesses = sniff(path)
    if not guesses:
        raise UnknownFormat(path=path, columns='{"time": …, "price": …, "volume": …}')
    return guesses[0]


def _cached_by(team: Team, path: Path) -> Guess | None:
    """Return what made the only cache of a file, None where there is none or several."""
    caches = [one for one in list_caches(team.folder("cache")) if one.raw == path and one.manifest]
    if len(caches) != 1:
        return None
    return Guess(caches[0].adapter, caches[0].parameters, 1.0, ("its cache was made so",))


@contextmanager
def opened(
    paths: Sequence[str | Path],
    adapter: str,
    parameters: Mapping[str, Any] | None = None,
    team: Team | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Adapter]:
    """Give an adapter over raw files whose ticks can be read, and leave nothing behind.

    Parameters
    ----------
    paths : sequence of path or pattern
    adapter : str
    parameters : mapping, optional
    team : Team, optional
        Its caches are read where they hold every file; else all are cached in a temporary folder.
    progress : callable, optional
        As for ``cache_files``.

    Raises
    ------
    MissingFile
        And whatever caching the files raises.
    """
    given = {**(parameters or {}), "paths": expand(paths)}
    kind = adapter_class(team, adapter)
    if team is not None:
        found = kind(given, team.folder("cache"))
        found.team = team
        every = [(one, path) for one in (found, *found.beside) for path in one.paths]
        if found.paths and all(one.is_cached(path) for one, path in every):
            yield found
            return
    with tempfile.TemporaryDirectory(prefix="litlab-") as folder:
        found = kind(given, Path(folder))
        found.team = team
        cache_files(found, progress=progress)
        yield found
