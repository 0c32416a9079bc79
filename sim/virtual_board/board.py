"""A virtual board: `hdl.top` compiled by Verilator, run as a process that offers a serial port."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from amaranth.back import rtlil

from ...boards.host.driver import Board
from ...golden.spec import Design
from ...golden.spec.link import sparse_samples
from ...hdl.top import Top
from ..simulator import build_executable
from ..verilog import to_verilog

__all__ = ["BAUD", "CLOCK_HZ", "VirtualBoard", "open_device"]

# 4 cycles per bit, the smallest divider: the digits (115 kB) are uploaded in 5 million cycles.
CLOCK_HZ = 8_000_000
BAUD = 2_000_000

# Cycles without a sign of life after which no answer comes any more, by `sparse_samples`: one
# WRITE_SPARSE may bring 7440 words, at 14 cycles each.
SETTLE = {False: 1 << 14, True: 1 << 17}
TIMEOUT = 10.0  # seconds for an answer: a large network simulates 1e5 cycles in one, if not busy

MAIN = Path(__file__).with_name("main.cpp")


def say(text):
    """Tell the user, beside whatever goes to standard output."""
    print(text, file=sys.stderr, flush=True)


@cache
def model(design: Design, trace=False, announce=say):
    """Path of the executable of a design's virtual board, compiled if it is not yet."""
    def announce_design():
        announce(f"compiling the virtual board {design.network}, {design.lanes} lanes, with "
                 "Verilator (only the first time, about a minute)")

    # The RTLIL identifies the design and takes Amaranth alone; Verilog costs a run of Yosys more.
    return build_executable(
        rtlil.convert(Top(design, CLOCK_HZ, BAUD), emit_src=False),
        lambda: to_verilog(Top(design, CLOCK_HZ, BAUD), "top", emit_src=False),
        MAIN, trace=trace, announce=announce_design)


class VirtualBoard:
    """The FPGA's top level as a process; a context manager that yields its serial port.

    It sleeps while the engine is idle and nothing is on the line, and ends with its parent.

    Parameters
    ----------
    design : Design
    trace : path or None
        VCD file for the waveform of the first `trace_cycles` cycles.
    trace_cycles : int
    announce : callable
        Told in a sentence what is compiled, if anything is.

    Attributes
    ----------
    port : str or None
        Path of the pseudo-terminal while it runs.
    cycles, seconds : int, float
        Clock cycles simulated and processor time used, known after it has ended.

    Raises
    ------
    MissingTool, BuildError
        From `sim.simulator`, when it is started.
    """

    def __init__(self, design: Design, *, trace=None, trace_cycles=100_000, announce=say):
        self.design, self.trace, self.trace_cycles = design, trace, trace_cycles
        self.announce = announce
        self.port, self.cycles, self.seconds = None, 0, 0.0
        self._process = None

    def start(self):
        """Start the process (compile it first if need be); returns the port."""
        if self._process is not None:
            raise RuntimeError("this virtual board runs already")
        command = [model(self.design, self.trace is not None, self.announce),
                   str(CLOCK_HZ // BAUD), str(SETTLE[sparse_samples(self.design)])]
        if self.trace is not None:
            command += [str(self.trace), str(self.trace_cycles)]
        # A session of its own: Ctrl-C is for the program, which then ends the board.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, start_new_session=True)
        word, _, port = self._process.stdout.readline().strip().partition(" ")
        if word != "port":
            self.close()
            raise RuntimeError("the virtual board did not start: it could open no pseudo-terminal")
        self.port = port
        return port

    def close(self):
        """End the process and take its statistics; may be called again."""
        if self._process is None:
            return
        # The end of its standard input ends it; communicate closes that.
        said, _ = self._process.communicate()
        self._process, self.port = None, None
        for line in said.splitlines():
            words = line.split()
            if words[0] == "cycles":
                self.cycles, self.seconds = int(words[1]), float(words[3])

    def wait(self):
        """Wait until the process ends by itself."""
        self._process.wait()

    @property
    def pid(self):
        """Number of the process, None if there is none."""
        return None if self._process is None else self._process.pid

    @property
    def cycles_per_second(self):
        """Clock cycles per second of processor time, known after it has ended."""
        return self.cycles / self.seconds if self.seconds else 0.0

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.close()


def open_device(design: Design, *, announce=say):
    """A `Board` on a virtual board of its own, which ends when the board is closed."""
    virtual = VirtualBoard(design, announce=announce)
    virtual.start()
    try:
        return Board.open(virtual.port, design, baud=BAUD, timeout=TIMEOUT, owner=virtual)
    except BaseException:
        virtual.close()
        raise
