"""The library of the benchmark, in packages; README.md next to it describes them."""
