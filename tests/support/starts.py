"""What tests start outside of their own function: other processes, and servers."""

import multiprocessing.process
import re
import sys

import grpc

# The tests of `make unit`.
UNIT = "not services and not studies"

_started = []


def _note(
    event,
    arguments,
    # As defaults, since modules lose their names while Python ends.
    found=_started,
    of_processes=("os.fork", "os.forkpty", "os.posix_spawn", "os.system"),
):
    # To start bedtools is a call of a library, and packages ask for the machine's name.
    if event == "subprocess.Popen":
        if not any(name in str(arguments[0]) for name in ("bedtools", "uname")):
            found.append(f"the process {arguments[0]}")
    elif event in of_processes:
        found.append(f"a process with {event}")
    elif event == "socket.bind":
        found.append(f"a server at {arguments[1]}")


def _noting(function, what):
    """Return a function that is noted when called: no audit event tells of it."""

    def noted(*arguments, **options):
        _started.append(what)
        return function(*arguments, **options)

    return noted


def watch():
    """Note from now on what is started in this process; there is no way back."""
    sys.addaudithook(_note)
    grpc.server = _noting(grpc.server, "a server of gRPC")
    process = multiprocessing.process.BaseProcess
    process.start = _noting(process.start, "a process of multiprocessing")


def count():
    """Return how many things were started since `started` was last called."""
    return len(_started)


def started():
    """Return what was started since this function was last called."""
    found = list(_started)
    _started.clear()
    return found


def is_left_out(path):
    """Return whether all tests of a file have a marker that `make unit` leaves out."""
    if path.suffix != ".py":
        return False
    marked = r"^pytestmark = pytest.mark.(services|studies)$"
    return bool(re.search(marked, path.read_text(), re.MULTILINE))
