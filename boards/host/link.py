"""Requests and answers over a serial port (messages: golden.spec.link).

One request is under way at a time. A lost or damaged frame shows as a missing answer: the same
bytes, sequence number included, are sent again, and the board executes them at most once.

Every request begins with a zero byte, which ends whatever half a frame the board may have heard
and, after a pause, shows it the rate of the line.
"""

import binascii
import errno
import secrets
import struct
import threading
import time

import serial
from cobs import cobs
from serial.tools import list_ports

from ...golden.spec.link import (
    FRAME_BYTES,
    PAUSE_SECONDS,
    WORD_BYTES,
    Operation,
    Space,
    Status,
)
from ...golden.spec.plain import plain
from ...golden.spec.qformat import check_integer
from ..extras import command_name

try:
    from termios import error as TerminalError  # no OSError
except ImportError:  # Windows
    TerminalError = OSError

__all__ = ["BAUD", "Busy", "Link", "LinkError", "NoAnswer", "Refused", "Unplugged", "WrongAnswer",
           "how_to_end"]

BAUD = 1_000_000
MOST_BAUD = 2**31 - 1  # that any system's calls take
MOST_SECONDS, MOST_ATTEMPTS = 86_400.0, 2**31 - 1
ANSWER = 0x80  # bit of the operation byte that marks an answer


class LinkError(RuntimeError):
    """The link to a board failed; the message says what to do."""


class Unplugged(LinkError):
    """The serial port is not there, not ours, or went away."""


class NoAnswer(LinkError):
    """The port is open, but no valid answer came, however often the request was repeated."""


class Busy(LinkError):
    """The engine is running and the request has to wait."""


class Refused(LinkError):
    """The board answered that it cannot do what was asked."""


class WrongAnswer(LinkError):
    """An intact answer says what no board of this design says."""


def how_to_end(port: str) -> str:
    """How to end a run that is under way behind a port."""
    return ("wait for the end of the run, or stop it (the program that began it may have died): "
            f"`{command_name()} stop --device {port}`, or --take-over (in Python: take_over=True)")


def crc(data: bytes) -> bytes:
    """CRC-16/IBM-3740 of bytes, as the two bytes of a frame."""
    return binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "little")


def checked_patience(timeout: float, attempts: int) -> tuple[float, int]:
    """(seconds, attempts) as plain numbers; TypeError or ValueError if they are none to wait by."""
    timeout = plain("timeout", timeout, float)
    if not 0.0 < timeout <= MOST_SECONDS:
        raise ValueError(f"timeout must be more than 0 and at most {MOST_SECONDS:g} seconds, "
                         f"not {timeout!r}")
    return timeout, check_integer("attempts", attempts, 1, MOST_ATTEMPTS)


