"""What a contract check hands back: every finding, failed or not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from litlab.errors import ContractBroken


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one check found: ``reason`` is empty where the adapter passed."""

    check: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.check}: {self.reason or 'passed'}"


@dataclasses.dataclass(frozen=True)
class Report:
    """The findings about one adapter on one file.

    Examples
    --------
    >>> report = Report("mine", Path("a.csv"), (Finding("account"), Finding("prefix", "row 3 differs")))
    >>> print(report)
    mine on a.csv
      account: passed
      prefix: row 3 differs
    >>> report.ok
    False
    """

    adapter: str
    path: Path
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What did not pass."""
        return tuple(one for one in self.findings if one.reason)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.adapter} on {self.path}", *map(str, self.findings)])

    def raise_if_failed(self) -> None:
        """Raise ContractBroken with every failed check."""
        if self.failed:
            raise ContractBroken(
                adapter=self.adapter, path=self.path, findings="; ".join(map(str, self.failed))
            )
