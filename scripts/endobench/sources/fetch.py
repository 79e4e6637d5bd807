"""Inputs that are here whole and verified, or not at all."""

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
from endobench.core.files import atomic_path
from endobench.sources.download import Download

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20


class _DamagedError(InputError):
    """An archive that no other choice of member would make readable."""


def fetch(
    location,
    destination,
    *,
    member=None,
    sha256=None,
    md5=None,
    is_own=False,
    retries=6,
    timeout_s=60,
    wait_s=1.0,
):
    """Bring one input under its final name, whole and verified.

    A local file becomes a symbolic link. A download goes to ``{destination}.part``, is
    taken up again from there if the server still has the same file, and is renamed when
    it is whole. Bodies are stored as they are sent: a gzip file stays one.

    Parameters
    ----------
    location : str or path-like
        An http(s) address or a local path.
    destination : str or path-like
        The final name. Its folder is made where it is missing.
    member : str, optional
        `location` is a tar archive and this the full name of the file wanted in it.
    sha256, md5 : str, optional
        Declared digests of the file under its final name, hexadecimal. An empty string
        declares nothing.
    is_own : bool, default False
        `location` is a file of the user's own, in place of the declared one. Its
        digests may differ from those declared; that is a warning and stands in the
        record.
    retries : int, default 6
        How many attempts in a row may fail before giving up, after the first. One that
        brought new bytes is not counted.
    timeout_s : float, default 60
        Longest silence of the server, in seconds.
    wait_s : float, default 1
        First wait between attempts, in seconds; it doubles up to `MAX_WAIT_S`.

    Returns
    -------
    dict
        JSON-ready: ``location, file, bytes, sha256, retrieved`` (UTC, ISO 8601),
        ``resumed_bytes`` (from an earlier run), ``member`` and ``md5`` where given, and
        ``is_as_declared``, None where no digest is declared.

    Raises
    ------
    InputError
        If there is no such file, address or member, or a digest is not the declared one.
    ConnectionError
        If the server could not be reached, or not for long enough.
    OSError
        If the disk is full or not writable; it names the file.
    """
    location, destination = str(location), pathlib.Path(destination)
    declared = {"sha256": sha256, "md5": md5}
    declared = {key: value.strip().lower() for key, value in declared.items() if value}
    resumed_bytes = 0
    if is_url := "://" in location:
        if not location.startswith(("http://", "https://")):
            raise InputError(f"{location}: expected an http(s) address or a local path")
        download = Download(location, destination, timeout_s)
        download.run(retries, wait_s)
        source, resumed_bytes = download.part, download.resumed_bytes
    else:
        source = _local_file(location, destination)
    try:
        if member:
            with atomic_path(destination) as temporary:
                extract_member(source, member, temporary)
                digests, unlike = _digests(temporary, declared)
                _refuse(f"{location}: {member}", unlike, is_own)
        else:
            digests, unlike = _digests(source, declared)
            _refuse(location, unlike, is_own)
            if is_url:
                source.replace(destination)
            else:
                with atomic_path(destination) as temporary:
                    temporary.symlink_to(source)
    except InputError as error:
        # A member that is not there is no fault of the archive: it need not come again.
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
        "is_as_declared": not unlike if declared else None,
        "retrieved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "resumed_bytes": resumed_bytes,
    }
    log.info(
        "%s: %d bytes from %s, %d of them from an earlier run, sha256 %s",
        destination,
        record["bytes"],
        location,
        resumed_bytes,
        record["sha256"],
    )
    return record


def _digests(path, declared):
    """Return a file's digests, and (name, found, declared) of those that differ."""
    found = {name: hashlib.new(name) for name in {"sha256", *declared}}
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            for digest in found.values():
                digest.update(chunk)
    found = {name: digest.hexdigest() for name, digest in sorted(found.items())}
    unlike = [
        (name, found[name], value)
        for name, value in declared.items()
        if found[name] != value
    ]
    return found, unlike


def _refuse(name, unlike, is_own):
    """Raise for a digest that is not the declared one, or warn of a user's own file."""
    for kind, found, expected in unlike:
        what = f"{name}: its {kind} is {found}, declared is {expected}"
        if not is_own:
            raise _DamagedError(
                f"{what}; correct what is declared, or fetch the file that it was"
                " computed from"
            )
        log.warning("%s; it is used as the file of your own that 'local' names", what)


def extract_member(tar_path, member, destination):
    """Copy one file out of a tar archive, plain or compressed.

    The archive is read as a stream up to the member. Nothing in it decides where
    anything is written.

    Parameters
    ----------
    tar_path : str or path-like
    member : str
        Full name, as the archive spells it. Of several, the first is taken.
    destination : str or path-like

    Raises
    ------
    InputError
        If the archive is cut or is none, or the member is missing or no regular file.
    """
    names, is_at_end = [], False
    try:
        with tarfile.open(tar_path, mode="r|*") as tar:
            for entry in tar:
                names.append(entry.name)
                if entry.name != member:
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
            # tarfile takes a missing header for the end; a whole one is a block long.
            is_at_end = tar.fileobj.tell() - tar.offset >= tarfile.BLOCKSIZE
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _DamagedError(
            f"{tar_path}: not a tar archive, or cut ({error}); fetch it anew"
        ) from None
    if not is_at_end:
        raise _DamagedError(f"{tar_path}: cut after {len(names)} files; fetch it anew")
    near = difflib.get_close_matches(member, names, cutoff=0.4) or names[:3]
    raise InputError(
        f"{tar_path}: no {member!r} among its {len(names)} files; near are"
        f" {', '.join(map(repr, near))}"
    )


def _local_file(location, destination):
    """Return the absolute path of a local file that is to be linked."""
    # Symbolic links are kept: the folder they lead to may move.
    path = pathlib.Path(os.path.abspath(location))  # noqa: PTH100
    if not path.is_file():
        siblings = [entry.name for entry in path.parent.glob("*")]
        near = difflib.get_close_matches(path.name, siblings, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "expected a path or http(s)://"
        if path.is_dir():
            raise InputError(f"{path}: is a folder, expected a file")
        raise InputError(f"{path}: no such file; {hint}")
    is_itself = destination.exists() and destination.samefile(path)
    if is_itself and not destination.is_symlink():
        raise InputError(f"{path}: is its own destination; expected another path")
    return path
