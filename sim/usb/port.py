"""The port of a simulated USB device as the project's link uses it, in place of pyserial's."""

import serial

from ...boards.host.link import Link
from .host import NotAnswered, UsbHost

__all__ = ["UsbLink", "UsbPort"]

POLLS = 400  # empty-handed, until a read returns nothing
PACKET_BYTES = 64


class UsbPort:
    """A serial port as `Link` needs it. The simulation only goes on while something is asked.

    Parameters
    ----------
    host : UsbHost
        Enumerated.
    baud : int
    most_polls : int or None
        Of the device for an answer, until it is given up.

    Attributes
    ----------
    timeout, write_timeout : float
        Of pyserial; without a meaning here.
    """

    def __init__(self, host: UsbHost, baud: int, most_polls: int | None = None):
        self._host, self._baud, self._left = host, baud, b""
        self._most, self._polls = most_polls, 0
        self.timeout = self.write_timeout = 0.0
        host.open_port(baud)

    @property
    def baudrate(self) -> int:
        """The rate, which means nothing to the device; setting it is a request of CDC."""
        return self._baud

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._host.open_port(baud)
        self._baud = baud

    @property
    def in_waiting(self) -> int:
        """Bytes that have come and were not read."""
        return len(self._left)

    def write(self, data: bytes) -> None:
        """Bring bytes to the device, in packets; those that it has no room for again and again.

        Raises
        ------
        serial.SerialTimeoutException
            It has no room for long.
        """
        self._polls = 0
        for place in range(0, len(data), PACKET_BYTES):
            for _ in range(POLLS):
                if self._host.give(self._host.data_out, data[place:place + PACKET_BYTES]):
                    break
            else:
                raise serial.SerialTimeoutException("the device has no room")

    def read(self, size: int = 1) -> bytes:
        """Bytes that have come, at most `size`; b"" if none come for some time.

        Raises
        ------
        NotAnswered
            None came for `most_polls` polls since the last write.
        """
        for _ in range(POLLS):
            if self._left:
                break
            self._left = self._host.take(self._host.data_in) or b""
            self._polls += not self._left
            if self._most is not None and self._polls > self._most:
                raise NotAnswered(f"no answer came in {self._polls} polls")
        found, self._left = self._left[:size], self._left[size:]
        return found

    def reset_input_buffer(self) -> None:
        """Forget what has come."""
        self._left = b""

    def reset_output_buffer(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is left open."""


class UsbLink(Link):
    """The project's link over a simulated USB device."""

    def __init__(self, host: UsbHost, *, baud: int = 115_200, timeout: float = 1.0,
                 attempts: int = 5, most_polls: int | None = None):
        self._host, self._most = host, most_polls
        super().__init__("usb", baud=baud, timeout=timeout, attempts=attempts)

    def _opened(self, port, baud):
        return UsbPort(self._host, baud, self._most)
