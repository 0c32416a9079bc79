"""Tang Primer 20K on its dock: GW2A-18C (the chip of the Tang Nano 20K), USB UART, 27 MHz."""

from amaranth_boards.tang_primer_20k import TangPrimer20kDockPlatform

from .board import BoardSpec
from .chip import GW2AR_18, large_presets
from .clocks.gowin import clock_from
from .platforms import HimbaechelPlatform
from .programmer import Programmer

__all__ = ["BOARD", "TangPrimer20kPlatform"]


class TangPrimer20kPlatform(HimbaechelPlatform, TangPrimer20kDockPlatform):
    """The board's pins with today's tools."""

    toolchain_prepare = TangPrimer20kDockPlatform.toolchain_prepare


BOARD = BoardSpec(
    name="tang-primer-20k",
    title="Tang Primer 20K, dock (GW2A-LV18PG256C8/I7)",
    chip=GW2AR_18,
    platform=TangPrimer20kPlatform,
    clock=clock_from("clk27", 27_000_000, chip="GW2A-18C", grade="C8/I7"),
    clock_hz=54_000_000,
    presets=large_presets(),
    programmer=Programmer(("openFPGALoader", "-b", "tangprimer20k")),
    notes=("The dock's DIP switches must stand so: 1, 2 and 5 down, 3 and 4 up.",),
)
