"""Tang Primer 25K on its dock: GW5A-25A (23040 LUT, 56 block RAM), USB UART, 50 MHz.

Pins as LiteX's platform and the maker's own examples have them (TangPrimer-25K-example: UART, and
the LED of NESTang). That the LED is lit by a low level is seen in public constraint files only: it
is the pin READY, which the design takes over when the chip is configured.
"""

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource

from .board import BoardSpec
from .chip import GW5A, GW5A_25, small_presets
from .clocks.crystal import clock_from
from .pins import uart
from .platforms import AroraVPlatform
from .programmer import Programmer

__all__ = ["BOARD", "TangPrimer25kPlatform"]

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")


class TangPrimer25kPlatform(AroraVPlatform):
    """The parts of a Tang Primer 25K that are used."""

    part, family = "GW5A-LV25MG121NC1/I0", "GW5A-25A"
    default_clk = "clk50"
    resources = [
        Resource("clk50", 0, Pins("E2", dir="i"), Clock(50e6), LVCMOS33),
        uart("B3", "C3", GW5A, IO_TYPE="LVCMOS33"),
        Resource("led", 0, PinsN("E8", dir="o"), LVCMOS33),
    ]
    connectors = []


BOARD = BoardSpec(
    name="tang-primer-25k",
    title="Tang Primer 25K, dock (GW5A-LV25MG121NC1/I0)",
    chip=GW5A_25,
    platform=TangPrimer25kPlatform,
    clock=clock_from("clk50", 50_000_000),
    clock_hz=50_000_000,
    presets=small_presets(),
    options={"gowin_pack_opts": "--ready_as_gpio"},
    programmer=Programmer(("openFPGALoader", "-b", "tangprimer25k")),
    notes=("Some firmware of the USB bridge (BL616) is four times too slow; the rate is found.",),
)
