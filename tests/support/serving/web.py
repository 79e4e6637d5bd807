"""A local HTTP server that fails on request."""

import contextlib
import hashlib
import http.server
import re
import ssl
import threading
import time

from endobench.sources.download import RetryPolicy

CONTENT = bytes(range(256)) * 4096
OTHER = CONTENT[::-1]
QUICK = RetryPolicy(timeout_s=5, wait_s=0.001)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `content`, or fails.

    `cuts` gives the number of bytes after which each of the next responses breaks off,
    and `errors` the status of the next responses. `requests` records the Range of each
    request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.cuts, self.errors, self.requests = [], [], []
        self.headers = {}
        self.has_etag = self.has_range = self.heeds_if_range = True
        self.has_length = True
        self.extra_length = 0
        self.stall_s = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/pairs.txt.gz"

    @property
    def etag(self):
        return f'"{sha256(self.content)[:8]}"'


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.requests.append(self.headers.get("Range"))
        assert self.headers["Accept-Encoding"] == "identity"
        if server.errors:
            self.send_response(server.errors.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.stall_s:
            wait_s, server.stall_s = server.stall_s, 0
            time.sleep(wait_s)
            self.close_connection = True
            return
        start, whole = 0, len(server.content)
        if (asked := self.headers.get("Range")) and server.has_range:
            is_same = self.headers.get("If-Range") == server.etag
            if is_same or not server.heeds_if_range:
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if start >= whole and start:
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        if server.has_etag:
            self.send_header("ETag", server.etag)
        for item in server.headers.items():
            self.send_header(*item)
        if server.has_length:
            length = whole - start + server.extra_length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        body = server.content[start:]
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)


@contextlib.contextmanager
def serving_tls(pair):
    """Serve over TLS with a key and a certificate; yield the server and its address."""
    key, certificate = pair
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server, f"https://localhost:{server.server_port}/pairs.txt.gz"
        server.shutdown()
        thread.join()


def left_in(path):
    return sorted(each.name for each in path.parent.iterdir())
