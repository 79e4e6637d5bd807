import contextlib
import socket
import time
import types
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from endobench.core.certificates import CALLS
from endobench.core.errors import InputError, Unavailable
from endobench.model.client import (
    Connection,
    Endpoint,
    connected,
    endpoint,
    is_loopback,
    read_key,
)
from endobench.model.faults import fault_of
from endobench.model.retries import is_away, is_refusal, is_transient
from endobench.model.scorers import model_asker
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin
from endobench.model.wire import wire_asker
from gateways import answering
from servers import client_of, serving, substitutions

SETTINGS = {"model_version": None, "deadline_s": 5, "connect_timeout_s": 5}
SCORER = "DNASE-501-DIFF_LOG2_SUM"


@pytest.fixture(scope="module")
def row(genome):
    return next(substitutions(genome[1], [12_000]).itertuples())


def asker_of(made, is_wire, tracks=()):
    """Return one of the two ways to request scores over a connection."""
    names = {SCORER: list(tracks)}
    return wire_asker(made, names) if is_wire else model_asker(made.client, names)


def test_key_comes_from_the_environment():
    assert read_key({"ALPHAGENOME_API_KEY": " abc\n"}) == "abc"


@pytest.mark.parametrize("value", ["", "  ", None])
def test_a_missing_key_is_reported_in_one_line(value):
    environment = {} if value is None else {"ALPHAGENOME_API_KEY": value}
    with pytest.raises(InputError, match="ALPHAGENOME_API_KEY is empty or not set"):
        read_key(environment)


def test_key_file_must_be_private(tmp_path):
    path = tmp_path / "key"
    path.write_text("secret\n")
    path.chmod(0o644)
    environment = {"ALPHAGENOME_API_KEY_FILE": str(path)}
    with pytest.raises(InputError, match="0644") as caught:
        read_key(environment)
    assert "secret" not in str(caught.value)
    path.chmod(0o600)
    assert read_key(environment) == "secret"


def test_missing_key_file_is_named(tmp_path):
    environment = {"ALPHAGENOME_API_KEY_FILE": str(tmp_path / "none")}
    with pytest.raises(InputError, match="none"):
        read_key(environment)


def test_key_is_not_written_out():
    assert "secret" not in repr(Endpoint("host:1", True, "secret", None, 1, 1))
    metadata = [("x-goog-api-key", "secret")]
    for made in (
        Connection("client", print, metadata=metadata),
        Connection("client", print, "channel", metadata, "FOLD_1"),
    ):
        assert "secret" not in f"{made!r} {made}"


@pytest.mark.services
@pytest.mark.parametrize("is_wire", [False, True], ids=["client", "wire"])
def test_the_key_of_an_endpoint_is_sent_with_every_call(genome, row, is_wire):
    with serving(genome[0], keys={"secret"}) as (_, address):
        with client_of(address, key="secret") as made:
            tracks = made.client.output_metadata().dnase["name"]
            assert len(asker_of(made, is_wire, tracks)(row, [SCORER])) == 1
        with client_of(address) as made, pytest.raises(grpc.RpcError) as caught:
            asker_of(made, is_wire, tracks)(row, [SCORER])
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_the_key_is_sent_elsewhere_only_over_tls_or_within_this_machine():
    environment = {"ALPHAGENOME_API_KEY": "secret"}

    def key(address, tls, service="address"):
        return endpoint(service, address, tls, environment, **SETTINGS).key

    assert key("proxy.example.org:443", True) == "secret"
    assert key("proxy.example.org:80", False) == ""
    assert key("127.0.0.1:80", False) == "secret"
    assert key("127.0.0.1:80", False, "standin") == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("localhost:1", True),
        ("[::1]:1", True),
        ("127.9.9.9:1", True),
        ("10.0.0.1:1", False),
        ("127.0.0.1.example.org:443", False),
    ],
)
def test_loopback(address, expected):
    assert is_loopback(address) is expected


