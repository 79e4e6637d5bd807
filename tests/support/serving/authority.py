"""A made authority, and certificates that it issues for servers of tests."""

import shutil
import subprocess

import pytest

# Such keys are made much faster than those of RSA.
_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Authority:
    """A certificate authority that nobody trusts, made with openssl.

    Parameters
    ----------
    folder : pathlib.Path
    """

    def __init__(self, folder):
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl to make certificates")
        self.folder = folder
        self.key, self.certificate = folder / "ca.key", folder / "ca.pem"
        _openssl(
            ["req", "-x509", *_NEW_KEY, "-days", "2"]
            + ["-subj", "/CN=Made authority", "-keyout", self.key]
            + ["-addext", "keyUsage=critical,keyCertSign", "-out", self.certificate]
        )

    def issue(self, name="localhost"):
        """Return the paths of a key and a certificate for a host name or address."""
        stem = self.folder / name
        key, request, certificate, extensions = (
            stem.with_name(f"{stem.name}.{each}")
            for each in ("key", "csr", "pem", "ext")
        )
        kind = "IP" if name[0].isdecimal() else "DNS"
        extensions.write_text(
            f"subjectAltName={kind}:{name}\nauthorityKeyIdentifier=keyid\n"
            "basicConstraints=CA:FALSE\n"
        )
        _openssl(
            ["req", *_NEW_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request]
        )
        _openssl(
            ["x509", "-req", "-in", request, "-CA", self.certificate]
            + ["-CAkey", self.key, "-CAcreateserial", "-days", "2"]
            + ["-extfile", extensions, "-out", certificate]
        )
        return key, certificate


def _openssl(arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
