"""WebSocket (RFC 6455), as much of it as a stream of bytes to one browser needs."""

import base64
import hashlib

__all__ = ["WebSocket", "accept"]

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUED, BINARY, CLOSE, PING, PONG = 0, 2, 8, 9, 10
MOST_BYTES = 1 << 16  # of a message; a request has 252


def accept(key: str) -> str:
    """Answer to the header Sec-WebSocket-Key of a browser."""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


class WebSocket:
    """The server's end of a socket whose handshake is done.

    Parameters
    ----------
    reader, writer : binary file
    """

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    def receive(self) -> bytes:
        """The next bytes; none at the end, or where something else speaks than a browser."""
        while True:
            start = self._reader.read(2)
            if len(start) < 2 or not start[1] & 0x80:  # a browser's frames are masked
                return b""
            operation, length = start[0] & 0x0F, start[1] & 0x7F
            if length >= 126:
                length = int.from_bytes(self._reader.read(2 if length == 126 else 8), "big")
            if length > MOST_BYTES:
                return b""
            mask = self._reader.read(4)
            data = self._reader.read(length)
            if len(mask) < 4 or len(data) < length or operation == CLOSE:
                return b""
            data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
            if operation == PING:
                self._send(PONG, data)
            elif operation in (BINARY, CONTINUED) and data:
                return data

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._send(BINARY, data)

    def close(self, reason: str = "") -> None:
        """Say good-bye, and why: at most 123 bytes of it arrive."""
        self._send(CLOSE, (1011 if reason else 1000).to_bytes(2, "big") + reason.encode()[:123])

    def _send(self, operation, data):
        size = (bytes([len(data)]) if len(data) < 126 else
                b"\x7e" + len(data).to_bytes(2, "big"))
        self._writer.write(bytes([0x80 | operation]) + size + data)
        self._writer.flush()
