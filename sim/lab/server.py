"""The lab on loopback: its files over HTTP, made when a browser asks for them; a virtual board."""

import secrets
import sys
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from .bridge import bridge
from .site import TYPES, Site
from .websocket import WebSocket, accept

__all__ = ["LabServer"]

HOST = "127.0.0.1"
TEXT = "text/plain; charset=utf-8"
BOARD = "/board/"  # NAME?token=TOKEN: a socket to the virtual board of a design


class LabServer(ThreadingHTTPServer):
    """A server of the lab that only this machine reaches.

    Its virtual boards are for pages of its own address that know its token, which stands in `url`
    behind ``#``: so neither another site's page nor another user's program starts one.

    Parameters
    ----------
    site : Site
    port : int
        0 takes any that is free.
    carry : callable
        ``carry(design, socket)`` carries bytes between a `WebSocket` and a board.

    Attributes
    ----------
    address, url, token : str
        Of the server, as ``http://HOST:PORT``; of the page; the secret.
    """

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0, carry=bridge):
        super().__init__((HOST, port), LabHandler)
        self.site, self.carry, self.token = site, carry, secrets.token_urlsafe(16)
        self.address = f"http://{HOST}:{self.server_port}"
        self.url = f"{self.address}/#{self.token}"
        # Two browsers do not compile the same engine; all else is sent meanwhile.
        self.making = {name: threading.Lock() for name in site.names if name.endswith(".wasm")}

    def handle_error(self, request, client_address):
        """Nothing of a browser that has left; a traceback of all else."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class LabHandler(BaseHTTPRequestHandler):
    """Answers one browser."""

    server: LabServer
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send a file of the page, or become a socket."""
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if f"http://{self.headers.get('Host')}" != self.server.address:
            # Another name that leads here is another site's, whose page would read this one's.
            self._send(403, TEXT, b"This server is for its own address alone.")
        elif path.startswith(BOARD):
            self._join(path.removeprefix(BOARD), parse_qs(parts.query))
        else:
            self._send_file(path.removeprefix("/") or "index.html")

    def _send_file(self, name):
        try:
            with self.server.making.get(name, nullcontext()):
                data = self.server.site.read(name)
        except FileNotFoundError as error:
            self._send(404, TEXT, str(error).encode())
            return
        except (OSError, RuntimeError, ImportError) as error:
            self._send(500, TEXT, str(error).encode())
            return
        self._send(200, TYPES[name[name.rindex("."):]], data)

    def _join(self, name, query):
        """A socket between the browser and a virtual board."""
        key = self.headers.get("Sec-WebSocket-Key")
        told = query.get("token", [""])[0]
        if self.headers.get("Origin") != self.server.address or not (
                secrets.compare_digest(told.encode(), self.server.token.encode())):
            self._send(403, TEXT, b"This socket is for the lab's own page alone.")
            return
        design = self.server.site.designs.get(name)
        if design is None or key is None:
            self._send(400, TEXT, b"This is no design, or no WebSocket.")
            return
        self.send_response(101)
        for header, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"),
                              ("Sec-WebSocket-Accept", accept(key))):
            self.send_header(header, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        socket = WebSocket(self.rfile, self.wfile)
        try:
            self.server.carry(design, socket)
            socket.close()
        except ConnectionError:
            return  # the browser is gone
        except (OSError, RuntimeError) as error:
            socket.close(" ".join(str(error).split()))

    def _send(self, status, kind, data):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        """Nothing: the terminal is the command's."""
