"""Clock from an oscillator of 10 .. 17 MHz through iCE40's SB_PLL40."""

from functools import partial

from amaranth.hdl import Instance

from .pll import PllClock

__all__ = ["Clock", "clock_from", "divisors"]


def divisors(clock_hz, reference_hz):
    """(DIVF, DIVQ) of the PLL: clock = reference (DIVF + 1) / 2**DIVQ.

    Raises
    ------
    ValueError
        No setting gives this clock: the oscillator of the PLL must run at 533 .. 1066 MHz.
    """
    for divq in range(1, 7):
        oscillator = clock_hz << divq
        feedback, rest = divmod(oscillator, reference_hz)
        if 533_000_000 <= oscillator <= 1_066_000_000 and rest == 0 and feedback <= 128:
            return feedback - 1, divq
    raise ValueError(f"clock_hz must be {reference_hz / 1e6:g} MHz n / 2**q within 8.3 .. 533 MHz, "
                     f"not {clock_hz}")


class Clock(PllClock):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
    resource : str
        Pin of the oscillator.
    reference_hz : int
        Its frequency.
    pad : bool
        The pin is the one beside the PLL (35 of an SG48), which takes it without any routing.
    """

    def __init__(self, clock_hz, *, resource, reference_hz, pad):
        self._pad, self._divisors = pad, divisors(clock_hz, reference_hz)
        super().__init__(clock_hz, resource=resource)

    def _pll(self, m, port, clock, locked):
        divf, divq = self._divisors
        if self._pad:
            kind, source = "SB_PLL40_PAD", {"i_PACKAGEPIN": port.io}
        else:
            kind, source = "SB_PLL40_CORE", {"i_REFERENCECLK": self._buffered(m, port)}
        return Instance(
            kind,
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=0,
            p_DIVF=divf,
            p_DIVQ=divq,
            p_FILTER_RANGE=1,  # for a phase detector at 10 .. 17 MHz
            i_RESETB=1,
            i_BYPASS=0,
            o_PLLOUTGLOBAL=clock,
            o_LOCK=locked,
            **source,
        )


def clock_from(resource, reference_hz, *, pad=True):
    """What a `Board` wants as its clock: ``clock(clock_hz)``."""
    return partial(Clock, resource=resource, reference_hz=reference_hz, pad=pad)
