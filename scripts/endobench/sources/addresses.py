"""What the addresses of a sheet hold now, without downloading it."""

import collections
import concurrent.futures
import re
from typing import NamedTuple

import requests
import tenacity

from endobench.sources.download import BUSY, INTERRUPTIONS
from endobench.sources.http_session import open_session, reason_of

AS_DECLARED = "as declared"
UNDECLARED = "no size declared"
UNTOLD = "size not told"
DIFFERS = "other size"
MISSING = "missing"
LOG_IN = "needs a log-in"
UNREACHABLE = "not reached"
FAULTS = (DIFFERS, MISSING, LOG_IN, UNREACHABLE)

N_AT_ONCE = 8
TIMEOUT_S = 30
# Made by the workflow itself.
_MADE = "resources/"
_LOG_IN = re.compile(r"\bsyn\d+\b|\bsynapse\b|\blog[ -]?in\b", re.IGNORECASE)
_PERMANENT = (301, 308)
_FORBIDDEN = (401, 403)
_GONE = (404, 410)
_PROXY_LOG_IN = 407
_PAGE = re.compile(r"\s*(text/html|application/xhtml\+xml)", re.IGNORECASE)
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")


class Address(NamedTuple):
    """An address of a sheet.

    Attributes
    ----------
    url : str
    rows : tuple of str
        The rows that it is the location of.
    bytes : int or None
        The declared size.
    has_digest : bool
        Whether every one of these rows declares a digest.
    """

    url: str
    rows: tuple
    bytes: int | None
    has_digest: bool


class Finding(NamedTuple):
    """What an address holds.

    Attributes
    ----------
    address : Address
    status : str
        One of the constants of this module.
    bytes : int or None
        The size that the server gives.
    moved_to : str or None
        Where the server sends permanently.
    detail : str
        More about a fault.
    """

    address: Address
    status: str
    bytes: int | None = None
    moved_to: str | None = None
    detail: str = ""


def addresses_of(sheet):
    """Return the addresses of a sheet, each once with each size, in their order.

    Parameters
    ----------
    sheet : dict of str to dict
        See `sheet.read_sheet`.

    Returns
    -------
    list of Address
    """
    rows = collections.defaultdict(list)
    for row in sheet.values():
        if row["location"].startswith(("http://", "https://")):
            # With a member, the size is that of the member.
            size = None if "member" in row else row.get("bytes")
            rows[row["location"], size].append(row)
    return [
        Address(
            url,
            tuple(row["name"] for row in those),
            int(size) if size else None,
            all("sha256" in row or "md5" in row for row in those),
        )
        for (url, size), those in rows.items()
    ]


def without_address(sheet):
    """Return the rows whose files the user has to bring.

    Parameters
    ----------
    sheet : dict of str to dict

    Returns
    -------
    list of (str, str, bool)
        Name, note and whether the note says that the source needs a log-in. Without the
        members of archives, and without what the workflow makes.
    """
    return [
        (row["name"], note := row.get("note", ""), bool(_LOG_IN.search(note)))
        for row in sheet.values()
        if "://" not in row["location"]
        and row["location"] not in sheet
        and not row["location"].startswith(_MADE)
    ]


def ask_all(addresses, tls_ca=None, attempts=3, wait_s=1.0):
    """Ask addresses for the sizes of their files.

    Parameters
    ----------
    addresses : iterable of Address
    tls_ca : path-like, optional
        See `http_session.open_session`.
    attempts : int
        Most attempts while a server is busy or not reached.
    wait_s : float
        First wait between attempts, in seconds.

    Returns
    -------
    list of Finding
        In the order of the addresses.
    """

    def ask(address):
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda found: found.status == UNREACHABLE),
            stop=tenacity.stop_after_attempt(attempts),
            wait=tenacity.wait_exponential(multiplier=wait_s),
            retry_error_callback=lambda state: state.outcome.result(),
        )
        with open_session(tls_ca) as session:
            return retrying(_ask, session, address)

    with concurrent.futures.ThreadPoolExecutor(N_AT_ONCE) as pool:
        return list(pool.map(ask, addresses))


