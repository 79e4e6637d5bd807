"""Logging of a job: one file, native libraries included, and one line for a mistake."""

import contextlib
import logging
import os
import pathlib
import signal
import sys

from endobench.core.errors import InputError

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
INTERRUPTED = "interrupted; what was answered is kept"


@contextlib.contextmanager
def door(log_path):
    """Run a job's body with all that it prints in `log_path`.

    The file descriptors are redirected rather than ``sys.stderr``, because gRPC and
    htslib write to the descriptor. A mistake in the input (`InputError`) or of the
    machine (`OSError`) is said in one line, in the log and on the terminal; any other
    exception is ours and keeps its traceback.

    Parameters
    ----------
    log_path : str or path-like
        Log file of the job; its folder is made where it is missing.

    Yields
    ------
    io.TextIOWrapper
        What standard error was before, for the progress of long work.

    Raises
    ------
    SystemExit
        With status 1, for an `InputError` or an `OSError` in the body, 130 for an
        interrupt, and 143 for SIGTERM.
    """
    pathlib.Path(log_path).parent.mkdir(parents=True, exist_ok=True)
    terminal = os.dup(2)
    with open(log_path, "w") as log:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # It tells a hundred lines of each font of a PDF.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _terminate)
    try:
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
        os.close(terminal)


class _Formatter(logging.Formatter):
    def format(self, record):
        return redacted(super().format(record))


def _terminate(*_):
    logging.error("terminated; what was answered is kept")
    raise SystemExit(128 + signal.SIGTERM)


_secrets = set()
_INSTEAD = "[API key]"


def keep_secret(text):
    """Have a text left out from now on."""
    _secrets.add(text)


def redacted(text):
    """Return a text without the secrets that it holds."""
    for secret in _secrets:
        text = text.replace(secret, _INSTEAD)
    return text
