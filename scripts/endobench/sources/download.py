"""Downloads that are taken up again where they were cut."""

import contextlib
import json
import logging
import os
import re

import requests
import tenacity
from urllib3.exceptions import HTTPError

from endobench.core.errors import InputError
from endobench.core.files import atomic_path, naming

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
MAX_WAIT_S = 60
MAX_RETRY_AFTER_S = 300
_BUSY = (408, 425, 429)
_CUT = (requests.ConnectionError, requests.Timeout, HTTPError)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Interrupted(Exception):
    """A request failed in a way that another one may not."""

    def __init__(self, reason, wait_s=0):
        super().__init__(reason)
        self.wait_s = wait_s


class Download:
    """A file on its way: `part` has its first bytes, `notes` what is known of it.

    The notes tell the address, the server's validator (a strong ETag, or Last-Modified)
    and the whole length. Without a validator nothing can be resumed.
    """

    def __init__(self, url, destination, timeout_s):
        self.url = url
        self.timeout_s = timeout_s
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
        """Return how many bytes have arrived."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self):
        """Remove the part and its notes."""
        self.part.unlink(missing_ok=True)
        self.notes_path.unlink(missing_ok=True)
        self.notes, self.resumed_bytes = {}, 0

    def write_notes(self, **notes):
        """Remember what the server said of the file."""
        self.notes |= notes
        with atomic_path(self.notes_path) as temporary:
            temporary.write_text(json.dumps(self.notes))

    def run(self, retries, wait_s):
        """Request the file until `part` is whole."""
        backoff = tenacity.wait_exponential_jitter(
            multiplier=wait_s, max=MAX_WAIT_S, jitter=wait_s
        )
        furthest, in_vain = self.size(), 0

        def is_enough(_):
            nonlocal furthest, in_vain
            in_vain = 0 if self.size() > furthest else in_vain + 1
            furthest = max(furthest, self.size())
            return in_vain > retries

        def wait(state):
            return max(backoff(state), state.outcome.exception().wait_s)

        def say(state):
            log.warning(
                "%s: attempt %d stopped at %d bytes (%s), next in %.1f s",
                self.url,
                state.attempt_number,
                self.size(),
                state.outcome.exception(),
                state.next_action.sleep,
            )

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Interrupted),
            stop=is_enough,
            wait=wait,
            before_sleep=say,
            reraise=True,
        )
        try:
            with requests.Session() as session:
                retrying(self.attempt, session)
        except _Interrupted as error:
            raise ConnectionError(
                f"{self.url}: given up after {in_vain} attempts in vain ({error});"
                f" {self.size()} bytes are kept for the next run"
            ) from None

    def attempt(self, session):
        """Request what is missing of `part`."""
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
                self.url, headers=headers, stream=True, timeout=self.timeout_s
            ) as response:
                is_usable = self.is_usable(response, offset)
                if is_usable:
                    self.receive(response)
        except _CUT as error:
            raise _Interrupted(f"{type(error).__name__}: {error}") from error
        except requests.RequestException as error:
            raise InputError(f"{self.url}: {error}; correct the address") from None
        if not is_usable:
            log.warning("%s: has changed, %d bytes discarded", self.url, offset)
            self.discard()
            self.attempt(session)

    def is_usable(self, response, offset):
        """Tell whether the body is the whole file or the missing rest of `part`."""
        status, headers = response.status_code, response.headers
        if status in _BUSY or status >= 500:
            after = headers.get("Retry-After", "")
            wait_s = min(int(after), MAX_RETRY_AFTER_S) if after.isdecimal() else 0
            raise _Interrupted(f"status {status}", wait_s)
        if status == 200:
            return True
        if not offset or status not in (206, 416):
            raise InputError(
                f"{self.url}: the server answered {status} {response.reason}; correct"
                " the address, or fetch the file by hand and give its path"
            )
        sent = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        if status == 416 or sent is None or int(sent[1]) != offset:
            return False
        # Some servers send a part of the new file in spite of If-Range.
        return sent[2] in ("*", str(self.notes.get("bytes", "*"))) and (
            _validator(headers) in (None, self.notes["validator"])
        )

    def receive(self, response):
        """Append a body to `part`, or begin anew with a whole one."""
        is_whole = response.status_code == 200
        with naming(self.part), open(self.part, "wb" if is_whole else "ab") as file:
            if is_whole:
                if self.resumed_bytes:
                    log.warning("%s: the server sends it from the start", self.url)
                self.resumed_bytes, self.notes = 0, {}
                length = response.headers.get("Content-Length")
                self.write_notes(
                    url=self.url,
                    validator=_validator(response.headers),
                    **({"bytes": int(length)} if length else {}),
                )
            # Undecoded: some servers call a .gz file an encoding.
            for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if self.size() != self.notes.setdefault("bytes", self.size()):
            raise _Interrupted(f"{self.size()} of {self.notes['bytes']} bytes came")
        self.write_notes()


def _validator(headers):
    """Return what tells one version of the server's file from another, or None."""
    etag = headers.get("ETag", "")
    is_strong = etag and not etag.startswith("W/")
    return etag if is_strong else headers.get("Last-Modified")
