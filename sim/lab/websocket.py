"""A stream of bytes to one browser in a WebSocket (RFC 6455)."""

import threading

from wsproto.frame_protocol import CloseReason, FrameProtocol, Opcode, ParseFailed
from wsproto.utilities import generate_accept_token

__all__ = ["WebSocket", "accept"]

PIECE = 4096  # bytes that are taken at once


def accept(key: str) -> str:
    """Answer to the header Sec-WebSocket-Key of a browser."""
    return generate_accept_token(key.encode()).decode()


class WebSocket:
    """The server's end of a socket whose handshake is done.

    Parameters
    ----------
    reader, writer : binary file
    """

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._frames = FrameProtocol(client=False, extensions=[])
        self._writing = threading.Lock()  # one thread sends, another one answers pings

    def receive(self) -> bytes:
        """The next bytes; none at the end, or where something else speaks than a browser."""
        while data := self._reader.read1(PIECE):
            self._frames.receive_bytes(data)
            found = b""
            try:
                for frame in self._frames.received_frames():
                    if not isinstance(frame.payload, bytes | bytearray):
                        return b""  # good-bye, or text
                    if frame.opcode is Opcode.PING:
                        self._send(self._frames.pong(bytes(frame.payload)))
                    elif frame.opcode is Opcode.BINARY:
                        found += frame.payload
            except ParseFailed:
                return b""
            if found:
                return found
        return b""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._send(self._frames.send_data(data))

    def say(self, text: str) -> None:
        """Send a text, which is no part of the stream."""
        self._send(self._frames.send_data(text))

    def close(self, reason: str = "") -> None:
        """Say good-bye, and why: at most 123 bytes of it arrive."""
        code = CloseReason.INTERNAL_ERROR if reason else CloseReason.NORMAL_CLOSURE
        self._send(self._frames.close(code, reason))

    def _send(self, frame):
        with self._writing:
            self._writer.write(frame)
            self._writer.flush()
