"""What a score would be if there were nothing to know: labels permuted within each session.

``permutation_null`` permutes the labels that predictions are judged by; ``Permuted`` is an asset whose labels
are permuted in every part, so that a network can be trained on it (``litlab.experiments.retraining_null``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.assets import Asset
from litlab.vault.heads import Head
from litlab.vault.scores import within_session_auc

Array = npt.NDArray[Any]
Tell = Callable[[int, int], object]  # (done, of how many)


def permute_within(values: Array, session_day: Array, seed: int) -> Array:
    """Return `values` in another order within each session: days keep their base rates.

    >>> import numpy as np
    >>> day = np.array([1, 1, 2, 2])
    >>> sorted(permute_within(np.array([1, 2, 3, 4]), day, 0)[:2].tolist())
    [1, 2]
    """
    rng = np.random.default_rng(seed)
    # A random key within each day, and the days in their places.
    places = np.argsort(session_day, kind="stable")
    drawn = np.lexsort((rng.random(len(values)), session_day))
    permuted = np.empty_like(values)
    permuted[places] = np.asarray(values)[drawn]
    return permuted


class Permuted(Asset):
    """An asset version whose labels are permuted within each session of each instrument, in every part.

    Parameters
    ----------
    path : Path
    permuted : int
        The permutation's seed.
    """

    def __init__(self, path: Path, permuted: int) -> None:
        super().__init__(path)
        self.permuted = permuted
        self._others: dict[str, Array] = {}

    def __reduce__(self) -> Any:
        return Permuted, (self.path, self.permuted)

    def _mapped(self, file: str, name: str) -> Array:
        part, _, label = file.removesuffix(".h5").partition(".")
        if label not in self.labels:
            return super()._mapped(file, name)
        if file not in self._others:
            day, number = (
                super(Permuted, self)._mapped(f"{part}.h5", one) for one in ("session_day", "instrument")
            )
            session = np.asarray(number, np.int64) * (1 << 32) + np.asarray(day, np.int64)
            self._others[file] = permute_within(super()._mapped(file, name), session, self.permuted)
        return self._others[file]


def permutation_null(
    truth: Array, probability: Array, session_day: Array, draws: int = 200, seed: int = 7,
    tell: Tell | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return how the within-session AUC falls out when labels are permuted within their sessions.

    This asks whether these predictions know these labels at all; whether the *training* fools itself is
    told by a run on permuted labels.

    Parameters
    ----------
    truth : (n,) of 0 and 1
    probability : (n,) float
    session_day : (n,) int
    draws, seed : int
    tell : callable, optional
        Called with (done, draws) after each draw.

    Returns
    -------
    dict
        ``auc`` as it is; ``values`` of the permuted ones, rising, their ``mean``, ``sd`` and ``high`` (95 %
        quantile); ``p``, the share of draws (this one counted) that reach it; ``draws``.
    """

    def score(labels: Array) -> float:
        return within_session_auc(labels, probability, session_day).mean

    real, found = score(np.asarray(truth)), _drawn(score, truth, session_day, draws, seed, tell)
    return {
        "auc": real,
        "mean": float(found.mean()),
        "sd": float(found.std(ddof=1)),
        "high": float(np.quantile(found, 0.95)),
        "p": float((1 + (found >= real).sum()) / (1 + draws)),
        "draws": draws,
        "values": found.tolist(),
    }


def loss_null(
    head: Head, truth: Array, predicted: Array, session_day: Array, draws: int = 200, seed: int = 7,
    tell: Tell | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return how a head's mean loss falls out when labels are permuted within their sessions.

    Parameters
    ----------
    head : Head
        Of any kind; probabilities are better asked by ``permutation_null``.
    truth : (n,)
    predicted : (n, columns)
    session_day : (n,) int
    draws, seed, tell
        As ``permutation_null``.

    Returns
    -------
    dict
        ``loss`` as it is; ``values`` of the permuted ones, rising, their ``mean``, ``sd`` and ``low`` (5 %
        quantile); ``p``, the share of draws (this one counted) that do not exceed it; ``draws``.
    """

    def score(labels: Array) -> float:
        return head.score(labels, predicted)

    real, found = score(np.asarray(truth)), _drawn(score, truth, session_day, draws, seed, tell)
    return {
        "loss": real,
        "mean": float(found.mean()),
        "sd": float(found.std(ddof=1)),
        "low": float(np.quantile(found, 0.05)),
        "p": float((1 + (found <= real).sum()) / (1 + draws)),
        "draws": draws,
        "values": found.tolist(),
    }


def _drawn(
    score: Callable[[Array], float],
    truth: Array,
    day: Array,
    draws: int,
    seed: int,
    tell: Tell | None,
) -> npt.NDArray[np.float64]:
    """Return the scores of permuted labels, rising."""
    found = np.empty(draws)
    for at in range(draws):
        found[at] = score(permute_within(np.asarray(truth), day, seed + at))
        if tell is not None:
            tell(at + 1, draws)
    return np.sort(found)
