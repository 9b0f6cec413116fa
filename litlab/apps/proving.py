"""Proofs in the background: one process for all of a server's, progress on the page that asked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from litlab.apps import background
from litlab.errors import LitlabError
from litlab.features.verdicts import Verdict
from litlab.features.workbench import Workbench
from litlab.testing import prove_script
from litlab.workspace import Project


@functools.cache
def proving_bench() -> Workbench:
    """Return the process in which this server's proofs run, one after the other."""
    return Workbench()


class Proving:
    """One page's proof.

    Parameters
    ----------
    tell : callable
        Told steps done, and of how many.
    done : callable
        Told what came of it, in a sentence; the verdict itself is remembered on disk by then.

    Attributes
    ----------
    running : bool
    """

    def __init__(self, tell: Callable[[int, int], None], done: Callable[[str], None]) -> None:
        self.running = False
        self._tell, self._done = tell, done
        self._looking: Any = None

    def start(self, project: Project, script: str, params: Mapping[str, Any]) -> None:
        """Put a script with its parameters to the prover, unless one is there already."""
        if self.running:
            return
        self.running = True
        self._looking = background.every(300, lambda: self._tell(*proving_bench().progress()))

        def work() -> Verdict | LitlabError:
            try:
                return prove_script(project, script, params, bench=proving_bench())
            except LitlabError as error:
                return error

        background.run(work, self._ended, self._over)

    def stop(self) -> None:
        """End it; nothing is remembered of it then."""
        if self.running:
            proving_bench().stop()

    def _ended(self, found: Verdict | LitlabError) -> None:
        self._over(str(found) if isinstance(found, LitlabError) else f"{found.proof}.")

    def _over(self, said: str) -> None:
        self.running = False
        if self._looking is not None:
            self._looking.stop()
        self._done(said)
