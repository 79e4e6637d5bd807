"""The library of the benchmark, in packages; README.md next to it describes them."""

import gc

# A job mostly makes objects that last as long as it does. With Python's default of 700,
# a quarter of the CPU of a small job is spent looking for garbage among them.
gc.set_threshold(100_000, 10, 10)
