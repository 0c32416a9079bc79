"""Measures what designs take of a chip, by synthesis and packing, for `boards.fit`."""

import re
import tempfile
from pathlib import Path

from ..golden.spec import RULES, preset, resized
from .board import board
from .fit import large_memories
from .flow import flow
from .measured import MEASURED, Measurement
from .tools import run

__all__ = ["BOARDS", "LANES", "measure", "written"]

# One board of each family, large enough for every point; the lanes that are measured.
BOARDS = ("icebreaker", "ulx3s-85f", "tang-nano-20k", "tang-primer-25k")
LANES = (4, 8, 16)
_ROW = re.compile(r"Info:\s+(\w+):\s+(\d+)\s*/\s*\d+\s")


def measure(name, rule, lanes, log=print):
    """Synthesise and pack a rule's design with this many lanes for a board.

    The design is the board's own preset of the rule, or the rule's large one, 64-64-32-10, where
    the board has none. The board need not have room for it: nothing is placed.

    Parameters
    ----------
    name, rule : str
    lanes : int
    log : callable
        As of `tools.run`.

    Returns
    -------
    Measurement
    """
    target = board(name)
    design = preset(target.presets.get(rule, RULES[rule].large))
    design = resized(design, lanes=lanes, sample_capacity=32)
    family = target.chip.family
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        steps = flow(target, target.core(design), design)
        steps.write(folder)
        run(steps.synthesis, folder, "synthesis", log)
        run([*without_results(steps.placement(1)), "--pack-only"], folder, "packing", log)
        used = {cell: int(count) for cell, count in
                _ROW.findall((folder / "seed1.tim").read_text(encoding="utf-8"))}
    luts = sum(weight * used.get(cell, 0) for cell, weight in family.lut_cells.items())
    small = used.get(family.cells["block RAM"], 0) - large_memories(design, target.chip)[0]
    return Measurement(family.name, RULES[rule].code, lanes, luts, small)


def without_results(command):
    """nextpnr's command without the files that it cannot write of what is not placed."""
    kept = list(command)
    for option in ("--textcfg", "--asc", "--write", "--report"):
        if option in kept:
            place = kept.index(option)
            del kept[place:place + 2]
    return kept


def written(points):
    """Text of the module `boards.measured`: its points, and these in the place of older ones."""
    newest = {(p.family, p.rule, p.lanes): p for p in (*MEASURED, *points)}
    points = [newest[key] for key in sorted(newest)]
    rows = "\n".join(f'    Measurement("{p.family}", {p.rule}, {p.lanes}, {p.luts}, '
                     f'{p.small_block_rams}),' for p in points)
    return HEAD + f"MEASURED = (\n{rows}\n)\n"


HEAD = '''"""Resources that designs took. Written by ``cortigate calibrate``, from real builds."""

from typing import NamedTuple

__all__ = ["MEASURED", "Measurement"]


class Measurement(NamedTuple):
    """One synthesis: code of the rule, lanes, places of LUTs, block RAMs but for weights and
    samples.
    """

    family: str
    rule: int
    lanes: int
    luts: int
    small_block_rams: int


'''
