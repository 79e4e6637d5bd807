"""An HTTP server with one file, that differs in one thing for each path."""

import http.server

SIZE = 5_000


class InputsServer(http.server.ThreadingHTTPServer):
    """Serves a file of `SIZE` bytes under any path.

    Paths that begin with a word of `Handler` differ in what the word says. `requests`
    records method, path and Range; `n_sent` counts the bytes of all bodies.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.n_sent, self.n_busy = [], 0, 0

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        given = self.headers.get("Range")
        self.server.requests.append((self.command, self.path, given))
        getattr(self, self.path.strip("/").partition(".")[0], self.file)()

    def send(self, status, headers=(), n_bytes=0):
        self.send_response(status)
        for item in dict(headers).items():
            self.send_header(*item)
        self.end_headers()
        if self.command == "GET":
            self.server.n_sent += n_bytes
            self.wfile.write(bytes(n_bytes))

    def file(self, size=SIZE):
        if self.command == "GET" and self.headers.get("Range") == "bytes=0-0":
            headers = {"Content-Range": f"bytes 0-0/{size}", "Content-Length": "1"}
            return self.send(206, headers, 1)
        return self.send(200, {"Content-Length": str(size)}, size)

    def larger(self):
        self.file(SIZE + 1)

    def gone(self):
        self.send(404, {"Content-Length": "0"})

    def private(self):
        self.send(403, {"Content-Length": "0"})

    def login(self):
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": "9"}
        self.send(200, headers, 9)

    def page(self):
        self.send(
            200, {"Content-Type": "Application/XHTML+xml", "Content-Length": "9"}, 9
        )

    def empty(self):
        # As for a script that answers HEAD with the length of no body.
        if self.command == "HEAD":
            self.send(200, {"Content-Length": "0"})
        else:
            self.file()

    def encoded(self):
        self.send(200, {"Content-Encoding": "gzip", "Content-Length": "7"}, 7)

    def marked(self):
        # A file that is compressed itself.
        self.send(200, {"Content-Encoding": "x-gzip", "Content-Length": str(SIZE)}, 9)

    def twice(self):
        self.send(200, {"Content-Length": f"{SIZE}, {SIZE}"}, 9)

    def nowhere(self):
        self.send(302, {"Location": "http://[", "Content-Length": "0"})

    def circle(self):
        self.send(302, {"Location": self.path, "Content-Length": "0"})

    def proxied(self):
        self.send(407, {"Content-Length": "0"})

    def headless(self):
        # As for an address that is signed for GET alone.
        if self.command == "HEAD":
            self.send(403, {"Content-Length": "0"})
        else:
            self.file()

    def mute(self):
        self.send(200)

    def moved(self):
        self.send(301, {"Location": "/file.new", "Content-Length": "0"})

    def signed(self):
        self.send(307, {"Location": "/headless.gz", "Content-Length": "0"})

    def busy(self):
        self.server.n_busy += 1
        if self.server.n_busy < 3:
            self.send(503, {"Content-Length": "0"})
        else:
            self.file()

    def down(self):
        self.send(503, {"Content-Length": "0"})
