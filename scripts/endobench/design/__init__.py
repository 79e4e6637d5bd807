"""What is asked: protocols, tasks, routes, units, and the registries of gates and metrics.

May import: core.
"""
