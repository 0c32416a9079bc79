"""Gowin files: decoded, compared with what was placed, run, and damaged."""

import copy
import random
from collections import Counter, defaultdict

import numpy as np
import pytest

from cortigate.boards.bitstream.circuit import DecodeError
from cortigate.boards.bitstream.compare import compare
from cortigate.boards.bitstream.gowin import clock_hz, decode, flipped, placed
from cortigate.boards.bitstream.gowin.carry import heads
from cortigate.boards.bitstream.gowin.database import chip
from cortigate.boards.board import board
from cortigate.sim.cells.stimulus import respond as simulated
from cortigate.sim.fabric.board import network_of
from cortigate.sim.fabric.run import respond

from .gowin_core import BOARD, Core, made

CORE_CELLS = {"LUT", "MUX2", "ALU", "DFF", "RAM16SDP4", "BSRAM", "MULT18X18", "rPLL", "PAD", "BANK",
              "CONFIGURATION"}
CATEGORIES = {"table", "register", "carry", "memory", "contents", "multiplier", "pll", "clock",
              "routing", "pad"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(Board, file, placed netlist, placed circuit, what was decoded)."""
    chosen, folder = board(BOARD), tmp_path_factory.mktemp("gowin")
    path, netlist, count = made(chosen, Core(), folder)
    assert count == 1 and heads(netlist) == []
    return chosen, path, netlist, placed(netlist, chosen), decode(path, chosen)


def test_the_file_is_what_was_placed(built):
    _, _, _, netlist, decoded = built
    found = compare(decoded.circuit, netlist)
    assert found.differences == ()
    assert set(found.kinds) == CORE_CELLS
    assert found.kinds["DFF"] > 80 and found.kinds["LUT"] > 100 and found.kinds["ALU"] > 30
    assert found.pins > 2000 and found.settings > 1000 and found.pads == 4
    cells = decoded.circuit.cells
    # Selectors that make tables of 5, 6, 7 and 8 inputs.
    assert {place[-1] for place, cell in cells.items() if cell.kind == "MUX2"} == set("01234567")
    memories = [cell.settings for cell in cells.values() if cell.kind == "BSRAM"]
    assert len(memories) == 3 and all(settings["INIT"] for settings in memories)
    assert sum(settings["DOUBLEA"] and settings["DOUBLEB"] for settings in memories) == 1
    kinds = {(cell.settings["EDGE"], cell.settings["RESET"], cell.settings["VALUE"])
             for cell in cells.values() if cell.kind == "DFF"}
    assert kinds >= {("falling", "sync", 1), ("rising", "async", 0), ("rising", "async", 1),
                     ("rising", "none", 0)}


def test_the_clock(built):
    assert clock_hz(built[4].circuit, 27e6) == built[0].clock_hz


def test_files_are_written_as_they_were_read(built, tmp_path):
    flipped(built[1], [], tmp_path / "same.fs")
    assert (tmp_path / "same.fs").read_bytes() == built[1].read_bytes()


@pytest.mark.parametrize("which", ["decoded", "placed"])
def test_it_runs_as_it_was_designed_cycle_for_cycle(built, which):
    chosen, circuit = built[0], built[4].circuit if which == "decoded" else built[3]
    rng = np.random.default_rng(1)
    stimulus = [{"rx": int(bit)} for bit in rng.integers(0, 2, 1500)]
    expected, seen = simulated(Core(), stimulus), respond(network_of(circuit, chosen), stimulus)
    # What the RAM in lookup tables shows before its first read is not defined.
    assert seen[2:] == expected[2:]
    assert 500 < sum(row["tx"] for row in seen) < 1000
    assert 500 < sum(row["busy"] for row in seen) < 1000


def noticed_by(built, bits, tmp_path):
    """What decoding or comparing says of a file with these bits inverted, None if nothing."""
    flipped(built[1], bits, tmp_path / "flipped.fs")
    try:
        found = compare(decode(tmp_path / "flipped.fs", built[0]).circuit, built[3])
    except DecodeError as error:
        return str(error)
    return found.differences[0] if found.differences else None


def test_flipped_bits_are_noticed_or_without_influence(built, tmp_path):
    decoded = built[4]
    groups, rng = defaultdict(list), random.Random(2)
    for bit, use in decoded.uses.items():
        groups[use.category].append(bit)
    assert set(groups) == CATEGORIES
    noticed = Counter()
    for category, bits in groups.items():
        for bit in rng.sample(bits, 2 if category == "table" else 1):
            if noticed_by(built, [bit], tmp_path):
                noticed[category] += 1
            else:  # as a function of what drives it, the table is the same
                assert category == "table", decoded.uses[bit]
    assert set(noticed) == CATEGORIES


def test_what_is_noticed_is_named(built, tmp_path):
    decoded = built[4]

    def bit_of(category, name):
        return next((bit, use.place) for bit, use in decoded.uses.items()
                    if use.category == category and name in use.name)

    place = next(place for place, cell in decoded.circuit.cells.items()
                 if cell.kind == "LUT" and cell.settings["K"] == 4)
    table = next(bit for bit, use in decoded.uses.items() if use.place == place)
    assert noticed_by(built, [table], tmp_path).startswith(f"{place} (LUT): INIT is ")
    bit, memory = bit_of("contents", "bit 77")
    if memory.endswith("BSRAM"):
        assert noticed_by(built, [bit], tmp_path).startswith(f"{memory} (BSRAM): INIT is {{bit 77")
    bit, block = bit_of("multiplier", "RSTGENHMUX")
    assert f"settings of {block}: fuse" in noticed_by(built, [bit], tmp_path)
    bit, _ = bit_of("pad", "SSPI_AS_GPIO")
    assert "SSPI_AS_GPIO is 0 in the file, 1 was placed" in noticed_by(built, [bit], tmp_path)


def test_an_arc_that_is_moved_is_noticed(built, tmp_path):
    """Another source that the same multiplexer has."""
    decoded, database, rng = built[4], chip("GW1N-9C"), random.Random(3)
    # Long wires may be cut off, or be left without a source.
    sources = {use.place: use.name for use in decoded.uses.values()
               if use.category == "routing" and use.name not in ("None", "isolated")}
    for place in rng.sample(sorted(sources), 4):
        where, wire = place[1:].split("/")
        column, row = map(int, where.split("Y"))
        tile = database.tile(row, column)
        patterns = {name: {tuple(fuse) for fuse in fuses}.union(*(
            {tuple(fuse) for fuse in extra} for names, extra in tile.alonenode.get(wire, ())
            if name not in names)) for name, fuses in tile.pips[wire].items()}
        other = rng.choice(sorted(set(patterns) - {sources[place]}))
        moved = [(database.top[row] + r, database.left[column] + c)
                 for r, c in patterns[sources[place]] ^ patterns[other]]
        assert noticed_by(built, moved, tmp_path), (place, sources[place], other)


def test_a_head_that_hears_a_carry_is_noticed(built, tmp_path):
    """The table that nextpnr gives it, in the file and in the netlist."""
    decoded, netlist = built[4], copy.deepcopy(built[2])
    cell = next(cell for cell in netlist["modules"]["top"]["cells"].values()
                if cell["parameters"].get("CIN_NETTYPE", "").strip() == "LOGIC")
    place = cell["attributes"]["NEXTPNR_BEL"]
    fuses = {use.name: bit for bit, use in decoded.uses.items() if use.place == place}
    changed = [fuses[f"bit {bit}"] for bit in range(16) if (0x505A ^ 0x000A) >> bit & 1]
    assert noticed_by(built, changed, tmp_path).startswith(place)
    cell["parameters"]["RAW_ALU_LUT"] = format(0x505A, "032b")
    with pytest.raises(DecodeError, match=f"{place} reads a carry that nothing drives"):
        placed(netlist, built[0])


def test_bits_that_mean_nothing_are_refused(built, tmp_path):
    database, uses = chip("GW1N-9C"), built[4].uses
    tile = next((row, column) for row in range(2, 8) for column in range(2, 45)
                if not any((database.top[row] + r, database.left[column] + c) in uses
                           for r in range(24) for c in range(60)))
    row, column = database.top[tile[0]], database.left[tile[1]]
    here = f"X{tile[1]}Y{tile[0]}"
    assert here in noticed_by(built, [(row + 16, column)], tmp_path)  # of a multiplexer
    assert here in noticed_by(built, [(row + 22, column + 5)], tmp_path)  # makes latches
    known = {fuse for table in database.db.shortval[database.type(*tile)].values()
             for fuses in table.values() for fuse in map(tuple, fuses)}
    odd = next((r, c) for r in range(24) for c in range(60) if (r, c) not in known
               and not any((r, c) in map(tuple, fuses)
                           for pips in database.tile(*tile).pips.values()
                           for fuses in pips.values()))
    text = noticed_by(built, [(row + odd[0], column + odd[1])], tmp_path)
    assert here in text and f"fuse {odd}" in text


@pytest.mark.parametrize(("damage", "words"), [
    (lambda lines: lines[:500], "is not a complete .fs file"),
    (lambda lines: [*lines[:100], "1111" + "10" * 1418 + lines[100][-64:], *lines[101:]],
     "line 101: wrong CRC"),
    (lambda lines: [*lines[:3], "00000110" + "1" * 56, *lines[4:]],
     "the chip's identity .* is not known"),
    (lambda lines: [*lines[:30], "x" * 2904, *lines[31:]], "line 31: not a line of bits"),
])
def test_damaged_files_are_refused(built, tmp_path, damage, words):
    lines = built[1].read_text().splitlines()
    (tmp_path / "damaged.fs").write_text("\n".join(damage(lines)) + "\n")
    with pytest.raises(DecodeError, match=words):
        decode(tmp_path / "damaged.fs", built[0])


def test_a_wrong_sum_is_refused(built, tmp_path):
    lines = built[1].read_text().splitlines()
    place = max(number for number, line in enumerate(lines)
                if line.startswith("00001010") and len(line) == 64)
    lines[place] = lines[place][:-1] + "10"[int(lines[place][-1])]
    (tmp_path / "damaged.fs").write_text("\n".join(lines) + "\n")
    with pytest.raises(DecodeError, match=f"line {place + 1}: wrong sum of the rows"):
        decode(tmp_path / "damaged.fs", built[0])


def test_the_chip_must_be_the_boards(built):
    with pytest.raises(DecodeError, match="is for a GW1N-9C, not for a GW2A-18C"):
        decode(built[1], board("tang-nano-20k"))


@pytest.mark.parametrize(("kind", "changes", "words"), [
    ("MULT18X18", {"type": "MULT9X9"}, r"\(MULT9X9\): this type of cell is not known"),
    ("MULT18X18", {"parameters": {"NEW": "1"}}, "parameters NEW, which are not known"),
    ("SDP", {"parameters": {"NEW": "1"}}, "SDP has the parameters NEW"),
    ("rPLL", {"parameters": {"PSDA_SEL": "0001"}}, "rPLL has parameters that .*: PSDA_SEL"),
    ("DFFS", {"parameters": {"INIT": "0"}}, "it must start with 1, not 0"),
    ("IBUF", {"attributes": {"&DIFF=1": "1"}}, "a pad has DIFF=1, which is not known"),
])
def test_placed_netlists_that_are_not_known_are_refused(built, kind, changes, words):
    changed = copy.deepcopy(built[2])
    cell = next(cell for cell in changed["modules"]["top"]["cells"].values()
                if cell["type"] == kind)
    for part, values in changes.items():
        cell[part] = values if isinstance(values, str) else cell[part] | values
    with pytest.raises(DecodeError, match=words):
        placed(changed, built[0])
