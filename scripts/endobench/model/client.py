"""Connecting to a server that speaks AlphaGenome's protocol, with the official client."""

import contextlib
import ipaddress
import logging
import os
import pathlib
import stat
from typing import NamedTuple

import grpc
from alphagenome.models import dna_client

from endobench.core.errors import InputError, Unavailable
from endobench.core.logs import keep_secret

log = logging.getLogger(__name__)

HOSTED_ADDRESS = "dns:///gdmscience.googleapis.com:443"
KEY_VARIABLE = "ALPHAGENOME_API_KEY"
KEY_FILE_VARIABLE = "ALPHAGENOME_API_KEY_FILE"


class Endpoint(NamedTuple):
    """Where a server is and how it is spoken to.

    Attributes
    ----------
    address : str
        ``host:port``.
    tls : bool
    key : str
        API key, empty for none.
    model_version : str or None
        Name of a `dna_client.ModelVersion`; None is the server's default.
    deadline_s : float
        After so many seconds a call is given up.
    connect_timeout_s : float
    """

    address: str
    tls: bool
    key: str
    model_version: str | None
    deadline_s: float
    connect_timeout_s: float

    def __repr__(self):
        """Leave the key out of every log."""
        return f"Endpoint({self.address}, tls={self.tls}, {self.model_version})"


def read_key(environment=os.environ):
    """Return the API key from the environment or from the file that it names.

    Raises
    ------
    InputError
        If there is none, if it is empty, or if others may read its file.
    """
    if path := environment.get(KEY_FILE_VARIABLE):
        try:
            mode = stat.S_IMODE(pathlib.Path(path).stat().st_mode)
            if mode & 0o077:
                raise InputError(
                    f"{KEY_FILE_VARIABLE}: {path} has mode {mode:04o}; others can read"
                    " the key: chmod 600"
                )
            key = pathlib.Path(path).read_text().strip()
        except OSError as error:
            raise InputError(f"{KEY_FILE_VARIABLE}: {error}") from None
        source = f"the file that {KEY_FILE_VARIABLE} names"
    else:
        key = environment.get(KEY_VARIABLE, "").strip()
        source = KEY_VARIABLE
    if not key.isprintable() or not key.isascii():
        raise InputError(f"{source}: a key is one line of letters, digits and signs")
    if key:
        keep_secret(key)
    else:
        raise InputError(
            f"{source} is empty or not set; service alphagenome needs an API key there"
            " (never in the config)"
        )
    return key


def is_loopback(address):
    """Tell whether an address is this machine's own."""
    host = address.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint(service, address=None, tls=True, environment=os.environ, **settings):
    """Describe the server of a configured service.

    A key goes to another server than the hosted one only over TLS or to this machine.

    Parameters
    ----------
    service : {"alphagenome", "address", "standin"}
    address : str, optional
        ``host:port`` for the last two.
    tls : bool
    environment : mapping
    **settings
        ``model_version, deadline_s, connect_timeout_s``.
    """
    if service == "alphagenome":
        return Endpoint(HOSTED_ADDRESS, True, read_key(environment), **settings)
    key = ""
    has_key = environment.get(KEY_VARIABLE) or environment.get(KEY_FILE_VARIABLE)
    if service == "address" and has_key:
        if tls or is_loopback(address):
            key = read_key(environment)
        else:
            log.warning("the API key is not sent to %s, which has no TLS", address)
    return Endpoint(address, tls and service == "address", key, **settings)


class Connection(NamedTuple):
    """A model that can be asked.

    Attributes
    ----------
    client : alphagenome.models.dna_model.DnaModel
    hang_up : callable
        Ends the calls in flight at once, where that is possible.
    channel : grpc.Channel or None
        None for a model in this process. Every call on it has a deadline.
    metadata : list of (str, str)
        Goes with each call.
    model_version : str or None
    """

    client: object
    hang_up: object
    channel: object = None
    metadata: list = []
    model_version: str | None = None

    def __repr__(self):
        """Leave the key out of every log."""
        return f"Connection({type(self.client).__name__}, {self.model_version})"


@contextlib.contextmanager
def connected(endpoint):
    """Connect to a server, on a channel whose every call has a deadline.

    Parameters
    ----------
    endpoint : Endpoint

    Yields
    ------
    Connection

    Raises
    ------
    InputError
        If the server cannot be reached in time.
    """
    options = [
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.ping_timeout_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]
    if is_loopback(endpoint.address):
        # A proxy of the environment does not lead back to this machine.
        options.append(("grpc.enable_http_proxy", 0))
    if endpoint.tls:
        channel = grpc.secure_channel(
            endpoint.address, grpc.ssl_channel_credentials(), options
        )
    else:
        channel = grpc.insecure_channel(endpoint.address, options)
    try:
        try:
            grpc.channel_ready_future(channel).result(endpoint.connect_timeout_s)
        except grpc.FutureTimeoutError:
            how = "over TLS" if endpoint.tls else "without TLS"
            raise Unavailable(
                f"no server answers at {endpoint.address} {how} within"
                f" {endpoint.connect_timeout_s:g} s; check the address, 'tls' and the"
                " network"
            ) from None
        version = endpoint.model_version
        limited = grpc.intercept_channel(channel, _Deadline(endpoint.deadline_s))
        metadata = [("x-goog-api-key", endpoint.key)] if endpoint.key else []
        client = dna_client.DnaClient(
            channel=limited,
            model_version=dna_client.ModelVersion[version] if version else None,
            metadata=metadata,
        )
        yield Connection(client, channel.close, limited, metadata, version)
    finally:
        channel.close()


def refusal(error, address):
    """Return the `InputError` for a refused key."""
    return InputError(
        f"{address} refuses the API key: {error.code().name}: {error.details()};"
        f" check {KEY_VARIABLE}"
    )


class _CallDetails(NamedTuple):
    method: str
    timeout: float | None
    metadata: object
    credentials: object
    wait_for_ready: bool | None
    compression: object


class _Details(_CallDetails, grpc.ClientCallDetails):
    pass


class _Deadline(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Gives a deadline to every call; the client sets none and would wait for ever."""

    def __init__(self, seconds):
        self._seconds = seconds

    def _intercept(self, continuation, details, request):
        limited = _Details(
            details.method,
            self._seconds,
            details.metadata,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
        return continuation(limited, request)

    intercept_unary_unary = _intercept
    intercept_unary_stream = _intercept
    intercept_stream_stream = _intercept
