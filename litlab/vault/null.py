"""What a score would be if there were nothing to know: labels permuted within each session."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from litlab.vault.scores import within_session_auc

Array = npt.NDArray[Any]


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


def permutation_null(
    truth: Array, probability: Array, session_day: Array, draws: int = 200, seed: int = 7
) -> dict[str, Any]:
    """Return how the within-session AUC falls out when labels are permuted within their sessions.

    This asks whether these predictions know these labels at all; whether the *training* fools itself is
    told by a run on permuted labels.

    Parameters
    ----------
    truth : (n,) of 0 and 1
    probability : (n,) float
    session_day : (n,) int
    draws, seed : int

    Returns
    -------
    dict
        ``auc`` as it is; ``mean``, ``sd`` and ``high`` (95 % quantile) of the permuted ones; ``p``, the share
        of draws (this one counted) that reach it; ``draws``.
    """
    real = within_session_auc(truth, probability, session_day).mean
    found = np.array(
        [
            within_session_auc(
                permute_within(np.asarray(truth), session_day, seed + at), probability, session_day
            ).mean
            for at in range(draws)
        ]
    )
    return {
        "auc": real,
        "mean": float(found.mean()),
        "sd": float(found.std(ddof=1)),
        "high": float(np.quantile(found, 0.95)),
        "p": float((1 + (found >= real).sum()) / (1 + draws)),
        "draws": draws,
    }
