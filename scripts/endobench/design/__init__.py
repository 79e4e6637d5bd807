"""Protocols, tasks, routes and units, and the registries of gates and metrics.

May import: core.
"""