def test_an_unreachable_server_is_reported_within_the_limit():
    begun = time.monotonic()
    where = Endpoint("127.0.0.1:9", False, "", None, 1, 0.3)
    with (
        pytest.raises(InputError, match="no server answers at 127.0.0.1:9 without TLS"),
        connected(where),
    ):
        pass
    # With a margin for a busy machine.
    assert time.monotonic() - begun < 20


@pytest.mark.services
def test_a_tls_client_does_not_talk_to_a_plain_server(genome):
    with serving(genome[0]) as (_, address):
        where = Endpoint(address, True, "", None, 1, 0.3)
        with pytest.raises(InputError, match="over TLS"), connected(where):
            pass


@pytest.mark.services
@pytest.mark.parametrize("answers", [True, False])
def test_a_closed_connection_is_no_longer_watched(genome, answers, monkeypatch):
    # gRPC asks for the time before each look at a channel. A thread that looks at a
    # closed one fails, which pytest reports, and prints a traceback into a job's log.
    def late():
        time.sleep(0.3)
        return time.time()

    clock = types.SimpleNamespace(time=late, perf_counter=time.perf_counter)
    monkeypatch.setattr("grpc._channel.time", clock)
    with (
        serving(genome[0]) as (_, address),
        contextlib.nullcontext() if answers else pytest.raises(InputError),
        connected(Endpoint(address, not answers, "", None, 5, 1)),
    ):
        pass


@pytest.mark.services
def test_a_silent_server_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        with (
            pytest.raises(InputError, match="no server answers"),
            client_of(address, connect_timeout_s=0.3),
        ):
            pass
        assert time.monotonic() - begun < 20


@pytest.mark.services
@pytest.mark.parametrize("is_wire", [False, True], ids=["client", "wire"])
def test_a_hung_call_costs_its_deadline_only(genome, row, is_wire):
    with (
        serving(genome[0], faults={0: "slow"}) as (service, address),
        client_of(address, deadline_s=0.3) as made,
    ):
        with pytest.raises(grpc.RpcError) as caught:
            asker_of(made, is_wire)(row, [SCORER])
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        # The server would have been silent for half a minute.
        assert not service.released.is_set()


@pytest.mark.services
@pytest.mark.parametrize("is_wire", [False, True], ids=["client", "wire"])
def test_hanging_up_ends_the_calls_in_flight(genome, row, is_wire):
    with (
        serving(genome[0], faults={0: "slow"}) as (service, address),
        client_of(address) as made,
        ThreadPoolExecutor(1) as pool,
    ):
        call = pool.submit(asker_of(made, is_wire), row, [SCORER])
        while not service.calls:
            assert not call.done()
            time.sleep(0.01)
        made.hang_up()
        assert call.exception().code() == grpc.StatusCode.CANCELLED
        assert not service.released.is_set()


