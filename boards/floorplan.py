"""Places of multipliers, weights and reset on a large chip: what works together lies together.

Placers spread blocks that are few and far apart badly, and with them all that hangs on them.
"""

from importlib import import_module

from ..golden.spec.design import Design
from ..hdl.lib.spread import groups_of
from .board import BoardSpec
from .fit import multipliers, weight_block_rams

__all__ = ["floorplan", "placing_script"]

# The register that resets all: what drives the resets of registers in the array, and is not reset
# by the clock itself (`boards.board.PowerOnReset`). It is some 11 ns from a corner to all others.
RESET = ("c:*.array.* t:TRELLIS_FF %i %ci1:+TRELLIS_FF[LSR] w:* %i %ci1:+TRELLIS_FF[Q] "
         "r:SRMODE=ASYNC %i t:TRELLIS_FF %i")


def floorplan(board: BoardSpec, design: Design):
    """Place of every multiplier and of every block RAM of weights: dict from pattern to place.

    Groups of lanes stand side by side, in one row of multipliers after the other and back again,
    each lane with its weights in the row of block RAMs that is nearest. Nothing is said of chips
    without `Chip.floorplan`, nor of lanes that are not one multiplier each.

    Parameters
    ----------
    board : BoardSpec
    design : Design

    Returns
    -------
    dict of str to str
        Pattern of the name of a cell -> place.
    """
    family = board.chip.family
    if not board.chip.floorplan or multipliers(design, family.operand_bits) != 1:
        return {}
    sites = _sites(board)
    rows, rams = _rows(sites["multipliers"]), set(sites["rams"])
    groups = groups_of(design.lanes, design.neuron_lanes)
    across = -(-len(groups) // len(rows))
    each, rest = divmod(weight_block_rams(design, family.block_shapes), design.lanes)
    if rest or max(map(len, groups)) > min(map(len, rows)) // across:
        return {}  # the groups do not fit side by side, or lanes share block RAMs
    places = {}
    for number, group in enumerate(groups):
        row, column = divmod(number, across)
        if row % 2:
            column = across - 1 - column
        width = len(rows[row]) / across
        first = round(column * width + (width - len(group)) / 2)
        for k, lane in enumerate(group):
            place = rows[row][first + k]
            places[f"*.array.lane_{lane}.multiplier.block"] = place[2]
            for block in range(each):
                ram = min(rams, key=lambda ram, x=place[0], y=place[1]: (
                    abs(ram[1] - y), abs(ram[0] - x), ram))
                rams.remove(ram)
                places[f"*.array.weights_{number}.lane_{k}.block_{block}"] = ram[2]
    return places


def placing_script(board: BoardSpec, design: Design):
    """Passes of Yosys that give the cells of a netlist their places."""
    places = floorplan(board, design)
    lines = [f'setattr -set BEL "{place}" c:{cell}' for cell, place in places.items()]
    if lines:  # a board may have another reset than `PowerOnReset`: that has no place then
        lines += [f"select -assert-count {len(places)} a:BEL",
                  f'setattr -set BEL "{_middle(board)}" {RESET}']
    return "".join(f"{line}\n" for line in lines)


def _sites(board):
    """Places of the board's chip, by kind."""
    return import_module(f".bitstream.{board.chip.family.name}.blocks", __package__).sites(
        board.platform.device)


def _middle(board):
    """The register in the middle of the chip."""
    places = _sites(board)["registers"]
    x, y = (max(place[axis] for place in places) // 2 for axis in (0, 1))
    return min((abs(place[0] - x) + abs(place[1] - y), place[2]) for place in places)[1]


def _rows(places):
    """Rows of places (x, y, name) from the top to the bottom, each from the left to the right."""
    rows = {}
    for x, y, name in sorted(places):
        rows.setdefault(y, []).append((x, y, name))
    return [rows[y] for y in sorted(rows)]
