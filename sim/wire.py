"""A serial line between a host and boards that come and go: what a reset looks like to a host."""

import array
import fcntl
import os
import select
import termios
import threading
import tty

import serial

__all__ = ["Wire", "line_speed"]

GET_TERMIOS2 = 0x802C542A  # Linux: it tells any speed, not only those that have a constant
CONSTANTS: dict[int, int] = {
    getattr(termios, name): int(name[1:]) for name in dir(termios)
    if name[0] == "B" and name[1:].isdigit()}


def line_speed(terminal: int) -> int:
    """Speed in baud to which the program at the far end of a pseudo-terminal has set it."""
    words = array.array("I", [0] * 16)
    try:
        fcntl.ioctl(terminal, GET_TERMIOS2, words)
    except OSError:  # another system than Linux
        constant = int(termios.tcgetattr(terminal)[5])
        return CONSTANTS.get(constant, constant)
    return words[10]


class Wire:
    """A pseudo-terminal whose other end is a board's; a context manager.

    The board at the other end may be exchanged while the port stays open. As a wire it forgets
    what nobody takes.

    Parameters
    ----------
    board_port : str
        Serial port of the first board.

    Attributes
    ----------
    port : str
        For the host.
    carried : int
        Bytes that the host has sent so far.
    """

    def __init__(self, board_port: str):
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self.port = os.ttyname(self._far)
        self.carried = 0
        # Bytes from the host until then, and the port that is swapped in.
        self._plan: tuple[int, str] | None = None
        self._lock = threading.Lock()
        self._board = self._opened(board_port)
        self._stop, self._stopped = os.pipe()
        self._thread: threading.Thread | None = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def swap_after(self, count: int, board_port: str) -> None:
        """Put another board in place once the host has sent this many more bytes."""
        with self._lock:
            self._plan = count, board_port

    @property
    def swapped(self) -> bool:
        """Whether no exchange is waiting to be made."""
        with self._lock:
            return self._plan is None

    def swap(self, board_port: str) -> None:
        """Put another board in place at once; drops an exchange that is waiting to be made."""
        with self._lock:
            self._plan = None
            self._connect(board_port)

    def close(self) -> None:
        """Take the wire away; may be called again."""
        if self._thread is None:
            return
        os.close(self._stopped)
        self._thread.join()
        self._thread = None
        self._board.close()
        for handle in (self._near, self._far, self._stop):
            os.close(handle)

    def _opened(self, board_port: str) -> serial.Serial:
        return serial.Serial(board_port, line_speed(self._far), timeout=0, write_timeout=1)

    def _connect(self, board_port: str) -> None:
        self._board.close()
        self._board = self._opened(board_port)

    def _serve(self):
        while True:
            # A board may be exchanged meanwhile, so that waiting for it has an end.
            ready, _, _ = select.select([self._near, self._stop], [], [], 0.001)
            if self._stop in ready:
                return
            with self._lock:
                try:
                    if self._near in ready:
                        self._forward(os.read(self._near, 4096))
                    if data := self._board.read(4096):
                        os.write(self._near, data)
                except OSError:
                    continue  # a board that is off, or a host that does not read

    def _forward(self, data):
        """Bring bytes from the host to the board, or to two."""
        self.carried += len(data)
        if self._plan is not None:
            count, board_port = self._plan
            if len(data) >= count:
                self._to_board(data[:count])
                self._plan, data = None, data[count:]
                self._connect(board_port)
            else:
                self._plan = count - len(data), board_port
        self._to_board(data)

    def _to_board(self, data):
        speed = line_speed(self._far)
        if speed != self._board.baudrate:
            self._board.baudrate = speed
        self._board.write(data)