@pytest.mark.services
def test_no_proxy_is_used_within_this_machine(genome, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(genome[0]) as (_, address), client_of(address) as made:
        assert len(made.client.output_metadata().dnase) == 8


@pytest.fixture(scope="module")
def serve_tls(genome):
    """A function that serves with a certificate of the made authority."""
    servers = []

    def serve(pair, name="localhost"):
        credentials = grpc.ssl_server_credentials(
            [tuple(path.read_bytes() for path in pair)]
        )
        server, port = standin.start_server(
            motif_model.MotifModel(genome[0]),
            f"{name}:0",
            max_workers=2,
            credentials=credentials,
        )
        servers.append(server)
        return f"{name}:{port}"

    yield serve
    for server in servers:
        server.stop(grace=0)


def tracks_over_tls(address, tls_ca=None, timeout_s=10):
    """Return how many tracks a server lists over TLS."""
    where = Endpoint(address, True, "secret", None, 10, timeout_s, tls_ca)
    with connected(where) as made:
        return len(made.client.output_metadata().dnase)


@pytest.mark.services
def test_tls_ca_trusts_a_private_authority(authority, serve_tls, no_trust):
    address = serve_tls(authority.issue())
    assert tracks_over_tls(address, str(authority.certificate)) == 8


@pytest.mark.services
@pytest.mark.parametrize("variable", CALLS)
def test_the_customary_variables_trust_a_private_authority(
    authority, serve_tls, no_trust, variable
):
    no_trust.setenv(variable, str(authority.certificate))
    assert tracks_over_tls(serve_tls(authority.issue())) == 8


@pytest.mark.services
def test_an_untrusted_certificate_is_named_at_once_and_for_good(
    authority, serve_tls, no_trust
):
    address = serve_tls(authority.issue())
    begun = time.monotonic()
    with pytest.raises(
        InputError, match="certificate is not trusted .*issuer"
    ) as caught:
        tracks_over_tls(address, timeout_s=30)
    assert "'tls_ca'" in str(caught.value)
    assert not isinstance(caught.value, Unavailable)
    # It does not wait for what cannot change.
    assert time.monotonic() - begun < 20


@pytest.mark.services
def test_a_certificate_for_another_name_is_said(authority, serve_tls, no_trust):
    address = serve_tls(authority.issue("example.org"))
    with pytest.raises(
        InputError, match="certificate is for another name than localhost"
    ):
        tracks_over_tls(address, str(authority.certificate))


@pytest.mark.services
def test_a_port_without_tls_is_said(genome, authority, no_trust):
    with (
        serving(genome[0]) as (_, address),
        pytest.raises(InputError, match="over TLS: it does not speak TLS.*'tls'"),
    ):
        tracks_over_tls(address)


def test_a_name_that_does_not_resolve_is_said(no_trust):
    with pytest.raises(
        Unavailable, match="the name of no-such-host.invalid cannot be resolved"
    ):
        tracks_over_tls("no-such-host.invalid:443", timeout_s=0.5)


def test_a_server_that_refuses_connections_may_answer_later(no_trust):
    with pytest.raises(Unavailable, match="127.0.0.1 refuses connections"):
        tracks_over_tls("127.0.0.1:9", timeout_s=0.5)


def test_a_dead_proxy_is_named_without_its_password(no_trust):
    no_trust.setenv("https_proxy", "http://user:pass@127.0.0.1:9")
    with pytest.raises(
        Unavailable, match="the proxy 127.0.0.1:9 refuses connections; check the proxy"
    ) as caught:
        tracks_over_tls("dns:///service.example.org:443", timeout_s=0.5)
    assert "pass" not in str(caught.value)


@pytest.mark.services
def test_a_proxy_that_refuses_is_named(no_trust, refusing_proxy):
    no_trust.setenv("https_proxy", f"http://{refusing_proxy}")
    with pytest.raises(
        Unavailable, match=rf"the proxy {refusing_proxy} refuses to connect.*\(403\)"
    ):
        tracks_over_tls("dns:///service.example.org:443", timeout_s=0.5)


@pytest.mark.services
def test_a_page_of_http_is_said_to_be_none_of_the_services():
    with (
        answering() as address,
        pytest.raises(
            Unavailable, match="127.0.0.1 speaks HTTP, but not gRPC, as a web"
        ),
        client_of(address, connect_timeout_s=1),
    ):
        pass


@pytest.mark.services
@pytest.mark.parametrize("status", [403, 404, 502])
def test_the_status_of_a_gateway_is_no_refused_key(status):
    with (
        answering(status) as address,
        client_of(address, "a key") as made,
        pytest.raises(grpc.RpcError) as caught,
    ):
        made.client.output_metadata()
    assert is_away(caught.value) and is_transient(caught.value)
    assert not is_refusal(caught.value)
    words = f"HTTP status {status} came, as from a proxy or gateway before the service"
    assert words in str(fault_of(caught.value))
