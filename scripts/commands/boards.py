# amaranth: UnusedElaboratable=no
"""``cortigate boards``"""

import shlex
from typing import Annotated

import typer
from rich.table import Column, Table

from cortigate.boards import fit
from cortigate.boards.board import BOARDS, board
from cortigate.boards.extras import command_name
from cortigate.boards.learn.training import rule_name
from cortigate.boards.pins import pins_of
from cortigate.boards.programmer import TARGETS, command
from cortigate.boards.usb.identity import PRODUCT_ID, VENDOR_ID
from cortigate.golden.spec import PRESETS, RULES, resized
from cortigate.golden.spec.link import FEWEST_CYCLES, SLOWEST_BAUD
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import documented
from cortigate.scripts.speaking import emit

__all__ = ["boards"]


@documented(inputs="integer: of the largest networks", boards=[{
    "board": "string: its name", "title": "string: the board in words", "chip": "string: its name",
    "luts": "integer: that the chip has", "dsps": "integer", "block_rams": "integer",
    "large_rams": "integer: SPRAM",
    "clock_hz": "number: usual clock",
    "baud": "integer or null: fixed rate of the serial line; null: any",
    "usb": "boolean: the host is reached by the chip's own USB, which has no rate",
    "hidden": "integer or null: most hidden units of inputs-h-10, by estimate; null: none fits",
    "lanes": "integer or null: of that network",
    "most_lanes": "integer or null: with which it fits",
    "reason": "string or null: why none fits",
    "presets": "list of string: names of the presets that fit, by estimate",
}])
def boards(
    name: Annotated[str | None, typer.Argument(
        metavar="BOARD", help="Show only this board: clock, pins, programmer, notes. Or a Python "
                              "file that defines BOARD, which is executed.")] = None,
    rule: Annotated[str | None, typer.Option(
        help=f"Rule of the largest network: {', '.join(RULES)}. Default: the board's."
    )] = None,
    inputs: Annotated[int, typer.Option(
        min=1, max=1024, help="Inputs of the largest network.")] = 64,
):
    """List the boards that `cortigate build` knows, and what fits on them.

    Example: cortigate boards icebreaker
    """
    rule = rule and rule_name(rule)
    entries = [board(one) for one in (BOARDS if name is None else [name])]
    facts = [facts_of(entry, rule, inputs) for entry in entries]
    if emit({"inputs": inputs, "boards": facts}):
        return
    console = new_console()
    if name is not None:
        for line in described(entries[0], facts[0], inputs):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        return
    console.print(listed(facts))
    say(f"What fits is an estimate, up to {100 * fit.LUT_ERROR:.0f} % off: the tools have the last "
        f"word. h: the most hidden units of {inputs}-h-10, with that many lanes. All about one "
        f"board: {command_name()} boards BOARD.")


def facts_of(entry, rule, inputs):
    """Facts about a board, as its entry in the document."""
    chip = entry.chip
    return {"board": entry.name, "title": entry.title, "chip": chip.name, "luts": chip.luts,
            "dsps": chip.dsps, "block_rams": chip.block_rams, "large_rams": chip.large_rams,
            "clock_hz": entry.clock_hz, "baud": entry.baud, "usb": entry.usb is not None,
            **largest(entry, rule, inputs),
            "presets": fitting(entry)}


def listed(facts):
    """Table of boards, one line for each in 80 columns."""
    table = Table(*(Column(name, no_wrap=True)
                    for name in ("board", "chip", "MHz", "h", "lanes", "presets")))
    for one in facts:
        hidden, lanes = (one["reason"], "") if one["reason"] else (one["hidden"], one["lanes"])
        table.add_row(one["board"], one["chip"], f"{one['clock_hz'] / 1e6:g}", f"{hidden}",
                      f"{lanes}", f"{len(one['presets'])} of {len(offered())}")
    return table


def described(entry, facts, inputs):
    """Lines about one board, of its specification and of `facts_of` it."""
    chip = entry.chip
    blocks = [f"{chip.luts} LUT", f"{chip.dsps} DSP", f"{chip.block_rams} block RAM"]
    blocks += [f"{chip.large_rams} SPRAM"] if chip.large_rams else []
    rows = [("chip", f"{chip.name}: {', '.join(blocks)}"), *_clock(entry), _line(entry),
            ("LED", f"{pins_of(entry, 'led')['']}, lit while the engine runs")]
    rows += [("held", f"{pins_of(entry, pin)['']} ({pin}) at {level}")
             for pin, level in entry.held.items()]
    rows += _programmer(entry)
    rows += [("preset", f"{preset}, of {kind}, at {entry.running(preset).clock_hz / 1e6:g} MHz")
             for kind, preset in entry.offered.items()]
    if entry.samples is not None:
        rows.append(("stores", f"{entry.samples} samples at most"))
    rows += [("fits", presets_that_fit(facts["presets"])),
             (f"largest {inputs}-h-10", largest_in_words(facts))]
    rows += [("note", note) for note in entry.notes]
    width = max(len(label) for label, _ in rows)
    return [f"{entry.name}: {entry.title}",
            *(f"  {label:{width}}  {text}" for label, text in rows)]


