"""Blocks of a chip that the design instantiates must come out of the tools as they went in.

A synthesis pass may take a block that was instantiated for one that it made itself, and change its
registers or its clock: `synth_ice40 -dsp` does so to every SB_MAC16. So each netlist that a tool
writes is held to the design before synthesis, block by block.
"""

import re

__all__ = ["lost", "top_of"]

# Instantiated -> after nextpnr's packing, where that has another name for it.
PACKED = {"SB_MAC16": "ICESTORM_DSP", "SB_SPRAM256KA": "ICESTORM_SPRAM",
          "SB_PLL40_PAD": "ICESTORM_PLL", "SB_PLL40_CORE": "ICESTORM_PLL"}
# Instantiated -> what nextpnr makes several of it of: their type, what it appends to the block's
# name, and pins that have other names.
SPLIT = {"MULT27X36": ("MULTALU27X18", ("_aux$1", "_aux$2"), {"CLK": "CLK0"})}
# Instantiated -> pins that have other names after packing.
RENAMED = {"USRMCLK": {"USRMCLKI": "PADDO", "USRMCLKTS": "PADDT"}}
# What nextpnr-ice40 appends to a block's name.
SUFFIXES = ("", "_DSP", "_RAM", "_PLL")
# Buffers of pins: on ECP5 they become a part of the pin's cell, whose settings the constraints say.
BUFFERS = ("IB", "OB", "OBZ", "BB", "IBUF", "OBUF", "TBUF", "IOBUF", "SB_IO", "SB_GB_IO")
# Values that nextpnr writes in another form.
WRITTEN = {("FEEDBACK_PATH", "SIMPLE"): 1}
_CLOCK = re.compile(r"CLK(?!O)|CLOCK")  # CLKOP and CLKOUT are a PLL's outputs
_BITS = re.compile(r"[01xz]+ *")


def top_of(netlist):
    """The top module of a netlist of Yosys or nextpnr, a dict."""
    return next(module for module in netlist["modules"].values()
                if int(module["attributes"].get("top", "0"), 2))


def lost(given, netlist, *, packed):
    """Losses of instantiated blocks on their way into a netlist.

    Each block must be there under its name, with every parameter that it was given; its clocks,
    where they were nets, must be nets, and one net where it was one net for all blocks. After
    synthesis every pin that was given a constant must have it still.

    Parameters
    ----------
    given, netlist : dict
        The flat design before synthesis (``NAME.given.json``), and what a tool wrote.
    packed : bool
        `netlist` is what nextpnr wrote, which has ways of its own to say constants.

    Returns
    -------
    list of str
        Each names the block and what it lost; empty if nothing is lost.
    """
    cells, found, clocks = top_of(netlist)["cells"], [], {}
    constants = _constants(cells)
    for name, block in sorted(top_of(given)["cells"].items()):
        if block["type"] in BUFFERS:
            continue
        what = f"{block['type']} {name}"
        renamed = RENAMED.get(block["type"], {}) if packed else {}
        if packed and block["type"] in SPLIT:
            kind, suffixes, renamed = SPLIT[block["type"]]
            parts = [cells.get(name + suffix) for suffix in suffixes]
        else:
            kind = PACKED.get(block["type"], block["type"]) if packed else block["type"]
            parts = [next((cells[name + suffix] for suffix in SUFFIXES if name + suffix in cells),
                          None)]
        for cell in parts:
            if cell is None:
                found.append(f"{what} is gone")
            elif cell["type"] != kind:
                found.append(f"{what} has become {cell['type']}")
            else:
                found += [f"{what} has lost {text}"
                          for text in [*_parameters(block, cell),
                                       *_clocks(block, cell, clocks, constants, renamed),
                                       *([] if packed else _levels(block, cell, constants))]]
    return found


def _constants(cells):
    """Net -> constant, of what cells drive that have nothing else to do (Gowin's GND and VCC)."""
    levels = {"GND": ("G", "0"), "VCC": ("V", "1")}
    return {cell["connections"][levels[cell["type"]][0]][0]: levels[cell["type"]][1]
            for cell in cells.values() if cell["type"] in levels}


def _parameters(block, cell):
    for key, wanted in block["parameters"].items():
        wanted, has = _value(key, wanted), _value(key, cell["parameters"].get(key))
        if has != wanted:
            yield f"{key} = {wanted}: it is now {has}"


def _value(key, text):
    """A parameter as Yosys and nextpnr write it: a number where it is one, else itself."""
    if text is None or isinstance(text, int):
        return text
    if _BITS.fullmatch(text):
        return text if set(text) & set("xz") else int(text, 2)
    return WRITTEN.get((key, text), text)


def _clocks(block, cell, clocks, constants, renamed):
    """Of the clocks; `clocks` collects net before synthesis -> net after it."""
    for pin, (bit, *_) in block["connections"].items():
        if not _CLOCK.search(pin) or not isinstance(bit, int):
            continue
        (has, *_) = cell["connections"].get(renamed.get(pin, pin)) or ["open"]
        has = constants.get(has, has)
        if not isinstance(has, int):
            yield f"its clock {pin}: it is now {has}"
        # A PLL's own clocks may take other ways than the global net.
        elif "PLL" not in block["type"] and clocks.setdefault(bit, has) != has:
            yield f"its clock {pin}: it is no longer that of other blocks"


def _levels(block, cell, constants):
    """Of the pins that were given a constant."""
    for pin, bits in block["connections"].items():
        has = [constants.get(bit, bit) for bit in cell["connections"].get(pin, [])]
        for place, bit in enumerate(bits):
            if bit in ("0", "1") and (place >= len(has) or has[place] != bit):
                yield f"{pin}[{place}] = {bit}"
