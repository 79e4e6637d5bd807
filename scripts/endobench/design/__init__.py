"""What can be asked: protocols, tasks, routes, units, assemblies and gates.

May import: core.
"""
