"""What the clocks of all families have in common: reset, constraint, and the PLL between them."""

from amaranth.hdl import ClockSignal, Module, Signal
from amaranth.lib import io, wiring

from ..board import PowerOnReset

__all__ = ["PllClock"]


class PllClock(wiring.Component):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
    resource : str
        Pin of the oscillator.
    """

    def __init__(self, clock_hz, *, resource):
        self._clock_hz, self._resource = clock_hz, resource
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        clock = Signal(attrs={"keep": 1})  # its name, for the constraint below
        m.submodules.reset = reset = PowerOnReset(self._clock_hz)
        port = platform.request(self._resource, dir="-")
        m.submodules.pll = self._pll(m, port, clock, reset.locked)
        m.d.comb += ClockSignal("sync").eq(clock)
        platform.add_clock_constraint(clock, self._clock_hz)
        return m

    def _pll(self, m, port, clock, locked):
        """Instance of the family's PLL from the pin `port` to `clock` and `locked`."""
        raise NotImplementedError(f"{type(self).__name__} has no PLL")

    @staticmethod
    def _buffered(m, port):
        """The pin through a buffer."""
        m.submodules.pin = pin = io.Buffer("i", port)
        return pin.i
