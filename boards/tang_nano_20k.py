"""Tang Nano 20K: GW2AR-18C (20736 LUT, 48 multipliers, 46 block RAM), USB UART, 27 MHz.

Pins from the board's documentation (wiki.sipeed.com) and LiteX's platform, which agree.
"""

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth_boards.resources import LEDResources

from .board import BoardSpec
from .chip import GOWIN, GW2AR_18, large_presets
from .clocks.gowin import clock_from
from .pins import uart
from .platforms import HimbaechelPlatform
from .programmer import Programmer

__all__ = ["BOARD", "TangNano20kPlatform"]

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")


class TangNano20kPlatform(HimbaechelPlatform):
    """The parts of a Tang Nano 20K that are used."""

    part, family = "GW2AR-LV18QN88C8/I7", "GW2AR-18C"
    default_clk = "clk27"
    resources = [
        Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), LVCMOS33),
        uart("70", "69", GOWIN, IO_TYPE="LVCMOS33"),
        *LEDResources(pins="15 16 17 18 19 20", invert=True, attrs=LVCMOS33),
    ]
    connectors = []


BOARD = BoardSpec(
    name="tang-nano-20k",
    title="Tang Nano 20K (GW2AR-LV18QN88C8/I7)",
    chip=GW2AR_18,
    platform=TangNano20kPlatform,
    clock=clock_from("clk27", 27_000_000, chip="GW2AR-18C", grade="C8/I7"),
    clock_hz=54_000_000,
    presets=large_presets(),
    programmer=Programmer(("openFPGALoader", "-b", "tangnano20k")),
    notes=("Some firmware of the USB bridge is four times too fast; the rate is found.",),
)
