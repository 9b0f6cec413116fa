"""What the prover says of a script, and why."""

from __future__ import annotations

import dataclasses
from typing import Any

from litlab.shown import Shown

EFFECT, READ, CLEAN, ENFORCED, UNKNOWN = (
    "refuted: effect", "refuted: read", "no leak found", "enforced", "unknown",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One thing that was seen.

    Attributes
    ----------
    probe : str
        What was tried: "reads", "cut", "other future: up", "order", "batch", "files", "determinism", …
    index : int
        The tick asked about, -1 where it is about all.
    line : int
        The script's line, 0 where none is known.
    text : str
        One sentence.
    """

    probe: str
    index: int
    line: int
    text: str


@dataclasses.dataclass(frozen=True)
class Proof(Shown):
    """A verdict on one script with its parameters.

    Attributes
    ----------
    script : str
        The script's file name.
    verdict : str
        "refuted: effect": equal pasts, different outputs; "refuted: read": it reads ahead, no effect was
        seen; "no leak found"; "enforced": all samples of an asset (``litlab.testing.prove_feature``);
        "unknown".
    samples : int
        Ticks at which it was asked and gave an output; of an enforced one, the samples of the asset.
    ticks : (int, int)
        The first and last tick any sample read, relative to its own, both included; of an enforced one, of
        all inputs of the asset together.
    time_ns : (int, int)
        The same in nanoseconds.
    evidence : tuple of Evidence
        What refutes it, why nothing is known, or what it rests on that it is enforced; for a clean one why
        it is not enforced, or ().
    """

    script: str
    verdict: str
    samples: int
    ticks: tuple[int, int] = (0, 0)
    time_ns: tuple[int, int] = (0, 0)
    evidence: tuple[Evidence, ...] = ()

    @property
    def refuted(self) -> bool:
        """Tell whether the script was seen to read or use its future."""
        return self.verdict in (EFFECT, READ)

    def __str__(self) -> str:
        if self.verdict == CLEAN:
            return f"{self.script}: no leak found in {self.samples} samples"
        why = f": {self.evidence[0].text}" if self.evidence else ""
        return f"{self.script}: {self.verdict}{why}"

    def to_json(self) -> dict[str, Any]:
        """Return what ``litlab prove --json`` prints; intervals are relative to the index, ends included."""
        return {
            "script": self.script,
            "verdict": self.verdict,
            "samples": self.samples,
            "reads": {"ticks": list(self.ticks), "time_ns": list(self.time_ns)},
            "evidence": [dataclasses.asdict(one) for one in self.evidence],
        }
