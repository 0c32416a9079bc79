"""iCEBreaker: iCE40UP5K (5280 logic cells, 8 DSP, 30 block RAM, 4 SPRAM), USB UART, 12 MHz."""

from amaranth.hdl import ClockSignal, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth_boards.icebreaker import ICEBreakerPlatform

from .board import Board, PowerOnReset

__all__ = ["BOARD", "Clock", "divisors"]

REFERENCE_HZ = 12_000_000


def divisors(clock_hz):
    """(DIVF, DIVQ) of the PLL: clock = 12 MHz (DIVF + 1) / 2**DIVQ.

    Raises
    ------
    ValueError
        No setting gives this clock: the oscillator must run at 533 .. 1066 MHz.
    """
    for divq in range(1, 7):
        oscillator = clock_hz << divq
        if 533_000_000 <= oscillator <= 1_066_000_000 and oscillator % REFERENCE_HZ == 0:
            return oscillator // REFERENCE_HZ - 1, divq
    raise ValueError(f"clock_hz must be 12 MHz n / 2**q within 8.3 .. 533 MHz, not {clock_hz}")


class Clock(wiring.Component):
    """Clock and reset of `sync` from the 12 MHz oscillator, through the pad's PLL.

    Parameters
    ----------
    clock_hz : int
    """

    def __init__(self, clock_hz):
        self._clock_hz, self._divisors = clock_hz, divisors(clock_hz)
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        divf, divq = self._divisors
        clock = Signal()
        m.submodules.reset = reset = PowerOnReset(self._clock_hz)
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=0,
            p_DIVF=divf,
            p_DIVQ=divq,
            p_FILTER_RANGE=1,  # for a phase detector at 12 MHz
            i_PACKAGEPIN=platform.request("clk12", dir="-").io,
            i_RESETB=1,
            i_BYPASS=0,
            o_PLLOUTGLOBAL=clock,
            o_LOCK=reset.locked,
        )
        m.d.comb += ClockSignal("sync").eq(clock)
        platform.add_clock_constraint(clock, self._clock_hz)
        return m


BOARD = Board(
    name="icebreaker",
    title="iCEBreaker (iCE40UP5K-SG48)",
    platform=ICEBreakerPlatform,
    clock=Clock,
    clock_hz=36_000_000,
    baud=1_000_000,
    presets={"ghost": "digits", "microcircuit": "microcircuit"},
    # -dsp: 16 x 16 multipliers with their registers; -spram: the digits in single-port RAM.
    options={"synth_opts": "-dsp -spram -abc9 -device u", "nextpnr_opts": "--opt-timing"},
    cells={
        "LUT": "SB_LUT4",
        "FF": "SB_DFF",
        "logic cell": "ICESTORM_LC",  # a LUT, a FF or both
        "DSP": "ICESTORM_DSP",
        "block RAM": "ICESTORM_RAM",
        "SPRAM": "ICESTORM_SPRAM",
    },
)
