"""The virtual board behind a browser's socket."""

import threading
from contextlib import suppress

import serial

from ...boards.voice import tell
from ...golden.spec import Design
from ..virtual_board import BAUD, VirtualBoard
from .websocket import WebSocket

__all__ = ["COMPILING", "READY", "bridge"]

# Texts to the page: before the board is compiled, if it is; before the first byte.
COMPILING, READY = "compiling", "ready"
PIECE = 4096  # bytes that are taken at once
LOOK_SECONDS = 0.2  # between two looks at whether the browser is still there


def bridge(design: Design, socket: WebSocket) -> None:
    """Carry bytes between a browser and a new virtual board of a design, until the browser ends it.

    It tells the page in a text that the board is being compiled, and in another that it listens.

    Raises
    ------
    MissingTool, CompileError, OSError
        From `sim.virtual_board`.
    """
    def announce(sentence):
        tell(sentence)
        socket.say(COMPILING)

    with (VirtualBoard(design, announce=announce) as path,
          serial.Serial(path, BAUD, timeout=LOOK_SECONDS) as line):
        socket.say(READY)
        ended = threading.Event()

        def answers():
            with suppress(OSError):  # the browser is gone, or the board: `receive` says so
                while not ended.is_set():
                    if data := line.read(max(1, min(line.in_waiting, PIECE))):
                        socket.send(data)

        thread = threading.Thread(target=answers)
        thread.start()
        try:
            while data := socket.receive():
                line.write(data)
        finally:
            ended.set()
            thread.join()
