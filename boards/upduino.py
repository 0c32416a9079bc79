"""UPduino 3: iCE40UP5K, USB UART, 12 MHz.

Solder the OSC jumper, which brings the 12 MHz to pin 20: the chip's own oscillator is not exact
enough for a UART. The lines of the USB bridge that carry the UART are those of the flash, too,
which does not listen while it is not selected (so the maker's constraint file).
"""

from amaranth.build import Attrs, Pins, PinsN, Resource
from amaranth_boards.upduino_v3 import UpduinoV3Platform

from .board import BoardSpec
from .chip import ICE40, ICE40UP5K, small_clocks, small_presets
from .clocks.ice40 import clock_from
from .pins import uart, with_pins
from .programmer import Programmer

__all__ = ["BOARD", "UpduinoPlatform"]


class UpduinoPlatform(with_pins(
        UpduinoV3Platform, uart("15", "14", ICE40, IO_STANDARD="SB_LVCMOS"),
        Resource("flash_select", 0, Pins("16", dir="o"), Attrs(IO_STANDARD="SB_LVCMOS")),
        Resource("led", 0, PinsN("39", dir="o"), Attrs(IO_STANDARD="SB_LVCMOS")))):
    """Its pins, with the UART of the USB bridge and the green LED by itself."""

    default_clk = "clk12"


BOARD = BoardSpec(
    name="upduino",
    title="UPduino 3 (iCE40UP5K-SG48)",
    chip=ICE40UP5K,
    platform=UpduinoPlatform,
    clock=clock_from("clk12", 12_000_000, pad=False),
    clock_hz=37_500_000,
    presets=small_presets(),
    clocks=small_clocks(),
    # openFPGALoader has no name for the board.
    programmer=Programmer(("iceprog",), sram=None, flash=()),
    held={"flash_select": 1},
    notes=(
        "Solder the OSC jumper: without it there is no clock at pin 20.",
        "The UART shares its lines with the flash, whose select, pin 16, the design holds high.",
    ),
)
