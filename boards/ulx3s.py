"""ULX3S: LFE5U-12F, 25F, 45F or 85F, speed 6, USB UART, 25 MHz."""

from amaranth_boards.ulx3s import (
    ULX3S_12F_Platform,
    ULX3S_25F_Platform,
    ULX3S_45F_Platform,
    ULX3S_85F_Platform,
)

from .board import Board
from .clocks.ecp5 import clock_from
from .device import DEEP_PRESETS, ECP5_12, ECP5_25, ECP5_45, ECP5_85
from .loader import Loader
from .platforms import building_tools

__all__ = ["BOARDS"]


def _board(size, device, platform, clock_hz, samples=None):
    return Board(
        name=f"ulx3s-{size.lower()}",
        title=f"ULX3S-{size} ({device.name}-6BG381)",
        device=device,
        platform=building_tools(platform),
        clock=clock_from("clk25", 25_000_000),
        clock_hz=clock_hz,
        presets=DEEP_PRESETS,
        loader=Loader(("openFPGALoader", "-b", "ulx3s")),
        samples=samples,
    )


# 992 samples fill two banks of 16 block RAMs, which leaves 24 of the smaller chips' 56.
BOARDS = (
    _board("12F", ECP5_12, ULX3S_12F_Platform, 105_000_000, samples=992),
    _board("25F", ECP5_25, ULX3S_25F_Platform, 105_000_000, samples=992),
    _board("45F", ECP5_45, ULX3S_45F_Platform, 95_000_000),
    _board("85F", ECP5_85, ULX3S_85F_Platform, 90_000_000),
)
