"""Keeping the API key out of everything that is written, whatever a server repeats."""

_secrets = set()
_INSTEAD = "[API key]"


def keep_secret(text):
    """Have a text left out from now on."""
    _secrets.add(text)


def redacted(text):
    """Return a text without the secrets that it holds."""
    for secret in _secrets:
        text = text.replace(secret, _INSTEAD)
    return text
