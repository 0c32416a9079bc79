"""ECP5 files: decoded, compared with what was placed, run, and damaged."""

import random
import re
from collections import Counter, defaultdict
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from cortigate.boards.bitstream.circuit import DecodeError
from cortigate.boards.bitstream.compare import compare
from cortigate.boards.bitstream.ecp5 import clock_hz, database, decode, flipped, placed, stream
from cortigate.boards.bitstream.ecp5.pads import pad_bits, pad_settings, set_pads
from cortigate.boards.board import board
from cortigate.boards.extras import how_to_install
from cortigate.sim.cells.stimulus import respond as simulated
from cortigate.sim.fabric.board import network_of
from cortigate.sim.fabric.run import respond

from .ecp5_core import BOARD, Core, made

CORE_CELLS = {"LUT", "CARRY", "DPRAM", "TRELLIS_FF", "DP16KD", "PDPW16KD", "MULT18X18D",
              "EHXPLLL", "DCCA", "TRELLIS_IO"}
CATEGORIES = {"table", "register", "carry", "memory", "contents", "multiplier", "pll", "clock",
              "routing", "pad"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(Board, file, compressed file, placed circuit, what was decoded)."""
    chosen, folder = board(BOARD), tmp_path_factory.mktemp("ecp5")
    path, netlist = made(chosen, Core(), folder, packing=("--compress", "--freq", "38.8"))
    compressed = path.rename(folder / "compressed.bit")
    file = stream.read(compressed)
    for command in file.commands:  # the same without compression
        if command.code == stream.COMPRESSED_FRAMES:
            command.code = stream.FRAMES
    stream.write(file, folder / "plain.bit")
    return (chosen, folder / "plain.bit", compressed, placed(netlist, chosen),
            decode(folder / "plain.bit", chosen))


def test_the_file_is_what_was_placed(built):
    _, _, _, netlist, decoded = built
    found = compare(decoded.circuit, netlist)
    assert found.differences == ()
    assert set(found.kinds) == CORE_CELLS
    assert found.kinds["TRELLIS_FF"] > 80 and found.kinds["LUT"] > 100
    assert found.pins > 1000 and found.settings > 1000 and found.pads == 4
    assert sum(place.endswith("K0.OFX") for place in decoded.circuit.cells) > 5
    assert sum(place.endswith("K1.OFX") for place in decoded.circuit.cells) > 2
    memories = [cell.settings["CONTENTS"] for cell in decoded.circuit.cells.values()
                if cell.kind in ("DP16KD", "PDPW16KD")]
    assert len(memories) == 3 and all(memories)


def test_compressed_and_plain_files_are_the_same(built):
    chosen, plain, compressed, _, decoded = built
    again = decode(compressed, chosen)
    assert again.circuit == decoded.circuit
    assert dict(again.uses) == dict(decoded.uses)
    assert compressed.stat().st_size < plain.stat().st_size


def test_files_are_written_as_they_were_read(built, tmp_path):
    for path in built[1:3]:
        flipped(path, [], tmp_path / "same.bit")
        assert (tmp_path / "same.bit").read_bytes() == path.read_bytes()


def test_the_clock(built):
    assert clock_hz(built[4].circuit, 25e6) == built[0].clock_hz
    with pytest.raises(DecodeError, match="the circuit must have one PLL, not 0"):
        clock_hz(type(built[4].circuit)({}, {}), 25e6)


@pytest.mark.parametrize("which", ["decoded", "placed"])
def test_it_runs_as_it_was_designed_cycle_for_cycle(built, which):
    chosen, circuit = built[0], built[4].circuit if which == "decoded" else built[3]
    rng = np.random.default_rng(1)
    stimulus = [{"rx": int(bit)} for bit in rng.integers(0, 2, 1500)]
    expected, seen = simulated(Core(), stimulus), respond(network_of(circuit, chosen), stimulus)
    # What the distributed memory shows before its first read is not defined.
    assert seen[2:] == expected[2:]
    assert 500 < sum(row["tx"] for row in seen) < 1000
    assert 500 < sum(row["busy"] for row in seen) < 1000


def test_flipped_bits_are_noticed_or_without_influence(built, tmp_path):
    chosen, path, _, netlist, decoded = built
    groups, rng = defaultdict(list), random.Random(2)
    for bit, use in decoded.uses.items():
        groups[use.category].append(bit)
    assert set(groups) == CATEGORIES
    noticed = Counter()
    for category, bits in groups.items():
        for bit in rng.sample(bits, 2):
            flipped(path, [bit], tmp_path / "flipped.bit")
            try:
                found = compare(decode(tmp_path / "flipped.bit", chosen).circuit, netlist)
            except DecodeError:
                noticed[category] += 1
                continue
            if found.differences:
                noticed[category] += 1
            else:  # as a function of what drives it, the table is the same
                assert category == "table", decoded.uses[bit]
    assert all(noticed[category] == 2 for category in CATEGORIES - {"table"})
    assert noticed["table"] >= 1


def test_every_bit_of_a_table_that_matters_is_noticed(built):
    chosen, path, _, netlist, decoded = built
    place = next(place for place, cell in decoded.circuit.cells.items()
                 if cell.kind == "LUT" and cell.settings["K"] == 4)
    bits = [bit for bit, use in decoded.uses.items()
            if use.place == place and "INIT[" in use.name]
    assert len(bits) == 16
    file = stream.read(path)
    decoder = import_module(decode.__module__)
    for bit in bits:
        file.bits[bit] ^= True
        found = decoder.circuit_of(file, chosen).circuit
        file.bits[bit] ^= True
        (text,) = compare(found, netlist).differences[:1]
        assert text.startswith(f"{place} (LUT): ")


def test_arcs_left_out_and_moved_are_noticed(built):
    """A wire's driver: none, or another one that its multiplexer has."""
    chosen, path, _, netlist, decoded = built
    file, rng = stream.read(path), random.Random(3)
    decoder = import_module(decode.__module__)
    chip = database.chip(file.device.name)
    tiles = rng.sample([tile for tile in chip.tiles if tile.type == "PLC2"
                        and (tile.frame, tile.bit) < file.bits.shape], len(chip.tiles) // 2)
    moved = 0
    for tile in tiles:
        part = file.bits[tile.frame:tile.frame + tile.frames, tile.bit:tile.bit + tile.bits]
        for values in database.tile_type("PLC2").arcs.values():
            set_now = [value for value in values
                       if value.ones and all(part[bit >> 8, bit & 255] for bit in value.ones)]
            if len(set_now) != 1 or len(values) < 3 or rng.random() > 0.1 or moved >= 8:
                continue
            (now,) = set_now
            other = rng.choice([value for value in values if value != now] + [None])
            changed = now.ones ^ (other.ones if other else frozenset())
            for bit in changed:
                part[bit >> 8, bit & 255] ^= True
            try:
                differences = compare(decoder.circuit_of(file, chosen).circuit, netlist).differences
            except DecodeError:
                differences = True
            for bit in changed:
                part[bit >> 8, bit & 255] ^= True
            assert differences, (tile.name, now, other)
            moved += 1
    assert moved == 8
    assert compare(decoder.circuit_of(file, chosen).circuit, netlist).differences == ()


def changed(path, target, change):
    """A copy of a file after `change(file)`, with right checksums."""
    file = stream.read(path)
    change(file)
    stream.write(file, target)
    return target


def bit_of(file, name, frame, bit):
    tile = next(tile for tile in database.chip(file.device.name).tiles if tile.name == name)
    return tile.frame + frame, tile.bit + bit


def test_bits_that_mean_nothing_are_refused(built, tmp_path):
    chosen, path = built[:2]

    def stray(file):  # a connection in an empty corner
        for frame, bit in ((1, 2), (6, 3)):
            file.bits[bit_of(file, "R2C2:PLC2", frame, bit)] = True

    def unknown(file):
        file.bits[bit_of(file, "MIB_R50C4:EFB0_PICB0", 60, 1)] = True

    def missing(file):
        file.bits[bit_of(file, "MIB_R50C4:EFB0_PICB0", 54, 1)] = False

    def table(file):  # a table that nothing reads is 0: a cell that was not placed
        for frame in range(10, 26):
            file.bits[bit_of(file, "R2C2:PLC2", frame, 10)] = True

    for change, words in ((stray, "R2C2:PLC2 F1B2 F6B3 drives wire A0, which nothing reads"),
                          (unknown, "MIB_R50C4:EFB0_PICB0 F60B1"),
                          (missing, "F54B1 must be 1, as in every file for LFE5U-25F")):
        with pytest.raises(DecodeError, match=words):
            decode(changed(path, tmp_path / "x.bit", change), chosen)
    found = decode(changed(path, tmp_path / "x.bit", table), chosen).circuit
    assert compare(found, built[3]).differences == (
        "X2/Y2/SLICEA.K0: LUT in the file, nothing was placed there",)


def test_contents_without_a_memory_are_refused(built, tmp_path):
    chosen, path, _, _, decoded = built
    number = decoded.circuit.cells[next(place for place, cell in decoded.circuit.cells.items()
                                        if cell.kind == "PDPW16KD")].settings["WID"]

    def renumber(file):
        for command in file.commands:
            if command.code == stream.RAM_ADDRESS and command.data == (number << 11).to_bytes(
                    4, "big"):
                command.data = (77 << 11).to_bytes(4, "big")
        file.contents[77] = file.contents.pop(number)

    with pytest.raises(DecodeError, match=f"number {number}, are not in the file"):
        decode(changed(path, tmp_path / "x.bit", renumber), chosen)


@pytest.mark.parametrize(("damage", "words"), [
    (lambda data: data[:len(data) // 2], "the file ends within a command"),
    (lambda data: data[:70_000] + bytes([data[70_000] ^ 1]) + data[70_001:], "checksum"),
    (lambda data: b"LSCC" + data, "must begin with FF 00"),
    (lambda data: data[:data.index(stream.PREAMBLE) + 8] + b"\x99" + data[200:],
     "command 0x99 is not understood"),
])
def test_damaged_files_are_refused(built, tmp_path, damage, words):
    path = tmp_path / "damaged.bit"
    path.write_bytes(damage(built[1].read_bytes()))
    with pytest.raises(DecodeError, match=words):
        decode(path, built[0])


def test_the_chip_must_be_the_boards(built):
    with pytest.raises(DecodeError, match="is for LFE5U-25F; ulx3s-85f has a LFE5U-85F"):
        decode(built[1], board("ulx3s-85f"))


def test_placed_netlists_with_unknown_cells_are_refused(built):
    chosen = built[0]
    cell = {"type": "ALU54B", "attributes": {"NEXTPNR_BEL": "X4/Y13/ALU54_3"}, "parameters": {},
            "connections": {}, "port_directions": {}}
    with pytest.raises(DecodeError, match="cells of kind ALU54B are not understood"):
        placed({"modules": {"top": {"cells": {"x": cell}}}}, chosen)
    for kind, name, value, words in (
            ("MULT18X18D", "REG_OUTPUT_CE", "CE1", "REG_OUTPUT_CE must be CE0, not CE1"),
            ("TRELLIS_FF", "LATCH", "1 ", "parameter LATCH of TRELLIS_FF is not understood")):
        odd = cell | {"type": kind, "parameters": {name: value}}
        with pytest.raises(DecodeError, match=words):
            placed({"modules": {"top": {"cells": {"x": odd}}}}, chosen)
    del cell["attributes"]["NEXTPNR_BEL"]
    with pytest.raises(DecodeError, match="cell x must have a place"):
        placed({"modules": {"top": {"cells": {"x": cell}}}}, chosen)


def test_settings_of_a_pad_overlap_as_the_packer_writes_them():
    """A drive strength and the default pull take back bits of the standard."""
    chip = database.chip("LFE5U-85F")
    tile = next(tile for tile in chip.tiles if tile.type == "PICL1")
    ones = set_pads(tile, [("PIOA.BASE_TYPE", "OUTPUT_LVCMOS33"), ("PIOA.DRIVE", "4")])
    bits = {(bit >> 8, bit & 255) for bit in ones}
    assert {(2, 0), (6, 1), (7, 1), (8, 1), (9, 0)} <= bits
    assert not {(7, 0), (8, 0), (4, 1), (5, 1)} & bits
    tiles = (tile, chip.tile(tile.x, tile.y - 1, "PICL0"))
    driven = pad_bits(tiles, "PIOA") & (
        {(0, bit) for bit in ones} | {(1, 1 << 8 | 4), (1, 2 << 8 | 4)})
    settings = pad_settings(tiles, "PIOA", frozenset(driven))
    assert settings["DIRECTION"] == "OUTPUT"
    assert settings["DRIVE"] == "4" and settings["PULLMODE"] == "DOWN"
    with pytest.raises(DecodeError, match="PIOA.DRIVE cannot be 5"):
        set_pads(tile, [("PIOA.DRIVE", "5")])


def test_a_missing_database_is_named(monkeypatch):
    monkeypatch.setattr(database, "find_spec", lambda name: None)
    database.devices.cache_clear()
    try:
        with pytest.raises(DecodeError, match=re.escape(how_to_install("build"))):
            database.devices()
    finally:
        monkeypatch.setattr(database, "find_spec", find_spec)
        database.devices.cache_clear()
