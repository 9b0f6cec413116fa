"""Builds: from a schema to an asset, in chunks that are computed once and survive being killed.

1. ``plan`` cuts every raw file into chunks and gives each a recipe digest: what its content depends on.
2. ``chunk`` computes one: ``gates``, then features in order, rejected samples dropped. ``stored`` is how it
lies on disk, and what of an older build is taken over. ``watching`` ends scripts that would not.
3. ``merge`` divides all samples into parts, purges, and writes the asset into ``queue/``.
4. ``build`` runs it over an executor and finds finished chunks again. 5. ``log`` is ``logs/<build>/``,
``track`` what became of each chunk, ``tail`` reads logs a piece at a time. 6. ``launch`` runs builds as jobs,
``reporting`` tells how they go, ``estimating`` what one would come to.
"""

from litlab.builds.build import BuildResult, run_build
from litlab.builds.estimating import Estimate, estimate
from litlab.builds.launch import launch_build, resume_build, stop_build
from litlab.builds.log import BuildLog, BuildRecord, find_build, list_builds
from litlab.builds.reporting import Processes, chunk_states, facts, team_facts

__all__ = [
    "BuildLog", "BuildRecord", "BuildResult", "Estimate", "Processes", "chunk_states", "estimate", "facts",
    "find_build", "launch_build", "list_builds", "resume_build", "run_build", "stop_build", "team_facts",
]  # fmt: skip
