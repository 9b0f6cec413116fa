"""What must not be trained on because it would carry an answer across parts, and how much samples overlap.

All intervals are times, so that they compare across instruments. Forward splits need one rule: a label
ends before the next part begins. Where held-out sessions lie between training sessions, a sample goes if its
label interval meets one held out from it, or if it comes after a held-out block and read into it: that is
the embargo, as long as the sample's own read window. Test is held out from validation and train, validation
from train. (López de Prado, *Advances in Financial Machine Learning*, 2018, chapters 4 and 7.)
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

ACROSS = "label reaches into a held-out part"
OVERLAP = "label meets a held-out label"
EMBARGO = "embargo: reads reach into a held-out block"


@dataclasses.dataclass(frozen=True)
class Intervals:
    """What samples stand for and read, (n,) int64 ns UTC each, both ends included.

    Attributes
    ----------
    as_of_ns
        The moment each sample stands for.
    read_lo_ns
        The time of the first tick its inputs read.
    label_lo_ns, label_end_ns
        The times of the sample's own tick and of the last one its labels read: what they answer lies between.
    """

    as_of_ns: npt.NDArray[np.int64]
    read_lo_ns: npt.NDArray[np.int64]
    label_lo_ns: npt.NDArray[np.int64]
    label_end_ns: npt.NDArray[np.int64]


def across_borders(
    part: npt.NDArray[np.int8], ends: npt.NDArray[np.int64], intervals: Intervals
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return by reason which samples' labels read at or behind the end of their part, ``ends[part]``."""
    return {ACROSS: (part >= 0) & (intervals.label_end_ns >= ends[np.maximum(part, 0)])}


def held_out(
    part: npt.NDArray[np.int8], session_day: npt.NDArray[np.integer], intervals: Intervals
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return by reason which samples meet a part held out from them; a sample counts for one reason.

    Parameters
    ----------
    part : (n,) int8
        0 train, 1 validation, 2 test; higher parts are held out from lower ones.
    session_day : (n,) int
        Neighbouring sessions held out together make one block.
    """
    overlap, embargo = np.zeros(len(part), bool), np.zeros(len(part), bool)
    for own in (0, 1):
        mine, held = part == own, part > own
        if not (mine.any() and held.any()):
            continue
        overlap |= mine & _meets(intervals, held)
        embargo |= mine & _reads_block(intervals, held, mine, session_day)
    return {OVERLAP: overlap, EMBARGO: embargo & ~overlap}


def _meets(intervals: Intervals, held: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell of every sample whether its label interval meets one of the held-out ones."""
    order = np.argsort(intervals.label_lo_ns[held], kind="stable")
    begins = intervals.label_lo_ns[held][order]
    furthest = np.maximum.accumulate(intervals.label_end_ns[held][order])
    before = np.searchsorted(begins, intervals.label_end_ns, "right") - 1
    return (before >= 0) & (furthest[np.maximum(before, 0)] >= intervals.label_lo_ns)


def _reads_block(
    intervals: Intervals,
    held: npt.NDArray[np.bool_],
    mine: npt.NDArray[np.bool_],
    session_day: npt.NDArray[np.integer],
) -> npt.NDArray[np.bool_]:
    """Tell of every sample whether it comes after a block's beginning and read what lies before its end."""
    days, which = np.unique(session_day, return_inverse=True)
    kept = np.zeros(len(days), bool)
    kept[which[mine]] = True
    block = np.cumsum(kept)[which][held]  # sessions of the same part between two of ours share a number
    _, number = np.unique(block, return_inverse=True)
    count = number.max() + 1
    begin, end = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(begin, number, intervals.as_of_ns[held])
    np.maximum.at(end, number, np.maximum(intervals.as_of_ns, intervals.label_end_ns)[held])
    # Ends grow with the blocks, so the last block begun is the one whose end reaches furthest.
    end = np.maximum.accumulate(end)
    last = np.searchsorted(begin, intervals.as_of_ns, "right") - 1
    return (last >= 0) & (intervals.read_lo_ns <= end[np.maximum(last, 0)])


def uniqueness(
    label_lo_ns: npt.NDArray[np.int64], label_end_ns: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the average uniqueness of label intervals of one instrument, (n,) float64 in (0, 1].

    The mean over an interval of 1 / (how many intervals hold that moment); its sum is how many samples
    without overlap these are worth (López de Prado 2018, 4.3).

    Parameters
    ----------
    label_lo_ns, label_end_ns : (n,) int64
        Both ends included.

    Examples
    --------
    >>> uniqueness(np.array([0, 5, 20]), np.array([9, 14, 29])).tolist()
    [0.75, 0.75, 1.0]
    """
    if not len(label_lo_ns):
        return np.empty(0)
    stops = label_end_ns + 1
    # Two runs in order or nearly so: sorted in 2 ms where np.unique, which hashes, takes 370.
    ordered = np.sort(np.concatenate([label_lo_ns, stops]), kind="stable")
    moments = ordered[np.diff(ordered, prepend=ordered[0] - 1) > 0]
    change = np.zeros(len(moments), np.int64)
    first, last = np.searchsorted(moments, label_lo_ns), np.searchsorted(moments, stops)
    np.add.at(change, first, 1)
    np.add.at(change, last, -1)
    held = np.cumsum(change)[:-1]
    share = np.divide(np.diff(moments), held, out=np.zeros(len(held)), where=held > 0)
    area = np.concatenate([[0.0], np.cumsum(share)])
    found: npt.NDArray[np.float64] = (area[last] - area[first]) / (stops - label_lo_ns)
    return found
