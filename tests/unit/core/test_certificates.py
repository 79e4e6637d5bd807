import ssl
import subprocess

import certifi
import pytest
from endobench.core.certificates import (
    CALLS,
    DOWNLOADS,
    context_of,
    read_certificates,
    trusted,
)
from endobench.core.errors import InputError


def n_authorities(text):
    return len(context_of(text).get_ca_certs())


N_PUBLIC = n_authorities(certifi.contents())


@pytest.mark.parametrize("variables", [CALLS, DOWNLOADS])
def test_without_a_setting_each_library_trusts_its_own_authorities(variables):
    assert trusted(variables, None, {}) is None


@pytest.mark.services
def test_tls_ca_adds_to_the_public_authorities(authority):
    assert n_authorities(trusted(CALLS, authority.certificate, {})) == N_PUBLIC + 1


@pytest.mark.services
@pytest.mark.parametrize(
    ("variables", "variable"),
    [(each, name) for each in (CALLS, DOWNLOADS) for name in each],
)
def test_a_variable_replaces_the_public_authorities(authority, variables, variable):
    environment = {variable: str(authority.certificate)}
    assert n_authorities(trusted(variables, None, environment)) == 1


@pytest.mark.services
def test_a_librarys_own_variable_comes_before_the_common_one(authority, tmp_path):
    environment = {"SSL_CERT_FILE": str(tmp_path / "none")}
    environment["REQUESTS_CA_BUNDLE"] = str(authority.certificate)
    assert n_authorities(trusted(DOWNLOADS, None, environment)) == 1
    with pytest.raises(InputError, match="SSL_CERT_FILE: .*none: No such file"):
        trusted(CALLS, None, environment)


@pytest.mark.services
def test_a_variable_may_name_a_folder(authority, tmp_path):
    for number in range(2):
        text = f"# é {number}\n" + authority.certificate.read_text()
        (tmp_path / f"{number}.pem").write_text(text)
    (tmp_path / "README").write_text("no certificate")
    environment = {"REQUESTS_CA_BUNDLE": str(tmp_path)}
    assert n_authorities(trusted(DOWNLOADS, None, environment)) == 1


@pytest.mark.services
def test_remarks_around_certificates_are_left_out(authority, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("Autorité privée\n" + authority.certificate.read_text() + "fin\n")
    assert n_authorities(read_certificates(path, "tls_ca")) == 1


@pytest.mark.services
def test_what_is_no_certificate_of_an_authority_is_said_in_one_line(
    authority, tmp_path
):
    pem = authority.certificate.read_text()
    der = ssl.PEM_cert_to_DER_cert(pem)
    lines = pem.splitlines()
    damaged = "\n".join([*lines[:5], "!!!", *lines[6:]])
    cases = {
        "key.pem": (authority.key.read_bytes(), "holds a private key"),
        "both.pem": (
            authority.key.read_bytes() + pem.encode(),
            "holds a private key",
        ),
        "ca.der": (der, "no certificate in PEM .* openssl x509 -inform der"),
        "empty.pem": (b"", "no certificate in PEM"),
        "damaged.pem": (damaged.encode(), "damaged .*; export it again"),
        "cut.pem": (pem[: len(pem) // 2].encode(), "damaged"),
    }
    for name, (content, message) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"^key 'tls_ca': .*{name}: .*") as caught:
            trusted(CALLS, path, {})
        assert caught.match(message)
        assert "\n" not in str(caught.value)
        assert "PRIVATE" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match="none: No such file.*expected a file in PEM"):
        trusted(CALLS, tmp_path / "none", {})
    with pytest.raises(InputError, match="is a folder; expected a file in PEM"):
        trusted(CALLS, tmp_path, {})


@pytest.mark.services
def test_a_context_trusts_only_what_it_was_given(authority):
    context = context_of(read_certificates(authority.certificate, ""))
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    subject = subprocess.run(
        ["openssl", "x509", "-noout", "-subject", "-in", str(authority.certificate)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Made authority" in subject
    [only] = context.get_ca_certs()
    assert only["subject"] == ((("commonName", "Made authority"),),)
