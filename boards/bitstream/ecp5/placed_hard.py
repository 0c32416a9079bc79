"""Block RAMs, multipliers, PLLs, clock buffers and pads of a placed netlist."""

from ..circuit import Cell, DecodeError, Source
from .blocks import (
    CLOCK_PIN_INPUTS,
    MULTIPLIER_INPUTS,
    PLL_INPUTS,
    bank_tile,
    located,
    ram_inputs,
    tiles_of,
)
from .cells import multiplier
from .decode import package
from .fields import Fields
from .hard import UNDRIVEN, setting_names
from .netlist import number, text
from .pads import pad_bits, pad_settings, set_pads

__all__ = ["PlacedHard"]

# Defaults of nextpnr, ecp5/bitstream.cc, where they are not the pin's own name.
RAM_DEFAULTS = {
    "DATA_WIDTH_A": "18", "DATA_WIDTH_B": "18", "WRITEMODE_A": "NORMAL", "WRITEMODE_B": "NORMAL",
    "REGMODE_A": "NOREG", "REGMODE_B": "NOREG", "RESETMODE": "SYNC", "ASYNC_RESET_RELEASE": "SYNC",
    "GSR": "DISABLED",
}
MULTIPLIER_DEFAULTS = {
    **{f"REG_{name}_CLK": "NONE" for name in ("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT")},
    **{f"REG_{name}_CE": "CE0" for name in ("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT")},
    **{f"REG_{name}_RST": "RST0" for name in ("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT")},
    **{f"CLK{number}_DIV": "ENABLED" for number in range(4)},
    "GSR": "ENABLED", "SOURCEB_MODE": "B_SHIFT", "RESETMODE": "SYNC",
}
PLL_DEFAULTS = {
    **{f"{name}_ENABLE": "ENABLED" for name in ("CLKOP", "CLKOS", "CLKOS2", "CLKOS3")},
    "FEEDBK_PATH": "CLKOP", "CLKOP_TRIM_POL": "RISING", "CLKOP_TRIM_DELAY": "0",
    "CLKOS_TRIM_POL": "RISING", "CLKOS_TRIM_DELAY": "0", "STDBY_ENABLE": "DISABLED",
    "REFIN_RESET": "DISABLED", "SYNC_ENABLE": "DISABLED", "INT_LOCK_STICKY": "ENABLED",
    "DPHASE_SOURCE": "DISABLED", "PLLRST_ENA": "DISABLED", "INTFB_WAKE": "DISABLED",
}
PLL_WORD_DEFAULTS = {"CLKI_DIV": 1, "CLKFB_DIV": 1, "CLKOP_DIV": 8, "CLKOS_DIV": 8,
                     "CLKOS2_DIV": 8, "CLKOS3_DIV": 8, "MFG_GMC_TEST": 14}
# Words of a PLL that are parameters; the others are attributes.
PLL_PARAMETERS = ("_DIV", "PHASE", "PLL_LOCK_MODE")
# Supply voltage of a bank with outputs of a standard (FPGA-TN-02032, sysI/O usage guide); other
# standards are refused.
SUPPLIES = {"LVCMOS33": "3V3", "LVTTL33": "3V3", "LVCMOS25": "2V5", "LVCMOS18": "1V8",
            "LVCMOS15": "1V5", "LVCMOS12": "1V2"}
PAD_ATTRIBUTES = ("SLEWRATE", "PULLMODE", "DIFFRESISTOR", "CLAMP", "DRIVE", "OPENDRAIN")
MUXES = ("DATAMUX_ODDR", "DATAMUX_OREG", "DATAMUX_MDDR", "TRIMUX_TSREG")


