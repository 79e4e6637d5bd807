"""Gates: checks of every input before its use, and their verdicts.

May import: core, design, genome, stats, model, predict, benchmark.
"""
