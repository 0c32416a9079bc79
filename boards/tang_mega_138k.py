"""Tang Mega 138K Pro on its dock: GW5AST-138C (138240 LUT, 340 block RAM), USB UART, 50 MHz.

Pins as amaranth-boards, LiteX's platform and the maker's examples have them, but for the UART's:
LiteX, SNESTang and VIC20Nano receive at N16 and send at P15, amaranth-boards has them the other way
round. No PLL of this chip is in apycula's database, so that the clock is the oscillator's.
"""

from amaranth.build import Attrs, PinsN, Resource
from amaranth_boards.tang_mega_138k_pro_dock import TangMega138kProDockPlatform

from .board import BoardSpec
from .chip import GW5A, GW5AST_138, large_presets
from .clocks.crystal import clock_from
from .pins import uart, with_pins
from .platforms import AroraVPlatform
from .programmer import Programmer

__all__ = ["BOARD", "TangMega138kPlatform"]


class TangMega138kPlatform(AroraVPlatform, with_pins(
        TangMega138kProDockPlatform, uart("N16", "P15", GW5A, IO_TYPE="LVCMOS33"),
        Resource("led", 0, PinsN("J14", dir="o"), Attrs(IO_TYPE="LVCMOS33")))):
    """The board's pins with today's tools."""

    family = "GW5AST-138C"


BOARD = BoardSpec(
    name="tang-mega-138k",
    title="Tang Mega 138K Pro, dock (GW5AST-LV138FPG676AC1/I0)",
    chip=GW5AST_138,
    platform=TangMega138kPlatform,
    clock=clock_from("clk50", 50_000_000),
    clock_hz=50_000_000,
    presets=large_presets(),
    programmer=Programmer(("openFPGALoader", "-b", "tangmega138k")),
    notes=(
        "Its file cannot be read back, so no build is proven: pins and clock are not checked.",
        "The tools' database is of version C of the chip; nobody has tried its files on version B.",
        "Some firmware of the USB bridge is four times too fast; the rate is found.",
    ),
)
