"""OrangeCrab r0.2: LFE5U-25F or 85F, speed 8, 48 MHz; its USB connector goes to the chip itself.

So the UART is on the Feather header: connect a USB-serial adapter of 3.3 V to pin 0, the input
(the adapter's TXD), and pin 1, the output (its RXD). The variants with USB need no adapter: the
connector is their line. The bootloader writes the flash: hold the button while plugging in.
"""

from amaranth.build import Attrs, PinsN, Resource
from amaranth_boards.orangecrab_r0_2 import (
    OrangeCrabR0_2_25FPlatform,
    OrangeCrabR0_2_85FPlatform,
)

from .board import BoardSpec
from .chip import ECP5, ECP5_25, ECP5_85, large_presets
from .clocks.ecp5 import clock_from
from .clocks.ecp5_usb import clock_with_usb
from .pins import uart, usb, with_pins
from .platforms import building_tools
from .programmer import Programmer

__all__ = ["BOARDS"]

RESOURCES = [
    usb("N1", "M2", "N2", IO_TYPE="LVCMOS33"),
    uart("0", "1", ECP5, conn=("io", 0), IO_TYPE="LVCMOS33"),
    Resource("led", 0, PinsN("M3", dir="o"), Attrs(IO_TYPE="LVCMOS33")),
]
ADAPTER = "UART: a USB-serial adapter of 3.3 V, its TXD at pin 0 of the header, RXD at pin 1."
PLUG = "USB: the board's own connector is the line, once the bootloader has ended; no rate matters."
BUTTON = "Hold the button while plugging in: then the bootloader waits for a bitstream."


def _board(size, chip, platform, clock_hz, *, by_usb=False):
    return BoardSpec(
        name=f"orangecrab-{size.lower()}{'-usb' if by_usb else ''}",
        title=f"OrangeCrab r0.2 ({chip.name}-8MG285), "
              f"{'USB by its connector' if by_usb else 'UART on the header'}",
        chip=chip,
        platform=building_tools(with_pins(platform, *RESOURCES)),
        clock=(clock_with_usb if by_usb else clock_from)("clk", 48_000_000),
        clock_hz=clock_hz,
        presets=large_presets(),
        usb="usb" if by_usb else None,
        # By DFU, which always writes the flash.
        programmer=Programmer(("openFPGALoader", "-b", "orangeCrab"), sram=None, flash=()),
        notes=(PLUG if by_usb else ADAPTER, BUTTON),
    )


BOARDS = (
    _board("25F", ECP5_25, OrangeCrabR0_2_25FPlatform, 108_000_000),
    _board("85F", ECP5_85, OrangeCrabR0_2_85FPlatform, 96_000_000),
    _board("25F", ECP5_25, OrangeCrabR0_2_25FPlatform, 108_000_000, by_usb=True),
    _board("85F", ECP5_85, OrangeCrabR0_2_85FPlatform, 96_000_000, by_usb=True),
)
