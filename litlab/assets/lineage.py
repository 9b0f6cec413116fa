"""One sample of an asset: its values, and the chain from raw files to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from litlab.errors import OtherTicks

if TYPE_CHECKING:
    from litlab.adapters import Adapter
    from litlab.assets.asset import Asset


@dataclasses.dataclass(frozen=True)
class Lineage:
    """What a sample is made of.

    Attributes
    ----------
    instrument : int
        Which of the schema's data sets.
    files : tuple of (name, digest)
        That data set's raw files in order, and the content digests of their caches.
    features : dict
        Name → {"script", "script_digest", "params"} of every stored feature and label.
    reads, label_reads : (lo, hi)
        The ticks that its inputs and its labels read, half open.
    """

    instrument: int
    files: tuple[tuple[str, str], ...]
    features: dict[str, dict[str, Any]]
    reads: tuple[int, int]
    label_reads: tuple[int, int]

    def ticks(self, adapter: Adapter, columns: Sequence[str] | None = None) -> dict[str, npt.NDArray[Any]]:
        """Return exactly the ticks that the inputs read, by column.

        Parameters
        ----------
        adapter : Adapter
            Over the data set of this instrument.
        columns : sequence of str, optional
            All stored ones by default.

        Raises
        ------
        OtherTicks
            If the adapter's ticks are not those the asset was built of.
        """
        return self._window(adapter, self.reads, columns)

    def label_ticks(
        self, adapter: Adapter, columns: Sequence[str] | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """Return exactly the ticks that the labels read, as ``ticks`` does."""
        return self._window(adapter, self.label_reads, columns)

    def _window(
        self, adapter: Adapter, reads: tuple[int, int], columns: Sequence[str] | None
    ) -> dict[str, npt.NDArray[Any]]:
        built = tuple(digest for _, digest in self.files)
        found = adapter.store.digests[: len(built)]  # files added behind move no tick
        if found != built:
            strange = next((at for at, one in enumerate(built) if one not in found[at : at + 1]), 0)
            raise OtherTicks(file=self.files[strange][0] if self.files else "none")
        return adapter.window(*reads, columns or adapter.store.stored_names)


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes
    ----------
    part : str
    number : int
        Its place in the part.
    index : int
        The tick it stands on.
    as_of_ns : int
        The moment it stands for, UTC.
    session_day : int
        The exchange's date, days since 1970-01-01.
    label_end_ns : int
        The time of the last tick its labels read, UTC.
    weight : float
        How unique its label is, in (0, 1].
    values : dict of str to (rows, cols) float32
        Inputs and labels, in schema order.
    lineage : Lineage
    """

    part: str
    number: int
    index: int
    as_of_ns: int
    session_day: int
    label_end_ns: int
    weight: float
    values: dict[str, npt.NDArray[np.float32]]
    lineage: Lineage

    @property
    def instrument(self) -> int:
        """Which of the schema's data sets."""
        return self.lineage.instrument

    @property
    def reads(self) -> tuple[int, int]:
        """The ticks that its inputs read, half open."""
        return self.lineage.reads

    @property
    def label_reads(self) -> tuple[int, int]:
        """The ticks that its labels read, half open."""
        return self.lineage.label_reads


def sample_of(asset: Asset, part: str, number: int) -> Sample:
    """Return a sample of an asset; IndexError where the part has none of that number."""
    count = asset.count(part)
    if not -count <= number < count:
        raise IndexError(f"the {part} part has {count:,} samples, none is number {number:,}")
    number %= count

    def own(name: str) -> Any:
        return asset.sample_column(part, name)[number].item()

    instrument = own("instrument")
    data = asset.manifest.get("data", [])
    cited = data[instrument] if instrument < len(data) else {"files": [], "digests": []}
    features = {
        name: {key: about[key] for key in ("script", "script_digest", "params") if key in about}
        for name, about in asset.manifest["features"].items()
    }
    lineage = Lineage(
        instrument=instrument,
        files=tuple(zip(cited["files"], cited["digests"], strict=True)),
        features=features,
        reads=(own("read_lo"), own("read_hi")),
        label_reads=(own("label_lo"), own("label_hi")),
    )
    return Sample(
        part=part, number=number, index=own("index"), as_of_ns=own("as_of_ns"),
        session_day=own("session_day"), label_end_ns=own("label_end_ns"), weight=own("weight"),
        values={name: np.array(asset.array(part, name)[number]) for name in asset.manifest["order"]},
        lineage=lineage,
    )  # fmt: skip
