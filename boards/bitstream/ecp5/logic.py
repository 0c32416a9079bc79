"""Tables, carry chains, wide multiplexers, distributed memory and registers of a logic tile.

Pins and wires of slices: Project Trellis, libtrellis/src/Bels.cpp (add_logic_comb, add_ff,
add_ramw); bits: tiledata/PLC2/bits.db.
"""

from ..circuit import DecodeError, lookup
from . import cells
from .database import tile_type
from .fields import Fields

__all__ = ["PINS_OF_RAMW", "Logic"]

TYPE = "PLC2"
# What a slice in mode RAMW hands on: output -> input of slice C (nextpnr, ecp5/cells.cc).
PINS_OF_RAMW = {"WADO0": "D0", "WADO1": "B0", "WADO2": "C0", "WADO3": "A0",
                "WDO0": "C1", "WDO1": "A1", "WDO2": "D1", "WDO3": "B1"}


def split(place):
    """(x, y, number of the table or register, suffix) of a place such as X3/Y4/SLICEB.K1."""
    column, row, cell = place.split("/")
    return (int(column[1:]), int(row[1:]), "ABCD".index(cell[5]) * 2 + int(cell.split(".")[1][-1]),
            cell)


class Logic:
    """Reads the cells of logic tiles.

    Parameters
    ----------
    decoder : Decoder
        Follows wires.
    """

    def __init__(self, decoder):
        self._decoder, self._configuration = decoder, decoder.configuration
        self._modes = {}

    def roots(self):
        """Places of tables and registers that have a bit of their own set."""
        kind = tile_type(TYPE)
        own = {}
        for number in range(8):
            half = f"{'ABCD'[number // 2]}", number % 2
            for value in kind.words[f"SLICE{half[0]}.K{half[1]}.INIT"]:
                own.update(dict.fromkeys(value.bits, f"SLICE{half[0]}.K{half[1]}"))
            for name in ("REGSET", "SD", "LSRMODE"):
                for value in kind.settings[f"SLICE{half[0]}.REG{half[1]}.{name}"]:
                    own.update(dict.fromkeys(value.bits, f"SLICE{half[0]}.FF{half[1]}"))
        for tile, ones in self._configuration.ones.items():
            if tile.type != TYPE:
                continue
            names = {own[bit] for bit in ones if bit in own}
            for slice_ in "ABCD":
                mode = self.mode(tile.x, tile.y, slice_)
                if mode in ("CCU2", "DPRAM"):
                    names |= {f"SLICE{slice_}.K0", f"SLICE{slice_}.K1"}
                elif mode == "RAMW":
                    names -= {f"SLICE{slice_}.K0", f"SLICE{slice_}.K1"}
                    self._empty_tables(tile)
            yield from (f"X{tile.x}/Y{tile.y}/{name}" for name in sorted(names))

    def mode(self, x, y, slice_):
        """LOGIC, CCU2, DPRAM or RAMW."""
        if (x, y, slice_) not in self._modes:
            fields = self._fields(x, y, None, None)
            self._modes[x, y, slice_] = fields.setting(f"SLICE{slice_}.MODE", use=False)
        return self._modes[x, y, slice_]

    def _fields(self, x, y, category, place):
        return Fields((self._configuration.chip.tile(x, y, TYPE),), self._configuration, category,
                      place)

    def _empty_tables(self, tile):
        """The tables of a slice in mode RAMW are 0, and the mode is read."""
        fields = self._fields(tile.x, tile.y, "table", f"X{tile.x}/Y{tile.y}/SLICEC.RAMW")
        fields.setting("SLICEC.MODE")
        for half in "01":
            if fields.word(f"SLICEC.K{half}.INIT"):
                raise DecodeError(f"{tile.name}: slice C writes distributed memory, but its tables "
                                  "are not 0")

    def cell(self, place):
        """The cell at a place that ends in K0, K1, FF0, FF1, K0.OFX or K1.OFX."""
        if place.endswith(".OFX"):
            return self._multiplexer(place)
        if ".FF" in place:
            return self._register(place)
        x, y, number, _ = split(place)
        slice_, half = "ABCD"[number // 2], number % 2
        mode = self.mode(x, y, slice_)
        category = {"CCU2": "carry", "LOGIC": "table"}.get(mode, "contents")
        fields = self._fields(x, y, "table" if mode == "LOGIC" else category, place)
        fields.setting(f"SLICE{slice_}.MODE")
        bits = self._fields(x, y, "contents" if mode == "DPRAM" else "table", place).word(
            f"SLICE{slice_}.K{half}.INIT")
        pins = {pin: self._source(x, y, f"{pin}{number}_SLICE") for pin in "ABCD"}
        if mode == "DPRAM":
            return self._dpram(fields, x, y, number, bits, pins)
        if mode == "LOGIC":
            return cells.table(bits, self._levels(place, bits, pins))
        if mode != "CCU2":
            raise DecodeError(f"{place}: a table in mode {mode} is read, which is not understood")
        inject = fields.setting(f"SLICE{slice_}.CCU2.INJECT1_{half}")
        before = cells.predecessor(place)
        carry_in = 0
        if self._is_carry(before):
            carry_in = before, "FCO"
            self._decoder.need(before)
        return cells.carry(bits, self._levels(place, bits, pins), carry_in, inject)

    def _is_carry(self, place):
        x, y, number, _ = split(place)
        return (x, y, TYPE) in self._configuration.chip.types and (
            self.mode(x, y, "ABCD"[number // 2]) == "CCU2")

    def _levels(self, place, bits, pins):
        """Sources of A .. D; a pin that nothing drives must not matter."""
        sources = list(pins.values())
        for number, (pin, source) in enumerate(pins.items()):
            if source is None:
                others = [place if other is None else other for other in sources]
                with_0, with_1 = ([*others[:number], level, *others[number + 1:]]
                                  for level in (0, 1))
                if lookup(bits, _named(with_0)) != lookup(bits, _named(with_1)):
                    raise DecodeError(f"{place}: nothing drives input {pin}")
                sources[number] = 1
        return sources

    def _dpram(self, fields, x, y, number, bits, pins):
        slice_, half = "ABCD"[number // 2], number % 2
        place = f"X{x}/Y{y}/SLICE{slice_}.K{half}"
        for pin, source in pins.items():
            if source is None:
                raise DecodeError(f"{place}: nothing drives input {pin}")
        wires = {f"WAD{bit}": f"WAD{bit}{slice_}_SLICE" for bit in range(4)}
        wires |= {"WD": f"WD{half}{slice_}_SLICE", "WRE": f"WRE{number // 2}_SLICE",
                  "WCK": f"WCK{number // 2}_SLICE"}
        for pin, wire in wires.items():
            source = self._source(x, y, wire)
            pins[pin] = 0 if source is None else source
        inverted = {"WREMUX": fields.setting("LSR1.LSRMUX"),
                    "WCKMUX": fields.setting("CLK1.CLKMUX")}
        settings = {name: "INV" if value == "INV" else name[:3] for name, value in inverted.items()}
        return cells.dpram(bits, pins, settings)

    def _multiplexer(self, place):
        x, y, number, _ = split(place.removesuffix(".OFX"))
        slice_ = "ABCD"[number // 2]
        select = self._source(x, y, f"M{number}_SLICE")
        if number % 2:
            low, high = (self._source(x, y, f"{wire}{slice_}_SLICE") for wire in ("FXA", "FXB"))
        else:
            low, high = (self._source(x, y, f"F{number + half}_SLICE") for half in (0, 1))
        if None in (low, high, select):
            raise DecodeError(f"{place}: nothing drives an input of the multiplexer")
        return cells.wide_multiplexer(low, high, select)

    def _register(self, place):
        x, y, number, _ = split(place)
        slice_, half = "ABCD"[number // 2], number % 2
        fields = self._fields(x, y, "register", place)
        settings = {name: fields.setting(f"SLICE{slice_}.REG{half}.{name}")
                    for name in ("REGSET", "SD", "LSRMODE")}
        settings["GSR"] = fields.setting(f"SLICE{slice_}.GSR")
        inverted = fields.setting(f"SLICE{slice_}.CEMUX")
        settings["CEMUX"] = "INV" if inverted in ("INV", "0") else "CE"
        data = self._source(x, y, f"{'DI' if settings['SD'] == '1' else 'M'}{number}_SLICE")
        pins = {pin: self._source(x, y, f"{pin}{number // 2}_SLICE") for pin in cells.INVERTIBLE}
        for pin, source in {"D": data, "CLK": pins["CLK"], "CE": pins["CE"]}.items():
            if source is None:
                raise DecodeError(f"{place}: nothing drives {pin}")
        # Which of the tile's two clocks and resets the slice takes.
        clock = self._choice(x, y, f"MUXCLK{number // 2}")
        settings["CLKMUX"] = fields.setting(f"{clock}.CLKMUX")
        reset = self._choice(x, y, f"MUXLSR{number // 2}")
        settings |= {"LSRMUX": "LSR", "SRMODE": "LSR_OVER_CE"}
        if reset:
            settings["LSRMUX"] = fields.setting(f"{reset}.LSRMUX")
            settings["SRMODE"] = fields.setting(f"{reset}.SRMODE")
        return cells.register(settings, data, pins)

    def _choice(self, x, y, wire):
        drivers = self._configuration.drivers((x, y, wire))
        return drivers[0][2] if drivers else None

    def _source(self, x, y, wire):
        return self._decoder.source((x, y, wire))


def _named(sources):
    """Sources with text in place of what is not a source, so that they can be sorted."""
    return [source if isinstance(source, int | tuple) else (source, "") for source in sources]
