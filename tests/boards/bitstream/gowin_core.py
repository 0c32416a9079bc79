"""A small design with every kind of cell that a Gowin design of this project can have, and more.

It is that of the ECP5 tests with Gowin's multipliers and a carry chain that begins with logic.
"""

import json

from amaranth.hdl import Cat, Const, Instance, Signal

from cortigate.boards.bitstream.gowin import mend
from cortigate.boards.flow import flow
from cortigate.boards.tools import run
from cortigate.hdl.lib.primitives import gowin

from . import ecp5_core

__all__ = ["BOARD", "Core", "made"]

BOARD = "tang-nano-9k"


class Core(ecp5_core.Core):
    """Hears bits at `rx`; what `tx` and `busy` say depends on everything inside."""

    @staticmethod
    def _multiplied(m, heard, platform):
        """A product at once, one two cycles later through the block's registers, a subtraction."""
        product, late = Signal(36), Signal(36)
        if platform is None:
            m.d.comb += product.eq(heard[:18] * heard[18:36])
            first = [Signal(18, reset_less=True), Signal(18, reset_less=True)]
            m.d.sync += [first[0].eq(heard[3:21]), first[1].eq(heard[40:58]),
                         late.eq(first[0].as_signed() * first[1].as_signed())]
        else:
            m.submodules.at_once = Instance(
                "MULT18X18", i_A=heard[:18], i_B=heard[18:36], o_DOUT=product,
                i_SIA=Const(0, 18), i_SIB=Const(0, 18), i_CE=Const(1, 1), i_CLK=Const(0, 1),
                **{f"i_{pin}": Const(0, 1) for pin in ("ASEL", "BSEL", "ASIGN", "BSIGN", "RESET")},
                **{f"p_{name}": Const(0, 1) for name in (
                    "AREG", "BREG", "OUT_REG", "PIPE_REG", "ASIGN_REG", "BSIGN_REG", "SOA_REG")})
            gowin.multiplier(18, 18)(m, heard[3:21].as_signed(), heard[40:58].as_signed(), late)
        # The sum's carry comes from logic: nextpnr's faulty head.
        total = Signal(12)
        m.d.comb += total.eq(heard[5:16] + heard[50:61] + (heard[61] ^ heard[62]))
        return Cat(product ^ late, total)


def made(board, core, folder, *, mended=True):
    """Build `core` without any check: (bitstream, placed netlist, number of heads mended)."""
    steps = flow(board, core)
    for name, text in steps.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for command in (steps.synthesis, steps.placement(1)):
        run(command, folder, "test", lambda text: None)
    path = folder / "seed1.pnr.json"
    placed = json.loads(path.read_text(encoding="utf-8"))
    count = mend(placed) if mended else 0
    path.write_text(json.dumps(placed), encoding="utf-8")
    run(steps.packing(1), folder, "test", lambda text: None)
    return folder / f"{steps.name}.fs", placed, count
