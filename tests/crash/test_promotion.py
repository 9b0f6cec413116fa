"""A promotion killed at any system call leaves old or new, and the next one finishes what it began."""


def test_a_promotion_killed_at_every_call_is_old_or_new(killed):
    for name, figures in killed("promoting.py", 10_000).items():
        assert figures["killed"] == figures["steps"] > 10, name
        assert figures["old"], name
        assert figures["new"], name
