"""Checkpoints of the open model: where they are, and what tells them apart."""

import hashlib
import importlib
import os
import pathlib

from endobench.core.errors import InputError
from endobench.core.logs import keep_secret
from endobench.design.models import HUBS
from endobench.model.faults import fault_of

DEFAULT_VERSION = "ALL_FOLDS"
# Files of a hub that hold no parameters and differ between hubs.
_DOCUMENTS = ("README.md", "LICENSE")
_ORBAX = "_METADATA"


def locate(source, version=None):
    """Return the folder of a checkpoint; download it first if it is on a hub.

    A hub's own functions ask for a missing token at the keyboard, which a job does not
    have. The token is therefore looked for first.

    Parameters
    ----------
    source : str
        "huggingface", "kaggle", or the folder of a checkpoint.
    version : str, optional
        Name of a `dna_client.ModelVersion`, for a hub.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        If nobody is logged in, the download fails, or the folder holds no checkpoint.
    """
    if source in HUBS:
        name = (version or DEFAULT_VERSION).lower()
        return pathlib.Path(_DOWNLOADS[source](name)).resolve()
    wanted = "give huggingface, kaggle, or the folder of a checkpoint"
    try:
        if not source.strip():
            raise ValueError("is empty")
        folder = pathlib.Path(source).expanduser().resolve()
        folder.stat()
    except FileNotFoundError:
        pass
    # A name of any form may come from a config.
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise InputError(f"key 'weights': {source[:200]!r}: {why}; {wanted}") from None
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InputError(f"key 'weights': {source} {what}; {wanted}")
    if not _files(folder):
        raise InputError(f"key 'weights': {source} is empty; {wanted}")
    within = sorted(path.parent for path in folder.glob(f"*/{_ORBAX}"))
    if within and not (folder / _ORBAX).exists():
        raise InputError(
            f"key 'weights': {source} is no checkpoint, but {within[0]} is; {wanted}"
        )
    return folder


def digest_of(folder):
    """Return a digest of a checkpoint that does not depend on where it lies.

    Every byte is read, since the parameters may differ anywhere, while the names, sizes
    and times of files tell nothing. This takes seconds for the 1.8 GB of a checkpoint,
    which are read for the model anyway.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    whole = hashlib.sha256()
    for path in _files(folder):
        with path.open("rb") as file:
            part = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\t{part}\n".encode())
    return whole.hexdigest()[:12]


def _files(folder):
    """Return the sorted files of a checkpoint, some of which a hub stores as links.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    found, seen = [], set()
    for parent, folders, names in os.walk(folder, onerror=_raise, followlinks=True):
        # A link may lead back to where it lies.
        if (real := os.path.realpath(parent)) in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            pathlib.Path(parent, name)
            for name in names
            if not name.startswith(".") and name not in _DOCUMENTS
        ]
    for path in found:
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise _unreadable(path)
    return sorted(found)


def _raise(error):
    raise _unreadable(error.filename) from error


def _unreadable(path):
    return InputError(
        f"key 'weights': {path} cannot be read, so the checkpoint is not complete; check"
        " its permissions, or download it again"
    )


def _from_huggingface(name):
    """Return the folder of a version on Hugging Face, as ``all_folds`` or ``fold_0``."""
    repository = f"google/alphagenome-{name.replace('_', '-')}"
    page = f"https://huggingface.co/{repository}"
    log_in = f"accept the terms at {page}, then run hf auth login or set HF_TOKEN"
    hub = _imported("huggingface_hub")
    try:
        token = (hub.get_token() or "").strip()
        if token:
            keep_secret(token)
            _check_token(token, f"the token of huggingface (HF_TOKEN); {log_in}")
        # Without a network, the hub takes its copy on this machine and needs no token.
        elif not hub.constants.HF_HUB_OFFLINE:
            raise InputError(f"weights of huggingface need a token; {log_in}")
        return hub.snapshot_download(repo_id=repository)
    except InputError:
        raise
    except Exception as error:
        raise _not_downloaded(repository, "huggingface", error, log_in) from error


def _from_kaggle(name):
    """Return the folder of a version on Kaggle, such as ``all_folds``."""
    handle = f"google/alphagenome/jax/{name}"
    log_in = (
        "accept the terms at https://www.kaggle.com/models/google/alphagenome, then set"
        " KAGGLE_API_TOKEN (or KAGGLE_USERNAME and KAGGLE_KEY), or save kaggle.json in"
        " ~/.kaggle"
    )
    hub, settings = _imported("kagglehub"), _imported("kagglehub.config")
    try:
        found = settings.get_kaggle_credentials()
        if not found:
            raise InputError(f"weights of kaggle need a token; {log_in}")
        for each in ("key", "api_key"):
            if secret := getattr(found, each, None):
                keep_secret(secret)
                _check_token(secret, f"the token of kaggle; {log_in}")
        return hub.model_download(handle)
    except InputError:
        raise
    except Exception as error:
        raise _not_downloaded(handle, "kaggle", error, log_in) from error


def _check_token(token, what):
    """Raise an error for a token that no request can carry."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        name, _, advice = what.partition("; ")
        raise InputError(f"{name} must be one word of printable ASCII; {advice}")


_DOWNLOADS = dict(zip(HUBS, (_from_huggingface, _from_kaggle), strict=True))


def _imported(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"the weights cannot be downloaded ({error}); install {name.split('.')[0]},"
            " or give the folder of a checkpoint as key 'weights'"
        ) from None


def _not_downloaded(what, hub, error, log_in):
    return InputError(
        f"{what} cannot be downloaded from {hub}: {in_brief(error)}; if the hub refuses"
        f" the token, {log_in}"
    )


def in_brief(error, n_characters=300):
    """Return an error of another package on one line, which may be shortened."""
    text = str(fault_of(error)).rstrip(":")
    return text if len(text) <= n_characters else f"{text[:n_characters].rstrip()} ..."
