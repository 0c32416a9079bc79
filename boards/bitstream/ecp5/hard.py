"""Block RAMs, multipliers, PLLs, clock buffers and pads of a file."""

from ..circuit import Cell, DecodeError, Source
from .blocks import (
    CLOCK_BUFFER,
    CLOCK_PIN,
    CLOCK_PIN_INPUTS,
    MULTIPLIER,
    MULTIPLIER_INPUTS,
    PAD,
    PLL,
    PLL_INPUTS,
    RAM,
    bank_tile,
    located,
    ram_inputs,
    tiles_of,
)
from .cells import multiplier
from .database import tile_type
from .fields import Fields
from .pads import pad_bits, pad_direction, pad_settings

__all__ = ["RAM_BITS", "Hard", "setting_names"]

RAM_BITS = 18432
CATEGORIES = {RAM: "memory", MULTIPLIER: "multiplier", PLL: "pll", CLOCK_BUFFER: "clock",
              PAD: "pad", CLOCK_PIN: "pad"}
# What undriven inputs of blocks read as: nextpnr connects every input that matters
# (ecp5/bitstream.cc, tie_cib_signal); the others are 0 here, enables 1.
UNDRIVEN = {"CE0": 1, "CE1": 1, "CE2": 1, "CE3": 1}


def setting_names(tiles, prefix):
    """(Settings, words) of a block, without the prefix of their names in the database."""
    settings, words = {}, {}
    for tile in tiles:
        kind = tile_type(tile.type)
        for found, names in ((settings, kind.settings), (words, kind.words)):
            found |= {name.removeprefix(prefix): None for name in names if name.startswith(prefix)}
    return list(settings), list(words)


