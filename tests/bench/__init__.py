"""Benchmarks: peers, the limit and litlab side by side in one run; ``make bench`` prints ratios."""
