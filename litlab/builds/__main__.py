"""``python -m litlab.builds``: builds and estimates in processes of their own."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from litlab.builds.estimating import estimated
from litlab.builds.launch import run_launched
from litlab.builds.plan import plan_build
from litlab.errors import LitlabError
from litlab.schemas import Schema
from litlab.workspace import Team, Workspace


def _estimate(team: Team) -> None:
    """Read a schema from the input and print its estimate, or what is wrong with it, as one line of JSON."""
    given = json.load(sys.stdin)
    try:
        plan = plan_build(team, Schema.from_json(given["schema"]))
        answer: dict[str, Any] = {"estimate": dataclasses.asdict(estimated(plan, given["workers"]))}
    except LitlabError as problem:
        answer = {"error": str(problem)}
    print(json.dumps(answer))


def main(task: str, home: str, team_name: str, *more: str) -> int:
    """Do ``build HOME TEAM NUMBER`` or ``estimate HOME TEAM``; return the exit status."""
    team = Workspace(home).team(team_name)
    if task == "build":
        return 0 if run_launched(team, int(more[0])) else 2
    _estimate(team)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
