"""Benchmarks: peers, the limit and litlab side by side in one run; ``make bench`` prints ratios.

1. ``synthetic`` makes a cache of so many ticks, ``place`` holds it beside the peers' copies of it.
2. Each theme (``ingest``, ``windows``, ``bars``, ``get_bars``, ``overview``, ``growth``, ``build``) yields
   tables. 3. ``measuring`` lets the ways of a table take turns, compares what they answer before it times
   them, and says which marks were reached. Nothing here is a timed assertion.
"""
