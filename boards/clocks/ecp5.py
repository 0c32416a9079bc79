"""Clock from an oscillator of 8 .. 400 MHz through ECP5's EHXPLLL."""

from functools import partial

from amaranth.hdl import Instance

from .pll import PllClock

__all__ = ["Clock", "clock_from", "divisors"]

SLOWEST_REFERENCE_HZ = 3_125_000  # of the phase detector


def divisors(clock_hz, reference_hz):
    """(CLKI_DIV, CLKFB_DIV, CLKOP_DIV) of the PLL: clock = reference CLKFB_DIV / CLKI_DIV.

    The phase detector runs as fast as it can, at 3.125 MHz or more.

    Raises
    ------
    ValueError
        No setting gives this clock: the oscillator of the PLL, CLKOP_DIV times the clock, must
        run at 400 .. 800 MHz.
    """
    most = reference_hz // SLOWEST_REFERENCE_HZ
    if 10_000_000 <= clock_hz <= 400_000_000:
        output = round(600_000_000 / clock_hz)  # the oscillator at 600 MHz, give or take 200
        for reference in range(1, most + 1):
            feedback, rest = divmod(clock_hz * reference, reference_hz)
            if rest == 0 and feedback <= 80:
                return reference, feedback, output
    raise ValueError(f"clock_hz must be {reference_hz / 1e6:g} MHz n / d, d up to {most}, "
                     f"10 .. 400 MHz, not {clock_hz}")


class Clock(PllClock):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
    resource : str
        Pin of the oscillator.
    reference_hz : int
        Its frequency.
    """

    def __init__(self, clock_hz, *, resource, reference_hz):
        self._divisors = divisors(clock_hz, reference_hz)
        super().__init__(clock_hz, resource=resource)

    def _pll(self, m, port, clock, locked):
        reference, feedback, output = self._divisors
        return Instance(
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
            i_CLKI=self._buffered(m, port),
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
            o_LOCK=locked,
        )


def clock_from(resource, reference_hz):
    """What a `Board` wants as its clock: ``clock(clock_hz)``."""
    return partial(Clock, resource=resource, reference_hz=reference_hz)
