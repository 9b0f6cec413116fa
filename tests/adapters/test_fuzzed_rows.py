"""Rows spoilt at random never crash a reader, and each is accounted for; 100,000 of them in the soak."""

import pytest
from fuzzed_rows import FORMATS, check


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("share", "block"), [(0.01, 4_000), (0.3, 4_000), (1.0, 2 << 20)])
def test_spoilt_rows_are_accounted_for_and_the_others_are_as_if_alone(
    tmp_path, monkeypatch, kind, share, block
):
    monkeypatch.setattr("litlab.adapters.reading._BLOCK", block)
    monkeypatch.setattr("litlab.adapters.reading._PIECE", block // 4)
    assert check(tmp_path, kind, seed=11, count=800, share=share) > 0
