"""Why a server cannot be reached, in the words of messages.

gRPC and requests report one cause in different texts, from the same libraries below.
"""

import re
import urllib.parse
import urllib.request
from typing import NamedTuple

TLS_CA = (
    "if a private authority or a proxy of your institution issued it, name the file with"
    " the authority's certificate under the key 'tls_ca'; the file must also hold the"
    " intermediate certificates that the server does not send"
)


class Reason(NamedTuple):
    """Why a server cannot be reached.

    Attributes
    ----------
    words : str
        What is wrong.
    remedy : str
        What to do.
    is_final : bool
        Whether another attempt must fail in the same way.
    """

    words: str
    remedy: str
    is_final: bool = False

    def __str__(self):
        """Return both parts, as messages quote them."""
        return f"{self.words}; {self.remedy}"


_NETWORK = "check the address and the network"
_PROXY_LOG_IN = (
    "write user and password into https_proxy (http://USER:PASSWORD@HOST:PORT)"
)
_PROXY = "check the proxy in the environment (https_proxy, http_proxy, no_proxy)"
# The first pattern that is found decides; group 1 is quoted. {host} is the server, {peer}
# what the connection is made to: the proxy, if there is one.
_REASONS = (
    (
        r"hostname mismatch|hostname verification check failed|ip address mismatch"
        r"|doesn't match",
        "its certificate is for another name than {host}",
        "use a name that the certificate holds",
        True,
    ),
    (
        r"certificate has expired|certificate is not yet valid",
        "its certificate is not valid at this time",
        "check this machine's clock, and tell the owner of the server",
        True,
    ),
    (
        r"certificate.verify.failed(?:\] certificate verify failed)?: ([\w -]+)"
        r"|certificate.verify.failed",
        "its certificate is not trusted",
        TLS_CA,
        True,
    ),
    (
        r"wrong.version.number|record layer failure|http request was sent to https",
        "it does not speak TLS",
        "check the port and the key 'tls'",
        True,
    ),
    (
        r"failed parsing http/2|expected settings frame",
        "{peer} speaks HTTP, but not gRPC, as a web page or a proxy's log-in does",
        "check the address, the port and the proxy",
        False,
    ),
    (
        r"proxy returned response code 407|tunnel connection failed: 407",
        "the proxy {proxy} asks for a log-in (407)",
        _PROXY_LOG_IN,
        True,
    ),
    (
        r"proxy returned response code (\d+)|tunnel connection failed: (\d+)",
        "the proxy {proxy} refuses to connect to it",
        _PROXY,
        False,
    ),
    (
        r"failed to resolve|name or service not known|lookup failed|name resolution"
        r"|getaddrinfo failed|domain name not found|errors resolving",
        "the name of {peer} cannot be resolved",
        None,
        False,
    ),
    (r"connection refused", "{peer} refuses connections", None, False),
    (
        r"network is unreachable|no route to host",
        "there is no route to {peer}",
        None,
        False,
    ),
    (
        r"socket closed|connection reset|connection aborted|remote end closed",
        "{peer} closes the connection",
        None,
        False,
    ),
    (r"timed out|timeout|deadline", "{peer} does not respond", None, False),
)


def why(text, host, proxy=None):
    """Return why a server cannot be reached.

    Parameters
    ----------
    text : str
        The message of the library that tried.
    host : str
        The server.
    proxy : str, optional
        ``host:port`` of the proxy that was used.

    Returns
    -------
    Reason
        With the text itself, on one line, if its cause is not known.
    """
    text = " ".join(text.split())
    peer = f"the proxy {proxy}" if proxy else host
    for pattern, words, remedy, is_final in _REASONS:
        if match := re.search(pattern, text, re.IGNORECASE):
            detail = next((part for part in match.groups() if part), "")
            words = words.format(host=host, peer=peer, proxy=proxy or "")
            words += f" ({detail.strip()})" if detail else ""
            return Reason(words, remedy or (_PROXY if proxy else _NETWORK), is_final)
    return Reason(text or f"{peer} does not respond", _PROXY if proxy else _NETWORK)


def proxy_of(host, environment, variables=("https_proxy", "http_proxy")):
    """Return the proxy that the environment names for a host, without its password.

    Parameters
    ----------
    host : str
    environment : mapping
    variables : iterable of str
        The first that is set counts.

    Returns
    -------
    str or None
        ``host:port``.
    """
    value = next((environment[each] for each in variables if environment.get(each)), "")
    exceptions = {"no": environment.get("no_proxy", "")}
    if not value or urllib.request.proxy_bypass_environment(host, exceptions):
        return None
    return urllib.parse.urlsplit(value).netloc.rpartition("@")[2] or value
