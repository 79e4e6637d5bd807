"""Downloads that resume where they were interrupted."""

import contextlib
import json
import logging
import os
import re
from typing import NamedTuple

import requests
import tenacity
from urllib3.exceptions import HTTPError

from endobench.core.errors import InputError
from endobench.core.files import atomic_path, naming
from endobench.sources.http_session import open_session, reason_of

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
MAX_WAIT_S = 60
MAX_RETRY_AFTER_S = 300
BUSY = (408, 425, 429)
INTERRUPTIONS = (requests.ConnectionError, requests.Timeout, HTTPError)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class RetryPolicy(NamedTuple):
    """How to request a file.

    Attributes
    ----------
    retries : int
        Failed attempts in a row, after the first, before giving up. An attempt that
        received new bytes does not count as failed.
    timeout_s : float
        Longest silence of the server, in seconds.
    wait_s : float
        First wait between attempts, in seconds. It doubles up to `MAX_WAIT_S`.
    tls_ca : str or None
        See `http_session.open_session`.
    """

    retries: int = 6
    timeout_s: float = 60
    wait_s: float = 1.0
    tls_ca: str | None = None


PERSISTENT = RetryPolicy()


class _Interrupted(Exception):
    """A failure after which another attempt may succeed."""

    def __init__(self, reason, wait_s=0):
        super().__init__(reason)
        self.wait_s = wait_s


