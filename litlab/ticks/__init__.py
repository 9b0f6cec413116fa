"""Ticks: raw transactions as memory-mapped columns with random access.

1. ``cache`` streams parsed batches into one flat ``.npy`` per column, with runs (the sums of each second)
   and digests beside them. 2. ``store`` opens many caches as one array. 3. ``overview`` answers any span
   at screen resolution. 4. ``sessions`` knows the exchange's hours. 5. ``sample`` makes the sample tape.
   6. ``inspection`` tells what is in a store, ``checking`` what is damaged, ``housekeeping`` what lies there.
"""
