"""A small design with every kind of cell that an ECP5 design of this project can have, and more.

Memories of 36, 18 and 9 bits and distributed ones, all with contents, wide multiplexers, carry
chains, multipliers without and with registers, registers of every mode.
"""

import json

import numpy as np
from amaranth.hdl import (
    Array,
    Cat,
    ClockDomain,
    ClockSignal,
    Const,
    Instance,
    Module,
    Mux,
    ResetSignal,
    Signal,
)
from amaranth.lib import memory, wiring

from cortigate.boards.flow import flow
from cortigate.boards.tools import run
from cortigate.hdl.lib.primitives import ecp5

__all__ = ["BOARD", "Core", "made"]

BOARD = "colorlight-i5"


class Core(wiring.Component):
    """Hears bits at `rx`; what `tx` and `busy` say depends on everything inside.

    Nothing waits for a reset, so that every cycle from the first one on can be compared.
    """

    rx: wiring.In(1)
    tx: wiring.Out(1)
    busy: wiring.Out(1)

    def elaborate(self, platform):
        m = Module()
        rng = np.random.default_rng(0)
        heard = Signal(72, reset_less=True)
        count = Signal(24, init=0x123456, reset_less=True)
        m.d.sync += [heard.eq(heard << 1 | self.rx), count.eq(count + (heard[:20] | 1))]
        parts = [self._memory(m, f"ram_{width}", width, depth, heard, rng)
                 for width, depth in ((36, 512), (18, 1024), (9, 2048))]
        parts += [self._distributed(m, heard, rng), self._multiplied(m, heard, platform)]
        parts += [Array(map(Const, rng.integers(0, 2, 1 << bits)))[heard[7:7 + bits]]
                  for bits in (5, 6, 7)]
        parts += self._registers(m, heard, platform)
        said = Signal(2, reset_less=True)
        bits = [bit for part in parts for bit in part] + list(count)
        m.d.sync += said.eq(Mux(heard[3], _parity(bits[::2]), _parity(bits[1::2]))
                            | _parity(bits[::5]) << 1)
        m.d.comb += [self.tx.eq(said[0]), self.busy.eq(said[1])]
        return m

    @staticmethod
    def _memory(m, name, width, depth, heard, rng):
        """Block RAM: it writes where it does not read."""
        contents = [int(rng.integers(0, 1 << 18)) << 18 & (1 << width) - 1
                    | int(rng.integers(0, 1 << min(width, 18))) for _ in range(depth)]
        block = memory.Memory(shape=width, depth=depth, init=contents,
                              attrs={"ram_style": "block"})
        m.submodules[name] = block
        write, read = block.write_port(), block.read_port()
        bits = (depth - 1).bit_length()
        m.d.comb += [write.addr.eq(heard[:bits]), read.addr.eq(~heard[:bits]), read.en.eq(1),
                     write.data.eq(heard[12:]), write.en.eq(heard[11])]
        return read.data

    @staticmethod
    def _distributed(m, heard, rng):
        block = memory.Memory(shape=8, depth=16, init=[int(v) for v in rng.integers(0, 256, 16)])
        m.submodules.distributed = block
        write, read = block.write_port(), block.read_port()
        m.d.comb += [read.en.eq(1), write.addr.eq(heard[:4]), read.addr.eq(heard[:4] ^ 0b1010),
                     write.data.eq(heard[20:28]), write.en.eq(heard[9])]
        return read.data

    @staticmethod
    def _multiplied(m, heard, platform):
        """A product at once, and one two cycles later through the block's own registers."""
        product = Signal(36)
        late = Signal(36)
        if platform is None:
            m.d.comb += product.eq(heard[:18] * heard[18:36])
            first = [Signal(18, reset_less=True), Signal(18, reset_less=True)]
            m.d.sync += [first[0].eq(heard[3:21]), first[1].eq(heard[40:58]),
                         late.eq(first[0].as_signed() * first[1].as_signed())]
        else:
            # All multipliers of a block have one setting GSR, so that none is left to Yosys.
            m.submodules.at_once = Instance(
                "MULT18X18D", p_GSR="DISABLED",
                **{f"i_A{bit}": heard[bit] for bit in range(18)},
                **{f"i_B{bit}": heard[18 + bit] for bit in range(18)},
                **{f"o_P{bit}": product[bit] for bit in range(36)},
                **{f"i_{pin}": Const(0, 1) for pin in ("SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB")})
            ecp5.multiplier(18, 18)(m, heard[3:21].as_signed(), heard[40:58].as_signed(), late)
        return product ^ late

    def _registers(self, m, heard, platform):
        """Falling clock, enable, set and reset, at the clock and at once.

        Without a platform the same in one domain: in Amaranth's simulator a clock that is made
        from another one comes late.
        """
        found = []
        for name, edge, at_once in (("fall", "neg", False), ("wait", "pos", False),
                                    ("once", "pos", True)):
            value = Signal(4, init=0b0110, name=f"of_{name}", reset_less=platform is None)
            shown, domain, hears = value, "sync", heard
            if platform is not None:
                domain = name
                m.domains += ClockDomain(name, clk_edge=edge, async_reset=at_once, local=True)
                m.d.comb += [ClockSignal(name).eq(ClockSignal("sync")),
                             ResetSignal(name).eq(heard[30] & heard[33])]
            elif edge == "neg":
                hears = Cat(self.rx, heard)
            elif at_once:
                shown = Mux(heard[30] & heard[33], value.init, value)
            m.d[domain] += value[:2].eq(hears[5:7])
            with m.If(hears[17]):
                m.d[domain] += value[2:].eq(hears[40:42] ^ shown[:2])
            with m.Else():
                m.d[domain] += value[2:].eq(shown[2:])
            if platform is None:
                with m.If(hears[30] & hears[33]):
                    m.d.sync += value.eq(value.init)
            found.append(shown)
        return found


def _parity(bits):
    total = 0
    for bit in bits:
        total = total ^ bit
    return total


def made(board, core, folder, *, packing=()):
    """Build `core` without any check: (bitstream, placed netlist).

    Parameters
    ----------
    board : Board
    core : wiring.Component
    folder : path
    packing : sequence of str
        Options of ecppack, if they are not given anyway.
    """
    steps = flow(board, core)
    for name, text in steps.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    packed = steps.packing(1)
    packed += [word for word in packing if word not in packed]
    for command in (steps.synthesis, steps.placement(1), packed):
        run(command, folder, "test", lambda text: None)
    placed = json.loads((folder / "seed1.pnr.json").read_text(encoding="utf-8"))
    return folder / f"{steps.name}.bit", placed
