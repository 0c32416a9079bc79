"""ECPIX-5: LFE5UM5G-45F or 85F, speed 8, USB UART, 100 MHz."""

from amaranth.build import Attrs, PinsN, Resource
from amaranth_boards.ecpix5 import ECPIX545Platform, ECPIX585Platform

from .board import BoardSpec
from .chip import ECP5_45, ECP5_85, large_presets
from .clocks.ecp5 import clock_from
from .platforms import building_tools
from .programmer import Programmer

__all__ = ["BOARDS"]

RESOURCES = [Resource("led", 0, PinsN("R21", dir="o"), Attrs(IO_TYPE="LVCMOS33"))]
REVISIONS = ("Revision R03, whose USB bridge is 0403:6011, needs ecpix5_r03 in the command of the "
             "loader in place of ecpix5, which is for R02, 0403:6010.")


def _board(size, chip, platform, **places):
    return BoardSpec(
        name=f"ecpix5-{size.lower()}",
        title=f"ECPIX-5 (LFE5UM5G-{size}-8BG554)",
        chip=chip,  # it has the same blocks, and transceivers
        platform=building_tools(platform, RESOURCES),
        clock=clock_from("clk100", 100_000_000),
        clock_hz=100_000_000,
        presets=large_presets(),
        programmer=Programmer(("openFPGALoader", "-b", "ecpix5")),
        notes=(REVISIONS,),
        **places,
    )


BOARDS = (_board("45F", ECP5_45, ECPIX545Platform),
          _board("85F", ECP5_85, ECPIX585Platform,
                 clocks={"mnist": 100_000_000, "mnist-wide": 90_000_000}))
