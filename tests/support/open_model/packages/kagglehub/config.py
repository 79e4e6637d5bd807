"""Where credentials are looked for."""

import os
from typing import NamedTuple


class KaggleApiCredentials(NamedTuple):
    username: str | None = None
    key: str | None = None
    api_key: str | None = None


def get_kaggle_credentials():
    found = [os.environ.get(name) for name in ("KAGGLE_USERNAME", "KAGGLE_KEY")]
    token = os.environ.get("KAGGLE_API_TOKEN")
    if token or all(found):
        return KaggleApiCredentials(*found, token)
    return None
