"""The tests of each explanation of a null result, and their verdicts."""
