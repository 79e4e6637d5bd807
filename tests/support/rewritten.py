"""Test modules with rewritten assertions, made once and read by all workers.

Pytest rewrites the assertions of a module where it imports it, and keeps the result beside
it. Workers that start at the same time would each rewrite the same modules of a fresh
checkout, which takes longer than to import them.
"""

import pathlib
import sys

from _pytest.assertion import rewrite


def rewrite_modules(config):
    """Rewrite the modules that a run of pytest collects, unless they are kept already.

    Parameters
    ----------
    config : pytest.Config
    """
    if sys.dont_write_bytecode:
        return
    state = config.stash[rewrite.assertstate_key]
    for given in config.args:
        path = pathlib.Path(given.partition("::")[0])
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if module.name.startswith("test_") or module.name == "conftest.py":
                _rewrite(module.resolve(), config, state)


def _rewrite(module, config, state):
    folder = rewrite.get_cache_dir(module)
    kept = folder / f"{module.stem}{rewrite.PYC_TAIL}"
    if rewrite._read_pyc(module, kept) is None and rewrite.try_makedirs(folder):
        digest, code = rewrite._rewrite_test(module, config)
        rewrite._write_pyc(state, code, digest, kept)
