"""ULX3S: LFE5U-12F, 25F, 45F or 85F, speed 6, USB UART, 25 MHz.

The connector US1 is that of the UART; US2 goes to the chip itself, which the variants with USB use:
D+ and D- at D15 and E15, and B12, through 1.5 kilohms, at D+.
"""

from amaranth.build import Attrs, Pins, PinsN, Resource, Subsignal
from amaranth_boards.ulx3s import (
    ULX3S_12F_Platform,
    ULX3S_25F_Platform,
    ULX3S_45F_Platform,
    ULX3S_85F_Platform,
)

from ..golden.spec.flash import FlashChip
from .board import BoardSpec
from .chip import ECP5, ECP5_12, ECP5_25, ECP5_45, ECP5_85, large_presets
from .clocks.ecp5 import clock_from
from .clocks.ecp5_usb import clock_with_usb
from .pins import uart, usb, with_pins
from .platforms import building_tools
from .programmer import Programmer

__all__ = ["BOARDS"]

PINS = (
    uart("M1", "L4", ECP5, IO_TYPE="LVCMOS33"),
    usb("D15", "E15", "B12", IO_TYPE="LVCMOS33"),
    # The memory that the chip is configured from; its clock is the chip's own pin, U3.
    Resource("flash", 0, Subsignal("chip", PinsN("R2", dir="o")),
             Subsignal("data", Pins("W2 V2 Y2 W1", dir="io")),
             Attrs(IO_TYPE="LVCMOS33", PULLMODE="UP")),
    Resource("wifi_gpio0", 0, Pins("L2", dir="o"), Attrs(IO_TYPE="LVCMOS33")),
)
# 16 MB (IS25LP128 or W25Q128). Bitstreams take up to 1.9 MB, from 0 or, behind a loader, from 2 MB.
FLASH = FlashChip(4 << 20)
ESP32 = ("Pin L2 (wifi_gpio0) is held high: else the firmware that the ESP32 is shipped with "
         "restarts the board seconds after it was loaded.")
US2 = ("USB: connector US2, which goes to the chip itself, is the line; no rate matters. US1 "
       "loads bitstreams.")


def _board(size, chip, platform, clock_hz, *, by_usb=False):
    return BoardSpec(
        name=f"ulx3s-{size.lower()}{'-usb' if by_usb else ''}",
        title=f"ULX3S-{size} ({chip.name}-6BG381){', USB by US2' if by_usb else ''}",
        chip=chip,
        platform=building_tools(with_pins(platform, *PINS)),
        clock=(clock_with_usb if by_usb else clock_from)("clk25", 25_000_000),
        clock_hz=clock_hz,
        presets=large_presets(),
        programmer=Programmer(("openFPGALoader", "-b", "ulx3s")),
        usb="usb" if by_usb else None,
        flash=None if by_usb else FLASH,
        held={"wifi_gpio0": 1},
        notes=(ESP32, US2) if by_usb else (ESP32,),
    )


BOARDS = (
    _board("12F", ECP5_12, ULX3S_12F_Platform, 87_500_000),
    _board("25F", ECP5_25, ULX3S_25F_Platform, 87_500_000),
    _board("45F", ECP5_45, ULX3S_45F_Platform, 87_500_000),
    _board("85F", ECP5_85, ULX3S_85F_Platform, 75_000_000),
    _board("25F", ECP5_25, ULX3S_25F_Platform, 87_500_000, by_usb=True),
    _board("85F", ECP5_85, ULX3S_85F_Platform, 75_000_000, by_usb=True),
)