class PlacedHard:
    """Reads the cells that are not logic.

    Parameters
    ----------
    netlist : Netlist
    chip : Chip
    board : Board

    Attributes
    ----------
    pads : dict
        Package pin -> place.
    """

    def __init__(self, netlist, chip, board):
        self._netlist, self._chip = netlist, chip
        self._pins = chip.pads(package(board))
        self.pads = {}
        self._pad_tiles, self._supplies = {}, {}
        for place, cell in netlist.cells.items():
            if cell["type"] == "TRELLIS_IO":
                self._read_pad(place, cell)

    def cell(self, place, cell):
        """The cell at a place.

        Raises
        ------
        DecodeError
            It is of a kind, or has a setting, that is not understood.
        """
        build = {"DP16KD": self._ram, "MULT18X18D": self._multiplier, "EHXPLLL": self._pll,
                 "DCCA": self._buffer, "TRELLIS_IO": self._pad,
                 "USRMCLK": self._clock_pin}.get(cell["type"])
        if build is None:
            raise DecodeError(f"{place}: cells of kind {cell['type']} are not understood")
        return build(place, cell)

    def _inputs(self, place, pins):
        found = {}
        for pin in pins:
            source = self._netlist.source(place, pin)
            found[pin] = UNDRIVEN.get(pin, 0) if source is None else source
        return found

    def _clock_pin(self, place, cell):
        return Cell("USRMCLK", {"MODE": "USRMCLK"}, self._inputs(place, CLOCK_PIN_INPUTS))

    def _ram(self, place, cell):
        name = located(place)[2]
        tiles = tiles_of(self._chip, place)
        fields = Fields(tiles, place=place)
        wide = number(cell, "DATA_WIDTH_A", 18) == 36
        mode, other = ("PDPW16KD", "DP16KD.") if wide else ("DP16KD", "PDPW16KD.")
        inputs, muxes = {}, {}
        for pin in ram_inputs(wide):
            mux = text(cell, f"{pin}MUX")
            source = self._netlist.source(place, pin)
            if source is None and pin.startswith(("DI", "AD")):
                source, mux = int(mux == "1"), None
            elif source is None:
                # A clock, a reset or an enable that is open is a 1, inverted where it must be 0.
                source = 1
                mux = mux or (pin if pin.startswith(("CE", "OCE")) else "INV")
            inputs[pin], muxes[f"{pin}MUX"] = source, mux or pin
        settings = {}
        for setting in setting_names(tiles, f"{name}.")[0]:
            if setting == "MODE" or setting.startswith(other) or (
                    wide and setting in ("WEAMUX", "WEBMUX")):
                continue
            short = setting.removeprefix(f"{mode}.")
            if short in muxes:
                value = muxes[short]
            elif short.startswith("DATA_WIDTH"):
                port = "B" if short.endswith("R") else short[-1]
                value = str(number(cell, f"DATA_WIDTH_{port}", 18))
            else:
                value = text(cell, short, RAM_DEFAULTS[short])
            settings[short] = fields.alike(f"{name}.{setting}", value)
        settings["WID"] = number(cell, "WID", 0, "attributes")
        for port in "AB":
            # Pins that are inverted have no bit of their own, but an inverted bit here.
            value = int(text(cell, f"CSDECODE_{port}", "0b000")[2:], 2)
            for bit in range(3):
                if muxes[f"CS{port}{bit}MUX"] == "INV":
                    value ^= 1 << bit
            settings[f"CSDECODE_{port}"] = value
        settings["CONTENTS"] = _contents(cell)
        return Cell(mode, settings, inputs)

    def _multiplier(self, place, cell):
        name = located(place)[2]
        tiles = tiles_of(self._chip, place)
        fields = Fields(tiles, place=place)
        for pin in cell["connections"]:
            if pin.startswith(("SRIA", "SRIB")) and self._netlist.source(place, pin) is not None:
                raise DecodeError(f"{place}: chains of shifted operands are not understood")
        settings = {}
        known = setting_names(tiles, f"{name}.")[0]
        if text(cell, "REG_OUTPUT_RST", "RST0") != "RST0" and "REG_OUTPUT_RST" not in known:
            raise DecodeError(f"{place}: REG_OUTPUT_RST must be RST0 here")
        for setting in known:
            if setting == "MODE":
                continue
            if setting.endswith("MUX"):
                value = setting.removesuffix("MUX")
            elif setting == "CIBOUT_BYP":
                value = "ON" if text(cell, "REG_OUTPUT_CLK", "NONE") == "NONE" else "OFF"
            else:
                value = text(cell, setting, MULTIPLIER_DEFAULTS[setting])
            settings[setting] = fields.alike(f"{name}.{setting}", value)
        side = "DSP_LEFT.CIBOUT" if int(name[-1]) < 4 else "DSP_RIGHT.CIBOUT"
        settings["CIBOUT"] = fields.alike(side, "ON")
        inputs = self._inputs(place, MULTIPLIER_INPUTS)
        for pin in MULTIPLIER_INPUTS:
            if self._netlist.source(place, pin) is None and pin[0] in "ABC" and pin[1:].isdigit():
                inputs[pin] = int(text(cell, f"{pin}MUX") == "1")
        return multiplier(settings, inputs)

    def _pll(self, place, cell):
        tiles = tiles_of(self._chip, place)
        fields = Fields(tiles, place=place)
        names, words = setting_names(tiles, "")
        driven = self._netlist.is_driven(place, "CLKOP")
        settings = {}
        for name in names:
            if name.startswith("BANK.") or name == "MODE":
                continue
            if name.startswith("OUTDIVIDER_MUX"):
                default = f"DIV{name[-1]}" if driven else "REFCLK"
            else:
                default = PLL_DEFAULTS[name]
            settings[name] = fields.alike(name, text(cell, name, default))
        for word in words:
            where = "parameters" if word.endswith(PLL_PARAMETERS) else "attributes"
            settings[word] = number(cell, word, PLL_WORD_DEFAULTS.get(word, 0), where)
        return Cell("EHXPLLL", settings, self._inputs(place, PLL_INPUTS))

    def _buffer(self, place, cell):
        enable = self._netlist.source(place, "CE")
        return Cell("DCCA", {"MODE": "NONE" if enable is None else "DCCA"},
                    {"CLKI": self._netlist.source(place, "CLKI"),
                     "CE": 1 if enable is None else enable})

    def _read_pad(self, place, cell):
        """Settings of a pad, for its tiles and its bank."""
        pad = self._pins.get(place)
        if pad is None:
            raise DecodeError(f"{place}: this package has no pin there")
        self.pads[pad.pin] = place
        name = located(place)[2]
        standard = text(cell, "IO_TYPE", "LVCMOS33", "attributes")
        direction = text(cell, "DIR", "INPUT")
        if standard not in SUPPLIES:
            raise DecodeError(f"{place}: pads of standard {standard} are not understood")
        for mux in MUXES:
            if text(cell, mux, "") not in ("", "PADDO", "PADDT"):
                raise DecodeError(f"{place}: a pad with registers is not understood")
        if "TERMINATION" in cell["attributes"]:
            raise DecodeError(f"{place}: a pad with TERMINATION is not understood")
        choices = [(f"{name}.BASE_TYPE", f"{direction}_{standard}")]
        if direction != "OUTPUT":
            choices.append((f"{name}.HYSTERESIS", text(cell, "HYSTERESIS", "ON", "attributes")))
        for attribute in PAD_ATTRIBUTES:
            # Drive strengths are known of 3.3 V alone.
            if attribute in cell["attributes"] and (attribute != "DRIVE" or standard == "LVCMOS33"):
                choices.append((f"{name}.{attribute}",
                                text(cell, attribute, None, "attributes")))
        for tile in tiles_of(self._chip, place):
            self._pad_tiles.setdefault(tile, []).extend(
                choice for choice in choices
                if choice[0].endswith("BASE_TYPE") or tile is tiles_of(self._chip, place)[0])
        if direction != "INPUT":
            known = self._supplies.setdefault(pad.bank, SUPPLIES[standard])
            if known != SUPPLIES[standard]:
                raise DecodeError(f"{place}: pads of bank {pad.bank} need different supply "
                                  "voltages")

    def _pad(self, place, cell):
        tiles = tuple(tiles_of(self._chip, place))
        name = located(place)[2]
        ones = {(index, bit) for index, tile in enumerate(tiles)
                for bit in set_pads(tile, self._pad_tiles[tile])}
        settings = pad_settings(tiles, name, frozenset(ones & pad_bits(tiles, name)))
        tile = bank_tile(self._chip, self._pins[place].bank)
        bank = Fields([tile], place=place)
        supply = self._supplies.get(self._pins[place].bank)
        for setting, value in (("VCCIO", supply), ("DIFF_REF", "OFF"), ("LVDSO", "OFF"),
                               ("VREF", "OFF")):
            if bank.has(f"BANK.{setting}"):
                default = bank.default(f"BANK.{setting}")
                settings[f"BANK_{setting}"] = bank.alike(f"BANK.{setting}", value or default)
        inputs: dict[str, Source] = {"I": 0, "T": 1}
        if settings["DIRECTION"] != "INPUT":
            inputs = {pin: self._netlist.source(place, pin) for pin in ("I", "T")}
            if inputs["T"] is None:
                inputs["T"] = 0
            if inputs["I"] is None:
                raise DecodeError(f"{place}: nothing drives I")
        return Cell("TRELLIS_IO", settings, inputs)


def _contents(cell):
    """INITVAL_00 .. 3F, each 16 words of 18 bits in 20, as one number: word w at bits 18 w."""
    value = 0
    for index in range(64):
        part = cell["parameters"].get(f"INITVAL_{index:02X}", "0")
        bits = int(part[2:], 16) if part.startswith("0x") else int(part, 2)
        for word in range(16):
            value |= (bits >> 20 * word & 0x3FFFF) << 18 * (16 * index + word)
    return value
