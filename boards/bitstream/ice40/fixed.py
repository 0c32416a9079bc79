"""Bits that are the same in every file for an iCE40UP5K, whatever it configures."""

from ..circuit import BitUse, DecodeError

__all__ = ["take_fixed"]

# Rows of tiles in which the global networks' column buffers are; the placer turns all of them on
# (nextpnr 0.11.1, ice40/bitstream.cc; Project IceStorm, "Column Buffer Control Bits").
BUFFER_ROWS = (4, 5, 14, 15, 26, 27)
NETWORKS = 8
# The tiles at both sides have kept tables of logic cells, which must pass their input 2 on, and a
# bit that connects it (Project IceStorm, "UltraPlus", DSP tiles, other implementation notes).
PASSING = (6, 16, 17, 7, 1, 11, 10, 0)
# One tile where these are clear unless the multiplier beside it is in use, and then only one set.
SPECIAL, SPECIAL_USER = (25, 14), "X25/Y10/mac16_0"


def take_fixed(chip, bits, blocks):
    """Explain them.

    Raises
    ------
    DecodeError
        One has not the level that it always has.
    """
    for y in range(chip.height):
        for x in range(chip.width):
            kind = chip.tile_type(x, y)
            if kind == "none":
                continue
            if y in BUFFER_ROWS:
                _column_buffers(chip, bits, blocks, x, y)
            if kind in ("dsp0", "dsp1", "dsp2", "dsp3", "ipcon"):
                _passing(bits, blocks, x, y, kind)


def _column_buffers(chip, bits, blocks, x, y):
    for network in range(NETWORKS):
        gx, gy = chip.networks[network][0]
        name = f"ColBufCtrl.glb_netwk_{network}"
        used = f"X{gx}/Y{gy}/gb" in blocks
        if not bits.take(x, y, name, BitUse("clock", f"X{x}/Y{y}", name) if used else None):
            raise DecodeError(f"X{x}/Y{y} has {name} off: network {network} does not reach the "
                              "column")


def _passing(bits, blocks, x, y, kind):
    cells = range(8)
    if (x, y) == SPECIAL:
        cells = range(1) if SPECIAL_USER in blocks else range(0)
    group = "IPCON" if kind == "ipcon" else f"MULT{kind[-1]}"
    for cell in cells:
        places = [(f"LC_{cell}", bit) for bit in PASSING]
        for name, bit in [*places, (f"Cascade.{group}_LC0{cell}_inmux02_5", 0)]:
            if not bits.take(x, y, name, None, bit):
                raise DecodeError(f"X{x}/Y{y} has {name} clear, which is set in every file")