class Link:
    """A serial port that carries frames; several threads may use it, a request at a time.

    Parameters
    ----------
    port : str
        Device such as ``/dev/ttyUSB1`` or ``COM3``, or a URL of pyserial such as
        ``socket://host:1234``.
    baud : int
    timeout : float
        Seconds until an answer counts as lost.
    attempts : int
        How often a request is sent before giving up.

    Attributes
    ----------
    port : str
    baud : int
    repeats : int
        Requests that had to be sent again so far: a measure of the line's quality.
    heard : int
        Bytes received so far, whatever they are.

    Raises
    ------
    TypeError, ValueError
        An argument is of another kind, or not positive.
    Unplugged
        The port does not open.
    """

    def __init__(self, port: str, *, baud: int = BAUD, timeout: float = 1.0, attempts: int = 5):
        port, baud = plain("port", port, str), check_integer("baud", baud, 1, MOST_BAUD)
        timeout, attempts = checked_patience(timeout, attempts)
        self.port, self.baud, self.repeats, self.heard = port, baud, 0, 0
        self._received, self._lock = b"", threading.Lock()
        # A new host must not look like a repetition of the last one's request.
        self._sequence = secrets.randbelow(256)
        try:
            self._serial = self._opened(port, baud)
            self.be_patient(timeout, attempts)
            self._pause()
        except (OSError, ValueError, TerminalError) as error:
            raise Unplugged(f"{port} does not open: {why_closed(error)}") from error

    @staticmethod
    def _opened(port, baud):
        """The port as pyserial has it."""
        return serial.serial_for_url(port, baud, exclusive=True)

    def be_patient(self, timeout: float, attempts: int) -> None:
        """From now on wait `timeout` seconds for an answer, and send a request `attempts` times."""
        timeout, attempts = checked_patience(timeout, attempts)
        self._timeout, self._attempts = timeout, attempts
        # The port's own time-out only bounds one wait; `_answer` keeps the deadline.
        self._serial.timeout, self._serial.write_timeout = timeout / 4, timeout

    def change_rate(self, baud: int) -> None:
        """Go on at another rate, after the silence by which the board notices.

        Raises
        ------
        ValueError
            The port refuses this rate.
        """
        baud = check_integer("baud", baud, 1, MOST_BAUD)
        try:
            self._serial.reset_output_buffer()
            self._serial.baudrate = baud
            self._pause()
        except (OSError, ValueError, TerminalError) as error:
            raise ValueError(f"{self.port} refuses {baud} baud: {error}") from error
        self.baud = baud

    def read(self, space: Space, address: int, count: int, stride: int = 1, *,
             size: int | None = None) -> bytes:
        """Words `address`, `address` + `stride`, … of a space, as bytes.

        Parameters
        ----------
        size : int or None
            Bytes of a word; None: `WORD_BYTES` of the space, which WEIGHTS is not in.

        Raises
        ------
        WrongAnswer
            There are more or fewer bytes.
        LinkError
            As every request.
        """
        words = self._request(Operation.READ, space,
                              struct.pack("<BIBH", space, address, count, stride))
        expected = count * (WORD_BYTES[space] if size is None else size)
        if len(words) != expected:
            raise self._wrong(Operation.READ, space, len(words), expected)
        return words

    def write(self, space: Space, address: int, count: int, words: bytes) -> None:
        """Write `count` words, given as bytes, from `address` on."""
        self._write(Operation.WRITE, space, address, count, words)

    def write_sparse(self, space: Space, address: int, count: int, elements: bytes) -> None:
        """Write `count` elements of words most of which are zero, given as bytes."""
        self._write(Operation.WRITE_SPARSE, space, address, count, elements)

    def _write(self, operation, space, address, count, data):
        words = self._request(operation, space, struct.pack("<BIB", space, address, count) + data)
        if words:
            raise self._wrong(operation, space, len(words), 0)

    def _wrong(self, operation, space, found, expected):
        return WrongAnswer(f"{self.port} answers a {operation.name} of {Space(space).name} with "
                           f"{found} bytes instead of {expected}: its bitstream is not of this "
                           "version of cortigate; build and load it again")

    def close(self) -> None:
        """Close the port; may be called again."""
        try:  # or the system may wait long for what a dead board does not take
            self._serial.reset_output_buffer()
        except (OSError, TerminalError):
            pass  # it is closed already, or gone
        self._serial.close()

    def _pause(self):
        """Keep silent for as long as the board needs to notice, and forget what has come."""
        time.sleep(PAUSE_SECONDS)
        self._serial.reset_input_buffer()
        self._received = b""

    def _request(self, operation, space, payload):
        """Words of the answer to a request."""
        with self._lock:
            return self._asked(operation, space, payload)

    def _asked(self, operation, space, payload):
        self._sequence = (self._sequence + 1) % 256
        body = bytes([self._sequence, operation]) + payload
        frame = b"\0" + cobs.encode(body + crc(body)) + b"\0"
        for attempt in range(self._attempts):
            if attempt:
                self.repeats += 1
            self._send(frame)
            answer = self._answer(operation)
            if answer is not None:
                return self._accepted(answer, operation, space)
        raise NoAnswer(
            f"no answer from {self.port} to {self._attempts} requests, {self._timeout:g} s each: "
            f"is the board powered, does it hold a cortigate bitstream, does the line carry "
            f"{self.baud} baud?"
        )

    def _answer(self, operation):
        """Status byte and words of the answer to the request under way; None if it is late."""
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            # Without a delimiter for more than a frame it is noise, of which the end is enough.
            self._received = self._received[-2 * FRAME_BYTES:] + self._receive()
            *frames, self._received = self._received.split(b"\0")
            for place, frame in enumerate(frames):
                body = decode(frame)
                # Others are noise, or a late answer to an earlier request.
                if body is not None and tuple(body[:2]) == (self._sequence, operation | ANSWER):
                    self._received = b"\0".join([*frames[place + 1:], self._received])
                    return body[2:]
        self._received = b""  # a piece of a frame would spoil the next answer
        return None

    def _accepted(self, answer, operation, space):
        status, words = answer[0], answer[1:]
        if status == Status.OK:
            return words
        what = f"{operation.name} of {Space(space).name}"
        if status == Status.BUSY:
            raise Busy(f"{self.port} is running and refuses a {what}: {how_to_end(self.port)}")
        reason = Status(status).name if status in set(Status) else f"status {status}"
        raise Refused(f"{self.port} refuses a {what} ({reason}): its bitstream is not of this "
                      "version of cortigate or not of this design; build and load it again")

    def _send(self, data):
        try:
            self._serial.write(data)
        except serial.SerialTimeoutException:
            return  # nobody takes it: the missing answer will say so
        except OSError as error:
            raise self._gone(error) from error

    def _receive(self):
        try:
            data = self._serial.read(self._serial.in_waiting or 1)
            self.heard += len(data)
            return data
        except OSError as error:
            raise self._gone(error) from error

    def _gone(self, error):
        return Unplugged(f"the board on {self.port} is gone ({error}): plug it in, then open the "
                         "port again; what it had learned is lost unless it was saved")


def decode(frame: bytes) -> bytes | None:
    """Bytes of a received frame without the CRC, None if it is damaged."""
    try:
        data = cobs.decode(frame)
    except cobs.DecodeError:
        return None
    body = data[:-2]
    return body if len(body) >= 3 and crc(body) == data[-2:] else None


def why_closed(error: Exception) -> str:
    """Why a port does not open, and what to do."""
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        ports = ", ".join(sorted(p.device for p in list_ports.comports())) or "none"
        return f"there is no such port; ports of this machine: {ports}"
    if number == errno.EACCES:
        return "permission denied; add yourself to its group (often: dialout) and log in again"
    if number in (errno.EAGAIN, errno.EBUSY) or "lock" in str(error):
        return "another program uses it; end that one first"
    return str(error)
