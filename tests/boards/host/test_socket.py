"""A board at another computer: a TCP relay between its serial port and pyserial's ``socket://``."""

import select
import socket
import threading

import pytest
import serial

from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import BAUD, Unplugged
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import preset

from ..emulator import Emulator

TINY = preset("tiny")


class Relay:
    """Carries bytes between one TCP connection and a serial port; `url` is for the host."""

    def __init__(self, port):
        self._line = serial.Serial(port, BAUD, timeout=0)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.cut()
        self._line.close()

    def cut(self):
        """End the connection; may be called again."""
        self._cut.set()
        self._thread.join()

    def _serve(self):
        with self._server, self._server.accept()[0] as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._cut.is_set():
                ready, _, _ = select.select([connection, self._line], [], [], 0.01)
                if connection in ready:
                    if not (data := connection.recv(4096)):
                        return
                    self._line.write(data)
                if self._line in ready:
                    connection.sendall(self._line.read(4096))


# pyserial leaves a socket whose other end is gone to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_board_behind_a_socket():
    weights = initial_weights(TINY, 1)
    with Emulator(TINY) as emulator, Relay(emulator.port) as relay, Board.open(
            relay.url, TINY, baud=BAUD, timeout=5) as board:
        board.write_weights(weights)
        assert {name: w.tolist() for name, w in board.read_weights().items()} == {
            name: TINY.weight.from_float(w).tolist() for name, w in weights.items()}
        relay.cut()
        with pytest.raises(Unplugged, match=f"the board on {relay.url} is gone"):
            board.read_weights()
    with pytest.raises(Unplugged, match=f"{relay.url} does not open: "):
        Board.open(relay.url, TINY, baud=BAUD)
