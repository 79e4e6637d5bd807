"""Who answers: the service's client, the Atlas, local weights, scorers, tracks.

May import: core, design, genome.
"""
