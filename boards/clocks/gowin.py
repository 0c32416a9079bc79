"""Clock from an oscillator of 3 .. 400 MHz through the rPLL of Gowin's GW1N(R)-9 and GW2A(R)-18."""

from functools import partial

from amaranth.hdl import Const, Instance

from .pll import Limits, PllClock, PllSetting, chosen

__all__ = ["LIMITS", "GowinClock", "clock_from", "setting"]

_ARORA = {"reference": (3e6, 500e6), "detector": (3e6, 500e6), "oscillator": (500e6, 1250e6),
          "clock": (3.90625e6, 625e6)}
# By the primitive's name for the chip, and its speed grade.
LIMITS = {
    ("GW1NR-9C", "C6/I5"): Limits(
        "Gowin DS117, GW1NR-9 C6/I5, PLL", reference=(3e6, 400e6), detector=(3e6, 400e6),
        oscillator=(400e6, 1200e6), clock=(3.125e6, 600e6)),
    ("GW2A-18C", "C8/I7"): Limits("Gowin DS102, GW2A-18 C8/I7, PLL", **_ARORA),
    ("GW2AR-18C", "C8/I7"): Limits("Gowin DS226, GW2AR-18 C8/I7, PLL", **_ARORA),
}
OUTPUTS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


def _settings(reference_hz):
    """All settings, the fastest phase detector first, then the slowest oscillator.

    clock = reference (FBDIV_SEL + 1) / (IDIV_SEL + 1), the oscillator ODIV_SEL times as fast.
    """
    for reference in range(1, 65):
        for feedback in range(1, 65):
            clock, rest = divmod(reference_hz * feedback, reference)
            for output in OUTPUTS if rest == 0 else ():
                yield PllSetting({"IDIV_SEL": reference - 1, "FBDIV_SEL": feedback - 1,
                                  "ODIV_SEL": output}, reference_hz, reference_hz / reference,
                                 clock * output, clock)


def setting(clock_hz, reference_hz, chip, grade):
    """`PllSetting` of the PLL for a clock; ValueError if none keeps the chip's LIMITS."""
    return chosen(_settings(reference_hz), limits_of(chip, grade), clock_hz, reference_hz)


def limits_of(chip, grade):
    """LIMITS of a chip; ValueError if there are none."""
    if (chip, grade) not in LIMITS:
        raise ValueError(f"chip must be one of {', '.join(map(' '.join, LIMITS))}, "
                         f"not {chip} {grade}")
    return LIMITS[chip, grade]


class GowinClock(PllClock):
    """Drives clock and reset of `sync`.

    Parameters
    ----------
    clock_hz : int
    resource : str
        Pin of the oscillator.
    reference_hz : int
        Its frequency.
    chip, grade : str
        The primitive's name for it, such as GW1NR-9C, and its speed grade, such as C6/I5.
    """

    def __init__(self, clock_hz, *, resource, reference_hz, chip, grade):
        self._chip = chip
        super().__init__(setting(clock_hz, reference_hz, chip, grade), limits_of(chip, grade),
                         resource=resource)

    def _pll(self, m, port, clock, locked):
        return Instance(
            "rPLL",
            p_DEVICE=self._chip,
            p_FCLKIN=f"{self.setting.reference_hz / 1e6:g}",
            **self._parameters(),
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_CLKFB_SEL="internal",
            i_CLKIN=self.buffered(m, port),
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


def clock_from(resource, reference_hz, *, chip, grade):
    """The `clock` of a `BoardSpec`: ``clock(clock_hz)``."""
    return partial(GowinClock, resource=resource, reference_hz=reference_hz, chip=chip, grade=grade)
