"""The lab's engine under wasmtime, as a board that the host of `boards.host` knows."""

import wasmtime

from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import Link
from cortigate.sim.lab.wasm import engine

__all__ = ["WasmBoard"]

LONG = 50_000_000  # cycles; every run of the tests ends before
ANSWER = 100_000  # cycles until the last byte of an answer


class Line:
    """What `Link` uses of a serial port: each frame that is written is answered at once."""

    baudrate = 0
    timeout = write_timeout = 0.0

    def __init__(self, wasm):
        store = wasmtime.Store()
        linker = wasmtime.Linker(store.engine)
        linker.define_wasi()
        store.set_wasi(wasmtime.WasiConfig())
        instance = linker.instantiate(store, wasmtime.Module.from_file(store.engine, str(wasm)))
        self._store, self._exports = store, instance.exports(store)
        self._answers = b""
        self.call("_initialize")

    def call(self, name, *arguments):
        """What an exported function returns."""
        return self._exports[name](self._store, *arguments)

    def write(self, data):
        """A host that asks whether a run has ended must find its end some time."""
        memory = self._exports["memory"]
        self.call("elapse", LONG)
        memory.write(self._store, data, self.call("inbox"))
        length, start = self.call("exchange", len(data), ANSWER), self.call("outbox")
        self._answers += bytes(memory.read(self._store, start, start + length))

    @property
    def in_waiting(self):
        return len(self._answers)

    def read(self, count):
        found, self._answers = self._answers[:count], self._answers[count:]
        return found

    def reset_input_buffer(self):
        self._answers = b""

    def reset_output_buffer(self):
        """All was taken at once."""

    def close(self):
        """Nothing to let go of."""


class WasmLink(Link):
    """A link to an engine in WebAssembly, whose path is the port."""

    @staticmethod
    def _opened(port, baud):
        return Line(port)


def WasmBoard(design, noise=False):
    """A `Board` of a design; `noise` of engine.cpp."""
    link = WasmLink(str(engine(design)))
    link._serial.call("noise", noise)
    return Board(link, design)
