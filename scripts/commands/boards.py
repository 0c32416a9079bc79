# amaranth: UnusedElaboratable=no
"""``cortigate boards``"""

import shlex
from typing import Annotated

import typer
from rich.table import Column, Table

from cortigate.boards import fit
from cortigate.boards.board import BOARDS, board
from cortigate.boards.learn.training import rule_name
from cortigate.boards.pins import pins_of
from cortigate.boards.programmer import TARGETS, command
from cortigate.golden.spec import PRESETS, RULES
from cortigate.golden.spec.link import FEWEST_CYCLES, SLOWEST_BAUD
from cortigate.scripts.console import new_console

__all__ = ["boards"]


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
    console = new_console()
    if name is not None:
        for line in described(board(name), rule, inputs):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        return
    console.print(listed(rule, inputs))
    console.print(f"What fits is an estimate, up to {100 * fit.LUT_ERROR:.0f} % off: the tools "
                  f"have the last word. h: the most hidden units of {inputs}-h-10, with that "
                  "many lanes. All about one board: cortigate boards BOARD.", highlight=False)


def listed(rule, inputs):
    """Table of all boards, one line for each in 80 columns."""
    table = Table(*(Column(name, no_wrap=True)
                    for name in ("board", "chip", "MHz", "h", "lanes", "presets")))
    for entry in map(board, BOARDS):
        hidden, lanes, _ = largest(entry, rule, inputs)  # a search
        table.add_row(entry.name, entry.chip.name, f"{entry.clock_hz / 1e6:g}", hidden, lanes,
                      f"{len(fitting(entry))} of {len(offered())}")
    return table


def described(entry, rule, inputs):
    """Lines about one board."""
    chip = entry.chip
    blocks = [f"{chip.luts} LUT", f"{chip.dsps} DSP", f"{chip.block_rams} block RAM"]
    blocks += [f"{chip.large_rams} SPRAM"] if chip.large_rams else []
    rows = [("chip", f"{chip.name}: {', '.join(blocks)}"), *_clock(entry),
            ("UART", "in {rx}, out {tx}".format(**pins_of(entry, "uart")) + f", {rate_of(entry)}"),
            ("LED", f"{pins_of(entry, 'led')['']}, lit while the engine runs")]
    rows += [("held", f"{pins_of(entry, pin)['']} ({pin}) at {level}")
             for pin, level in entry.held.items()]
    rows += _programmer(entry)
    rows += [("preset", f"{preset}, of {kind}, at {entry.running(preset).clock_hz / 1e6:g} MHz")
             for kind, preset in entry.offered.items()]
    if entry.samples is not None:
        rows.append(("stores", f"{entry.samples} samples at most"))
    rows += [("fits", presets_that_fit(entry)),
             (f"largest {inputs}-h-10", _largest_in_words(entry, rule, inputs))]
    rows += [("note", note) for note in entry.notes]
    width = max(len(label) for label, _ in rows)
    return [f"{entry.name}: {entry.title}",
            *(f"  {label:{width}}  {text}" for label, text in rows)]


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
        return rows
    (pin,) = pins_of(entry, clock.resource).values()
    values = ", ".join(f"{key} {value}" for key, value in setting.parameters.items())
    frequencies = ", ".join(
        f"{what} {getattr(setting, f'{name}_hz') / 1e6:g} ({low / 1e6:g} .. {high / 1e6:g})"
        for what, name in (("phase detector", "detector"), ("oscillator", "oscillator"),
                           ("output", "clock"))
        for low, high in [getattr(clock.limits, name)])
    reference = f"{setting.reference_hz / 1e6:g} MHz at {pin}"
    return [("clock", f"{entry.clock_hz / 1e6:g} MHz from {reference}"), ("PLL", values),
            ("MHz (range)", f"{frequencies}: {clock.limits.source}")]


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


def presets_that_fit(entry):
    """`fitting` as text."""
    names = fitting(entry)
    return f"all {len(names)}" if len(names) == len(offered()) else ", ".join(names)


def largest(entry, rule, inputs):
    """(h of the largest network inputs-h-10 of a rule on a board, its lanes, the most lanes).

    As text; with the lanes of the board's preset, or with fewer if it has no room for as many.
    Where there is no such network, the first says so and the others are empty.
    """
    if rule is not None and rule not in entry.offered:
        return f"no preset for {rule}", "", ""
    design = fit.resized(entry.design(rule)[1], (inputs, 1, 10))
    hidden = fit.largest_hidden(design, entry.chip)
    lanes = fit.largest_lanes(design, entry.chip)
    if lanes == 0:
        least = design.replace(lanes=design.neuron_lanes)
        return "none: " + ", ".join(fit.shortage(least, entry.chip)), "", ""
    if hidden == 0:
        design = design.replace(lanes=lanes)
        hidden = fit.largest_hidden(design, entry.chip)
    return str(hidden), str(design.lanes), str(lanes)


def _largest_in_words(entry, rule, inputs):
    hidden, lanes, most = largest(entry, rule, inputs)
    return f"h = {hidden} with {lanes} lanes; up to {most} lanes (by estimate)" if lanes else hidden
