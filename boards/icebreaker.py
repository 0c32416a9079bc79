"""iCEBreaker: iCE40UP5K (5280 logic cells, 8 DSP, 30 block RAM, 4 SPRAM), USB UART, 12 MHz."""

from amaranth_boards.icebreaker import ICEBreakerPlatform

from .board import BoardSpec
from .chip import ICE40UP5K, small_clocks, small_presets
from .clocks.ice40 import clock_from
from .programmer import Programmer

__all__ = ["BOARD"]

BOARD = BoardSpec(
    name="icebreaker",
    title="iCEBreaker (iCE40UP5K-SG48)",
    chip=ICE40UP5K,
    platform=ICEBreakerPlatform,
    clock=clock_from("clk12", 12_000_000),
    clock_hz=37_500_000,
    presets=small_presets(),
    clocks=small_clocks(),
    # openFPGALoader has no name for this board: ice40_generic is an FT2232H that is wired as here.
    # Its documentation lists the flash only.
    programmer=Programmer(("openFPGALoader", "-b", "ice40_generic"), sram=None, flash=("-f",)),
)
