"""The default reaction to Ctrl-C, in processes that tests start."""

import contextlib
import signal


@contextlib.contextmanager
def interruptible():
    """Let processes that start within this context react to Ctrl-C.

    A shell makes its background processes ignore SIGINT, and their children inherit
    that. The workflow respects it, so that a test of Ctrl-C would wait forever.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
