"""Settings of every ECP5 file, also where nothing is in use.

nextpnr, ecp5/baseconfigs.cc, taken from files of Lattice's own tools.
"""

__all__ = ["EMPTY", "idle"]


def _bits(*pairs):
    return frozenset(frame << 8 | bit for frame, bit in pairs)


# Bits of which Project Trellis does not know what they mean.
_SENSOR = _bits((2, 0), (3, 0), (5, 0), (11, 0), (13, 0))
_FUNCTION = _bits((54, 1), (56, 1), (82, 1), (94, 1))
_PAD = _bits((0, 1))

_25 = {"MIB_R13C3:DSP_SPINE_UL1": _SENSOR, "MIB_R50C4:EFB0_PICB0": _FUNCTION}
_45 = {"CIB_R10C3:PVT_COUNT2": _SENSOR, "MIB_R71C4:EFB0_PICB0": _FUNCTION}
_85 = {"CIB_R10C3:PVT_COUNT2": _SENSOR, "MIB_R95C4:EFB0_PICB0": _FUNCTION}
_85 |= {f"MIB_R95C{column}:PICB{number}": _PAD
        for first in (96, 98, 101, 103, 105, 107, 110, 112, 114, 116, 119, 121)
        for column, number in ((first, 0), (first + 1, 1))}

# Device -> tile -> bits.
EMPTY = {f"LFE5U{kind}-{size}": bits for kind in ("", "M", "M5G")
         for size, bits in (("12F", _25), ("25F", _25), ("45F", _45), ("85F", _85))}


def idle(tile, wire, source):
    """Whether a connection that nothing reads is one of those that every file has.

    Parameters
    ----------
    tile : Tile
    wire : str
        That is driven.
    source : wire or int
        That drives it, or a constant.
    """
    if source == 0:
        # Inputs of the serial transceivers, the PLLs and the functions beside the flash memory.
        return "CIB_DCU" in tile.type or tile.type.startswith(("CIB_EFB", "CIB_PLL"))
    # The clock selectors in the middle of the chip.
    return wire.startswith("G_DCS") and source == (-1, -1, "G_VPFN0000")
