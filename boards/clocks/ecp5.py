"""Clock from an oscillator of 10 .. 400 MHz through ECP5's EHXPLLL."""

from functools import partial

from amaranth.hdl import Instance

from .pll import Limits, PllClock, PllSetting, chosen

__all__ = ["LIMITS", "Ecp5Clock", "clock_from", "pll", "setting"]

LIMITS = Limits("Lattice FPGA-DS-02012, ECP5, sysCLOCK PLL timing",
                reference=(8e6, 400e6), detector=(10e6, 400e6), oscillator=(400e6, 800e6),
                clock=(3.125e6, 400e6))
MIDDLE_HZ = 600_000_000  # of the oscillator's range


def _settings(reference_hz):
    """All settings with feedback from CLKOP, the fastest phase detector first.

    clock = reference CLKFB_DIV / CLKI_DIV, the oscillator CLKOP_DIV times as fast: as near to the
    middle of its range as it can.
    """
    for reference in range(1, 129):
        for feedback in range(1, 81):
            clock, rest = divmod(reference_hz * feedback, reference)
            if rest == 0:
                output = min(128, max(1, round(MIDDLE_HZ / clock)))
                # In this phase CLKOP rises with the reference (Lattice FPGA-TN-02200).
                parameters = {"CLKI_DIV": reference, "CLKFB_DIV": feedback, "CLKOP_DIV": output,
                              "CLKOP_CPHASE": output - 1, "CLKOP_FPHASE": 0}
                yield PllSetting(parameters, reference_hz, reference_hz / reference, clock * output,
                                 clock)


def setting(clock_hz, reference_hz):
    """`PllSetting` of the PLL for a clock; ValueError if none keeps LIMITS."""
    return chosen(_settings(reference_hz), LIMITS, clock_hz, reference_hz)


class Ecp5Clock(PllClock):
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
        super().__init__(setting(clock_hz, reference_hz), LIMITS, resource=resource)

    def _pll(self, m, port, clock, locked):
        return pll(self.setting, self.buffered(m, port), CLKOP=clock, LOCK=locked)


def pll(setting, reference, **outputs):
    """Instance of an EHXPLLL that is fed back from CLKOP.

    Parameters
    ----------
    setting : PllSetting
    reference : Signal
        The oscillator, behind its buffer.
    **outputs : Signal
        CLKOP, and others that are in use.
    """
    clocks = [name for name in outputs if name.startswith("CLKO")]
    return Instance(
        "EHXPLLL",
        **{f"p_{name}": value for name, value in setting.parameters.items()},
        **{f"p_{name}_ENABLE": "ENABLED" for name in clocks},
        p_FEEDBK_PATH="CLKOP",
        # Analogue settings for this range of frequencies; the packer reads them.
        a_ICP_CURRENT="12",
        a_LPF_RESISTOR="8",
        a_MFG_ENABLE_FILTEROPAMP="1",
        a_MFG_GMCREF_SEL="2",
        i_CLKI=reference,
        i_CLKFB=outputs["CLKOP"],
        i_RST=0,
        i_STDBY=0,
        i_PHASESEL0=0,
        i_PHASESEL1=0,
        i_PHASEDIR=0,
        i_PHASESTEP=0,
        i_PHASELOADREG=0,
        i_PLLWAKESYNC=0,
        i_ENCLKOP=0,
        **{f"o_{name}": signal for name, signal in outputs.items()},
    )


def clock_from(resource, reference_hz):
    """The `clock` of a `BoardSpec`: ``clock(clock_hz)``."""
    return partial(Ecp5Clock, resource=resource, reference_hz=reference_hz)
