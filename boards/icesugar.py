"""iCESugar: iCE40UP5K, UART through the USB debugger (iCELink), 12 MHz."""

from amaranth_boards.icesugar import ICESugarPlatform

from .board import BoardSpec
from .chip import ICE40UP5K, small_clocks, small_presets
from .clocks.ice40 import clock_from
from .programmer import Programmer

__all__ = ["BOARD"]

BOARD = BoardSpec(
    name="icesugar",
    title="iCESugar (iCE40UP5K-SG48)",
    chip=ICE40UP5K,
    platform=ICESugarPlatform,
    clock=clock_from("clk12", 12_000_000),
    clock_hz=37_500_000,
    presets=small_presets(),
    clocks=small_clocks(),
    # openFPGALoader does not know iCELink; its own tool writes the flash.
    programmer=Programmer(("icesprog",), sram=None, flash=()),
    notes=("Some firmware of iCELink (DAPLink) fails at 1 Mbaud: a slower rate is found.",),
)
