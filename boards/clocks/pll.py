# amaranth: UnusedElaboratable=no
"""The common part of all families' clocks: limits, reset, constraint, and the PLL."""

from dataclasses import dataclass

from amaranth.hdl import ClockSignal, Module, Signal
from amaranth.lib import io, wiring

from ..board import PowerOnReset

__all__ = ["Limits", "PllClock", "PllSetting", "chosen"]

FREQUENCIES = ("reference", "detector", "oscillator", "clock")


@dataclass(frozen=True)
class Limits:
    """Frequencies that a chip's phase-locked loop is made for, (lowest, highest) in Hz each.

    Parameters
    ----------
    source : str
        Data sheet.
    reference, detector, oscillator, clock : (number, number)
        Of its input, of the phase detector, of its own oscillator, of its output.
    """

    source: str
    reference: tuple[float, float]
    detector: tuple[float, float]
    oscillator: tuple[float, float]
    clock: tuple[float, float]

    def broken(self, setting):
        """Limits that a setting does not keep, as sentences."""
        found = []
        for name in FREQUENCIES:
            (low, high), hz = getattr(self, name), getattr(setting, f"{name}_hz")
            if not low <= hz <= high:
                found.append(f"its {name} must run at {low / 1e6:g} .. {high / 1e6:g} MHz "
                             f"({self.source}), not {hz / 1e6:g}")
        return found


@dataclass(frozen=True)
class PllSetting:
    """A setting of a phase-locked loop, and the frequencies that it makes.

    Parameters
    ----------
    parameters : dict of str to int
        Of the family's primitive.
    reference_hz, detector_hz, oscillator_hz, clock_hz : number
    """

    parameters: dict[str, int]
    reference_hz: float
    detector_hz: float
    oscillator_hz: float
    clock_hz: int


def chosen(settings, limits, clock_hz, reference_hz):
    """The first of `settings` that makes `clock_hz` and keeps the limits.

    Parameters
    ----------
    settings : iterable of PllSetting
        All that the dividers allow, the best first.
    limits : Limits
    clock_hz, reference_hz : int

    Raises
    ------
    ValueError
        There is none. The message says what the reference must be, or names the nearest clocks.
    """
    low, high = limits.reference
    if not low <= reference_hz <= high:
        raise ValueError(f"reference_hz must be {low / 1e6:g} .. {high / 1e6:g} MHz "
                         f"({limits.source}), not {reference_hz / 1e6:g}")
    possible = set()
    for setting in settings:
        if not limits.broken(setting):
            if setting.clock_hz == clock_hz:
                return setting
            possible.add(setting.clock_hz)
    nearest = [max((hz for hz in possible if hz < clock_hz), default=None),
               min((hz for hz in possible if hz > clock_hz), default=None)]
    raise ValueError("clock_hz must be a frequency that the PLL can make of "
                     f"{reference_hz / 1e6:g} MHz within its limits ({limits.source}), such as "
                     f"{' or '.join(f'{hz / 1e6:.6g} MHz' for hz in nearest if hz)}, "
                     f"not {clock_hz}")


class PllClock(wiring.Component):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    setting : PllSetting
    limits : Limits
        That it keeps.
    resource : str
        Pin of the oscillator.
    """

    def __new__(cls, *_, **__):
        # A clock is also made to be asked for its settings, by files that cannot say so as this
        # one does in its first line.
        return super().__new__(cls)

    def __init__(self, setting, limits, *, resource):
        if problems := limits.broken(setting):
            raise ValueError(f"the PLL cannot be set this way: {'; '.join(problems)}")
        self.setting, self.limits, self.resource = setting, limits, resource
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        clock = Signal(attrs={"keep": 1})  # its name, for the constraint below
        m.submodules.reset = reset = PowerOnReset(self.setting.clock_hz)
        port = platform.request(self.resource, dir="-")
        m.submodules.pll = self._pll(m, port, clock, reset.locked)
        m.d.comb += ClockSignal("sync").eq(clock)
        platform.add_clock_constraint(clock, self.setting.clock_hz)
        return m

    def _pll(self, m, port, clock, locked):
        """Instance of the family's PLL from the pin `port` to `clock` and `locked`."""
        raise NotImplementedError(f"{type(self).__name__} has no PLL")

    def _parameters(self):
        """Those of the setting, as `Instance` takes them."""
        return {f"p_{name}": value for name, value in self.setting.parameters.items()}

    @staticmethod
    def buffered(m, port):
        """The pin through a buffer."""
        m.submodules.pin = pin = io.Buffer("i", port)
        return pin.i
