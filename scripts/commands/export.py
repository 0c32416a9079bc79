"""``cortigate export``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.choosing import UNASKED, Asked, chosen, hertz, takes_design
from cortigate.scripts.console import say
from cortigate.scripts.export import export as write

__all__ = ["export"]


@takes_design()
def export(
    wish: Asked = UNASKED,
    bus: Annotated[str, typer.Option(
        help="axi (AXI4-Lite), wishbone (B4 classic), or bare: a port for a bus of your "
             "own.")] = "axi",
    output: Annotated[Path, typer.Option(
        "--output", "-o", help="Folder for the files.")] = Path("export"),
    name: Annotated[str, typer.Option(
        help="Name of the Verilog module; files and macros of C begin with it, too.")
    ] = "cortigate",
    clock: Annotated[float, typer.Option(
        min=0.001, max=4000, help="Clock of your chip in MHz, which the core's identity "
                                  "tells.")] = 100,
    samples: Annotated[int, typer.Option(
        min=1, max=10_000, help="Number of samples that the example learns, and of others that it "
                                "infers.")] = 4,
    force: Annotated[bool, typer.Option("--force", help="Replace older files.")] = False,
):
    """Write the core as Verilog for your own chip: bus, streams, example, testbench, documentation.

    Without --preset and --design it is 64-32-10 with 8 lanes.

    Example: cortigate export --preset tiny --bus wishbone -o learner
    """
    found = chosen(wish)
    paths = write(found.design, output, bus=bus, name=name, clock_hz=hertz(clock),
                  samples=samples, force=force)
    typer.echo(f"{output}: {found.name}, {found.design.network}, {found.design.lanes} lanes, bus "
               f"{bus}, digest {found.design.digest}")
    say(f"{len(paths)} files; README.md says what each is. Try it: fusesoc --cores-root "
        f"{output} run --target sim cortigate:core:{name}")
