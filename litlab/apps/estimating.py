"""What a schema would come to, estimated beside the page: one estimate at a time, the newest last."""

from __future__ import annotations

import json
from collections.abc import Callable

from litlab.apps import background
from litlab.apps import schema_form as drawn
from litlab.builds import Estimate, estimate
from litlab.schemas import Schema
from litlab.workspace import Team

_SKELETON = '<p class="skeleton">◐ Estimating …</p><p class="quiet">&nbsp;</p>'


class Estimating:
    """The estimate line of a form.

    Parameters
    ----------
    team : Team
    say : callable
        Shows HTML in the line's place.
    """

    def __init__(self, team: Team, say: Callable[[str], None]) -> None:
        self.team, self.say = team, say
        self._schema: Schema | None = None
        self._shown: str | None = None  # what the estimate shown is of
        self._busy = False

    def of(self, schema: Schema | None, problem: str = "") -> None:
        """Estimate a schema; for None, say that something is wrong first."""
        self._schema = schema
        if schema is None:
            self._shown = None
            self.say(drawn.not_yet(problem))
            return
        key = json.dumps(schema.to_json(), sort_keys=True)
        if key == self._shown:
            return
        self._shown = key
        self.say(_SKELETON)
        if not self._busy:
            self._begin(schema, key)

    def _begin(self, schema: Schema, key: str) -> None:
        self._busy = True
        team = self.team

        def done(found: Estimate) -> None:
            self._ended(key, drawn.estimate(found))

        def failed(told: str) -> None:
            self._ended(key, drawn.failed(told))

        background.run(lambda: estimate(team, schema), done, failed)

    def _ended(self, key: str, html: str) -> None:
        self._busy = False
        if key == self._shown:
            self.say(html)
        elif self._shown is not None and self._schema is not None:
            self._begin(self._schema, self._shown)
