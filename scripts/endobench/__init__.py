"""The library of the benchmark: packages in layers, described in README.md beside it."""
