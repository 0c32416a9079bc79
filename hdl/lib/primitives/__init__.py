"""Multipliers and memories of the FPGA families, with the registers that their blocks have inside.

Synthesis infers the blocks, but not these registers on ECP5 and Gowin, and no multipliers at all
on GW5A. One file a family; each is
equal, cycle for cycle, to the plain Amaranth of hdl.lib, which is what is used everywhere else.
"""

from . import ecp5, gowin, gw5a, ice40

__all__ = ["family"]

# First letters of the device's name, as the platform has it; the first that fit.
FAMILIES = {"iCE40": ice40, "LFE5U": ecp5, "GW5A": gw5a, "GW": gowin}


def family(platform):
    """Module of the platform's family with what it has of ``multiplier`` and ``memory``, or None.

    Parameters
    ----------
    platform : Amaranth platform or None
        What counts is its ``device``, or ``part``, as Gowin's platforms call it.
    """
    device = getattr(platform, "device", None) or getattr(platform, "part", "")
    return next((module for name, module in FAMILIES.items() if device.startswith(name)), None)
