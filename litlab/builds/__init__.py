"""Builds: from a schema to an asset, in chunks that are computed once and survive being killed.

1. ``plan`` cuts every raw file into chunks and gives each a recipe digest: what its content depends on.
2. ``chunk`` computes one: gate, then features in order, rejected samples dropped, one HDF5 file.
3. ``merge`` divides all samples into parts, purges, and writes the asset into ``queue/``.
4. ``build`` runs it over an executor, keeps ``logs/<build>/``, and finds finished chunks again.
"""

from litlab.builds.build import BuildResult, run_build

__all__ = ["BuildResult", "run_build"]
