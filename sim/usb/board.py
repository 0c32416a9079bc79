"""A board with a USB port, compiled by Verilator, and the host at its plug."""

import subprocess
from functools import cache
from pathlib import Path

from amaranth.back import rtlil

from ...boards.host.driver import Board
from ...boards.usb.top import UsbTop
from ...boards.voice import tell
from ...golden.spec import Design
from ...hdl.top import StreamTop
from ..model import build_executable
from ..verilog import from_rtlil
from .host import UsbHost, UsbWire
from .port import UsbLink

__all__ = ["CLOCK_HZ", "UsbBoard", "UsbProcess", "elaborated", "open_usb", "period",
           "plugged"]

CLOCK_HZ = 87_500_000
IO_HZ = 48_000_000
TIMEOUT = 10.0  # seconds for an answer
MAIN = Path(__file__).with_name("main.cpp")


@cache
def elaborated(design: Design, clock_hz=CLOCK_HZ):
    """RTLIL of a design behind a USB port."""
    return rtlil.convert(UsbTop(StreamTop(design, clock_hz)), emit_src=False)


def period(hz):
    """Femtoseconds of a frequency in Hz."""
    return round(10**15 / hz)


class UsbProcess:
    """A process that obeys as `wire.h` says; a context manager that yields its `UsbHost`.

    Parameters
    ----------
    command : list

    Attributes
    ----------
    cycles : int
        Of `sync`, simulated, known once it is closed.
    """

    def __init__(self, command):
        self.cycles = 0
        self._process: subprocess.Popen[str] | None = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        """The answer to a command; RuntimeError if the process has ended."""
        process = self._process
        if process is None:
            raise RuntimeError("the simulated board has been closed")
        assert process.stdin is not None and process.stdout is not None  # pipes
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            said = process.stdout.readline().strip()
        except OSError:
            said = ""
        if not said or said.startswith("error"):
            raise RuntimeError(f"the simulated board ended {said}".rstrip())
        return said

    def close(self):
        """End the process; may be called again."""
        if self._process is None:
            return
        process = self._process
        if process.poll() is None:
            self.cycles = UsbWire(self.ask).state().cycles
        self._process = None
        process.communicate()

    def __enter__(self):
        return UsbHost(UsbWire(self.ask))

    def __exit__(self, *error):
        self.close()


class UsbBoard(UsbProcess):
    """A design behind a USB port.

    Parameters
    ----------
    design : Design
    clock_hz : int
        Of the engine, as it says it is.
    sync_hz : number or None
        As it is; None: the same.
    io_hz : number
        Of `usb_io`, which may be off by 0.25 % from 48 MHz.
    text : str or None
        RTLIL of another top level than `elaborated`; same ports.
    announce : callable
        Told in a sentence what is compiled, if anything is.

    Raises
    ------
    MissingTool, CompileError
        From `sim.model`.
    """

    def __init__(self, design: Design, *, clock_hz=CLOCK_HZ, sync_hz=None, io_hz=IO_HZ, text=None,
                 announce=tell):
        text = elaborated(design, clock_hz) if text is None else text
        executable = build_executable(
            text, lambda: from_rtlil(text), MAIN, announce=lambda: announce(
                f"compiling the virtual board {design.network} with USB (only the first time, "
                "some seconds)"))
        super().__init__([executable, period(sync_hz or clock_hz), period(io_hz)])


def plugged(process: UsbProcess, *, timeout=TIMEOUT, attempts=2, most_polls=None) -> UsbLink:
    """A link to a board that is plugged in: enumerated, its port open. It is closed on an error.

    Parameters
    ----------
    process : UsbProcess
    timeout, attempts
        Of `boards.host.link.Link`.
    most_polls : int or None
        Of `UsbPort`.
    """
    try:
        host = process.__enter__()
        host.enumerate()
        return UsbLink(host, timeout=timeout, attempts=attempts, most_polls=most_polls)
    except BaseException:
        process.close()
        raise


def open_usb(process: UsbProcess, design: Design, *, timeout=TIMEOUT) -> Board:
    """A driver's `Board` on a board that is plugged in, which ends with it; see `plugged`."""
    return Board(plugged(process, timeout=timeout), design, process)
