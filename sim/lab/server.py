"""The lab on loopback: its files over HTTP, made when a browser asks for them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .site import TYPES, page_files

__all__ = ["LabServer"]

HOST = "127.0.0.1"


class LabServer(ThreadingHTTPServer):
    """A server of the lab that only this machine reaches.

    Parameters
    ----------
    port : int
        0 takes any that is free.

    Attributes
    ----------
    url : str
    """

    daemon_threads = True

    def __init__(self, port: int = 0):
        super().__init__((HOST, port), Handler)
        self.url = f"http://{HOST}:{self.server_port}/"
        self.making = threading.Lock()  # two browsers do not compile the same engine


class Handler(BaseHTTPRequestHandler):
    """Answers one browser."""

    server: LabServer
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send a file of the page."""
        if self.headers.get("Host") != self.server.url.removeprefix("http://").rstrip("/"):
            # Another name that leads here is another site's, which would read as this one.
            self._send(403, "text/plain", b"This server is for its own address alone.")
            return
        name = self.path.partition("?")[0].removeprefix("/") or "index.html"
        make = page_files().get(name)
        if make is None:
            self._send(404, "text/plain", b"There is no such file.")
            return
        try:
            with self.server.making:
                data = make()
        except (OSError, RuntimeError, ImportError) as error:
            self._send(500, "text/plain; charset=utf-8", str(error).encode())
            return
        self._send(200, TYPES[name[name.rindex("."):]], data)

    def _send(self, status, kind, data):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        """Nothing: the terminal is the command's."""
