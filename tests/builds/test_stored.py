"""What is written of a feature's samples is what is left of them, however they are cut."""

import numpy as np
import pytest

from litlab.builds.stored import Made


@pytest.mark.parametrize(
    ("rows", "pieces"),
    [
        (None, 1),
        ([], 1),
        ([7], 1),
        (range(100), 1),
        ([*range(10, 50), *range(60, 100)], 2),
        (range(0, 100, 2), 1),  # no neighbours: copied together
        ([0, *range(2, 99)], 2),
    ],
)
def test_pieces_are_what_is_left(rows, pieces):
    values = np.arange(100 * 6, dtype="<f4").reshape(100, 3, 2)
    chosen = None if rows is None else np.array(list(rows), np.int64)
    made = Made("one", {}, False, 0, None, [3, 2], values, np.empty((100, 2), np.int64), rows=chosen)
    found = list(made.pieces(values))
    assert len(found) == pieces
    np.testing.assert_array_equal(np.concatenate(found), made.left(values))
