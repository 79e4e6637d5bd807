import threading

import pytest
from web import Server


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
