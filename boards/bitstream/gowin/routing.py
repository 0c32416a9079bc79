"""Multiplexers between wires: what a file sets them to, and what drives a wire in the end.

A multiplexer is set to a source if exactly the source's fuses are set, and those of the lists of
sources ("alone nodes") in which it is not. Most have one source that needs no fuse: that is what
they show when nothing is set.
"""

from collections.abc import Callable
from functools import lru_cache

from ..circuit import DecodeError
from .wires import Wires

__all__ = ["GowinRouting", "Multiplexers", "read", "use"]

_CONSTANTS = {"VCC": 1, "VSS": 0}


class Multiplexers:
    """The multiplexers of one type of tile.

    Parameters
    ----------
    tile : apycula.chipdb.Tile
    clocks : dict
        Of its clock multiplexers those that are the tile's own: destination -> sources.

    Attributes
    ----------
    of_fuse : dict
        Fuse -> destination.
    fuses : dict
        Destination -> all of its fuses.
    patterns : dict
        Destination -> {its fuses that are set: sources}.
    isolators : dict
        End of a long wire -> the fuses that cut it off.
    """

    def __init__(self, tile, clocks):
        self.of_fuse, self.fuses, self.patterns = {}, {}, {}
        for pips, alone in ((tile.pips, tile.alonenode), (clocks, {})):
            for destination, sources in pips.items():
                patterns = {}
                for source, fuses in sources.items():
                    pattern = set(map(tuple, fuses))
                    for others, extra in alone.get(destination, ()):
                        if source not in others:
                            pattern.update(map(tuple, extra))
                    patterns.setdefault(frozenset(pattern), []).append(source)
                self.patterns[destination] = patterns
                self.fuses[destination] = set().union(*patterns)
        self.isolators = {
            end: {tuple(fuse) for _, fuses in sources for fuse in fuses}
            for end, sources in tile.alonenode_6.items()}
        for destination, fuses in self.fuses.items():
            self.of_fuse.update(dict.fromkeys(fuses, destination))
        for end, fuses in self.isolators.items():
            self.of_fuse.update(dict.fromkeys(fuses, ("isolator", end)))

    def default(self, destination):
        """The input that a multiplexer shows if none of its fuses is set, or None."""
        sources = self.patterns.get(destination, {}).get(frozenset(), ())
        return sources[0] if len(sources) == 1 else None


class GowinRouting:
    """The multiplexers of a chip as they are set.

    Parameters
    ----------
    chip : database.GowinDatabase
    chosen : dict
        (Row, column, destination) -> source, of those that are set.
    isolated : set
        (Row, column, end of a long wire) that are cut off.

    Attributes
    ----------
    wires : wires.Wires
    seen : set
        Names of destinations that `driver` came across.
    """

    def __init__(self, chip, chosen, isolated):
        self.chip, self._chosen, self._isolated = chip, chosen, isolated
        self.wires = self._wires_of(chip)
        self.seen = set()
        self._known = {}

    @staticmethod
    def _wires_of(chip):
        return _wires(chip)

    def driver(self, row, column, wire):
        """The driver of a wire: 0, 1, a name (row, column, wire) that is an output of a block, or
        None if nothing does.

        Raises
        ------
        DecodeError
            Two multiplexers drive it, or a loop of wires does.
        """
        name, way = (row, column, wire), []
        while name not in self._known:
            way.append(name)
            if len(way) > 1000:
                raise DecodeError(f"{_text(way[0])} is driven by a loop of wires")
            name = self._step(name)
            if not isinstance(name, tuple):
                break
            if len(name) == 4:
                name = name[:3]
                break
        else:
            name = self._known[name]
        for passed in way:
            self._known[passed] = name
        return name

    def is_set(self, row, column, wire):
        """Whether the wire's multiplexer has a fuse set."""
        return any(name in self._chosen for name in self.wires.drivers((row, column, wire)))

    def source(self, name):
        """The wire that the multiplexer of a destination is set to or shows, None if nothing."""
        source = self._chosen.get(name)
        if source is None and name not in self._isolated:
            row, column, wire = name
            source = _multiplexers(self.chip, self.chip.type(row, column)).default(wire)
        return source

    @property
    def set_names(self):
        """Names of destinations that are set or cut off."""
        return self._chosen.keys() | self._isolated

    def _step(self, name):
        """The next name towards the driver, or 0, 1, None, or an output with a mark behind it."""
        found = []
        for place in self.wires.drivers(name):
            row, column, wire = place
            tile = self.chip.tile(row, column)
            if wire in tile.pips or wire in self.chip.local_clocks(tile):
                self.seen.add(place)
                source = self.source(place)
                if source is not None:
                    found.append(_CONSTANTS.get(source, (row, column, source)))
            elif place in self.wires.outputs or self.wires.is_logic_output(tile, wire):
                found.append((*place, "output"))
        if len(found) > 1:
            raise DecodeError(f"{_text(name)} is driven from both ends")
        return found[0] if found else None