def _ask(session, address):
    """Return the `Finding` of one address: from HEAD, or else from its first byte."""
    try:
        status, headers, history = _answer(session.head, address.url)
        # Some servers refuse HEAD, sign an address for GET alone, or answer HEAD with
        # the size of something else.
        if status not in _GONE and not _is_sure(address, status, headers):
            status, headers, history = _answer(
                session.get, address.url, {"Range": "bytes=0-0"}
            )
    except INTERRUPTIONS as error:
        return Finding(address, UNREACHABLE, detail=str(reason_of(error, address.url)))
    # Whatever a server sends as an address or a length ends here.
    except (requests.RequestException, ValueError) as error:
        return Finding(address, MISSING, detail=" ".join(str(error).split()))
    moved_to = None
    for step in history:
        if step.status_code not in _PERMANENT:
            break
        moved_to = requests.compat.urljoin(step.url, step.headers["Location"])
    found = Finding(address, AS_DECLARED, moved_to=moved_to)
    if status in _FORBIDDEN:
        return found._replace(status=LOG_IN, detail=f"status {status}")
    if status == _PROXY_LOG_IN:
        detail = f"status {status}: the proxy needs a log-in"
        return found._replace(status=UNREACHABLE, detail=detail)
    if status in BUSY or status >= 500:
        return found._replace(status=UNREACHABLE, detail=f"status {status}")
    if status not in (200, 206):
        return found._replace(status=MISSING, detail=f"status {status}")
    if _PAGE.match(headers.get("Content-Type", "")):
        detail = "a web page comes in place of the file"
        return found._replace(status=LOG_IN, detail=detail)
    is_encoded = headers.get("Content-Encoding", "identity") != "identity"
    return _compared(found, _size(status, headers), is_encoded)


def _answer(method, url, headers=()):
    """Send a request; return status, headers and the redirects, and read no body."""
    headers = {"Accept-Encoding": "identity", **dict(headers)}
    with method(
        url, headers=headers, timeout=TIMEOUT_S, allow_redirects=True, stream=True
    ) as response:
        return response.status_code, response.headers, response.history


def _is_sure(address, status, headers):
    """Return whether an answer to HEAD needs no second question."""
    size = _size(status, headers)
    return status == 200 and size and size == (address.bytes or size)


def _size(status, headers):
    """Return the size of the file in bytes, or None if the server does not tell it."""
    if status == 206:
        total = _TOTAL.fullmatch(headers.get("Content-Range", ""))
        return int(total[1]) if total else None
    # Equal lengths that come twice are joined by a comma.
    [length, *others] = {*re.split(r"\s*,\s*", headers.get("Content-Length", ""))}
    return int(length) if length.isdecimal() and not others else None


def _compared(found, size, is_encoded):
    declared = found.address.bytes
    # Compressed for the transfer, the length is another; or the header is that of a file
    # which is compressed itself.
    if size is None or (is_encoded and size != declared):
        return found._replace(status=UNTOLD)
    if declared is None:
        return found._replace(status=UNDECLARED, bytes=size)
    is_same = size == declared
    return found._replace(status=AS_DECLARED if is_same else DIFFERS, bytes=size)


def in_words(findings, brought):
    """Return a table of findings, and lists of what needs attention.

    Parameters
    ----------
    findings : list of Finding
    brought : list of (str, str, bool)
        See `without_address`.

    Returns
    -------
    str
        In Markdown.
    """
    lines = ["| status | bytes | declared | rows | address |", "|---|---|---|---|---|"]
    for each in findings:
        sizes = [f"{n:,}" if n else "" for n in (each.bytes, each.address.bytes)]
        cells = (each.status, *sizes, _names(each.address.rows), each.address.url)
        lines.append(f"| {' | '.join(cells)} |")
    parts = {
        "Faults": [
            f"{_names(each.address.rows)}: {each.status}"
            + (f", {each.bytes:,} bytes" if each.status == DIFFERS else "")
            + (f" ({each.detail})" if each.detail else "")
            for each in findings
            if each.status in FAULTS
        ],
        "Moved for good: write the new address into the sheet": [
            f"{_names(each.address.rows)}: now {each.moved_to}"
            for each in findings
            if each.moved_to
        ],
        "No digest: a changed file of the same size would not be noticed": [
            _names(each.address.rows)
            for each in findings
            if not each.address.has_digest
        ],
        "No address, and the source needs a log-in: bring the file": [
            f"{name} ({note})" for name, note, is_log_in in brought if is_log_in
        ],
        "No address: bring the file": [
            f"{name} ({note})" if note else name
            for name, note, is_log_in in brought
            if not is_log_in
        ],
    }
    for heading, items in parts.items():
        if items:
            lines += ["", f"{heading} ({len(items)})", ""]
            lines += [f"- {item}" for item in items]
    counts = collections.Counter(each.status for each in findings)
    total = ", ".join(f"{count} {status}" for status, count in counts.items())
    return "\n".join([*lines, "", f"{len(findings)} addresses: {total}"])


def _names(rows):
    return ", ".join(rows)
