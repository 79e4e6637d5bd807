"""Inputs: found or downloaded, verified, and under their final name only when whole."""

import datetime
import difflib
import json
import logging
import pathlib
import shutil
import tarfile

import requests
import tenacity

from endobench.errors import InputError
from endobench.files import atomic_path, digest_of

log = logging.getLogger(__name__)

_BLOCK = 1 << 20
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class _Interrupted(Exception):
    """A download that may be continued."""


def verify(path, name, sha256="", md5=""):
    """Compare a file with its declared digests.

    Raises
    ------
    InputError
        With the declared and the found digest.
    """
    for algorithm, declared in (("sha256", sha256), ("md5", md5)):
        if declared and (found := digest_of(path, algorithm)) != declared:
            raise InputError(
                f"{name}: {algorithm} is {found}, {declared} is declared in the sheet;"
                " the file is damaged or another version"
            )


def link(source, destination, name, sha256="", md5=""):
    """Use a file that is already here: verify it and link to it.

    Raises
    ------
    InputError
        If it is missing or not what is declared.
    """
    source = pathlib.Path(source)
    if not source.is_file():
        raise InputError(f"{source}: no such file (input {name!r} of the sheet)")
    verify(source, str(source), sha256, md5)
    with atomic_path(destination) as temporary:
        temporary.symlink_to(source.resolve())


def download(url, destination, sha256="", md5="", attempts=8, timeout_s=60, wait=None):
    """Download a file, continuing where an earlier attempt was broken off.

    What has arrived lies in ``<destination>.part``; it is continued only if the server
    still has the same version (``If-Range``).

    Parameters
    ----------
    url : str
    destination : path-like
    sha256, md5 : str
        Declared digests, empty for unknown.
    attempts : int
        Tries in a row that may bring nothing before it is given up.
    timeout_s : float
        Without a byte for so long, a connection is given up.
    wait : tenacity wait, optional

    Raises
    ------
    InputError
        If the server says that there is no such file, or the digest differs.
    OSError
        If the disk is full.
    """
    destination = pathlib.Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Interrupted),
        stop=tenacity.stop_after_attempt(attempts),
        wait=wait or tenacity.wait_random_exponential(multiplier=1, max=60),
        before_sleep=tenacity.before_sleep_log(log, logging.WARNING),
        reraise=True,
    )
    try:
        retrying(_continue, url, part, timeout_s)
    except _Interrupted as error:
        raise InputError(
            f"{url}: {error}; tried {attempts} times, run again to continue"
        ) from None
    try:
        verify(part, url, sha256, md5)
    except InputError:
        part.unlink()
        raise
    finally:
        _note(part).unlink(missing_ok=True)
    part.replace(destination)


def _note(part):
    """Return the file that remembers which version a part belongs to."""
    return part.with_name(part.name + ".version")


def _continue(url, part, timeout_s):
    note = _note(part)
    version = note.read_text() if note.exists() else ""
    have = part.stat().st_size if part.exists() and version else 0
    # The bytes are wanted as they are: gzip files must not be unpacked on the way.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    try:
        with requests.get(
            url, headers=headers, stream=True, timeout=timeout_s
        ) as response:
            status = response.status_code
            if status in _TRANSIENT:
                raise _Interrupted(f"the server answers {status}")
            if status == 416:
                part.unlink(missing_ok=True)
                raise _Interrupted("the part does not fit the file any more")
            if status not in (200, 206):
                raise InputError(
                    f"{url}: the server answers {status} {response.reason}"
                )
            if status == 200:
                have = 0
            version = response.headers.get("ETag", "")
            if not version or version.startswith("W/"):
                version = response.headers.get("Last-Modified", "")
            note.write_text(version)
            expected = response.headers.get("Content-Length")
            with open(part, "ab" if have else "wb") as file:
                log.info("%s: continued at byte %d", url, have)
                shutil.copyfileobj(response.raw, file, _BLOCK)
            got = part.stat().st_size - have
            if expected is not None and got != int(expected):
                raise _Interrupted(f"{got} of {expected} bytes arrived")
    except (
        requests.RequestException,
        requests.packages.urllib3.exceptions.HTTPError,
    ) as e:
        raise _Interrupted(" ".join(str(e).split())) from None


def extract_member(archive, member, destination):
    """Copy one file out of a tar archive, as a stream.

    The archive's own paths decide nothing: the member is found by its exact name and
    written to `destination`.

    Parameters
    ----------
    archive : path-like
        Tar, plain or compressed.
    member : str
        Full name within the archive.
    destination : path-like

    Raises
    ------
    InputError
        If there is no such member, if it is no regular file, or if the archive ends
        early.
    """
    names = []
    try:
        with tarfile.open(archive, "r|*") as tar:
            for entry in tar:
                names.append(entry.name)
                if entry.name != member:
                    continue
                if not entry.isreg():
                    raise InputError(f"{archive}: {member!r} is no regular file")
                with (
                    atomic_path(destination) as temporary,
                    open(temporary, "wb") as file,
                ):
                    shutil.copyfileobj(tar.extractfile(entry), file, _BLOCK)
                    if file.tell() != entry.size:
                        raise tarfile.ReadError("unexpected end of data")
                return
    except (tarfile.ReadError, EOFError) as error:
        raise InputError(f"{archive}: not a whole tar archive ({error})") from None
    near = difflib.get_close_matches(member, names, n=3, cutoff=0.3) or names[:3]
    raise InputError(
        f"{archive}: holds no member {member!r}; near it: {', '.join(near) or 'nothing'}"
    )


def fetch(source, location, destination, *, member="", sha256="", md5="", **options):
    """Bring one input of the sheet to its place.

    Parameters
    ----------
    source : path-like or None
        A local file, or the archive that holds `member`; None to download `location`.
    location : str
    destination : path-like
    member : str
    sha256, md5 : str
    **options
        For `download`.

    Returns
    -------
    dict
        The record of the input: location, bytes, sha256, time (UTC).
    """
    destination = pathlib.Path(destination)
    if source is None:
        download(location, destination, sha256, md5, **options)
    elif member:
        extract_member(source, member, destination)
        try:
            verify(destination, f"{source}:{member}", sha256, md5)
        except InputError:
            destination.unlink()
            raise
    else:
        link(source, destination, location, sha256, md5)
    record = {
        "location": str(location if source is None or member else source),
        "member": member or None,
        "bytes": destination.stat().st_size,
        "sha256": digest_of(destination),
        "fetched": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    log.info("%s", json.dumps(record))
    return record
