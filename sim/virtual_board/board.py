"""A virtual board: `hdl.top` compiled by Verilator, run as a process that offers a serial port."""

from functools import cache
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Fragment

from ...boards.host.driver import Board
from ...boards.voice import tell
from ...golden.spec import Design
from ...golden.spec.flash import FlashChip
from ...golden.spec.link import FEWEST_CYCLES, SLOWEST_BAUD, pause_cycles, sparse_samples
from ...golden.spec.qformat import check_integer
from ...hdl.top import Top
from ..model import build_executable
from ..verilog import from_rtlil
from .bridge import GOOD
from .process import BoardProcess, terms

__all__ = ["BAUD", "CLOCK_HZ", "FLASH", "SETTLE", "VirtualBoard", "open_device"]

# 4 cycles per bit, the fewest: the digits (115 kB) are uploaded in 5 million cycles. A real line,
# whose edges come at any moment, wants twice as many.
CLOCK_HZ = 8_000_000
BAUD = 2_000_000

# Cycles without a sign of life after which no answer comes any more, by `sparse_samples`: one
# WRITE_SPARSE may bring 7440 words, at 14 cycles each.
SETTLE = {False: 1 << 14, True: 1 << 17}
TIMEOUT = 10.0  # seconds for an answer: a large network simulates 1e5 cycles in one, if not busy

# Its flash memory: the lowest 2 MB are taken as the bitstream's.
FLASH = FlashChip(2 << 20)

MAIN = Path(__file__).with_name("main.cpp")


@cache
def elaborated(design: Design, clock_hz=CLOCK_HZ):
    """RTLIL of a design's virtual board, by which its model is known: it takes Amaranth alone, and
    Verilog a run of Yosys more.

    It has a clock and no reset: registers begin with their reset values anyway. A reset is a pin in
    front of every register, and Verilator follows what pins drive at both edges of the clock, which
    took two fifths of the model's time.
    """
    top, clock = Top(design, clock_hz, flash=FLASH), ClockDomain("sync", reset_less=True)
    fragment = Fragment.get(top, None)
    fragment.add_domains(clock)
    pins = [pin for _, _, pin in top.signature.flatten(top)]
    return rtlil.convert(fragment, ports=[clock.clk, *pins], emit_src=False)


def model(design: Design, trace=False, announce=tell, clock_hz=CLOCK_HZ):
    """Path of the executable of a design's virtual board, compiled if it is not yet."""
    def announce_design():
        announce(f"compiling the virtual board {design.network}, {design.lanes} lanes, with "
                 "Verilator (only the first time, up to a minute)")

    return build_executable(
        elaborated(design, clock_hz), lambda: from_rtlil(elaborated(design, clock_hz)),
        MAIN, trace=trace, announce=announce_design)


class VirtualBoard(BoardProcess):
    """The FPGA's top level as a process; a context manager that yields its serial port.

    Parameters
    ----------
    design : Design
    clock_hz : int
        Clock that the board says it has, 921,600 … 10⁹; a cycle does the same at any.
    trace : path or None
        VCD file for the waveform of the first `trace_cycles` cycles.
    trace_cycles : int
    bridge : Bridge
        What its USB bridge makes of the line.
    announce : callable
        Told in a sentence what is compiled, if anything is.
    flash : path or None
        File of what its flash memory holds, 16 MB; written when it ends, and read if it is there.
        None: it is erased at first, and forgotten. Only designs with `flash`.

    Raises
    ------
    ValueError
        The clock is out of its range; the design has no `flash`, but `flash` is given.
    MissingTool, CompileError
        From `sim.simulator`, when it is started.
    """

    def __init__(self, design: Design, *, clock_hz=CLOCK_HZ, trace=None, trace_cycles=100_000,
                 bridge=GOOD, announce=tell, flash=None):
        super().__init__()
        self.clock_hz = check_integer("clock_hz", clock_hz, FEWEST_CYCLES * SLOWEST_BAUD, 10**9)
        self.bridge = bridge
        self.design, self.trace, self.trace_cycles = design, trace, trace_cycles
        self.announce, self.flash = announce, flash
        if flash is not None and not design.flash:
            raise ValueError("flash must be None: the design has no samples in flash memory")

    def _command(self):
        clock = self.clock_hz
        command = [model(self.design, self.trace is not None, self.announce, clock),
                   *terms(clock=clock, baud=min(BAUD, BAUD * clock // CLOCK_HZ),
                          settle=SETTLE[sparse_samples(self.design)],
                          pause=pause_cycles(clock)), *self.bridge.terms(),
                   *([] if self.flash is None else [f"flash:{self.flash}"])]
        return command if self.trace is None else [*command, self.trace, self.trace_cycles]


def open_device(design: Design, *, announce=tell):
    """A `Board` on a virtual board of its own, which ends when the board is closed."""
    virtual = VirtualBoard(design, announce=announce)
    port = virtual.start()
    try:
        return Board.open(port, design, baud=BAUD, timeout=TIMEOUT, owner=virtual)
    except BaseException:
        virtual.close()
        raise
