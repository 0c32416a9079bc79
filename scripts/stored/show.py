"""cortigate data show: the set in a board's flash memory."""

from typing import Annotated

import typer

from cortigate.scripts.console import new_console
from cortigate.scripts.document import documented
from cortigate.scripts.flash_sets import PortArgument, header_keys, memory_of
from cortigate.scripts.opening import BaudOption, ReportOption, TakeOverOption
from cortigate.scripts.speaking import emit

from .write import HEADER

__all__ = ["show"]


@documented(**HEADER, verified="boolean: all of it was read and is as it was written",
            lines="integer: that its data comes on", free_bytes="integer: behind it")
def show(
    device: PortArgument,
    verify: Annotated[bool, typer.Option(
        "--verify", help="Read all of it and compare it with its checksum.")] = False,
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
):
    """Show which set of samples is stored in a board's flash memory.

    Example: cortigate data show PORT --verify
    """
    with memory_of(device, report, "show", baud=baud, take_over=take_over) as memory:
        header, facts = memory.header(), memory.facts()
        if verify:
            memory.verify(header)
    found = {**header_keys(header), "verified": verify, "lines": facts.lines,
             "free_bytes": facts.size - header.address - header.length}
    if not emit(found):
        new_console().print(
            f"{header.name}: {header.samples} samples of {header.inputs} inputs, in blocks of "
            f"{header.block_samples}, {header.length} bytes from {header.address} on; "
            f"{found['free_bytes']} are free behind it; data comes on {facts.lines} lines"
            + ("; all of it is as it was written" if verify else ""),
            highlight=False, soft_wrap=True)
