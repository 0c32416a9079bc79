"""iCEBreaker Bitsy (v1.0 and later): iCE40UP5K, 12 MHz; its USB connector goes to the chip itself.

So the UART is on the pins along the edge: connect a USB-serial adapter of 3.3 V to P0, the input
(the adapter's TXD), and P1, the output (its RXD). They are the package's pins 47 and 44 in
amaranth-boards and in LiteX's platform, which has its UART there, too. The bootloader writes the
flash: hold the button while plugging in.
"""

from amaranth_boards.icebreaker_bitsy import ICEBreakerBitsyPlatform

from .board import BoardSpec
from .chip import ICE40, ICE40UP5K, small_clocks, small_presets
from .clocks.ice40 import clock_from
from .pins import uart, with_pins
from .programmer import Programmer

__all__ = ["BOARD"]

BOARD = BoardSpec(
    name="icebreaker-bitsy",
    title="iCEBreaker Bitsy (iCE40UP5K-SG48), UART on the edge pins",
    chip=ICE40UP5K,
    platform=with_pins(ICEBreakerBitsyPlatform, uart(
        "0", "1", ICE40, conn=("edge", 0), IO_STANDARD="SB_LVCMOS")),
    clock=clock_from("clk12", 12_000_000),
    clock_hz=37_500_000,
    presets=small_presets(),
    clocks=small_clocks(),
    # By DFU, which always writes the flash.
    programmer=Programmer(("openFPGALoader", "-b", "icebreaker-bitsy"), sram=None, flash=()),
    notes=(
        "UART: a USB-serial adapter of 3.3 V, its TXD at P0 of the edge, RXD at P1.",
        "Hold the button while plugging in: then the bootloader waits for a bitstream.",
    ),
)
