"""A cache killed at any system call: the old one or the new one, and the next try cleans up."""

import pytest


def test_a_cache_killed_at_any_call_is_old_or_new(killed):
    for name, figures in killed("killing.py", 8).items():
        assert figures["killed"] == 8, name
        assert figures["old"], name
        assert figures["new"], name


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_cache_killed_at_every_call_is_old_or_new(killed):
    for name, figures in killed("killing.py", 10_000).items():
        assert figures["killed"] == figures["steps"] > 60, name
