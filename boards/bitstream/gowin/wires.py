"""Wires of a chip: which names are the same wire, and what can drive it.

A name is (row, column, wire), the tile's own name for it. Names of one wire, from nextpnr's
gowin_arch_gen.py and apycula's database:

- N, S, E or W, a length 1, 2 or 8, a number, and how far from its beginning the tile is: N201 is
  what N200 is one tile to the south. SN10 and EW10 begin wires of both directions at once. At the
  rim wires turn round.
- apycula's nodes: clocks, pins of blocks that lie over several tiles.
- Long wires: LT00 … LT30 at either end of a column of taps LT01 or LT04, and LBO0 or LBO1, which
  goes along a row as LB01 … LB71.
"""

import re
from functools import cached_property

__all__ = ["Wires"]

Name = tuple[int, int, str]

_HOP = re.compile(r"([NSEW])([128]\d)([1248])")
_AWAY = {"N": (1, 0), "S": (-1, 0), "E": (0, -1), "W": (0, 1)}  # to the wire's beginning
# Of apycula's blocks: name, as nextpnr names the place, names of its outputs.
_BLOCKS = [
    ("BSRAM", "BSRAM", re.compile(r"DO[AB]\d+")),
    ("MULTALU27X1800", "MULTALU27X1800", re.compile(r"DOUT\d+")),
    *((f"MULT18X18{n}", f"MULT18X18{n}", re.compile(r"DOUT\d+")) for n in ("00", "01", "10", "11")),
    ("RPLLA", "PLL", re.compile(r"CLKOUT.*|LOCK")),
    *((f"IOB{half}", f"IOB{half}", re.compile("O")) for half in "AB"),
]
_TURNED = {"N": "S", "S": "N", "E": "W", "W": "E"}
_BOTH = {"N": "SN", "S": "SN", "E": "EW", "W": "EW"}


class Wires:
    """Wires of a chip.

    Parameters
    ----------
    chip : database.GowinDatabase
    """

    def __init__(self, chip):
        self._chip = chip

    def drivers(self, name: Name):
        """All names of the wire under which something may drive it; most have one."""
        match = _HOP.fullmatch(name[2])
        if match:
            return [self._beginning(name[0], name[1], *match.groups())]
        node = self._node_of.get(name)
        return [name] if node is None else self._drivers_of[node]

    def _beginning(self, row, column, direction, number, hops):
        """Where a wire between tiles begins."""
        down, right = _AWAY[direction]
        row, column = row + down * int(hops), column + right * int(hops)
        rows, columns = self._chip.rows, self._chip.columns
        if row < 0 or row >= rows:
            row = -1 - row if row < 0 else 2 * rows - 1 - row
            direction = _TURNED[direction]
        if column < 0 or column >= columns:
            column = -1 - column if column < 0 else 2 * columns - 1 - column
            direction = _TURNED[direction]
        if number in ("11", "12"):
            return row, column, f"{_BOTH[direction]}{number[1]}0"
        return row, column, f"{direction}{number}0"

    @cached_property
    def _nodes(self):
        """Wires with names that follow no rule: list of lists of names."""
        db = self._chip.db
        nodes = [sorted(map(tuple, names)) for _, names in db.nodes.values()]
        for (_, column, index), segment in db.segments.items():
            tap = f"LT0{1 + index // 4 * 3}"
            ends = [(segment["top_row"], column, segment["top_wire"]),
                    (segment["bottom_row"], column, segment["bottom_wire"])]
            rows = range(segment["min_y"], segment["max_y"] + 1)
            nodes.append(ends + [(row, column, tap) for row in rows])
            for row in rows:
                branches = range(segment["min_x"], segment["max_x"] + 1)
                nodes.append([(row, column, f"LBO{index // 4}"),
                              *((row, branch, f"LB{index}1") for branch in branches)])
        return nodes

    @property
    def names(self):
        """All names that follow no rule."""
        return self._node_of.keys()

    @cached_property
    def _node_of(self):
        return {name: number for number, names in enumerate(self._nodes) for name in names}

    @cached_property
    def _drivers_of(self):
        """Number of a node -> its names that are destinations of a multiplexer or outputs."""
        return [[name for name in names if self._may_drive(name)] or names[:1]
                for names in self._nodes]

    def _may_drive(self, name):
        tile = self._chip.tile(name[0], name[1])
        return (name[2] in tile.pips or name[2] in tile.clock_pips or name in self.outputs
                or self.is_logic_output(tile, name[2]))

    @staticmethod
    def is_logic_output(tile, wire):
        """Whether a wire of a tile is an output of its lookup tables, registers or selectors."""
        return "LUT0" in tile.bels and wire[:-1] in ("F", "Q", "OF")

    @cached_property
    def outputs(self):
        """Name -> (place, pin) of the blocks outside of the logic tiles that drive it."""
        found = {}
        for row in range(self._chip.rows):
            for column in range(self._chip.columns):
                bels = self._chip.tile(row, column).bels
                for bel, place, outputs in _BLOCKS:
                    if bel in bels:
                        for pin, wire in bels[bel].portmap.items():
                            if outputs.fullmatch(pin):
                                found[row, column, wire] = (f"X{column}Y{row}/{place}", pin)
        return found
