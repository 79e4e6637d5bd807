import http.server
import sys
import threading

import pytest
import starts
from endobench.core.certificates import CALLS, DOWNLOADS
from web import Server

starts.watch()
# The folder or file of fixtures, and their names.
STARTING = set()


def pytest_ignore_collect(collection_path, config):
    """Leave out files that have no test to run, so that they are not imported."""
    if config.option.markexpr == starts.UNIT and starts.is_left_out(collection_path):
        return True
    return None


def pytest_runtest_setup():
    starts.started()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """Note which fixtures start something, for later tests that share what they made."""
    n_before = starts.count()
    result = yield
    if starts.count() > n_before:
        STARTING.add((request.node.path, fixturedef.argname))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a test without the marker for which a process or a server was started."""
    result = yield
    found = starts.started()
    for path in (item.path, item.session.path):
        found += [name for name in item.fixturenames if (path, name) in STARTING]
    if found and not item.get_closest_marker("services"):
        pytest.fail(f"it started {found[0]}: mark it with pytest.mark.services")
    return result


@pytest.fixture(autouse=True)
def patience():
    """Count from 0 what a test resamples: to load numba takes longer than most tests."""
    if ranks := sys.modules.get("endobench.stats.ranks"):
        ranks._done = 0


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """The path and the sequence of a small genome, as `servers.write_genome` returns."""
    # Most unit tests need neither a genome nor a server.
    from servers import write_genome

    return write_genome(tmp_path_factory.mktemp("genome"))


@pytest.fixture
def server():
    with Server() as each:
        thread = threading.Thread(target=each.serve_forever, args=(0.01,))
        thread.start()
        yield each
        each.shutdown()
        thread.join()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "downloads" / "pairs"


@pytest.fixture
def no_trust(monkeypatch):
    """An environment without variables of authorities and proxies."""
    for name in {*CALLS, *DOWNLOADS}:
        monkeypatch.delenv(name, raising=False)
    for name in ("all_proxy", "grpc_proxy", "https_proxy", "http_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.fixture
def refusing_proxy():
    """The address of a proxy that connects nobody."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            self.send_error(403)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{proxy.server_port}"
        proxy.shutdown()
        thread.join()
