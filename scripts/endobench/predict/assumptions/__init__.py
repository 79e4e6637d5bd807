"""What the code takes for granted about a service, and the calls that test it.

May import: core, design, genome, model.
"""
