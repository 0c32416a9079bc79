"""The lines of a board's flash memory, which the chip was configured from, at its pins."""

from amaranth.lib import io

from ..hdl.lib.primitives import family

__all__ = ["connect_flash"]


def connect_flash(m, platform, lines):
    """Connect a `FlashPins` to the resource `flash` of a platform.

    Parameters
    ----------
    m : Module
    platform : Amaranth platform
    lines : FlashPins
    """
    pins = platform.request("flash", 0, dir="-")
    m.submodules.flash_chip = chip = io.Buffer("o", pins.chip)
    m.d.comb += chip.o.eq(lines.chip)
    for number in range(4):
        m.submodules[f"flash_data_{number}"] = data = io.Buffer("io", pins.data[number])
        m.d.comb += [data.o.eq(lines.o[number]), data.oe.eq(lines.oe[number]),
                     lines.i[number].eq(data.i)]
    if hasattr(pins, "clock"):
        m.submodules.flash_clock = clock = io.Buffer("o", pins.clock)
        m.d.comb += clock.o.eq(lines.clock)
    else:
        family(platform).flash_clock(m, lines.clock)
