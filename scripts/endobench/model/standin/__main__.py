"""Serve the stand-in model: ``python -m endobench.model.standin --genome FASTA``."""

import gc

# As in `core.logs`, and before the modules are loaded, which last as long as the server.
gc.set_threshold(100_000, 10, 10)

from endobench.model.standin.server import main  # noqa: E402

main()
