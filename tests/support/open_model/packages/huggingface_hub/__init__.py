"""A hub in the folder HF_HOME: a folder for each repository, and a file with a token."""

import os
import pathlib

from huggingface_hub import constants  # noqa: F401


def _home():
    return pathlib.Path(os.environ["HF_HOME"])


def get_token():
    path = _home() / "token"
    return os.environ.get("HF_TOKEN") or (path.read_text() if path.exists() else None)


def login():
    raise AssertionError("asks at the keyboard, and waits for ever")


def snapshot_download(repo_id):
    folder = _home() / repo_id
    if not folder.exists():
        raise FileNotFoundError(
            f"403 Client Error.\n\nCannot access gated repo {repo_id} with {get_token()}"
        )
    return str(folder)
