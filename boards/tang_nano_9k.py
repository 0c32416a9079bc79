"""Tang Nano 9K: GW1NR-9C (8640 LUT, 20 multipliers, 26 block RAM), USB UART, 27 MHz."""

from amaranth_boards.tang_nano_9k import TangNano9kPlatform as Pins

from .board import BoardSpec
from .chip import GW1NR_9, small_presets
from .clocks.gowin import clock_from
from .platforms import HimbaechelPlatform
from .programmer import Programmer

__all__ = ["BOARD", "TangNano9kPlatform"]


class TangNano9kPlatform(HimbaechelPlatform, Pins):
    """The board's pins with today's tools."""

    toolchain_prepare = Pins.toolchain_prepare


BOARD = BoardSpec(
    name="tang-nano-9k",
    title="Tang Nano 9K (GW1NR-LV9QN88PC6/I5)",
    chip=GW1NR_9,
    platform=TangNano9kPlatform,
    clock=clock_from("clk27", 27_000_000, chip="GW1NR-9C", grade="C6/I5"),
    clock_hz=36_000_000,
    presets=small_presets(),
    programmer=Programmer(("openFPGALoader", "-b", "tangnano9k")),
    notes=("The USB bridge (BL702) is garbled at 1 Mbaud on some computers.",),
)
