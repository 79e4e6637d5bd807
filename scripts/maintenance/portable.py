"""Run the numeric tests as on other processors, on a busy machine, in the background.

The last digits of a sum depend on the kernels of the processor and on the number of
threads. Two runs choose others than this machine would. In the second one, all cores are
busy, and Ctrl-C is ignored as in the background of a shell.
"""

import argparse
import contextlib
import os
import platform
import signal
import subprocess
import sys

import numpy as np

# Kernels of OpenBLAS that any processor of the kind can run, the oldest first.
KERNELS = {"x86_64": ("Prescott", "Haswell"), "aarch64": ("ARMV8", "CORTEXA57")}


def settings():
    """Return environments with other arithmetic, by name.

    The features to disable are among those that NumPy found on this processor: it does
    not start with the name of another one.

    Returns
    -------
    dict of str to dict of str to str
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    oldest, newer = KERNELS.get(platform.machine(), ("", ""))
    return {
        "oldest kernels, one thread": {
            "OPENBLAS_CORETYPE": oldest,
            "NPY_DISABLE_CPU_FEATURES": " ".join(found),
            "OMP_NUM_THREADS": "1",
        },
        "newer kernels, four threads": {
            "OPENBLAS_CORETYPE": newer,
            "NPY_DISABLE_CPU_FEATURES": " ".join(found[1:]),
            "OMP_NUM_THREADS": "4",
        },
    }


@contextlib.contextmanager
def busy_machine():
    """Keep each core busy with a process that does nothing else."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count())
    ]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


@contextlib.contextmanager
def ignored_interrupts():
    """Let processes that start in this context ignore Ctrl-C, as a shell does."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run_tests(arguments, environment):
    """Run pytest in a session of its own, without a terminal; return its status."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        raise


def main():
    """Run the numeric tests, then those of Ctrl-C too; exit with 1 if any fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arguments", nargs="*", help="of pytest, after --")
    arguments = parser.parse_args().arguments
    (first, alone), (second, loaded) = settings().items()
    print(f"== {first}", flush=True)
    failed = run_tests(["-m", "numeric", *arguments], alone)
    print(f"== {second}, on a busy machine, in the background", flush=True)
    with busy_machine(), ignored_interrupts():
        failed |= run_tests(["-m", "kernels or interrupts", *arguments], loaded)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
