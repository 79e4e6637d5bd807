"""The open model's package, around the stand-in's motif model."""

__version__ = "0.2.0"
