"""Clock from an oscillator of 10 .. 133 MHz through iCE40's SB_PLL40."""

from functools import partial

from amaranth.hdl import Instance

from .pll import Limits, PllClock, PllSetting, chosen

__all__ = ["LIMITS", "Ice40Clock", "clock_from", "filter_range", "setting"]

LIMITS = Limits("Lattice FPGA-DS-02008, iCE40 UltraPlus, sysCLOCK PLL timing",
                reference=(10e6, 133e6), detector=(10e6, 133e6), oscillator=(533e6, 1066e6),
                clock=(16e6, 275e6))
# Width of the loop's filter, from 1, by the frequency of the phase detector: the ends of its
# ranges in MHz, as icepll of icestorm has them.
FILTERS = (17, 26, 44, 66, 101)


def filter_range(detector_hz):
    """FILTER_RANGE for a frequency of the phase detector."""
    return 1 + sum(detector_hz >= end * 1e6 for end in FILTERS)


def _settings(reference_hz):
    """All settings with the simple feedback path, the fastest phase detector first.

    clock = reference (DIVF + 1) / (DIVR + 1) / 2**DIVQ.
    """
    for divr in range(16):
        detector = reference_hz / (divr + 1)
        width = filter_range(detector)
        for divq in range(1, 7):
            for divf in range(128):
                clock, rest = divmod(reference_hz * (divf + 1), (divr + 1) << divq)
                if rest == 0:
                    yield PllSetting({"DIVR": divr, "DIVF": divf, "DIVQ": divq,
                                      "FILTER_RANGE": width},
                                     reference_hz, detector, detector * (divf + 1), clock)


def setting(clock_hz, reference_hz):
    """`PllSetting` of the PLL for a clock; ValueError if none keeps LIMITS."""
    return chosen(_settings(reference_hz), LIMITS, clock_hz, reference_hz)


class Ice40Clock(PllClock):
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
        self._pad = pad
        super().__init__(setting(clock_hz, reference_hz), LIMITS, resource=resource)

    def _pll(self, m, port, clock, locked):
        if self._pad:
            kind, source = "SB_PLL40_PAD", {"i_PACKAGEPIN": port.io}
        else:
            kind, source = "SB_PLL40_CORE", {"i_REFERENCECLK": self.buffered(m, port)}
        return Instance(
            kind,
            p_FEEDBACK_PATH="SIMPLE",
            **self._parameters(),
            i_RESETB=1,
            i_BYPASS=0,
            o_PLLOUTGLOBAL=clock,
            o_LOCK=locked,
            **source,
        )


def clock_from(resource, reference_hz, *, pad=True):
    """The `clock` of a `BoardSpec`: ``clock(clock_hz)``.

    With `pad` the oscillator is at the PLL's own pin, 35 of an SG48; without, at any other.
    """
    return partial(Ice40Clock, resource=resource, reference_hz=reference_hz, pad=pad)
