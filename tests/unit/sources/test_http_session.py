import contextlib

import pytest
import requests
from endobench.core.certificates import DOWNLOADS
from endobench.core.errors import InputError
from endobench.sources.fetch import fetch
from endobench.sources.http_session import check_address, open_session
from web import CONTENT, QUICK, left_in, serving_tls


@pytest.fixture
def serve_tls(authority, no_trust):
    """A function that serves over TLS, with a certificate for a name."""
    with contextlib.ExitStack() as stack:

        def serve(name="localhost"):
            return stack.enter_context(serving_tls(authority.issue(name)))

        yield serve


@pytest.mark.services
def test_tls_ca_downloads_from_a_server_of_a_private_authority(
    authority, serve_tls, place
):
    _, url = serve_tls()
    policy = QUICK._replace(tls_ca=str(authority.certificate))
    fetch(url, place, policy=policy)
    assert place.read_bytes() == CONTENT


@pytest.mark.services
@pytest.mark.parametrize("variable", DOWNLOADS)
def test_the_customary_variables_do_so_too(
    authority, serve_tls, place, no_trust, variable
):
    no_trust.setenv(variable, str(authority.certificate))
    fetch(serve_tls()[1], place, policy=QUICK)
    assert place.read_bytes() == CONTENT


@pytest.mark.services
def test_an_untrusted_certificate_is_named_and_not_tried_again(serve_tls, place):
    server, url = serve_tls()
    with pytest.raises(
        InputError, match="pairs.txt.gz: its certificate is not trusted .*'tls_ca'"
    ):
        fetch(url, place, policy=QUICK)
    assert server.requests == []
    assert left_in(place) == []


@pytest.mark.services
def test_a_certificate_for_another_name_is_said(authority, serve_tls, place):
    _, url = serve_tls("example.org")
    policy = QUICK._replace(tls_ca=str(authority.certificate))
    with pytest.raises(InputError, match="for another name than localhost"):
        fetch(url, place, policy=policy)


def test_a_dead_proxy_is_named_without_its_password(place, no_trust):
    no_trust.setenv("https_proxy", "http://user:pass@127.0.0.1:9")
    with pytest.raises(
        ConnectionError,
        match="gave up after 2 .*the proxy 127.0.0.1:9 refuses connections; check the",
    ) as caught:
        fetch("https://data.example.org/a", place, policy=QUICK._replace(retries=1))
    assert "user:pass" not in str(caught.value)


@pytest.mark.services
def test_a_proxy_that_refuses_is_named(place, no_trust, refusing_proxy):
    no_trust.setenv("https_proxy", f"http://{refusing_proxy}")
    with pytest.raises(
        ConnectionError, match=f"proxy {refusing_proxy} refuses to connect.*403"
    ):
        fetch("https://data.example.org/a", place, policy=QUICK._replace(retries=0))


def test_a_name_that_does_not_resolve_is_said(place, no_trust):
    with pytest.raises(
        ConnectionError, match="the name of no-such-host.invalid cannot be resolved"
    ):
        fetch("https://no-such-host.invalid/a", place, policy=QUICK._replace(retries=0))


@pytest.mark.parametrize(
    ("location", "instead"),
    [
        ("gs://bucket/a/b.gz", "give https://storage.googleapis.com/bucket/a/b.gz"),
        ("s3://bucket/a/b.gz", "give https://bucket.s3.amazonaws.com/a/b.gz"),
        ("ftp://host/a/b.gz", "give https://host/a/b.gz, if"),
        ("synapse://syn1", "give the http"),
    ],
)
def test_another_protocol_is_answered_with_an_address_that_works(location, instead):
    with pytest.raises(InputError, match=f"{location}: .*{instead}"):
        check_address(location)


@pytest.mark.parametrize("location", ["http://a/b", "https://a/b", "a/b", "gtex_v8"])
def test_addresses_and_paths_are_accepted(location):
    check_address(location)


@pytest.mark.services
def test_a_session_without_settings_trusts_the_public_authorities(serve_tls):
    _, url = serve_tls()
    with open_session() as session, pytest.raises(requests.exceptions.SSLError):
        session.get(url, timeout=5)
