"""A hundred thousand spoilt rows: none crashes a reader, each is kept, filtered or rejected."""

import pytest
from fuzzed_rows import FORMATS, check

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("seed", range(10))
def test_ten_blocks_of_five_thousand_rows_are_accounted_for(tmp_path, monkeypatch, kind, seed):
    if seed % 2:
        monkeypatch.setattr("litlab.adapters.reading._BLOCK", 4_000)
        monkeypatch.setattr("litlab.adapters.reading._PIECE", 1_000)
    assert check(tmp_path, kind, seed, count=5_000, share=1.0) > 1_000
