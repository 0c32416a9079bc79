"""Apycula's database of a chip: tiles, tables of fuses, pins.

A tile is at (row, column). A fuse is at (row, column) within its tile. A table says which fuses a
set of attributes sets: each of its clauses has some codes, each of one value of one attribute; its
fuses are set if all its positive codes are in the set and none of its negative ones (apycula,
chipdb.get_table_fuses).
"""

import importlib
from functools import cached_property, lru_cache
from importlib import resources

from ...extras import how_to_install
from ...tools import BuildError

__all__ = ["GowinDatabase", "chip", "domain", "fuses"]

# Logic table -> where apycula.attrids numbers its attributes and their values.
_NAMES = {"SLICE": "cls", "BSRAM": "bsram", "DSP": "dsp", "PLL": "pll", "IOB": "iob",
          "CFG": "cfg", "GSR": "gsr", "5A_DSP": "dsp_5a"}

# Of GW5A, where the fuses of other clock multiplexers are spread over several tiles.
LOCAL_CLOCKS = ("GT00", "GT10")


@lru_cache
def chip(name):
    """`GowinDatabase` of apycula's name for it, such as GW1N-9C.

    Raises
    ------
    BuildError
        apycula is not installed.
    """
    try:
        chipdb = importlib.import_module("apycula.chipdb")
        attributes = importlib.import_module("apycula.attrids")
    except ImportError:
        raise BuildError(f"apycula is not installed: {how_to_install('build')}") from None
    with resources.as_file(resources.files("apycula") / f"{name}.msgpack.xz") as path:
        return GowinDatabase(name, chipdb.load_chipdb(path), attributes)


class GowinDatabase:
    """A chip's database.

    Attributes
    ----------
    name : str
    db : apycula.chipdb.Device
    rows, columns : int
        Of tiles.
    top, left : list of int
        Row and column in the file of the first fuse of a row or column of tiles.
    height, width : int
        Rows and columns of fuses.
    """

    def __init__(self, name, db, attributes):
        self.name, self.db, self._attributes = name, db, attributes
        self._named = {}
        self.rows, self.columns = db.rows, db.cols
        self.top, self.left = [0], [0]
        for row in range(self.rows):
            self.top.append(self.top[-1] + db[row, 0].height)
        for column in range(self.columns):
            self.left.append(self.left[-1] + db[0, column].width)
        self.height, self.width = self.top[-1], self.left[-1]

    def type(self, row, column):
        """Number of the type of a tile."""
        return self.db.grid[row][column]

    def tile(self, row, column):
        """The tile at a place, of class apycula.chipdb.Tile."""
        return self.db.tiles[self.db.grid[row][column]]

    def local_clocks(self, tile):
        """Clock multiplexers that lie in one tile: destination -> sources."""
        if not self.name.startswith("GW5A"):
            return tile.clock_pips
        return {name: tile.clock_pips[name] for name in LOCAL_CLOCKS if name in tile.clock_pips}

    def table(self, row, column, name, *, long=False):
        """A table of a tile, empty if it has none: tuple of codes -> set of fuses."""
        tables = self.db.longval if long else self.db.shortval
        return tables.get(self.type(row, column), {}).get(name, {})

    def codes(self, logic, attributes):
        """Codes of attributes.

        Parameters
        ----------
        logic : str
            A key of `_NAMES`.
        attributes : dict
            Name -> value, a name of apycula.attrids or a number.
        """
        ids, values = (getattr(self._attributes, f"{_NAMES[logic]}_{kind}")
                       for kind in ("attrids", "attrvals"))
        found = set()
        for name, value in attributes.items():
            value = values[value] if isinstance(value, str) else value
            code = self.db.logicinfo[logic].get((ids[name], value))
            if code:
                found.add(code)
        return found

    def values(self, logic, attribute, tables):
        """Values of one attribute that tables know by clauses of their own.

        Returns
        -------
        dict
            Number of the value -> list of a set of fuses for each table.
        """
        number = getattr(self._attributes, f"{_NAMES[logic]}_attrids")[attribute]
        known, found = self.db.rev_logicinfo(logic), {}
        for place, table in enumerate(tables):
            for key, places in table.items():
                codes = [code for code in key if code]
                if len(codes) == 1 and codes[0] > 0 and known[codes[0]][0] == number:
                    empty = [set() for _ in tables]
                    found.setdefault(known[codes[0]][1], empty)[place] = set(map(tuple, places))
        return found

    def names(self, logic, table):
        """Fuse -> the attribute and value that it stands for; of several the attributes only."""
        key = logic, id(table)
        if key not in self._named:  # with the table, so that its number is not given again
            self._named[key] = table, self._names(logic, table)
        return self._named[key][1]

    def _names(self, logic, table):
        attributes, values = (
            {number: name
             for name, number in getattr(self._attributes, f"{_NAMES[logic]}_{kind}").items()}
            for kind in ("attrids", "attrvals"))
        known, found = self.db.rev_logicinfo(logic), {}
        for key, places in table.items():
            for code in key:
                if code:
                    attribute, value = known[abs(code)]
                    name = str(attributes.get(attribute, attribute))
                    for fuse in places:
                        found.setdefault(tuple(fuse), {})[name] = (
                            "?" if name in found.get(tuple(fuse), {}) else
                            f"{'not ' if code < 0 else ''}{values.get(value, value)}")
        return {fuse: ", ".join(f"{name} {value}" if value != "?" else name
                                for name, value in sorted(of_it.items()))
                for fuse, of_it in found.items()}

    @cached_property
    def bram_rows(self):
        """Rows of tiles with block RAM, in the order of their contents in the file."""
        return sorted(self.db.simplio_rows)

    @cached_property
    def bank_of(self):
        """Place of an input/output cell, such as X1Y28/IOBA -> its bank."""
        return {self.io_place(name): int(bank) for name, bank in self.db.pin_bank.items()}

    def io_place(self, name):
        """Place of an input/output cell by its vendor's name, such as IOB2A."""
        side, number, half = name[2], int(name[3:-1]) - 1, name[-1]
        row, column = {"T": (0, number), "B": (self.rows - 1, number), "L": (number, 0),
                       "R": (number, self.columns - 1)}[side]
        return f"X{column}Y{row}/IOB{half}"

    def pins(self, part):
        """Pins of a package: place of an input/output cell -> name of the pin.

        Parameters
        ----------
        part : str
            Order code, such as GW1NR-LV9QN88PC6/I5.
        """
        package, variant, _ = self.db.packages[part]
        return {self.io_place(name): pin
                for pin, (name, _) in self.db.pinout[variant][package].items()}


def fuses(table, codes):
    """Fuses that a table sets for a set of codes."""
    found = set()
    for key, places in table.items():
        for code in key:
            if code == 0:  # the rest is padding
                found.update(map(tuple, places))
                break
            if (code > 0) != (abs(code) in codes):
                break
        else:
            found.update(map(tuple, places))
    return found


def domain(table):
    """All fuses of a table."""
    return {tuple(fuse) for places in table.values() for fuse in places}
