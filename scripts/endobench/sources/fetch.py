"""Fetching inputs, so that each one is complete and verified, or absent."""

import datetime
import difflib
import hashlib
import logging
import os
import pathlib
import shutil
import tarfile
import zlib

from endobench.core.errors import InputError
from endobench.core.files import (
    NO_FILE,
    atomic_path,
    target_of_link,
    why_not_readable,
)
from endobench.sources.download import PERSISTENT, Download
from endobench.sources.http_session import check_address

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
_WORDS = {"bytes": "its size in bytes"}


class _DamagedError(InputError):
    """A damaged file, from which no member can be extracted."""


def fetch(
    location,
    destination,
    *,
    member=None,
    is_own=False,
    policy=PERSISTENT,
    **declared,
):
    """Fetch an input, complete and verified, under its final name.

    A local file becomes a symbolic link. A download goes to ``{destination}.part``,
    resumes from there if the file on the server has not changed, and is renamed once it
    is complete. Files are stored as sent: a gzip file stays compressed.

    Parameters
    ----------
    location : str or path-like
        An http(s) address or a local path.
    destination : str or path-like
        The final name. Its folder is created if it does not exist.
    member : str, optional
        File to extract, if `location` is a tar archive; see `extract_member`.
    is_own : bool, default False
        Whether `location` is the user's own file in place of the declared one. If it
        differs from what is declared, this is only logged as a warning and noted in the
        record.
    policy : download.RetryPolicy
        When to retry a download and when to give up, and whom to trust.
    **declared : str, optional
        Declared ``sha256``, ``md5`` (hexadecimal) and ``bytes`` of the file under its
        final name. An empty string declares nothing.

    Returns
    -------
    dict
        JSON-ready: ``location, file, bytes, sha256, retrieved`` (UTC, ISO 8601),
        ``resumed_bytes`` (from an earlier run), ``member`` and ``md5`` if given, and
        ``is_as_declared``, which is None if neither digest nor size is declared.

    Raises
    ------
    InputError
        If the file, address or member does not exist, or a digest or the size differs
        from the declared one. A download of another size is refused before it begins.
    ConnectionError
        If the download failed after all retries.
    OSError
        If the disk is full or not writable. The error names the file.
    """
    location, destination = str(location), pathlib.Path(destination)
    declared = {key: value.strip().lower() for key, value in declared.items() if value}
    resumed_bytes = 0
    check_address(location)
    if is_url := "://" in location:
        size = None if member else int(declared.get("bytes", 0))
        download = Download(location, destination, policy, declared_bytes=size)
        download.run()
        source, resumed_bytes = download.part, download.resumed_bytes
    else:
        source = _local_file(location, destination)
    try:
        if member:
            with atomic_path(destination) as temporary:
                extract_member(source, member, temporary)
                digests, differing = _digests(temporary, declared)
                _refuse(f"{location}: {member}", differing, is_own)
        else:
            digests, differing = _digests(source, declared)
            _refuse(location, differing, is_own)
            if is_url:
                source.replace(destination)
            else:
                with atomic_path(destination) as temporary:
                    temporary.symlink_to(target_of_link(location, destination))
    except InputError as error:
        # An archive that lacks the member is not damaged, and need not be fetched again.
        if is_url and (not member or isinstance(error, _DamagedError)):
            download.discard()
        raise
    if is_url:
        download.discard()
    record = {
        "location": location,
        "file": destination.name,
        **({"member": member} if member else {}),
        "bytes": destination.stat().st_size,
        **digests,
        "is_as_declared": not differing if declared else None,
        "retrieved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "resumed_bytes": resumed_bytes,
    }
    log.info(
        "%s: %d bytes from %s (%d from an earlier run), sha256 %s",
        destination,
        record["bytes"],
        location,
        resumed_bytes,
        record["sha256"],
    )
    return record


