"""The ledger: an append-only, hash-chained record of what changed state, who did it and when.

One JSON object a line: {n, time_ns, who, action, facts, previous, hash}; ``hash`` is the sha256 of the
rest, ``previous`` the hash of the line before. A change of state writes its intent, flips, and writes
that it is done.
"""

from __future__ import annotations

import getpass
import json
import time
from typing import Any

from litlab.atomic import append_line, read_lines
from litlab.records import digest_of
from litlab.workspace import Team

_START = "0" * 64


def record(team: Team, action: str, **facts: Any) -> dict[str, Any]:
    """Append what was done, by the current user, now; return the entry."""
    made: dict[str, Any] = {}

    def chain(last: str | None) -> str:
        before: dict[str, Any] = json.loads(last) if last else {"n": 0, "hash": _START}
        made.update(
            n=before["n"] + 1,
            time_ns=time.time_ns(),
            who=who(),
            action=action,
            facts=facts,
            previous=before["hash"],
        )
        made["hash"] = digest_of(made)
        return json.dumps(made, sort_keys=True)

    append_line(team.ledger, chain)
    return made


def entries(team: Team, action: str | None = None) -> list[dict[str, Any]]:
    """Return the ledger's entries, oldest first, all or those of one action."""
    every = [json.loads(line) for line in read_lines(team.ledger)]
    return [one for one in every if action in (None, one["action"])]


def first_break(team: Team) -> int | None:
    """Return the number of the first entry that does not fit the chain, None if all do."""
    previous = _START
    for at, line in enumerate(read_lines(team.ledger), 1):
        try:
            entry = json.loads(line)
            body = {key: value for key, value in entry.items() if key != "hash"}
            if entry["n"] != at or entry["previous"] != previous or digest_of(body) != entry["hash"]:
                return at
        except (ValueError, KeyError, AttributeError):  # no entry at all
            return at
        previous = entry["hash"]
    return None


def who() -> str:
    """Return the current user's name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