class Download:
    """A file being downloaded: `part` has its first bytes, `notes` describes it.

    The notes give the address, the server's validator (a strong ETag, or Last-Modified)
    and the total length. Without a validator, a download cannot be resumed.

    Parameters
    ----------
    url : str
    destination : pathlib.Path
    policy : RetryPolicy
    declared_bytes : int, optional
        Declared size; a server that announces another is refused.
    """

    def __init__(self, url, destination, policy=PERSISTENT, declared_bytes=None):
        self.url, self.policy, self.declared_bytes = url, policy, declared_bytes
        self.part = destination.with_name(f"{destination.name}.part")
        self.notes_path = destination.with_name(f"{destination.name}.part.json")
        self.part.parent.mkdir(parents=True, exist_ok=True)
        self.notes = {}
        with contextlib.suppress(FileNotFoundError, ValueError):
            self.notes = dict(json.loads(self.notes_path.read_text()))
        if self.notes.get("url") != url or not self.part.exists():
            self.discard()
        self.resumed_bytes = self.size()

    def size(self):
        """Return the number of bytes received."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self):
        """Remove the part and its notes."""
        self.part.unlink(missing_ok=True)
        self.notes_path.unlink(missing_ok=True)
        self.notes, self.resumed_bytes = {}, 0

    def write_notes(self, **notes):
        """Record what the server said about the file."""
        self.notes |= notes
        with atomic_path(self.notes_path) as temporary:
            temporary.write_text(json.dumps(self.notes))

    def run(self):
        """Request the file until `part` is complete.

        Raises
        ------
        InputError
            If the server refuses the request, is not trusted, or has a file of another
            size than declared.
        ConnectionError
            If all attempts failed.
        """
        wait_s = self.policy.wait_s
        backoff = tenacity.wait_exponential_jitter(
            multiplier=wait_s, max=MAX_WAIT_S, jitter=wait_s
        )
        furthest, n_failed = self.size(), 0

        def is_exhausted(_):
            nonlocal furthest, n_failed
            n_failed = 0 if self.size() > furthest else n_failed + 1
            furthest = max(furthest, self.size())
            return n_failed > self.policy.retries

        def wait(state):
            return max(backoff(state), state.outcome.exception().wait_s)

        def warn(state):
            log.warning(
                "%s: attempt %d stopped at %d bytes (%s); next attempt in %.1f s",
                self.url,
                state.attempt_number,
                self.size(),
                state.outcome.exception(),
                state.next_action.sleep,
            )

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Interrupted),
            stop=is_exhausted,
            wait=wait,
            before_sleep=warn,
            reraise=True,
        )
        try:
            with open_session(self.policy.tls_ca) as session:
                retrying(self.attempt, session)
        except _Interrupted as error:
            raise ConnectionError(
                f"{self.url}: gave up after {n_failed} failed attempts ({error}); the"
                f" next run continues after {self.size()} bytes"
            ) from None

    def attempt(self, session):
        """Request the missing rest of `part`."""
        offset = self.size()
        if offset and offset == self.notes.get("bytes"):
            return
        if offset and not self.notes.get("validator"):
            self.discard()
            offset = 0
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers |= {
                "Range": f"bytes={offset}-",
                "If-Range": self.notes["validator"],
            }
        try:
            with session.get(
                self.url, headers=headers, stream=True, timeout=self.policy.timeout_s
            ) as response:
                is_usable = self.is_usable(response, offset)
                if is_usable:
                    self.receive(response)
        except INTERRUPTIONS as error:
            log.warning("%s: %s: %s", self.url, type(error).__name__, error)
            reason = reason_of(error, self.url)
            if reason.is_final:
                raise InputError(f"{self.url}: {reason}") from None
            raise _Interrupted(str(reason)) from error
        except requests.RequestException as error:
            raise InputError(f"{self.url}: {error}; check the address") from None
        if not is_usable:
            log.warning(
                "%s: changed on the server, discarding %d bytes", self.url, offset
            )
            self.discard()
            self.attempt(session)

    def is_usable(self, response, offset):
        """Return whether a body is the whole file or the missing rest of `part`."""
        status, headers = response.status_code, response.headers
        if status in BUSY or status >= 500:
            after = headers.get("Retry-After", "")
            wait_s = min(int(after), MAX_RETRY_AFTER_S) if after.isdecimal() else 0
            raise _Interrupted(f"status {status}", wait_s)
        if status == 200:
            return True
        if not offset or status not in (206, 416):
            raise InputError(
                f"{self.url}: the server responded {status} {response.reason}; check the"
                " address, or download the file yourself and name it under 'local' of"
                " the config"
            )
        sent = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        if status == 416 or sent is None or int(sent[1]) != offset:
            return False
        # Despite If-Range, some servers send a part of a changed file.
        return sent[2] in ("*", str(self.notes.get("bytes", "*"))) and (
            _validator(headers) in (None, self.notes["validator"])
        )

    def refuse_other_size(self, length):
        """Raise `InputError` if the server announces a size that is not declared."""
        if self.declared_bytes and length and int(length) != self.declared_bytes:
            raise InputError(
                f"{self.url}: the file has {int(length)} bytes, but the sheet declares"
                f" {self.declared_bytes}; the file has changed, so find the declared"
                " one, or correct bytes and digest in the sheet"
            )

    def receive(self, response):
        """Append a body to `part`, or replace it by a complete one."""
        is_whole = response.status_code == 200
        if is_whole:
            self.refuse_other_size(response.headers.get("Content-Length"))
        with naming(self.part), open(self.part, "wb" if is_whole else "ab") as file:
            if is_whole:
                if self.resumed_bytes:
                    log.warning("%s: the server restarts from the beginning", self.url)
                self.resumed_bytes, self.notes = 0, {}
                length = response.headers.get("Content-Length")
                self.write_notes(
                    url=self.url,
                    validator=_validator(response.headers),
                    **({"bytes": int(length)} if length else {}),
                )
            # Not decoded, since some servers declare a .gz file as an encoding.
            for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if self.size() != self.notes.setdefault("bytes", self.size()):
            raise _Interrupted(f"received {self.size()} of {self.notes['bytes']} bytes")
        self.write_notes()


def _validator(headers):
    """Return what identifies a version of the file on the server, or None."""
    etag = headers.get("ETag", "")
    is_strong = etag and not etag.startswith("W/")
    return etag if is_strong else headers.get("Last-Modified")
