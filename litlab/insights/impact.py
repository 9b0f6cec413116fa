"""Exact Shapley values over groups of columns.

v(S) is the mean over a background of the logit of the model on a sample that takes the columns of S from
the explained window and the rest from a background window, whole windows at a time. With k groups all 2^k
values are computed; nothing is sampled but the background.

- *impact* of g: its Shapley value; the impacts add up to v(all) − v(none) exactly.
- *independence*: |v({g}) − v(none)|: what g says alone.
- *necessity*: |v(all) − v(all without g)|: what is lost without it. Both in SDs of the training logit.

Shapley (1953); for explanations Lundberg & Lee (2017). Independence and necessity are litlab's names.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from litlab.insights.groups import Groups

Floats = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class GroupImpact:
    """What one group of columns does to a prediction.

    Attributes
    ----------
    group : str
    impact, impact_se : float
        Shapley value in logits, and its standard error over the background.
    independence, independence_se, necessity, necessity_se : float
        In standard deviations of the training logit.
    """

    group: str
    impact: float
    impact_se: float
    independence: float
    independence_se: float
    necessity: float
    necessity_se: float


def coalition_values(
    logits: Callable[[dict[str, npt.NDArray[np.float32]]], Floats],
    sample: Arrays,
    background: Arrays,
    groups: Groups,
) -> Floats:
    """Return the logit of every coalition on every background row.

    Parameters
    ----------
    logits : callable
        dict of (n, rows, cols) → (n,).
    sample : mapping of str to (rows, cols)
    background : mapping of str to (b, rows, cols)
    groups : Groups
        k of them.

    Returns
    -------
    values : (2**k, b) float64
        Row s holds the coalition of all groups whose bit is set in s.
    """
    count = len(next(iter(background.values())))
    table = np.empty((2 ** len(groups), count))
    for coalition in range(len(table)):
        mixed = {name: values.copy() for name, values in background.items()}
        for bit, places in enumerate(groups.values()):
            if coalition >> bit & 1:
                for name, columns in places.items():
                    mixed[name][:, :, list(columns)] = sample[name][:, list(columns)]
        table[coalition] = logits(mixed)
    return table


def shapley(values: Floats) -> Floats:
    """Return the Shapley value of each player, for each column of a coalition table.

    Parameters
    ----------
    values : (2**k, b) float64
        As ``coalition_values`` returns them.

    Returns
    -------
    (k, b) float64
        Each column adds up to the last row of `values` minus the first.

    Examples
    --------
    Two players worth 1 and 2 alone, 5 together: each gets half of the 2 that they win by joining.

    >>> import numpy as np
    >>> shapley(np.array([[0.0], [1.0], [2.0], [5.0]]))
    array([[2.], [3.]])
    """
    players = int(math.log2(len(values)))
    found = np.zeros((players, values.shape[1]))
    for player in range(players):
        for coalition in range(len(values)):
            if not coalition >> player & 1:
                size = coalition.bit_count()
                share = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                found[player] += share * (values[coalition | 1 << player] - values[coalition])
    return found


def group_impacts(values: Floats, groups: Groups, logit_sd: float) -> tuple[GroupImpact, ...]:
    """Sum a coalition table up: one GroupImpact a group, largest |impact| first."""
    by_row = shapley(values)
    everyone = len(values) - 1
    found = []
    for bit, group in enumerate(groups):
        alone = values[1 << bit] - values[0]
        lost = values[everyone] - values[everyone ^ 1 << bit]
        found.append(
            GroupImpact(
                group=group,
                impact=float(by_row[bit].mean()),
                impact_se=_standard_error(by_row[bit]),
                independence=abs(float(alone.mean())) / logit_sd,
                independence_se=_standard_error(alone) / logit_sd,
                necessity=abs(float(lost.mean())) / logit_sd,
                necessity_se=_standard_error(lost) / logit_sd,
            )
        )
    return tuple(sorted(found, key=lambda one: -abs(one.impact)))


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else float("nan")
