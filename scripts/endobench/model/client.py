"""Connections to servers that speak AlphaGenome's protocol, with the official client."""

import contextlib
import ipaddress
import logging
import os
import pathlib
import queue
import stat
import threading
import time
from typing import NamedTuple

import grpc

from endobench.core import certificates
from endobench.core.errors import InputError, Unavailable
from endobench.core.logs import keep_secret
from endobench.core.reachability import proxy_of, why
from endobench.model.alphagenome_client import dna_client
from endobench.model.faults import fault_of

log = logging.getLogger(__name__)

HOSTED_ADDRESS = "dns:///gdmscience.googleapis.com:443"
KEY_VARIABLE = "ALPHAGENOME_API_KEY"
KEY_FILE_VARIABLE = "ALPHAGENOME_API_KEY_FILE"
_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
# A connection that is being made has no fault yet.
_PROBE_S = 0.5
_PROBE = "/grpc.health.v1.Health/Check"
# gRPC looks at the states of a channel five times a second.
_WATCHERS_END_S = 5


class Endpoint(NamedTuple):
    """The address of a server and how to connect to it.

    Attributes
    ----------
    address : str
        ``host:port``.
    tls : bool
    key : str
        API key, empty for none.
    model_version : str or None
        Name of a `dna_client.ModelVersion`; None means the server's default.
    deadline_s : float
        Longest duration of a call, in seconds.
    connect_timeout_s : float
        Longest wait for a connection, in seconds.
    tls_ca : str or None
        File with certificates of authorities to trust beside the public ones.
    """

    address: str
    tls: bool
    key: str
    model_version: str | None
    deadline_s: float
    connect_timeout_s: float
    tls_ca: str | None = None

    def __repr__(self):
        """Leave the key out of every log."""
        return f"Endpoint({self.address}, tls={self.tls}, {self.model_version})"


def read_key(environment=os.environ):
    """Return the API key from the environment, or from the file named there.

    Raises
    ------
    InputError
        If the key is missing, empty or malformed, or if others can read its file.
    """
    if path := environment.get(KEY_FILE_VARIABLE):
        try:
            mode = stat.S_IMODE(pathlib.Path(path).stat().st_mode)
            if mode & 0o077:
                raise InputError(
                    f"{KEY_FILE_VARIABLE}: {path} has mode {mode:04o}, so others can"
                    " read the key; set mode 0600 (chmod 600)"
                )
            key = pathlib.Path(path).read_text().strip()
        except OSError as error:
            raise InputError(f"{KEY_FILE_VARIABLE}: {error}") from None
        source = f"the file that {KEY_FILE_VARIABLE} names"
    else:
        key = environment.get(KEY_VARIABLE, "").strip()
        source = KEY_VARIABLE
    if not key.isprintable() or not key.isascii():
        raise InputError(f"{source}: a key must be a single line of printable ASCII")
    if key:
        keep_secret(key)
    else:
        raise InputError(
            f"{source} is empty or not set; it must hold the API key (the config must"
            " not)"
        )
    return key


def is_loopback(address):
    """Return whether an address belongs to this machine."""
    host = address.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint(service, address=None, tls=True, environment=os.environ, **settings):
    """Return the `Endpoint` of a configured service.

    A key is sent to a server other than the hosted one only over TLS or within this
    machine.

    Parameters
    ----------
    service : {"alphagenome", "address", "standin"}
    address : str, optional
        ``host:port``; required for the last two services.
    tls : bool
    environment : mapping
    **settings
        ``model_version, deadline_s, connect_timeout_s, tls_ca`` of the `Endpoint`.

    Returns
    -------
    Endpoint
    """
    if service == "alphagenome":
        return Endpoint(HOSTED_ADDRESS, True, read_key(environment), **settings)
    key = ""
    has_key = environment.get(KEY_VARIABLE) or environment.get(KEY_FILE_VARIABLE)
    if service == "address" and has_key:
        if tls or is_loopback(address):
            key = read_key(environment)
        else:
            log.warning("%s does not use TLS; the API key is not sent to it", address)
    return Endpoint(address, tls and service == "address", key, **settings)


