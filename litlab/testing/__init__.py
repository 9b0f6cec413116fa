"""Contract checks that a plugin's author runs too; each hands back a report and raises nothing.

``check_adapter(MyAdapter, "a.csv").raise_if_failed()`` is a whole test.
"""

from litlab.testing.adapters import check_adapter
from litlab.testing.report import Finding, Report

__all__ = ["Finding", "Report", "check_adapter"]
