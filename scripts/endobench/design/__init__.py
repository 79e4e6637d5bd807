"""What can be asked: protocols, tasks, routes, units, assemblies, gates and metrics.

May import: core.
"""
