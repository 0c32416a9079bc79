"""The blocks of an iCE40UP5K beside the logic cells, from the bits that configure them.

Each function takes the decoder, which has the database, the bits and the routing, and one block of
the database; it returns the block's settings, and explains their bits.
"""

from ..circuit import BitUse, DecodeError
from .blocks import MAC16_SETTINGS, PLL_SETTINGS, PULL_UPS
from .image import CONTENTS

__all__ = ["BUILT", "configured", "pll_outputs", "pll_settings", "words"]

DUAL = (0b100, 0b110, 0b111)  # values of PLLTYPE with two outputs: SB_PLL40_2_PAD, 2F_PAD, 2F_CORE
TOP_ROW = 21  # first row of tiles of the two banks at the top
SPRAM_ENABLE = {"SPRAM_EN": 1}


def configured(decoder, bel):
    """Whether any bit says that a block is in use."""
    bits, x, y = decoder.bits, bel.x, bel.y
    if bel.type == "ICESTORM_LC":
        places = [(x, y, f"LC_{bel.z}", i) for i in range(20)]
    elif bel.type == "ICESTORM_RAM":
        places = [(x, y, "RamConfig.PowerUp")]
    elif bel.type in ("ICESTORM_SPRAM", "ICESTORM_DSP"):
        places = [(px, py, f"IpConfig.{setting}") for px, py, setting
                  in decoder.chip.parameters[bel.name].values()]
    elif bel.type == "ICESTORM_PLL":
        places = [(px, py, f"PLL.{setting}") for name, (px, py, setting)
                  in decoder.chip.parameters[bel.name].items() if name.startswith("PLLTYPE")]
    elif bel.type == "SB_GB":
        if decoder.routing.driver(bel.inputs["USER_SIGNAL_TO_GLOBAL_BUFFER"]) is not None:
            return True
        return bits.level[_pad_in(decoder, bel)[0]] == 1
    else:
        own = 2 if bel.name in decoder.pll_pads else 0
        places = [*_pad_types(bel)[own:], *_pad_controls(decoder, bel)]
    return any(bits.level[bits.number(*place)] for place in places)


def words(decoder, bel):
    """Contents of a block RAM, bit 0 of word 0 first, and the keys of these bits.

    16 columns of a bank belong to one, bit 15 first, and each row is a word (icepack,
    "BramIndexConverter").
    """
    right, top = bel.x > decoder.chip.width // 2, bel.y >= TOP_ROW
    bank = top + 2 * right
    start = 8 * (bel.y - (TOP_ROW if top else 1))  # 16 for every two rows of tiles
    columns = range(start + 15, start - 1, -1)
    bits = decoder.image.banks[CONTENTS][bank][:, start:start + 16][:, ::-1].ravel()
    return bits, [(CONTENTS, bank, row, column) for row in range(256) for column in columns]


def pll_outputs(decoder, pll):
    """Output of the PLL in use -> input/output cell whose way into the chip it takes."""
    kind = _parameters(decoder, pll, "pll", "PLL.", PLL_SETTINGS)["PLLTYPE"]
    found = {}
    for port in ("PLLOUT_A", "PLLOUT_B") if kind in DUAL else ("PLLOUT_A",):
        (found[port],) = (bel.name for bel in decoder.chip.bels if bel.type == "SB_IO"
                          and bel.outputs["D_IN_0"] == pll.outputs[port])
    return found


def pll_settings(decoder, bel):
    """Dividers and so on, and how the outputs pass through the pads whose way they take."""
    settings = _parameters(decoder, bel, "pll", "PLL.", PLL_SETTINGS)
    for port in ("PLLOUT_A", "PLLOUT_B"):
        settings[f"{port}_PATH"] = 0
    for pad, port in decoder.pll_pads.items():
        for bit, place in enumerate(_pad_types(decoder.bels[pad])[:2]):
            level = decoder.bits.take(*place, BitUse("pll", bel.name, f"{port}_PATH[{bit}]"))
            settings[f"{port}_PATH"] |= level << bit
    return settings


def _block_ram(decoder, bel):
    x, y = bel.x, bel.y

    def take(row, setting, name):
        return decoder.bits.take(x, row, setting, BitUse("memory", bel.name, name))

    take(y, "RamConfig.PowerUp", "PowerUp")
    modes = [take(y + 1, f"RamConfig.CBIT_{i}", name) for i, name in enumerate(
        ("WRITE_MODE[0]", "WRITE_MODE[1]", "READ_MODE[0]", "READ_MODE[1]"))]
    bits, _ = words(decoder, bel)
    return {
        "WRITE_MODE": modes[0] | modes[1] << 1, "READ_MODE": modes[2] | modes[3] << 1,
        "NEG_CLK_R": take(y, "NegClk", "NEG_CLK_R"),
        "NEG_CLK_W": take(y + 1, "NegClk", "NEG_CLK_W"),
        "INIT": int("".join(map(str, bits[::-1])), 2)}


