import os
import pathlib
import subprocess
import sys
import textwrap

import endobench
import pytest
from endobench.core import logs
from endobench.model.client import read_key

SCRIPTS = pathlib.Path(endobench.__file__).parent.parent


def run(folder, body):
    """Run a body inside a door, in its own process; return that process and its log."""
    log = folder / "logs" / "job.log"
    code = (
        "import ctypes, logging, os, signal, sys\n"
        "from endobench.core.errors import InputError\n"
        "from endobench.core.logs import door\n"
        f"with door({str(log)!r}) as terminal:\n" + textwrap.indent(body, "    ")
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result, log.read_text()


@pytest.mark.services
def test_a_warning_for_the_user_is_also_on_the_terminal(tmp_path):
    body = (
        "logs.keep_secret('hush')\n"
        "log = logging.getLogger('x')\n"
        "log.warning('quiet')\n"
        "logs.tell(log, '%d of %d rows\\nof %s', 3, 4, 'hush')\n"
    )
    result, log = run(tmp_path, "from endobench.core import logs\n" + body)
    assert result.stderr == "WARNING: 3 of 4 rows of [API key]\n"
    assert "WARNING x: quiet" in log and "WARNING x: 3 of 4 rows" in log


@pytest.mark.services
def test_the_output_of_a_job_is_only_in_its_log(tmp_path):
    result, log = run(
        tmp_path,
        "print('printed')\n"
        "logging.info('kept %d of %d', 52, 509)\n"
        "os.write(1, b'native out\\n')\n"
        "os.write(2, b'native err\\n')\n"
        "ctypes.CDLL(None).puts(b'from C')\n"
        "os.system('echo from a child')\n",
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    for text in ("printed", "52 of 509", "out", "native err", "from C", "a child"):
        assert text in log


@pytest.mark.services
def test_a_mistake_is_one_line_on_the_terminal_and_in_the_log(tmp_path):
    body = "raise InputError('pairs.txt: line 3:\\n  100% wrong %s')\n"
    result, log = run(tmp_path, body)
    assert result.returncode == 1
    assert result.stderr == "ERROR: pairs.txt: line 3: 100% wrong %s\n"
    assert log.count("pairs.txt: line 3: 100% wrong %s\n") == 1
    assert "Traceback" not in log + result.stderr


@pytest.mark.services
def test_a_failure_of_the_machine_is_one_line_too(tmp_path):
    result, log = run(tmp_path, "open('/no/such/file')\n")
    assert result.returncode == 1
    assert result.stderr.startswith("ERROR: ") and result.stderr.count("\n") == 1
    assert "/no/such/file" in result.stderr and "/no/such/file" in log
    assert "Traceback" not in log


@pytest.mark.services
def test_an_unexpected_error_keeps_its_traceback_in_the_log(tmp_path):
    result, log = run(tmp_path, "{}['key']\n")
    assert result.returncode == 1
    assert "Traceback" in log and "KeyError: 'key'" in log
    assert "unexpected error, please report it" in log


@pytest.mark.services
def test_a_chosen_exit_status_stays(tmp_path):
    result, _ = run(tmp_path, "sys.exit(7)\n")
    assert result.returncode == 7


@pytest.mark.services
def test_text_for_the_terminal_is_in_no_log(tmp_path):
    body = (
        "print('a bar', file=terminal)\n"
        "print('printed')\n"
        "print(terminal.isatty())\n"
        "raise InputError('wrong')\n"
    )
    result, log = run(tmp_path, body)
    assert result.stderr == "a bar\nERROR: wrong\n"
    assert "a bar" not in log
    assert "printed\nFalse\n" in log


@pytest.mark.services
@pytest.mark.interrupts
@pytest.mark.parametrize(
    ("name", "status", "word", "told"),
    [
        ("SIGTERM", 143, "terminated", ""),
        (
            "SIGINT",
            130,
            "interrupted",
            "interrupted; answers received so far are kept\n",
        ),
    ],
)
def test_a_signal_ends_a_job_with_its_status_after_cleanup(
    tmp_path, name, status, word, told
):
    body = (
        "try:\n"
        f"    signal.raise_signal(signal.{name})\n"
        "    print('went on')\n"
        "finally:\n"
        "    print('closed', flush=True)\n"
    )
    result, log = run(tmp_path, body)
    assert result.returncode == status
    assert (result.stdout, result.stderr) == ("", told)
    assert "closed" in log and "went on" not in log
    assert f"{word}; answers received so far are kept" in log
    assert "Traceback" not in log


def test_a_key_that_was_read_is_masked_in_every_text(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", set())
    assert logs.redacted("about s3cret") == "about s3cret"
    read_key({"ALPHAGENOME_API_KEY": "s3cret"})
    assert logs.redacted("api_key:s3cret, s3cret") == ("api_key:[API key], [API key]")


def test_a_text_without_secrets_is_unchanged(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", {"s3cret"})
    assert logs.redacted("nothing in here") == "nothing in here"


@pytest.mark.services
def test_an_interrupt_during_the_imports_ends_a_job_in_one_line(tmp_path):
    code = (
        "import os, signal\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "from endobench.core.logs import door\n"
        f"with door({str(tmp_path / 'job.log')!r}):\n"
        "    print('begun')\n"
    )
    result = subprocess.run(
        ["env", "--block-signal=INT", sys.executable, "-c", code],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 130
    assert result.stderr == f"{logs.INTERRUPTED}\n"
    assert "begun" not in (tmp_path / "job.log").read_text()
