"""The host's end of a serial port, without any protocol beyond frames."""

import os
import select
import termios
import time
import tty

from cobs import cobs

from ...golden.spec.link import PAUSE_SECONDS
from ..link_model import with_crc

__all__ = ["Line", "LineFault"]


class LineFault(AssertionError):
    """The board did something else than the model; the message has what is needed to repeat it."""


class Line:
    """The host's end of a serial port: bytes out, frames in."""

    def __init__(self, port):
        self._file = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._file)
        self._received = b""

    def speed(self, baud):
        """Speak at another speed from now on, after a pause."""
        termios.tcdrain(self._file)
        time.sleep(PAUSE_SECONDS)
        settings = termios.tcgetattr(self._file)
        settings[4:6] = [getattr(termios, f"B{baud}")] * 2
        termios.tcsetattr(self._file, termios.TCSANOW, settings)

    def send(self, data):
        """Send all of it."""
        while data:
            data = data[os.write(self._file, data):]

    def answer(self, seconds):
        """Body of the next frame; None if there is none within this many seconds of silence."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self._received:
            wait = deadline - time.monotonic()
            if wait <= 0 or not select.select([self._file], [], [], wait)[0]:
                return None
            self._received += os.read(self._file, 4096)
            deadline = time.monotonic() + seconds
        frame, _, self._received = self._received.partition(b"\0")
        decoded = cobs.decode(frame)
        if with_crc(decoded[:-2]) != decoded:
            raise LineFault(f"an answer's CRC is wrong: {decoded.hex(' ')}")
        return decoded[:-2]

    def close(self):
        """Close the port."""
        os.close(self._file)
