"""The bits of a chip, tile by tile, and the wires that they connect.

A wire is (x, y, name); those of the clock network that are the same everywhere are at (-1, -1).
What drives a wire is the arc that its bits choose, else a constant that they choose, else a
connection without bits.
"""

import re
from functools import cache

import numpy as np

from ..circuit import DecodeError
from .database import Ecp5Database, tile_type

__all__ = ["Configuration", "constants"]

# Pins of logic slices by the names of their settings, and the wire of the slice (A .. D) and its
# half (0, 1): see tiledata/PLC2.
SLICE_PIN = re.compile(r"SLICE([A-D])\.([ABCDM])([01])MUX$")
SLICE_ENABLE = re.compile(r"SLICE([A-D])\.CEMUX$")
TILE_PIN = re.compile(r"CIB\.(J[A-Z]+\d)MUX$")
SPINE = re.compile(r"G_HPRX(\d\d)00$")


@cache
def constants(type_name):
    """Wire -> {bits: level} of the constants that a tile's bits can connect to it."""
    found = {}
    for name, values in tile_type(type_name).settings.items():
        if match := SLICE_PIN.match(name):
            wire = f"{match[2]}{'ABCD'.index(match[1]) * 2 + int(match[3])}"
        elif match := SLICE_ENABLE.match(name):
            wire = f"CE{'ABCD'.index(match[1])}"
        elif name == "SLICEA.WREMUX":
            wire = "LSR1"
        elif match := TILE_PIN.match(name):
            wire = match[1]
        else:
            continue
        for value in values:
            # Project Trellis calls the one constant of clocks and resets 0, but it is high
            # (nextpnr, ecp5/bitstream.cc, tie_cib_signal). A slice's "0" is a 1 inverted.
            high = wire.startswith(("JCLK", "JLSR"))
            if value.name == "1" or value.name == "0" and wire.startswith("J"):
                found.setdefault(wire, {})[value.ones] = 1 if high else int(value.name)
    return found


def _carries(tile, ones):
    """Outputs of the tables in carry chains of a tile of logic.

    They are the sums: the bits that otherwise choose a wide multiplexer for them are settings of
    the chain (INJECT).
    """
    if tile.type != "PLC2":
        return frozenset()
    return {f"F{number}" for number in range(8)
            for value in tile_type("PLC2").settings[f"SLICE{'ABCD'[number // 2]}.MODE"]
            if value.name == "CCU2" and value.ones <= ones}


