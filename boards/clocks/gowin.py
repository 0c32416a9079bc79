"""Clock from an oscillator of 3 .. 400 MHz through the rPLL of Gowin's GW1N(R)-9 and GW2A(R)-18."""

from functools import partial

from amaranth.hdl import Const, Instance

from .pll import PllClock

__all__ = ["Clock", "clock_from", "divisors"]

SLOWEST_REFERENCE_HZ = 3_000_000  # of the phase detector
# Of the PLL's oscillator: what GW1N(R)-9 C6/I5 (400 .. 1200 MHz) and GW2A(R)-18 C8/I7 (500 ..
# 1250 MHz) have in common.
OSCILLATOR_HZ = (500_000_000, 1_200_000_000)


def divisors(clock_hz, reference_hz):
    """(IDIV_SEL, FBDIV_SEL, ODIV_SEL): clock = reference (FBDIV_SEL + 1) / (IDIV_SEL + 1).

    The phase detector runs as fast as it can, the PLL's oscillator as slowly as it can.

    Raises
    ------
    ValueError
        No setting gives this clock: the oscillator of the PLL, ODIV_SEL times the clock, must run
        at 500 .. 1200 MHz.
    """
    most, (low, high) = min(64, reference_hz // SLOWEST_REFERENCE_HZ), OSCILLATOR_HZ
    for reference in range(1, most + 1):
        feedback, rest = divmod(clock_hz * reference, reference_hz)
        for output in (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128):
            if rest == 0 and 1 <= feedback <= 64 and low <= clock_hz * output <= high:
                return reference - 1, feedback - 1, output
    raise ValueError(f"clock_hz must be {reference_hz / 1e6:g} MHz n / d, d up to {most}, n up to "
                     f"64, 4 .. 600 MHz, not {clock_hz}")


class Clock(PllClock):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
    resource : str
        Pin of the oscillator.
    reference_hz : int
        Its frequency.
    chip : str
        The primitive's name for it, such as GW1NR-9C.
    """

    def __init__(self, clock_hz, *, resource, reference_hz, chip):
        self._chip, self._reference_hz = chip, reference_hz
        self._divisors = divisors(clock_hz, reference_hz)
        super().__init__(clock_hz, resource=resource)

    def _pll(self, m, port, clock, locked):
        reference, feedback, output = self._divisors
        return Instance(
            "rPLL",
            p_DEVICE=self._chip,
            p_FCLKIN=f"{self._reference_hz / 1e6:g}",
            p_IDIV_SEL=reference,
            p_FBDIV_SEL=feedback,
            p_ODIV_SEL=output,
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_CLKFB_SEL="internal",
            i_CLKIN=self._buffered(m, port),
            i_CLKFB=0,
            i_RESET=0,
            i_RESET_P=0,
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=clock,
            o_LOCK=locked,
        )


def clock_from(resource, reference_hz, *, chip):
    """What a `Board` wants as its clock: ``clock(clock_hz)``."""
    return partial(Clock, resource=resource, reference_hz=reference_hz, chip=chip)
