"""GW5A files: decoded, compared with what was placed, run, and damaged."""

import json
import random

import numpy as np
import pytest
from amaranth.hdl import Cat, Signal

from cortigate.boards.bitstream.circuit import DecodeError
from cortigate.boards.bitstream.compare import compare
from cortigate.boards.bitstream.gowin.carry import heads
from cortigate.boards.bitstream.gw5a import decode, flipped, mend, placed
from cortigate.boards.bitstream.gw5a.slices import CARRIES, GW5aSlice
from cortigate.boards.board import board
from cortigate.boards.flow import flow
from cortigate.boards.tools import run
from cortigate.hdl.lib.primitives import gw5a
from cortigate.sim.cells.stimulus import respond as simulated
from cortigate.sim.fabric.board import network_of
from cortigate.sim.fabric.run import respond

from . import ecp5_core

BOARD = "tang-primer-25k"
KINDS = {"LUT", "MUX2", "ALU", "DFF", "BSRAM", "MULT27X18", "PAD", "BANK", "CONFIGURATION",
         "PINCFG"}


def design(carry="", mode=None):
    """A netlist of one carry cell without a carry input."""
    cell = {"type": "ALU", "parameters": {"CIN_NETTYPE": carry, "RAW_ALU_LUT": f"{mode:032b}"},
            "connections": {"COUT": [3]}}
    return {"modules": {"top": {"cells": {"head": cell}}}}


def test_heads_with_a_constant_carry_are_none_that_must_be_mended():
    for carry in ("GND", "VCC"):
        assert mend(design(carry, 0x505a)) == 0
    wrong = design("LOGIC", 0x505a)
    assert mend(wrong) == 1 and heads(wrong) == []
    with pytest.raises(ValueError, match="a carry that nothing drives: head"):
        mend(design("LOGIC", 0x606a))


def test_slices_say_their_carry():
    first = {GW5aSlice((True, False), name).attributes(0)["ALU_CIN_MUX"] for name in CARRIES}
    assert len(first) == 3 and "ALU_CIN_MUX" not in GW5aSlice().attributes(1)


class Core(ecp5_core.Core):
    """Hears bits at `rx`; what `tx` and `busy` say depends on everything inside."""

    @staticmethod
    def _multiplied(m, heard, platform):
        """A product two cycles later through the block's registers, and a sum."""
        late, total = Signal(36), Signal(12)
        if platform is None:
            first = [Signal(18, reset_less=True), Signal(18, reset_less=True)]
            m.d.sync += [first[0].eq(heard[3:21]), first[1].eq(heard[40:58]),
                         late.eq(first[0].as_signed() * first[1].as_signed())]
        else:
            gw5a.multiplier(18, 18)(m, heard[3:21].as_signed(), heard[40:58].as_signed(), late)
        # The sum's carry comes from logic: nextpnr's faulty head.
        m.d.comb += total.eq(heard[5:16] + heard[50:61] + (heard[61] ^ heard[62]))
        return Cat(late, total)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(Board, file, placed circuit, what was decoded)."""
    chosen, folder = board(BOARD), tmp_path_factory.mktemp("gw5a")
    steps = flow(chosen, Core())
    steps.write(folder)
    for command in (steps.synthesis, steps.placement(1)):
        run(command, folder, "test", lambda text: None)
    path = folder / "seed1.pnr.json"
    netlist = json.loads(path.read_text())
    assert mend(netlist) == 1
    path.write_text(json.dumps(netlist))
    run(steps.packing(1), folder, "test", lambda text: None)
    file = folder / f"{steps.name}.fs"
    return chosen, file, placed(netlist, chosen), decode(file, chosen)


@pytest.mark.campaign
def test_the_file_is_what_was_placed(built, tmp_path):
    _, path, netlist, decoded = built
    found = compare(decoded.circuit, netlist)
    assert found.differences == () and set(found.kinds) == KINDS
    assert found.kinds["MULT27X18"] == 2 and found.pads == 4
    memories = [cell.settings for cell in decoded.circuit.cells.values() if cell.kind == "BSRAM"]
    assert len(memories) >= 3 and all(settings["INIT"] for settings in memories)
    flipped(path, [], tmp_path / "same.fs")
    assert (tmp_path / "same.fs").read_bytes() == path.read_bytes()


@pytest.mark.campaign
@pytest.mark.parametrize("which", ["decoded", "placed"])
def test_it_runs_as_it_was_designed_cycle_for_cycle(built, which):
    circuit = built[3].circuit if which == "decoded" else built[2]
    rng = np.random.default_rng(1)
    stimulus = [{"rx": int(bit)} for bit in rng.integers(0, 2, 1500)]
    expected, seen = simulated(Core(), stimulus), respond(network_of(circuit, built[0]), stimulus)
    assert seen[2:] == expected[2:]
    assert 500 < sum(row["tx"] for row in seen) < 1000


@pytest.mark.campaign
def test_flipped_bits_are_noticed(built, tmp_path):
    """One bit of each category; of a table it may be one that its drivers never choose."""
    chosen, path, netlist, decoded = built
    groups, rng = {}, random.Random(2)
    for bit, use in decoded.uses.items():
        groups.setdefault(use.category, []).append(bit)
    assert set(groups) >= {"table", "register", "carry", "memory", "multiplier", "clock",
                           "routing", "pad"}
    for category, bits in groups.items():
        for bit in rng.sample(bits, 3):
            flipped(path, [bit], tmp_path / "flipped.fs")
            try:
                noticed = compare(decode(tmp_path / "flipped.fs", chosen).circuit,
                                  netlist).differences
            except DecodeError as error:
                noticed = str(error)
            assert noticed or category == "table", (category, decoded.uses[bit])


@pytest.mark.campaign
def test_damage_is_told(built, tmp_path):
    lines = built[1].read_text().splitlines()
    damaged = lines[20][:100] + "10"[int(lines[20][100])] + lines[20][101:]
    (tmp_path / "damaged.fs").write_text("\n".join([*lines[:20], damaged, *lines[21:]]))
    with pytest.raises(DecodeError, match="line 21: wrong CRC"):
        decode(tmp_path / "damaged.fs", built[0])
    with pytest.raises(DecodeError, match="is for a GW5A-25A, not for a GW5AST-138C"):
        decode(built[1], board("tang-mega-138k"))
