"""Contract checks that a plugin's author runs too; each hands back a report and raises nothing.

``check_adapter(MyAdapter, "a.csv").raise_if_failed()`` is a whole test. ``prove_feature`` says what is known
of a feature's reads of the future, up to "enforced: all N samples of an asset"; ``prove_script`` does so in a
process of its own, for pages. What they find is remembered.
"""

from litlab.testing.adapters import check_adapter
from litlab.testing.components import check_component
from litlab.testing.enforcement import prove_feature, prove_script
from litlab.testing.report import Finding, Report

__all__ = ["Finding", "Report", "check_adapter", "check_component", "prove_feature", "prove_script"]