class Configuration:
    """The meaning of each bit of a file, as far as it has been understood.

    Parameters
    ----------
    chip : Ecp5Database
    bits : numpy.ndarray
        (frames, bits of a frame) of bool.

    Attributes
    ----------
    ones : dict
        Tile -> its bits that are 1.
    fields : list of (Tile, bits, category, place, name)
        What is in use: see `circuit.BitUse`.
    """

    def __init__(self, chip: Ecp5Database, bits):
        self.chip = chip
        self.ones, self._open = {}, {}
        self.fields = []
        self._ones_of = {}
        self._arcs, self._constants, self._visited = {}, {}, set()
        for tile in chip.tiles:
            part = bits[tile.frame:tile.frame + tile.frames, tile.bit:tile.bit + tile.bits]
            if part.any():
                frames, rows = np.nonzero(part)
                self.ones[tile] = frozenset((frames << 8 | rows).tolist())
                self._open[tile] = set(self.ones[tile])
        covered = sum(len(ones) for ones in self.ones.values())
        if covered != int(bits.sum()):
            raise DecodeError("bits are set that belong to no tile, or to two")
        for tile, ones in self.ones.items():
            self._read_arcs(tile, ones)

    def _read_arcs(self, tile, ones):
        kind, levels = tile_type(tile.type), constants(tile.type)
        carries = _carries(tile, ones)
        touched = {wire for bit in ones for wire in kind.wires_of_bit.get(bit, ())}
        touched.update(wire for wire, level in levels.items()
                       if any(bits and bits <= ones for bits in level))
        for name in touched - carries:
            chosen = kind.arc_bits.get(name, frozenset()) & ones
            level = levels.get(name, {})
            chosen |= frozenset().union(*level) & ones if level else frozenset()
            wire = self.wire(tile, name)
            if wire is None:
                continue
            if chosen in level:
                self._constants[wire] = (level[chosen], tile, chosen)
                continue
            for value in kind.arcs.get(name, ()):
                if value.ones == chosen:
                    source = self.wire(tile, value.name)
                    if wire in self._arcs:
                        # The clock input of a PLL is chosen in two tiles alike.
                        if self._arcs[wire][0] != source:
                            raise DecodeError(f"{tile.name}: wire {name} has two drivers")
                    self._arcs.setdefault(wire, (source, []))[1].append((tile, name, chosen))
                    break

    def wire(self, tile, name):
        """The wire called `name` in a tile; None if chips of this size have none."""
        parts = self.chip.split(name)
        if parts is None:
            return None
        dx, dy, rest = parts
        return (-1, -1, rest) if dx is None else (tile.x + dx, tile.y + dy, rest)

    def ones_of(self, tiles):
        """{(index of the tile, bit)}: bits of some tiles that are 1."""
        if tiles not in self._ones_of:
            self._ones_of[tiles] = frozenset((index, bit) for index, tile in enumerate(tiles)
                                             for bit in self.ones.get(tile, ()))
        return self._ones_of[tiles]

    def explain(self, tile, bits):
        """These bits of a tile, which are 1, are understood."""
        if tile in self._open:
            self._open[tile] -= bits

    def use(self, tile, bits, category, place, name):
        """These bits of a tile, set or not, belong to something in use; see `circuit.BitUse`."""
        if category:
            self.fields.append((tile, bits, category, place, name))

    def drivers(self, wire):
        """Wires that drive a wire directly, or its constant level (0 or 1).

        One wire as a rule; several where blocks that exclude each other drive the same wire.
        """
        if wire in self._constants:
            level, tile, bits = self._constants[wire]
            if wire not in self._visited:
                self._visited.add(wire)
                every = frozenset().union(*constants(tile.type)[wire[2]]) | tile_type(
                    tile.type).arc_bits.get(wire[2], frozenset())
                self.explain(tile, bits)
                self.use(tile, every, "routing", _text(wire), str(level))
            return level
        if wire in self._arcs:
            source, places = self._arcs[wire]
            if wire not in self._visited:
                self._visited.add(wire)
                for tile, name, bits in places:
                    category = "clock" if name[:2] in ("G_", "L_", "R_") else "routing"
                    self.explain(tile, bits)
                    self.use(tile, tile_type(tile.type).arc_bits[name], category, _text(wire),
                             _text(source))
            return [source]
        return self._fixed(wire)

    def _fixed(self, wire):
        x, y, name = wire
        if name.startswith("G_HPBX"):
            column, side = self.chip.tap(x)
            return [(column, y, f"{side}_{name[2:]}")]
        if name.startswith("G_VPTX") and self.chip.spine(x, y) != (x, y):
            return [(*self.chip.spine(x, y), name)]
        if match := SPINE.match(name):
            return [(-1, -1, f"G_{self.chip.quadrant(x, y)}PCLK{int(match[1])}")]
        found = []
        for kind, dx, dy, source in self.chip.sources_of.get(name, ()):
            if dx is None:
                places = self.chip.places_of_type[kind]
            else:
                places = [(x - dx, y - dy)] if (x - dx, y - dy, kind) in self.chip.types else []
            for column, row in places:
                sx, sy, rest = self.chip.split(source)
                found.append((-1, -1, rest) if sx is None else (column + sx, row + sy, rest))
        return list(dict.fromkeys(found))

    def left(self):
        """[(Tile, bit)]: bits that are 1 and have not been explained."""
        return [(tile, bit) for tile, bits in self._open.items() for bit in sorted(bits)]

    def read_from(self, pattern):
        """{(first group of the name, source)}: wires with such a name that were asked for."""
        return {(match[1], self._arcs[wire][0]) for wire in self._visited
                if wire in self._arcs and (match := pattern.match(wire[2]))}

    def unread(self):
        """[(wire, what drives it, Tile, bits)]: what is set and nothing has asked for."""
        found = [(wire, source, tile, bits) for wire, (source, places) in self._arcs.items()
                 if wire not in self._visited for tile, _, bits in places]
        found += [(wire, level, tile, bits)
                  for wire, (level, tile, bits) in self._constants.items()
                  if wire not in self._visited]
        # The clock selector of a PLL is the constant at its select input, the same bits.
        return [entry for entry in found if entry[3] & self._open[entry[2]]]


def _text(wire):
    x, y, name = wire
    return name if x < 0 else f"X{x}/Y{y}/{name}"
