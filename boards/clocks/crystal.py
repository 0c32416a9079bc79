"""Clock straight from a board's oscillator, for chips whose PLL the tools do not know."""

from functools import partial

from amaranth.hdl import ClockSignal, Module, Signal
from amaranth.lib import wiring

from ..board import PowerOnReset
from .pll import PllClock

__all__ = ["CrystalClock", "clock_from"]


class CrystalClock(wiring.Component):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
        The oscillator's frequency.
    resource : str
        Pin of the oscillator.
    reference_hz : int
        Its frequency.

    Raises
    ------
    ValueError
        The clock is another one.
    """

    def __init__(self, clock_hz, *, resource, reference_hz):
        if clock_hz != reference_hz:
            raise ValueError(f"clock_hz must be {reference_hz}, the oscillator's, since the tools "
                             f"know no PLL of this chip, not {clock_hz}")
        self.reference_hz, self.resource = reference_hz, resource
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        clock = Signal(attrs={"keep": 1})  # its name, for the constraint below
        m.submodules.reset = reset = PowerOnReset(self.reference_hz)
        shown = PllClock.buffered(m, platform.request(self.resource, dir="-"))
        m.d.comb += [reset.locked.eq(1), clock.eq(shown), ClockSignal("sync").eq(clock)]
        platform.add_clock_constraint(clock, self.reference_hz)
        return m


def clock_from(resource, reference_hz):
    """The `clock` of a `BoardSpec`: ``clock(clock_hz)``."""
    return partial(CrystalClock, resource=resource, reference_hz=reference_hz)