def _large_ram(decoder, bel):
    _parameters(decoder, bel, "memory", "IpConfig.", SPRAM_ENABLE)
    return {}


def _multiplier(decoder, bel):
    return _parameters(decoder, bel, "multiplier", "IpConfig.", MAC16_SETTINGS)


def _pad(decoder, bel):
    bits, name = decoder.bits, bel.name
    own = 2 if name in decoder.pll_pads else 0  # the others are the PLL's
    types = [bits.take(*place, BitUse("pad", name, f"PIN_TYPE[{bit}]"))
             for bit, place in enumerate(_pad_types(bel)) if bit >= own]
    controls = _pad_controls(decoder, bel)
    if not controls:
        raise DecodeError(f"{name} is in use, but has no pin")
    names = ("INPUT_ENABLE", "PULLUP", *(f"PULLUP[{bit}]" for bit in range(4)))
    enable, no_pull, *resistor = (bits.take(*place, BitUse("pad", name, what))
                                  for place, what in zip(controls, names, strict=True))
    value = sum(level << bit for bit, level in enumerate(resistor))
    pull = PULL_UPS.get(value)
    if pull is None or (pull == "none") != bool(no_pull):
        raise DecodeError(f"{name} has the pull-up settings {no_pull} and {value:04b}, which are "
                          "not known")
    falling = 0
    if any(decoder.routing.driver(bel.inputs[pin]) is not None
           for pin in ("INPUT_CLK", "OUTPUT_CLK")):
        both = {bits.take(bel.x, bel.y, "NegClk", BitUse("pad", name, "NEG_TRIGGER"), bit)
                for bit in range(2)}
        if len(both) != 1:
            raise DecodeError(f"{name} has two clock edges")
        (falling,) = both
    return {"PIN_TYPE": sum(level << bit for bit, level in enumerate(types, own)),
            "INPUT_ENABLE": enable, "PULLUP": pull, "NEG_TRIGGER": falling}


def _global_buffer(decoder, bel):
    number, network = _pad_in(decoder, bel)
    use = BitUse("clock", bel.name, f"padin_glb_netwk.{network}")
    level = decoder.bits.take_number(number, use)
    return {"FOR_PAD_IN": level}


def _parameters(decoder, bel, category, prefix, widths):
    """Values of a block's settings, whose bits are in tiles about it."""
    places, found = decoder.chip.parameters[bel.name], {}
    for name, width in widths.items():
        found[name] = 0
        for bit in range(width):
            x, y, setting = places[name if width == 1 else f"{name}_{bit}"]
            found[name] |= decoder.bits.take(x, y, prefix + setting,
                                             BitUse(category, bel.name, f"{name}[{bit}]")) << bit
    return found


def _pad_types(bel):
    """Places of the six bits of an input/output cell's type."""
    return [(bel.x, bel.y, f"IOB_{bel.z}.PINTYPE_{bit}") for bit in range(6)]


def _pad_controls(decoder, bel):
    """Places of the bits for input enable, no pull-up, and which resistor; 3.3 kOhm first."""
    place = decoder.chip.pull.get((bel.x, bel.y, bel.z))
    if place is None:
        return []
    x, y, z = place
    first = 32 if z else 36
    return [(x, y, f"IoCtrl.{name}") for name in (
        f"IE_{z}", f"REN_{z}", *(f"cf_bit_{first + bit}" for bit in range(4)))]


def _pad_in(decoder, bel):
    """(Number of the bit that lets a pad drive a buffer's network, number of the network)."""
    for network, (place, _, bit) in enumerate(decoder.chip.networks):
        if place == (bel.x, bel.y):
            bank, row, column = bit
            return decoder.bits.outside(bank, row, column), network
    raise DecodeError(f"{bel.name} must drive a global network, but has none")


# Type of a block -> settings from its bits.
BUILT = {"ICESTORM_RAM": _block_ram, "ICESTORM_SPRAM": _large_ram, "ICESTORM_DSP": _multiplier,
         "ICESTORM_PLL": pll_settings, "SB_IO": _pad, "SB_GB": _global_buffer}
