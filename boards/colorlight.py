"""Colorlight i5 (7.0) and i9 (7.2) on the Muse Lab extension board, UART through its USB debugger.

Both are LED receiver cards in the shape of a memory module, 25 MHz. Their pins were traced by
others (github.com/wuxx/Colorlight-FPGA-Projects): the oscillator is at P3; the debugger's line
reaches H18 and comes from J17, pins 86 and 84 of the module. The i9 differs in its chip and LED.
"""

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource
from amaranth.vendor import LatticeECP5Platform

from .board import BoardSpec
from .chip import ECP5, ECP5_25, ECP5_45, large_presets
from .clocks.ecp5 import clock_from
from .pins import uart
from .programmer import Programmer

__all__ = ["BOARDS", "I5Platform", "I9Platform"]

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")
CLOCK = Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), LVCMOS33)
UART = uart("H18", "J17", ECP5, IO_TYPE="LVCMOS33")
COMPRESSED = "The bitstream is compressed: the debugger writes it sooner."
BAUD = ("Some firmware of the debugger (DAPLink) fails above 230,400 or 760,000 baud: the host "
        "then finds a slower rate.")
DOUBT = ("Whether H18 and J17 are the serial line of the i9, too, is in doubt "
         "(github.com/wuxx/Colorlight-FPGA-Projects, issue 22).")


class I5Platform(LatticeECP5Platform):
    """The parts of a Colorlight i5 that are used."""

    device, package, speed = "LFE5U-25F", "BG381", "6"
    default_clk = "clk25"
    resources = [CLOCK, UART, Resource("led", 0, PinsN("U16", dir="o"), LVCMOS33)]
    connectors = []


class I9Platform(LatticeECP5Platform):
    """The parts of a Colorlight i9 that are used."""

    device, package, speed = "LFE5U-45F", "BG381", "6"
    default_clk = "clk25"
    resources = [CLOCK, UART, Resource("led", 0, PinsN("L2", dir="o"), LVCMOS33)]
    connectors = []


def _board(name, chip, platform, clock_hz, notes=()):
    return BoardSpec(
        name=f"colorlight-{name}",
        title=f"Colorlight {name} ({chip.name}-6BG381) on its extension board",
        chip=chip,
        platform=platform,
        clock=clock_from("clk25", 25_000_000),
        clock_hz=clock_hz,
        presets=large_presets(),
        programmer=Programmer(("openFPGALoader", "-b", f"colorlight-{name}")),
        options={"ecppack_opts": "--compress"},
        notes=(COMPRESSED, BAUD, *notes),
    )


BOARDS = (_board("i5", ECP5_25, I5Platform, 87_500_000),
          _board("i9", ECP5_45, I9Platform, 87_500_000, notes=(DOUBT,)))
