# amaranth: UnusedElaboratable=no
"""Print what each bus of an exported core costs on ECP5, as Yosys synthesises the Verilog."""

import json
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from amaranth.lib import wiring
from rich.table import Table

from cortigate.boards.chip import ECP5
from cortigate.boards.tools import run
from cortigate.golden.spec import Design
from cortigate.hdl.buses.shell import BUSES, Shell
from cortigate.hdl.core import Core
from cortigate.scripts.choosing import UNASKED, Asked, chosen, takes_design
from cortigate.scripts.console import new_console
from cortigate.sim.verilog import to_verilog

__all__ = ["buses", "resources", "tops"]

# Column -> cells of ECP5 as Yosys leaves them, and how many each is.
COLUMNS = {
    "LUTs": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
    "flip-flops": {ECP5.cells["FF"]: 1},
    "block RAMs": {ECP5.cells["block RAM"]: 1},
    "multipliers": {ECP5.cells["DSP"]: 1},
}


def tops(design: Design) -> Mapping[str, Callable[[], wiring.Component]]:
    """Name -> maker of the top module: the core alone, and an export with each bus."""
    names = sorted(BUSES, key=lambda bus: BUSES[bus].adapter is not None)
    return {"core alone": partial(Core, design)} | {
        bus: partial(Shell, design, 100_000_000, bus) for bus in names}


def resources(cells: Mapping[str, int]) -> list[int]:
    """Numbers under `COLUMNS` of a netlist with this many cells of each type."""
    return [sum(each * cells.get(cell, 0) for cell, each in parts.items())
            for parts in COLUMNS.values()]


def synthesised(top, folder, log) -> dict[str, int]:
    """Cell type -> how many of a top module; the tool's errors are `BuildError`."""
    (folder / "top.v").write_text(to_verilog(top, "top", portable=True), encoding="utf-8")
    script = (f"read_verilog top.v; {ECP5.options['synthesis']} -top top; "
              "tee -q -o cells.json stat -json")
    run(["yosys", "-p", script], folder, "synthesis", log)
    found = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    return found["design"]["num_cells_by_type"]


@takes_design()
def buses(
    wish: Asked = UNASKED,
):
    """Print LUTs, flip-flops, block RAMs and multipliers of a core with each bus, and without one.

    They are those of `cortigate export` after synthesis for ECP5, before place and route.
    """
    found = chosen(wish)
    console = new_console()
    table = Table(title=f"{found.name}, {found.design.network}, {found.design.lanes} lanes: "
                        f"{ECP5.options['synthesis']}")
    table.add_column("")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, make in tops(found.design).items():
        with tempfile.TemporaryDirectory() as folder:
            cells = synthesised(make(), Path(folder),
                                lambda text, name=name: print(f"{name}, {text}"))
        table.add_row(name, *map(str, resources(cells)))
    console.print(table)
    console.print("LUTs: one for each LUT4, two for each CCU2C (two carries), four for each "
                  "TRELLIS_DPR16X4 (distributed memory).")
