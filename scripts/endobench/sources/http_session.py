"""HTTP sessions that trust the configured authorities, and the reasons of their faults."""

import os
import urllib.parse

import requests
import requests.adapters

from endobench.core.certificates import DOWNLOADS, context_of, trusted
from endobench.core.errors import InputError
from endobench.core.reachability import why

_SCHEMES = ("http", "https")
# Buckets have addresses that need no other protocol; FTP servers often do.
_INSTEAD = {
    "gs": "https://storage.googleapis.com/{host}{path}",
    "s3": "https://{host}.s3.amazonaws.com{path}",
    "ftp": "https://{host}{path}, if the server has it there, too",
}


def check_address(location):
    """Raise `InputError` if a location is an address that is not of http(s)."""
    parts = urllib.parse.urlsplit(location)
    if "://" not in location or parts.scheme in _SCHEMES:
        return
    instead = _INSTEAD.get(parts.scheme, "the http(s) address of the file")
    raise InputError(
        f"{location}: expected an http(s) address or a local path; give"
        f" {instead.format(host=parts.netloc, path=parts.path)}"
    )


class _Trusting(requests.adapters.HTTPAdapter):
    """Trusts the authorities of one context, and no others."""

    def __init__(self, context):
        self._context = context
        super().__init__()

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        """Use the context in place of requests' own authorities."""
        host, pool = super().build_connection_pool_key_attributes(request, True, cert)
        return host, pool | {"ssl_context": self._context}

    def cert_verify(self, conn, url, verify, cert):
        """Add no authorities: the context has them all."""


def open_session(tls_ca=None, environment=os.environ):
    """Return a session.

    Parameters
    ----------
    tls_ca : path-like, optional
        Certificates of authorities to trust beside the public ones, in PEM.
    environment : mapping
        See `certificates.trusted`.

    Returns
    -------
    requests.Session

    Raises
    ------
    InputError
        If the certificates cannot be read.
    """
    session = requests.Session()
    found = trusted(DOWNLOADS, tls_ca, environment)
    if found:
        session.mount("https://", _Trusting(context_of(found)))
    return session


def reason_of(error, url):
    """Return the `reachability.Reason` of a failed request.

    Parameters
    ----------
    error : requests.RequestException or urllib3.exceptions.HTTPError
    url : str
        The requested address. After a redirect, the error knows the one that failed.
    """
    asked = getattr(getattr(error, "request", None), "url", None) or url
    proxy = requests.utils.select_proxy(
        asked, requests.utils.get_environ_proxies(asked)
    )
    if proxy:
        proxy = urllib.parse.urlsplit(proxy).netloc.rpartition("@")[2] or proxy
    return why(str(error), urllib.parse.urlsplit(asked).hostname or asked, proxy)
