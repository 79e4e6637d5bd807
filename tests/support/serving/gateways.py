"""A proxy or gateway that answers every call of gRPC by itself, with a page or a status."""

import contextlib
import socketserver
import threading

_PREFACE_BYTES = 24
_FRAME_BYTES = 9
_HEADERS, _SETTINGS = 1, 4
_ACK, _END = 1, 5
# Places in HPACK's table of headers.
_STATUS, _TYPE = 8, 31


def _frame(kind, flags, stream, payload=b""):
    parts = len(payload).to_bytes(3, "big"), bytes([kind, flags])
    return b"".join([*parts, stream.to_bytes(4, "big"), payload])


def _header(place, value):
    """Return a header as HPACK's literal without indexing."""
    name = [place] if place < 15 else [15, place - 15]
    return bytes([*name, len(value)]) + value


class _Http1(socketserver.StreamRequestHandler):
    """Answers whatever comes with a page of HTTP/1."""

    def handle(self):
        self.rfile.read(_PREFACE_BYTES)
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
            b"<html></html>"
        )


class _Http2(socketserver.StreamRequestHandler):
    """Answers every call with the server's status of HTTP/2."""

    def handle(self):
        self.rfile.read(_PREFACE_BYTES)
        self.wfile.write(_frame(_SETTINGS, 0, 0))
        while len(frame := self.rfile.read(_FRAME_BYTES)) == _FRAME_BYTES:
            self.rfile.read(int.from_bytes(frame[:3], "big"))
            kind, flags, stream = frame[3], frame[4], int.from_bytes(frame[5:], "big")
            if kind == _SETTINGS and not flags & _ACK:
                self.wfile.write(_frame(_SETTINGS, _ACK, 0))
            if kind == _HEADERS:
                status = str(self.server.status).encode()
                headers = _header(_STATUS, status) + _header(_TYPE, b"text/html")
                self.wfile.write(_frame(_HEADERS, _END, stream, headers))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def handle_error(self, *_):
        # A client that has hung up.
        pass


@contextlib.contextmanager
def answering(status=None):
    """Serve a status of HTTP/2, or a page of HTTP/1 without one; yield the address."""
    with _Server(("127.0.0.1", 0), _Http2 if status else _Http1) as server:
        server.status = status
        serving = threading.Thread(target=server.serve_forever, args=[0.05])
        serving.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()
