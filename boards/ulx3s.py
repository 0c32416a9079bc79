"""ULX3S-85F: LFE5U-85F (83640 LUT, 156 DSP, 208 block RAM), USB UART, 25 MHz."""

from amaranth.hdl import ClockSignal, Instance, Module, Signal
from amaranth.lib import io, wiring
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from .board import Board, PowerOnReset

__all__ = ["BOARD", "Clock", "divisors"]

REFERENCE_HZ = 25_000_000


def divisors(clock_hz):
    """(CLKI_DIV, CLKFB_DIV, CLKOP_DIV) of the PLL: clock = 25 MHz CLKFB_DIV / CLKI_DIV.

    The phase detector runs as fast as it can, at 3.125 MHz or more.

    Raises
    ------
    ValueError
        No setting gives this clock: the oscillator, CLKOP_DIV times the clock, must run at
        400 .. 800 MHz.
    """
    if 10_000_000 <= clock_hz <= 400_000_000:
        output = round(600_000_000 / clock_hz)  # the oscillator at 600 MHz, give or take 200
        for reference in range(1, 9):
            feedback, rest = divmod(clock_hz * reference, REFERENCE_HZ)
            if rest == 0 and feedback <= 80:
                return reference, feedback, output
    raise ValueError(f"clock_hz must be 25 MHz n / d, d up to 8, 10 .. 400 MHz, not {clock_hz}")


class Clock(wiring.Component):
    """Clock and reset of `sync` from the 25 MHz oscillator.

    Parameters
    ----------
    clock_hz : int
    """

    def __init__(self, clock_hz):
        self._clock_hz, self._divisors = clock_hz, divisors(clock_hz)
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        reference, feedback, output = self._divisors
        clock = Signal()
        m.submodules.pin = pin = io.Buffer("i", platform.request("clk25", dir="-"))
        m.submodules.reset = reset = PowerOnReset(self._clock_hz)
        m.submodules.pll = Instance(
            "EHXPLLL",
            p_CLKI_DIV=reference,
            p_CLKFB_DIV=feedback,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=output,
            p_CLKOP_CPHASE=output - 1,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            # Analogue settings for this range of frequencies; the packer reads them.
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            i_CLKI=pin.i,
            i_CLKFB=clock,
            i_RST=0,
            i_STDBY=0,
            i_PHASESEL0=0,
            i_PHASESEL1=0,
            i_PHASEDIR=0,
            i_PHASESTEP=0,
            i_PHASELOADREG=0,
            i_PLLWAKESYNC=0,
            i_ENCLKOP=0,
            o_CLKOP=clock,
            o_LOCK=reset.locked,
        )
        m.d.comb += ClockSignal("sync").eq(clock)
        platform.add_clock_constraint(clock, self._clock_hz)
        return m


class Platform(ULX3S_85F_Platform):
    """The board's pins; openFPGALoader is needed to flash, not to build."""

    required_tools = ["yosys", "nextpnr-ecp5", "ecppack"]


BOARD = Board(
    name="ulx3s-85f",
    title="ULX3S-85F (LFE5U-85F-6BG381)",
    platform=Platform,
    clock=Clock,
    clock_hz=80_000_000,
    baud=1_000_000,
    presets={"ghost": "digits-deep", "equilibrium": "equilibrium-deep",
             "inversion": "inversion-deep", "pal": "pal-deep", "microcircuit": "microcircuit-deep"},
    options={"synth_opts": "-abc9"},
    cells={
        "LUT": "TRELLIS_COMB",
        "FF": "TRELLIS_FF",
        "DSP": "MULT18X18D",
        "block RAM": "DP16KD",
    },
)