class Connection(NamedTuple):
    """An open connection to a model.

    Attributes
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    hang_up : callable
        Ends the calls in flight, where that is possible.
    channel : grpc.Channel or None
        None for a model in this process. Every call on the channel has a deadline.
    metadata : list of (str, str)
        Sent with every call.
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
    """Connect to a server, over a channel that gives every call a deadline.

    Parameters
    ----------
    endpoint : Endpoint

    Yields
    ------
    Connection

    Raises
    ------
    Unavailable
        If the server cannot be reached in time.
    InputError
        If it cannot be reached however long one waits, as with a certificate that is not
        trusted; or if the authorities' certificates cannot be read.
    """
    options = [
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.ping_timeout_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]
    if is_loopback(endpoint.address):
        # A proxy from the environment cannot reach this machine's own addresses.
        options.append(("grpc.enable_http_proxy", 0))
    if endpoint.tls:
        roots = certificates.trusted(certificates.CALLS, endpoint.tls_ca)
        credentials = grpc.ssl_channel_credentials(roots and roots.encode())
        channel = grpc.secure_channel(endpoint.address, credentials, options)
    else:
        channel = grpc.insecure_channel(endpoint.address, options)
    states = queue.SimpleQueue()
    watchers = _subscribe(channel, states.put)
    try:
        try:
            _wait_until_ready(channel, endpoint, states)
        finally:
            channel.unsubscribe(states.put)
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
        for watcher in watchers:
            watcher.join(_WATCHERS_END_S)
        channel.close()


def _subscribe(channel, note):
    """Connect a channel, have its states noted, and return the threads that watch them.

    One that still watches a channel when it is closed can fail with a traceback.
    """
    others = set(threading.enumerate())
    channel.subscribe(note, try_to_connect=True)
    return set(threading.enumerate()) - others


def _wait_until_ready(channel, endpoint, states):
    """Wait for a connection, and raise the reason if there is none in time."""
    ends = time.monotonic() + endpoint.connect_timeout_s
    try:
        while (state := states.get(timeout=max(ends - time.monotonic(), 0))) != (
            grpc.ChannelConnectivity.READY
        ):
            if state == grpc.ChannelConnectivity.TRANSIENT_FAILURE:
                reason = _fault_of_connecting(channel, endpoint)
                if reason.is_final:
                    raise InputError(f"{_no_answer(endpoint)}: {reason}")
    except queue.Empty:
        reason = _fault_of_connecting(channel, endpoint)
        raise (InputError if reason.is_final else Unavailable)(
            f"{_no_answer(endpoint)} within {endpoint.connect_timeout_s:g} s: {reason}"
        ) from None


def _no_answer(endpoint):
    how = "over TLS" if endpoint.tls else "without TLS"
    return f"no server answers at {endpoint.address} {how}"


def _fault_of_connecting(channel, endpoint):
    """Return why a channel has no connection.

    Only a call gets the reason from gRPC. Without a connection, it is not sent.
    """
    host, _, _ = endpoint.address.rpartition("/")[2].rpartition(":")
    text = ""
    try:
        channel.unary_unary(_PROBE)(b"", timeout=_PROBE_S)
    except grpc.RpcError as error:
        text = fault_of(error).message
    log.warning("%s: %s", endpoint.address, text)
    is_local = is_loopback(endpoint.address)
    return why(text, host, None if is_local else proxy_of(host, os.environ, _PROXIES))


def refusal(error, address):
    """Return an `InputError` that reports a refused key."""
    return InputError(
        f"{address} refuses the API key: {fault_of(error)}; check {KEY_VARIABLE}"
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
    """Gives every call a deadline; the client sets none and could wait forever."""

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