def _digests(path, declared):
    """Return the digests of a file, and (name, found, declared) of what differs.

    The size is compared, too; if it differs, it is reported first.
    """
    found = {name: hashlib.new(name) for name in {"sha256", *declared} - {"bytes"}}
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            for digest in found.values():
                digest.update(chunk)
    found = {name: digest.hexdigest() for name, digest in sorted(found.items())}
    there = {"bytes": str(pathlib.Path(path).stat().st_size)} | found
    differing = [
        (name, there[name], declared[name])
        for name in there
        if name in declared and there[name] != declared[name]
    ]
    return found, differing


def _refuse(name, differing, is_own):
    """Raise if a file is not as declared; only warn for a user's file."""
    for kind, found, expected in differing:
        what = f"{name}: {_WORDS.get(kind, kind)} is {found}, but the sheet declares"
        what += f" {expected}"
        if not is_own:
            raise _DamagedError(
                f"{what}; fetch the declared file, or correct the column {kind!r} of"
                " the sheet"
            )
        log.warning("%s; used anyway, since 'local' of the config names it", what)


def extract_member(tar_path, member, destination):
    """Extract one file from a tar archive, plain or compressed.

    The archive is read as a stream, up to the member. Names in the archive have no
    influence on where the file is written.

    Parameters
    ----------
    tar_path : str or path-like
    member : str
        Full name in the archive, or, without a slash, the name in any of its folders,
        since the folder's name may change from one release to the next. If there are
        several, the first is extracted.
    destination : str or path-like

    Raises
    ------
    InputError
        If the file is not a complete archive, or the member is missing or not a regular
        file.
    """
    names, is_at_end = [], False
    try:
        with tarfile.open(tar_path, mode="r|*") as tar:
            for entry in tar:
                names.append(entry.name)
                if not _is_named(entry, member):
                    continue
                if not entry.isreg():
                    raise InputError(f"{tar_path}: {member!r} is not a regular file")
                with (
                    atomic_path(destination) as temporary,
                    tar.extractfile(entry) as source,
                    open(temporary, "wb") as file,
                ):
                    shutil.copyfileobj(source, file, CHUNK_BYTES)
                log.info("%s: %d bytes from %s", member, entry.size, tar_path)
                return
            # tarfile mistakes a missing header for the end, which is one block long.
            is_at_end = tar.fileobj.tell() - tar.offset >= tarfile.BLOCKSIZE
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _DamagedError(
            f"{tar_path}: not a tar archive, or truncated ({error}); fetch it again"
        ) from None
    if not is_at_end:
        raise _DamagedError(
            f"{tar_path}: truncated after {len(names)} files; fetch it again"
        )
    full = {name if "/" in member else name.rpartition("/")[2]: name for name in names}
    near = difflib.get_close_matches(member, full, cutoff=0.4)
    near = [full[each] for each in near] or names[:3]
    raise InputError(
        f"{tar_path}: no member {member!r}; closest of {len(names)} files:"
        f" {', '.join(map(repr, near))}"
    )


def _is_named(entry, member):
    """Return whether an entry of an archive has a full name, or that in its folder."""
    if entry.name == member:
        return True
    is_base = "/" not in member and entry.isreg()
    return is_base and entry.name.rpartition("/")[2] == member


def _local_file(location, destination):
    """Return the absolute path of a local file."""
    # Symbolic links are kept, since the folder that they point to may move.
    path = pathlib.Path(os.path.abspath(location))  # noqa: PTH100
    if why := why_not_readable(path):
        if why == NO_FILE:
            siblings = [entry.name for entry in path.parent.glob("*")]
            near = difflib.get_close_matches(path.name, siblings, n=1)
            hint = f"did you mean {near[0]!r}?" if near else None
            why += f"; {hint or 'expected a path or http(s)://'}"
        raise InputError(f"{path}: {why}")
    is_itself = destination.exists() and destination.samefile(path)
    if is_itself and not destination.is_symlink():
        raise InputError(f"{path}: source and destination are the same file")
    return path
