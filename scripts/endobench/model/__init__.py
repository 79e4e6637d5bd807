"""Access to models: client, service, Atlas, local weights, scorers, tracks, stand-in.

May import: core, design, genome.
"""
