"""`make unit` runs the unit tests that start nothing, which their guard checks."""

import os
import re
import subprocess
import sys

import starts
from workflow import ROOT

TESTS = """
import multiprocessing
import os
import socket
import subprocess
import time

import grpc
import pytest


@pytest.fixture(scope="module")
def shared():
    return subprocess.run(["true"])


def test_no_process():
    subprocess.run(["true"])


def test_no_process_of_which_an_error_is_passed_over():
    try:
        subprocess.run(["no such program"])
    except OSError:
        pass


def test_no_process_of_multiprocessing():
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0,))
    process.start()
    process.join()


def test_no_server():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))


def test_no_server_of_grpc():
    grpc.server(None)


@pytest.mark.services
def test_a_marked_test_may(shared):
    pass


def test_no_fixture_that_a_marked_test_has_started(shared):
    pass


def test_the_next_one_is_not_blamed():
    pass
"""


def test_a_unit_test_that_starts_something_needs_the_marker(tmp_path):
    (tmp_path / "conftest.py").write_text((ROOT / "tests/unit/conftest.py").read_text())
    (tmp_path / "test_made.py").write_text(TESTS)
    path = os.pathsep.join(filter(None, sys.path))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / ".pytest.ini", "-p"]
        + ["no:cacheprovider", "--rootdir", tmp_path, "-rA", "--color=no", tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "200"},
    )
    passed = re.findall(r"^PASSED \S+::test_(\w+)$", result.stdout, re.MULTILINE)
    assert sorted(passed) == ["a_marked_test_may", "the_next_one_is_not_blamed"]
    blamed = r"^FAILED \S+::test_no_\w+ - Failed: it started .*: mark it with"
    failed = re.findall(blamed, result.stdout, re.MULTILINE)
    assert len(failed) == TESTS.count("def test_no_")


def test_a_file_that_make_unit_leaves_out_is_not_imported(tmp_path, checked):
    [recipe] = re.findall(
        r"^unit:.*\n\t(.*)\n", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert f'-m "{starts.UNIT}"' in recipe
    files = sorted((ROOT / "tests/unit").rglob("test_*.py"))
    left_out = [path for path in files if starts.is_left_out(path)]
    assert len(checked("files that are left out", left_out)) < len(files) / 10
    path = tmp_path / "test_made.py"
    path.write_text("import pytest\n\n\n@pytest.mark.services\ndef test_one(): ...\n")
    assert not starts.is_left_out(path)
