"""A bomb of hundreds of megabytes, at the real limit."""

import pytest
from bombs import PIECE, explode

from litlab.adapters.inflating import FREE, MAX_RATIO

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_bomb_of_300_megabytes_is_refused_below_500_of_memory(tmp_path, kind):
    name, rows, peak = explode(tmp_path, kind, pieces=100, free=FREE)
    size = next(tmp_path.glob("a.*")).stat().st_size
    read = rows * len(PIECE) // 100_000
    assert name == "InflatesTooFar"
    assert peak < 500e6
    assert read < max(FREE, MAX_RATIO * size) + (4 << 20) if kind == "gzip" else read == 0
