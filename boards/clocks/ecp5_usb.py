"""Clocks for USB beside the design's: a second EHXPLLL, from the same oscillator.

Full speed is 12 Mbit/s, and each side may be 0.25 % off (USB 2.0, chapter 7.1.11). From 25 MHz no
setting within the limits makes 48 MHz; 48.077 MHz is 0.16 % off, beside which an oscillator of 50
millionths does not count.
"""

from functools import partial

from amaranth.hdl import ClockSignal, Module, Signal
from amaranth.lib.cdc import ResetSynchronizer

from .ecp5 import LIMITS, MIDDLE_HZ, Ecp5Clock, pll
from .pll import PllSetting

__all__ = ["IO_HZ", "MOST_ERROR", "Ecp5UsbClock", "clock_with_usb", "usb_setting"]

IO_HZ = 48_000_000
MOST_ERROR = 2e-3  # of the 2.5e-3 that there are; the rest is the oscillator's


def usb_setting(reference_hz):
    """(`PllSetting`, frequency of `usb_io` in Hz) from an oscillator; that of `usb` is a quarter.

    CLKOP comes back, CLKOS is `usb_io`, CLKOS2 `usb`: both rise together. The nearest frequency is
    taken, then the oscillator that is nearest to the middle of its range.

    Raises
    ------
    ValueError
        None is near enough.
    """
    found = min(_settings(reference_hz), default=None)
    if found is None or found[0] > MOST_ERROR:
        raise ValueError(f"reference_hz must be a frequency that the PLL can make {IO_HZ / 1e6:g} "
                         f"MHz of to {100 * MOST_ERROR:g} %, within its limits ({LIMITS.source}), "
                         f"not {reference_hz}")
    _, _, reference, output, divisor = found
    feedback, output = output
    oscillator = reference_hz * feedback * output / reference
    dividers = {"CLKOP": output, "CLKOS": divisor, "CLKOS2": 4 * divisor}
    parameters = {"CLKI_DIV": reference, "CLKFB_DIV": feedback}
    for name, value in dividers.items():
        parameters |= {f"{name}_DIV": value, f"{name}_CPHASE": value - 1, f"{name}_FPHASE": 0}
    return (PllSetting(parameters, reference_hz, reference_hz / reference, oscillator,
                       round(oscillator / output)), oscillator / divisor)


def _settings(reference_hz):
    """(Error, distance from the middle, CLKI_DIV, (CLKFB_DIV, CLKOP_DIV), CLKOS_DIV) of each."""
    low, high = LIMITS.oscillator
    for reference in range(1, 129):
        detector = reference_hz / reference
        if not LIMITS.detector[0] <= detector <= LIMITS.detector[1]:
            continue
        for feedback in range(1, 81):
            for output in range(1, 129):
                oscillator = detector * feedback * output
                if low <= oscillator <= high and oscillator / output <= LIMITS.clock[1]:
                    divisor = round(oscillator / IO_HZ)
                    error = abs(oscillator / divisor / IO_HZ - 1)
                    yield (round(error, 9), abs(oscillator - MIDDLE_HZ), reference,
                           (feedback, output), divisor)


class Ecp5UsbClock(Ecp5Clock):
    """Drives clocks and resets of `sync`, `usb` and `usb_io`.

    Parameters
    ----------
    clock_hz, resource, reference_hz
        As of `Ecp5Clock`.

    Attributes
    ----------
    usb_setting : PllSetting
        Of the second PLL.
    usb_hz : dict
        Domain -> Hz, of `usb_io` and `usb`.
    """

    def __init__(self, clock_hz, *, resource, reference_hz):
        super().__init__(clock_hz, resource=resource, reference_hz=reference_hz)
        self.usb_setting, io_hz = usb_setting(reference_hz)
        self.usb_hz = {"usb_io": io_hz, "usb": io_hz / 4}

    def _pll(self, m, port, clock, locked):
        found = super()._pll(m, port, clock, locked)
        m.submodules.usb_pll = self._usb_pll(m.submodules.pin.i)
        return found

    def elaborate(self, platform):
        m = super().elaborate(platform)
        for domain, hz in self.usb_hz.items():
            platform.add_clock_constraint(self._clocks[domain], hz)
        return m

    def _usb_pll(self, reference):
        """A module with the second PLL, which drives the domains."""
        m = Module()
        self._clocks = {domain: Signal(name=f"clock_{domain}", attrs={"keep": 1})
                        for domain in self.usb_hz}
        locked = Signal()
        m.submodules.pll = pll(self.usb_setting, reference, CLKOP=Signal(), LOCK=locked,
                               CLKOS=self._clocks["usb_io"], CLKOS2=self._clocks["usb"])
        for domain, clock in self._clocks.items():
            m.d.comb += ClockSignal(domain).eq(clock)
            m.submodules[f"{domain}_reset"] = ResetSynchronizer(~locked, domain=domain)
        return m


def clock_with_usb(resource, reference_hz):
    """The `clock` of a `BoardSpec` with `usb`: ``clock(clock_hz)``."""
    return partial(Ecp5UsbClock, resource=resource, reference_hz=reference_hz)
