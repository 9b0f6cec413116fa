"""When trades happened, as the exchange says, beside when they were received."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from litlab.errors import BadParameter
from litlab.ticks.columns import NS

_DAY = 86_400 * NS
_FAR = 1_800 * NS

Ints = npt.NDArray[np.int64]


def nearest(received: Ints, since_ns: Ints, zone: str, column: str) -> Ints:
    """Return the moments nearest to their receipt at which clocks in `zone` show a time of day.

    Parameters
    ----------
    received : (n,) int64
        Nanoseconds since 1970 UTC.
    since_ns : (n,) int64
        Nanoseconds since midnight; -1 where it is not known: there the time of receipt stands in.
    zone : str
    column : str
        Where the times of day come from, for the error.

    Returns
    -------
    events : (n,) int64
        Nanoseconds since 1970 UTC.

    Raises
    ------
    BadParameter
        If most lie more than half an hour away: they are of another zone.

    Examples
    --------
    >>> midnight = 15_985 * _DAY
    >>> ((nearest(np.array([midnight + 5]), np.array([_DAY - 3]), "UTC", "Exch Time") - midnight)).tolist()
    [-3]
    """
    stamps = pa.array(received, pa.timestamp("ns", zone))
    local = np.asarray(pc.local_timestamp(stamps).cast(pa.int64()))
    behind = (local - since_ns + _DAY // 2) % _DAY - _DAY // 2
    behind[since_ns < 0] = 0
    if len(behind) and np.median(np.abs(behind)) > _FAR:
        hours = f"{np.median(behind) / 3600 / NS:.1f} h"
        wanted = f"{column} lies {hours} behind the time of receipt, in another zone than {zone}, it seems"
        raise BadParameter(name="order", given="event", wanted=wanted)
    found: Ints = received - behind
    return found


def own_times(column: pa.Array, received: Ints) -> Ints:
    """Return the times of a timestamp column, (n,) int64 ns; where one is null, that of its receipt."""
    own = np.asarray(column.cast(pa.int64()).fill_null(0))
    return np.where(np.asarray(column.is_null()), received, own)