class Hard:
    """Reads the blocks that are not logic.

    Parameters
    ----------
    decoder : Decoder
        Follows wires.
    contents : dict
        Number of a block RAM -> words.
    pads : dict
        Place -> Pad.

    Attributes
    ----------
    memories : dict
        Number of a block RAM -> place, of those in use.
    pins : dict
        Place -> package pin.
    """

    def __init__(self, decoder, contents, pads):
        self._decoder, self._configuration = decoder, decoder.configuration
        self._contents, self._pads = contents, pads
        self.memories = {}
        self.pins = {place: pad.pin for place, pad in pads.items()}
        self._used = {}

    def _fields(self, place, kind):
        tiles = tiles_of(self._decoder.chip, place)
        return Fields(tiles, self._configuration, CATEGORIES[kind], place)

    def used(self, place, kind):
        """Whether a block is in use by its own bits; clock buffers have none."""
        if place not in self._used:
            self._used[place] = self._is_used(place, kind)
        return self._used[place]

    def _is_used(self, place, kind):
        if kind is CLOCK_BUFFER:
            return False
        fields = self._fields(place, kind)
        if kind is PAD:
            return self._is_pad(place)
        name = {PLL: "MODE", CLOCK_PIN: "CCLK.MODE"}.get(kind, f"{located(place)[2]}.MODE")
        if fields.empty(name):
            return False
        return fields.setting(name, use=False) != "NONE"

    def cell(self, place, kind):
        """The cell at a place."""
        build = {RAM: self._ram, MULTIPLIER: self._multiplier, PLL: self._pll,
                 CLOCK_BUFFER: self._buffer, PAD: self._pad, CLOCK_PIN: self._clock_pin}[kind]
        return build(place, self._fields(place, kind))

    def _inputs(self, place, pins, suffix, prefix="J"):
        x, y, _ = located(place)
        found = {}
        for pin in pins:
            source = self._decoder.source((x, y, f"{prefix}{pin}{suffix}"))
            found[pin] = UNDRIVEN.get(pin, 0) if source is None else source
        return found

    def _ram(self, place, fields):
        name = located(place)[2]
        tiles = tiles_of(self._decoder.chip, place)
        mode = fields.setting(f"{name}.MODE")
        other = "DP16KD." if mode == "PDPW16KD" else "PDPW16KD."
        settings = {}
        for setting in setting_names(tiles, f"{name}.")[0]:
            wide = mode == "PDPW16KD" and setting in ("WEAMUX", "WEBMUX")
            if setting != "MODE" and not setting.startswith(other) and not wide:
                settings[setting.removeprefix(f"{mode}.")] = fields.setting(f"{name}.{setting}")
        # The file has them from the highest bit to the lowest (nextpnr, write_bram).
        settings["WID"] = _reversed(fields.word(f"{name}.WID"), 9)
        for port in "AB":
            settings[f"CSDECODE_{port}"] = _reversed(fields.word(f"{name}.CSDECODE_{port}"), 3)
        number = settings["WID"]
        if number not in self._contents:
            raise DecodeError(f"{place}: its contents, number {number}, are not in the file")
        if number in self.memories:
            raise DecodeError(f"{place} and {self.memories[number]} have the same contents, "
                              f"number {number}")
        self.memories[number] = place
        settings["CONTENTS"] = sum(int(word) << 9 * index
                                   for index, word in enumerate(self._contents[number]) if word)
        inputs = self._inputs(place, ram_inputs(mode == "PDPW16KD"), "_EBR")
        return Cell(mode, settings, inputs)

    def _multiplier(self, place, fields):
        name = located(place)[2]
        tiles = tiles_of(self._decoder.chip, place)
        settings = {setting: fields.setting(f"{name}.{setting}")
                    for setting in setting_names(tiles, f"{name}.")[0] if setting != "MODE"}
        fields.setting(f"{name}.MODE")
        side = "DSP_LEFT.CIBOUT" if int(name[-1]) < 4 else "DSP_RIGHT.CIBOUT"
        settings["CIBOUT"] = fields.setting(side)
        return multiplier(settings, self._inputs(place, MULTIPLIER_INPUTS, "_MULT18"))

    def _pll(self, place, fields):
        tiles = tiles_of(self._decoder.chip, place)
        names, words = setting_names(tiles, "")
        settings = {name: fields.setting(name) for name in names
                    if not name.startswith("BANK.") and name != "MODE"}
        fields.setting("MODE")
        settings |= {word: fields.word(word) for word in words}
        for name in [name for name in words if name.endswith("_DIV")]:
            settings[name] += 1
        inputs = self._inputs(place, PLL_INPUTS[2:], "_PLL")
        inputs |= self._inputs(place, PLL_INPUTS[:2], "_PLL", "")
        return Cell("EHXPLLL", settings, inputs)

    def _buffer(self, place, fields):
        name = located(place)[2]
        mode = fields.setting(f"DCC_{name[0]}{name[4:]}.MODE")
        clock = self._decoder.source((-1, -1, f"G_CLKI_{name}"))
        if clock is None:
            raise DecodeError(f"{place}: the clock buffer is in use, but has no clock")
        enable = 1
        if mode != "NONE":
            enable = self._decoder.source((-1, -1, f"G_JCE_{name}"))
            if enable is None:
                raise DecodeError(f"{place}: nothing drives CE")
        return Cell("DCCA", {"MODE": mode}, {"CLKI": clock, "CE": enable})

    def _clock_pin(self, place, fields):
        return Cell("USRMCLK", {"MODE": fields.setting("CCLK.MODE")},
                    self._inputs(place, CLOCK_PIN_INPUTS, "_CCLK"))

    def _is_pad(self, place):
        """Whether a pad is in use; one that is not must say so."""
        if pad_direction(*self._pad_ones(place)):
            return True
        unused = Fields(tiles_of(self._decoder.chip, place), self._configuration, None, place)
        values = unused.setting(f"{located(place)[2]}.BASE_TYPE").split("|")
        if "NONE" not in values:
            raise DecodeError(f"{place}: the pad is not in use, but has the bits of {values[0]}")
        return False

    def _pad_ones(self, place):
        """(Tiles, name, bits that are 1) of a pad."""
        tiles = tuple(tiles_of(self._decoder.chip, place))
        name = located(place)[2]
        return tiles, name, pad_bits(tiles, name) & self._configuration.ones_of(tiles)

    def _pad(self, place, fields):
        if place not in self._pads:
            raise DecodeError(f"{place}: the pad is in use, but has no pin in this package")
        x, y, name = located(place)
        tiles, _, ones = self._pad_ones(place)
        every = pad_bits(tiles, name)
        for index, tile in enumerate(tiles):
            self._configuration.explain(tile, {bit for number, bit in ones if number == index})
            self._configuration.use(tile, {bit for number, bit in every if number == index}, "pad",
                                    place, "BITS")
        settings = pad_settings(tiles, name, ones)
        bank = Fields([bank_tile(self._decoder.chip, self._pads[place].bank)],
                      self._configuration, "pad", place)
        for setting in ("VCCIO", "DIFF_REF", "LVDSO", "VREF"):
            if bank.has(f"BANK.{setting}"):
                settings[f"BANK_{setting}"] = bank.setting(f"BANK.{setting}")
        inputs: dict[str, Source] = {"I": 0, "T": 1}
        if settings["DIRECTION"] != "INPUT":
            for pin, wire in (("I", "PADDO"), ("T", "PADDT")):
                inputs[pin] = self._decoder.source((x, y, f"{wire}{name[-1]}_PIO"))
                if inputs[pin] is None:
                    raise DecodeError(f"{place}: nothing drives {pin}")
        return Cell("TRELLIS_IO", settings, inputs)


def _reversed(value, width):
    return int(f"{value:0{width}b}"[::-1], 2)
