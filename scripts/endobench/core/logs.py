"""The log file of a job: everything that it prints, without secrets.

A job runs inside a `door`. Its output goes to its log, a user mistake becomes one line
there and on the terminal, and every text marked by `keep_secret` is masked.
"""

import contextlib
import gc
import logging
import os
import pathlib
import signal
import sys

from endobench.core.errors import InputError

# A job mostly makes objects that last as long as it does. With Python's default of 700,
# a quarter of the CPU of a small job is spent looking for garbage among them.
gc.set_threshold(100_000, 10, 10)

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
INTERRUPTED = "interrupted; answers received so far are kept"
TERMINATED = "terminated; answers received so far are kept"
_MASK = "[API key]"
_secrets = set()


def keep_secret(text):
    """Mask a text in everything that is logged from now on."""
    _secrets.add(text)


def redacted(text):
    """Return a text with its secrets masked."""
    for secret in _secrets:
        text = text.replace(secret, _MASK)
    return text


def tell(log, message, *args):
    """Log a warning, and show it on the terminal as well.

    Parameters
    ----------
    log : logging.Logger
    message : str
        One line, with ``%``-style places for `args`.
    """
    log.warning(message, *args, extra={"is_for_terminal": True})


@contextlib.contextmanager
def door(log_path):
    """Run the body of a job, with everything that it prints in its log file.

    The file descriptors are redirected rather than ``sys.stderr``, because gRPC and
    htslib write to the descriptors. A mistake in the input (`InputError`) or a failure
    of the machine (`OSError`) is reported in one line, in the log and on the terminal; so
    are the warnings of `tell`.
    Any other exception is a bug and keeps its traceback.

    Parameters
    ----------
    log_path : str or path-like
        Log file of the job. Its folder is created if it does not exist.

    Yields
    ------
    io.TextIOWrapper
        The original standard error, for the progress of long jobs.

    Raises
    ------
    SystemExit
        With status 1 for an `InputError` or an `OSError` in the body, 130 for an
        interrupt, and 143 for SIGTERM.
    """
    # What the imports made lasts as long as the process: to search it for garbage, at
    # the latest when the process ends, takes as long as a small job.
    gc.freeze()
    pathlib.Path(log_path).parent.mkdir(parents=True, exist_ok=True)
    terminal = os.dup(2)
    with open(log_path, "w") as log:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(FORMAT))
    told = _Terminal(terminal)
    logging.basicConfig(level=logging.INFO, handlers=[handler, told], force=True)
    # At level INFO, it logs a hundred lines for each font of a PDF.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        # Ctrl-C during the imports waits until here: see rules/common/start.smk.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with open(terminal, "w", closefd=False) as stream:
            yield stream
    except (InputError, OSError) as error:
        line = redacted(" ".join(str(error).split()))
        logging.error(line)
        os.write(terminal, f"ERROR: {line}\n".encode())
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        logging.error(INTERRUPTED)
        os.write(terminal, f"{INTERRUPTED}\n".encode())
        raise SystemExit(130) from None
    except Exception as error:
        logging.exception("unexpected error, please report it")
        line = f"ERROR: unexpected {type(error).__name__}, please report {log_path}\n"
        os.write(terminal, line.encode())
        raise
    finally:
        logging.getLogger().removeHandler(told)
        os.close(terminal)
        # The process ends, so that nothing that was loaded since needs a search either.
        gc.freeze()


class _Terminal(logging.Handler):
    """Shows the warnings of `tell` on the terminal, of which a descriptor is given."""

    def __init__(self, descriptor):
        super().__init__(logging.WARNING)
        self._descriptor = descriptor

    def emit(self, record):
        if getattr(record, "is_for_terminal", False):
            line = redacted(" ".join(record.getMessage().split()))
            os.write(self._descriptor, f"WARNING: {line}\n".encode())


class _Formatter(logging.Formatter):
    def format(self, record):
        return redacted(super().format(record))


def _terminate(*_):
    logging.error(TERMINATED)
    raise SystemExit(128 + signal.SIGTERM)
