"""The authorities whose certificates are trusted, for calls to a model and downloads.

`tls_ca` of the config adds an authority, such as that of an institution's proxy, to the
public ones. The customary variables replace the public ones.
"""

import functools
import os
import pathlib
import ssl

import certifi

from endobench.core.errors import InputError

# The variables of gRPC and of requests, before OpenSSL's; the first that is set counts.
CALLS = ("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE")
DOWNLOADS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_KEY = "PRIVATE KEY-----"


def trusted(variables, tls_ca=None, environment=os.environ):
    """Return the certificates of the trusted authorities.

    Parameters
    ----------
    variables : tuple of str
        `CALLS` or `DOWNLOADS`. The variable names a file of certificates, or a folder.
    tls_ca : path-like, optional
        Certificates to trust in addition, in PEM.
    environment : mapping

    Returns
    -------
    str or None
        In PEM; None means the public authorities.

    Raises
    ------
    InputError
        If a file cannot be read or holds no certificates.
    """
    variable = next((each for each in variables if environment.get(each)), None)
    if not (variable or tls_ca):
        return None
    path = pathlib.Path(environment[variable] if variable else certifi.where())
    if variable and path.is_dir():
        found = "\n".join(_certificates_in(path))
        _check(found, f"{variable}: {path}")
    else:
        found = read_certificates(path, variable or "certifi")
    if tls_ca:
        found += "\n" + read_certificates(tls_ca, "key 'tls_ca'")
    return found


def read_certificates(path, where):
    """Return the certificates of a file.

    Parameters
    ----------
    path : path-like
    where : str
        Start of the message: what names the file.

    Returns
    -------
    str
        In PEM.

    Raises
    ------
    InputError
        If the file cannot be read, is not in PEM, or holds a private key.
    """
    where = f"{where}: {path}"
    try:
        content = pathlib.Path(path).read_bytes()
    except IsADirectoryError:
        raise InputError(f"{where}: is a folder; expected a file in PEM") from None
    except OSError as error:
        raise InputError(f"{where}: {error.strerror}; expected a file in PEM") from None
    text = content.decode("latin-1")
    _check(text, where)
    return _only_certificates(text)


def _check(text, where):
    if _KEY in text:
        raise InputError(
            f"{where}: holds a private key; expected only certificates of authorities"
        )
    if _BEGIN not in text:
        raise InputError(
            f"{where}: holds no certificate in PEM (expected {_BEGIN}); convert other"
            " formats with openssl x509 -inform der -in FILE -out FILE.pem"
        )
    try:
        context_of(_only_certificates(text))
    except ssl.SSLError as error:
        raise InputError(
            f"{where}: holds a certificate that is damaged"
            f" ({error.reason or error.args[-1]}); export it again"
        ) from None


# To read the public authorities takes as long as to fetch a small file.
@functools.lru_cache(maxsize=8)
def context_of(certificates):
    """Return a client's `ssl.SSLContext` that trusts only these certificates in PEM."""
    context = ssl.create_default_context(cadata=certificates)
    # Python 3.13 wants extensions that older private authorities lack; gRPC does not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _only_certificates(text):
    """Return the text without remarks, which need not be ASCII."""
    parts = [part.partition(_END)[0] for part in text.split(_BEGIN)[1:]]
    return "\n".join(f"{_BEGIN}{part}{_END}" for part in parts)


def _certificates_in(folder):
    """Yield the readable texts with certificates in a folder such as /etc/ssl/certs."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            if _BEGIN in text and _KEY not in text:
                yield _only_certificates(text)
