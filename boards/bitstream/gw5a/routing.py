"""GW5A's multiplexers: as `gowin.routing`, and clocks, whose fuses are spread over several tiles.

A multiplexer of the clock network has one name in the whole chip; a fuse of it may lie in any tile
that knows the name. A spine has fuses beside that, which let it be used.
"""

from collections import defaultdict
from functools import lru_cache, partial

from ..circuit import DecodeError
from ..gowin import routing
from ..gowin.wires import Wires

__all__ = ["GW5aRouting", "read", "use"]

ENABLE = "5A_PCLK_ENABLE_{:02}"  # table of a spine's fuses
ENABLED = (1, 0)  # its key
# Of GW5AST-138C: the last row of the upper half, and types of tiles in it that join the halves.
HALF, BRIDGE = 54, range(80, 86)


class Clocks:
    """The clock network of a chip.

    Attributes
    ----------
    sources : dict
        (Area, destination) -> {source: fuses}; a fuse is (row, column of the tile, row, column in
        it).
    """

    def __init__(self, chip):
        found, enabled = defaultdict(lambda: defaultdict(set)), defaultdict(set)
        for row in range(chip.rows):
            for column in range(chip.columns):
                tile, where = chip.tile(row, column), area(chip, row, column)
                local = chip.local_clocks(tile)
                for pips in (tile.clock_pips, chip.db.hclk_pips.get((row, column), {})):
                    for destination, sources in pips.items():
                        for source, fuses in sources.items() if destination not in local else ():
                            found[where, destination][source] |= {(row, column, *fuse)
                                                                  for fuse in fuses}
                for name in _spines(chip, row, column):
                    fuses = chip.table(row, column, ENABLE.format(int(name[5:])))[ENABLED]
                    enabled[where, name] |= {(row, column, *fuse) for fuse in fuses}
        for name, fuses in enabled.items():
            for source in found[name].values():
                source |= fuses
        self.sources = {name: dict(sources) for name, sources in found.items()}

    def everywhere(self, name):
        """All fuses of a multiplexer, (area, destination)."""
        return set().union(*self.sources[name].values())


def area(chip, row, column):
    """Part of a chip in which names of clocks are one: GW5AST-138C has two, and a bridge."""
    if chip.name == "GW5A-25A":
        return ""
    if (row, chip.type(row, column) in BRIDGE) == (HALF, True):
        return "bridge"
    return "top" if row <= HALF else "bottom"


def _spines(chip, row, column):
    """Spines that a tile has fuses of which let them be used."""
    tables = chip.db.shortval.get(chip.type(row, column), {})
    return [f"SPINE{n}" for n in range(32) if ENABLED in tables.get(ENABLE.format(n), {})]


class GW5aWires(Wires):
    """Wires of a chip with its clock network."""

    def _may_drive(self, name):
        row, column, wire = name
        return (wire in self._chip.db.hclk_pips.get((row, column), {})
                or super()._may_drive(name))


class GW5aRouting(routing.GowinRouting):
    """The multiplexers of a chip as they are set; see `gowin.routing`.

    Attributes
    ----------
    fuses : callable or None
        ``fuses(row, column)`` are those of a tile that are set. None: no clock is.
    clocks_seen : dict
        (Area, destination) in the clock network that `driver` came across -> source.
    """

    def __init__(self, chip, chosen, isolated, fuses=None):
        super().__init__(chip, chosen, isolated)
        self.fuses, self.clocks_seen = fuses, {}

    @staticmethod
    def _wires_of(chip):
        return _wires(chip)

    def _step(self, name):
        for row, column, wire in self.wires.drivers(name):
            tile = self.chip.tile(row, column)
            if wire in tile.pips or wire in self.chip.local_clocks(tile):
                break
            if self._of_clock(row, column, wire):
                source = self._clock((area(self.chip, row, column), wire))
                return None if source is None else (row, column, source)
        return super()._step(name)

    def _of_clock(self, row, column, wire):
        return (wire in self.chip.tile(row, column).clock_pips
                or wire in self.chip.db.hclk_pips.get((row, column), {}))

    def _clock(self, wire):
        """Source of a multiplexer of the clocks, (area, destination); None: it is not set."""
        if self.fuses is None:
            return None
        if wire not in self.clocks_seen:
            every = clocks(self.chip).everywhere(wire)
            there = {fuse for fuse in every if fuse[2:] in self.fuses(*fuse[:2])}
            fitting = [source for source, fuses in clocks(self.chip).sources[wire].items()
                       if fuses == there]
            if len(fitting) > 1 or there and not fitting:
                raise DecodeError(f"the clock {wire[1]} is set by the fuses {sorted(there)}, which "
                                  f"choose {', '.join(fitting) or 'nothing'}")
            self.clocks_seen[wire] = fitting[0] if fitting and there else None
        return self.clocks_seen[wire]


def read(chip, bitmap):
    """`GW5aRouting` of a file; see `gowin.routing.read`."""
    return routing.read(chip, bitmap, partial(GW5aRouting, fuses=bitmap.fuses))


def use(found, bitmap):
    """Account for all multiplexers that `GW5aRouting.driver` came across."""
    routing.use(found, bitmap)
    for wire, source in found.clocks_seen.items():
        for row, column, r, c in clocks(found.chip).everywhere(wire):
            bitmap.use(row, column, [(r, c)], "clock", f"X{column}Y{row}/{wire[1]}", str(source))


@lru_cache
def clocks(chip):
    """`Clocks` of a chip."""
    return Clocks(chip)


@lru_cache
def _wires(chip):
    return GW5aWires(chip)
