import pytest
from endobench.core.reachability import TLS_CA, proxy_of, why

# What gRPC and requests say about one cause.
TEXTS = [
    (
        "its certificate is not trusted (unable to get local issuer certificate)",
        "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Tls"
        " handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: error:1000007d:SSL"
        " routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: unable to get local issuer"
        " certificate: OK",
        "Max retries exceeded with url: /a (Caused by SSLError(SSLCertVerificationError(1,"
        " '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local"
        " issuer certificate (_ssl.c:992)')))",
    ),
    (
        "its certificate is for another name than host",
        "Custom verification check failed with error: UNAUTHENTICATED: Hostname"
        " Verification Check failed.",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch,"
        " certificate is not valid for 'localhost'. (_ssl.c:992)",
    ),
    (
        "its certificate is not valid at this time",
        "SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: certificate has"
        " expired: OK",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has"
        " expired (_ssl.c:992)",
    ),
    (
        "it does not speak TLS",
        "SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER: Invalid certificate"
        " verification context: OK",
        "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)",
    ),
    (
        "the name of host cannot be resolved",
        "errors resolving host:443: [field:hostname lookup error:address lookup failed"
        " for host:443: Domain name not found]",
        "Failed to resolve 'host' ([Errno -2] Name or service not known)",
    ),
    (
        "host refuses connections",
        "Failed to connect to remote host: Connection refused",
        "Failed to establish a new connection: [Errno 111] Connection refused",
    ),
    (
        "host does not respond",
        "Deadline Exceeded",
        "HTTPConnectionPool(host='host', port=1): Read timed out. (read timeout=5)",
    ),
]
FINAL = ("its certificate", "it does not speak")


@pytest.mark.parametrize(("words", "grpc_text", "http_text"), TEXTS)
def test_one_cause_has_the_same_words_in_both_libraries(words, grpc_text, http_text):
    for text in (grpc_text, http_text):
        reason = why(text, "host")
        assert reason.words == words
        assert reason.is_final == words.startswith(FINAL)
        assert str(reason) == f"{reason.words}; {reason.remedy}"


def test_an_untrusted_certificate_leads_to_the_key():
    assert why(TEXTS[0][1], "host").remedy == TLS_CA


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Connection refused", "the proxy proxy:3128 refuses connections"),
        (
            "Failed to resolve 'x'",
            "the name of the proxy proxy:3128 cannot be resolved",
        ),
        (
            "HTTP proxy returned response code 502",
            "the proxy proxy:3128 refuses to connect to it (502)",
        ),
        (
            "OSError('Tunnel connection failed: 403 Forbidden')",
            "the proxy proxy:3128 refuses to connect to it (403)",
        ),
    ],
)
def test_the_faults_of_a_proxy_name_it(text, words):
    reason = why(text, "host", "proxy:3128")
    assert reason.words == words
    assert "check the proxy" in reason.remedy
    assert not reason.is_final


@pytest.mark.parametrize(
    "text",
    [
        "HTTP proxy returned response code 407",
        "OSError('Tunnel connection failed: 407 Proxy Authentication Required')",
    ],
)
def test_a_proxy_that_needs_a_log_in_says_where_to_write_it(text):
    reason = why(text, "host", "proxy:3128")
    assert reason.words == "the proxy proxy:3128 asks for a log-in (407)"
    assert "https_proxy" in reason.remedy and reason.is_final


def test_an_unknown_cause_is_quoted_on_one_line():
    assert why("odd\n  fault", "host").words == "odd fault"
    assert why("", "host").words == "host does not respond"


def test_the_environments_proxy_is_found_without_its_password():
    environment = {"https_proxy": "http://me:secret@proxy:3128", "no_proxy": ".a.org"}
    assert proxy_of("b.org", environment) == "proxy:3128"
    assert proxy_of("c.a.org", environment) is None
    assert proxy_of("b.org", {}) is None
    assert proxy_of("b.org", {"http_proxy": "proxy:1"}) == "proxy:1"
