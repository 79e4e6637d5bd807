"""Serve the stand-in model: ``python -m endobench.model.standin --genome FASTA``."""

from endobench.model.standin.server import main

main()
