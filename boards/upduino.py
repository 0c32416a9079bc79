"""UPduino 3: iCE40UP5K, 12 MHz; its USB bridge reaches the flash only: the UART is on the header.

Solder the OSC jumper, which brings the 12 MHz to pin 20: the chip's own oscillator is not exact
enough for a UART. Connect a USB-serial adapter of 3.3 V to the header pins that are labelled with
the chip's pin numbers: 2 is the input (the adapter's TXD), 46 the output (its RXD).
"""

from amaranth.build import Attrs, PinsN, Resource
from amaranth_boards.resources import UARTResource
from amaranth_boards.upduino_v3 import UpduinoV3Platform

from .board import Board
from .clocks.ice40 import clock_from
from .device import ICE40UP5K
from .loader import Loader

__all__ = ["BOARD", "Platform"]


class Platform(UpduinoV3Platform):
    """Its pins, with the UART on the header and the green LED by itself."""

    resources = [
        *UpduinoV3Platform.resources,
        UARTResource(0, rx="20", tx="19", conn=("j", 1), attrs=Attrs(IO_STANDARD="SB_LVCMOS")),
        Resource("led", 0, PinsN("39", dir="o"), Attrs(IO_STANDARD="SB_LVCMOS")),
    ]


BOARD = Board(
    name="upduino",
    title="UPduino 3 (iCE40UP5K-SG48), UART on pins 2 (in), 46 (out)",
    device=ICE40UP5K,
    platform=Platform,
    clock=clock_from("clk12", 12_000_000, pad=False),
    clock_hz=45_000_000,
    presets={"ghost": "digits", "microcircuit": "microcircuit"},
    # openFPGALoader has no name for the board.
    loader=Loader(("iceprog",), sram=None, flash=()),
)