def _line(entry):
    """The row about what the host is reached by."""
    if entry.usb is None:
        return "UART", "in {rx}, out {tx}".format(**pins_of(entry, "uart")) + f", {rate_of(entry)}"
    pins = "D+ {d_p}, D- {d_n}, pull-up {pullup}".format(**pins_of(entry, entry.usb))
    return "USB", (f"{pins}, a serial port (CDC-ACM) of {VENDOR_ID:04x}:{PRODUCT_ID:04x}, a test "
                   "number; no rate")


def rate_of(entry):
    """The rates that a board's UART takes, in words."""
    if entry.baud is not None:
        return f"{entry.baud} baud"
    fastest = entry.clock_hz / FEWEST_CYCLES
    return f"any rate from {SLOWEST_BAUD} to {fastest:.0f} baud"


def _clock(entry):
    """Rows about the clock of a board, and about its PLL where it has one."""
    clock = entry.clock(entry.clock_hz)
    rows = [("clock", f"{entry.clock_hz / 1e6:g} MHz")]
    setting = getattr(clock, "setting", None)
    if setting is None:
        return rows if not hasattr(clock, "resource") else [
            ("clock", (f"{entry.clock_hz / 1e6:g} MHz, the oscillator's, at "
                       f"{pins_of(entry, clock.resource)['']}, without a PLL"))]
    (pin,) = pins_of(entry, clock.resource).values()
    values = ", ".join(f"{key} {value}" for key, value in setting.parameters.items())
    frequencies = ", ".join(
        f"{what} {getattr(setting, f'{name}_hz') / 1e6:g} ({low / 1e6:g} .. {high / 1e6:g})"
        for what, name in (("phase detector", "detector"), ("oscillator", "oscillator"),
                           ("output", "clock"))
        for low, high in [getattr(clock.limits, name)])
    reference = f"{setting.reference_hz / 1e6:g} MHz at {pin}"
    rows = [("clock", f"{entry.clock_hz / 1e6:g} MHz from {reference}"), ("PLL", values),
            ("MHz (range)", f"{frequencies}: {clock.limits.source}")]
    return rows if entry.usb is None else [*rows, ("USB clocks", _usb_clocks(clock))]


def _usb_clocks(clock):
    """The clocks of USB and the PLL that makes them, in words."""
    io, bus = (clock.usb_hz[domain] / 1e6 for domain in ("usb_io", "usb"))
    values = ", ".join(f"{key} {value}" for key, value in clock.usb_setting.parameters.items())
    return (f"{io:.6g} and {bus:.6g} MHz, {100 * abs(bus / 12 - 1):.2g} % off (0.25 % are "
            f"allowed), by a second PLL: {values}")


def _programmer(entry):
    """Rows about the programmer of a board."""
    if entry.programmer is None:
        return [("programmer", "none: the board's own tool")]
    ways = {"sram": entry.programmer.sram, "flash": entry.programmer.flash}
    return [(f"into {target}", shlex.join(command(entry, "BITSTREAM", target)))
            for target in TARGETS if ways[target] is not None]


def offered():
    """Presets by name, but for the tests' own."""
    return {name: design for name, design in PRESETS.items() if not name.startswith("tiny")}


def fitting(entry):
    """Names of the presets for which the board is large enough."""
    return [name for name, design in offered().items()
            if not fit.shortage(entry.stored(design), entry.chip)]


def presets_that_fit(names):
    """`fitting` as text."""
    return f"all {len(names)}" if len(names) == len(offered()) else ", ".join(names)


def largest(entry, rule, inputs):
    """The largest network inputs-h-10 of a rule on a board: keys of the document.

    With the lanes of the board's preset, or with fewer if it has no room for as many.
    """
    if rule is not None and rule not in entry.offered:
        return _none(f"no preset for {rule}")
    design = fit.with_layers(entry.design(rule)[1], (inputs, 1, 10))
    hidden = fit.largest_hidden(design, entry.chip)
    lanes = fit.largest_lanes(design, entry.chip)
    if lanes == 0:
        least = resized(design, lanes=design.neuron_lanes)
        return _none("none: " + ", ".join(fit.shortage(least, entry.chip)))
    if hidden == 0:
        design = resized(design, lanes=lanes)
        hidden = fit.largest_hidden(design, entry.chip)
    return {"hidden": hidden, "lanes": design.lanes, "most_lanes": lanes, "reason": None}


def _none(reason):
    return {"hidden": None, "lanes": None, "most_lanes": None, "reason": reason}


def largest_in_words(facts):
    """`largest` as text."""
    return facts["reason"] or (f"h = {facts['hidden']} with {facts['lanes']} lanes; up to "
                               f"{facts['most_lanes']} lanes (by estimate)")