def read(chip, bitmap, kind: Callable[..., "GowinRouting"] = GowinRouting):
    """`GowinRouting` of a file.

    Parameters
    ----------
    chip : database.GowinDatabase
    bitmap : bitmap.Bitmap
    kind : callable
        ``kind(chip, chosen, isolated)``: `GowinRouting`, or one made of it.

    Raises
    ------
    DecodeError
        Fuses of a multiplexer that are set belong to none of its sources.
    """
    chosen, isolated = {}, set()
    for row in range(chip.rows):
        for column in range(chip.columns):
            known = _multiplexers(chip, chip.type(row, column))
            found = {}
            for fuse in bitmap.fuses(row, column):
                destination = known.of_fuse.get(fuse)
                if destination is not None:
                    found.setdefault(destination, set()).add(fuse)
            for destination, fuses in found.items():
                if isinstance(destination, tuple):
                    end = destination[1]
                    if fuses != known.isolators[end]:
                        raise DecodeError(f"X{column}Y{row}/{end}: the end of a long wire is "
                                          f"half cut off by the fuses {sorted(fuses)}")
                    isolated.add((row, column, end))
                    bitmap.use(row, column, fuses, "routing", f"X{column}Y{row}/{end}", "isolated")
                    continue
                sources = known.patterns[destination].get(frozenset(fuses), ())
                source = _the_one(chip, row, column, sources)
                if source is None:
                    raise DecodeError(f"X{column}Y{row}/{destination}: no wire is chosen by the "
                                      f"fuses {sorted(fuses)}")
                chosen[row, column, destination] = source
    return kind(chip, chosen, isolated)


def use(routing, bitmap):
    """Account for all multiplexers that `GowinRouting.driver` came across.

    Raises
    ------
    DecodeError
        One that is set drives nothing in use.
    """
    for name in routing.seen:
        row, column, wire = name
        known, place = _multiplexers(routing.chip, routing.chip.type(row, column)), _text(name)
        category = "clock" if wire in routing.chip.tile(row, column).clock_pips else "routing"
        bitmap.use(row, column, known.fuses[wire], category, place, str(routing.source(name)))
        if wire in known.isolators:
            bitmap.use(row, column, known.isolators[wire], category, place, "isolated")
    idle = routing.set_names - routing.seen
    if idle:
        raise DecodeError(f"{len(idle)} wires are driven although nothing listens to them, such as "
                          f"{_text(min(idle))}")


def _the_one(chip, row, column, sources):
    """Of sources with the same fuses the one that is there: spines differ from tile to tile."""
    if len(sources) == 1:
        return sources[0]
    there = [source for source in sources if (row, column, source) in _wires(chip).names]
    return there[0] if len(there) == 1 else None


def _text(name):
    return f"X{name[1]}Y{name[0]}/{name[2]}"


@lru_cache
def _multiplexers(chip, number):
    """`Multiplexers` of the type of tile with this number."""
    tile = chip.db.tiles[number]
    return Multiplexers(tile, chip.local_clocks(tile))


@lru_cache
def _wires(chip):
    return Wires(chip)
