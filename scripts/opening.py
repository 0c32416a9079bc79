"""The options `--device` and `--report`: the port, and the design that runs there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cortigate.boards.device import Device
from cortigate.boards.extras import command_name
from cortigate.boards.host.discovery import only_board
from cortigate.boards.learn.choices import check_choices
from cortigate.boards.learn.designs import design_on, fitting
from cortigate.boards.learn.opening import AUTO, is_port, open_device
from cortigate.boards.record import BuildRecord
from cortigate.golden.spec import Design, Target
from cortigate.golden.spec.plain import Plain

__all__ = ["BaudOption", "DeviceOption", "PortLine", "PortOption", "ReportOption", "TakeOverOption",
           "on_line", "port_of", "require_ends", "resolved"]

DeviceOption = Annotated[str, typer.Option(
    help="virtual, a model (see `cortigate devices`), a serial port, or auto: the only board.")]
ReportOption = Annotated[Path | None, typer.Option(
    help="report.json of the build on the board, if the board's design is not found without it.")]
PortOption = Annotated[str, typer.Option(
    "--device", help="Serial port of the board, or auto: the only board.")]
BaudOption = Annotated[int | None, typer.Option(
    min=300, help="Rate of the board's port in baud. Default: found by trying.")]
TakeOverOption = Annotated[bool, typer.Option(
    "--take-over", help="First end a run that is under way on the board.")]
PURPOSES = {Target.CLASS: "told apart", Target.VECTOR: "turned into other values",
            Target.INPUT: "given back"}
LABELS = {"rule": "--rule", "mechanism": "--mechanism", "schedule": "--schedule",
          "sizes": "--layers", "lanes": "--lanes", "preset": "--preset", "design": "--design",
          "sample_capacity": "--capacity"}


def resolved(device: str, report: Path | None, choices: dict[str, Any], command: str, *,
             samples: int | None = None, baud: int | None = None,
             naming: str = "--report FOLDER/report.json") -> tuple[str, Design | None]:
    """(device, design): of a board or a report its own design, None where options make one.

    Parameters
    ----------
    device : str
        As the user named it; "auto" becomes a port.
    report : path or None
    choices : dict
        What the user asked of the design: see `boards.learn.choices.check_choices`.
    command : str
        Name of the command, for messages.
    samples : int or None
        Samples that the board may store, which is no choice but helps to find its design.
    baud : int or None
        Rate of the port.
    naming : str
        The command's option that names a build.

    Raises
    ------
    ValueError
        A choice contradicts the design, or the report is none.
    LinkError
        From the board; the message says what to do if its design is not known.
    """
    if device == AUTO and is_port(device):
        device = only_board()
    if report is not None:
        design = BuildRecord.read(report).design
        check_choices(design, choices, f"the build of {report}", LABELS)
        return device, design
    if not is_port(device):
        return device, None
    hint = (f"name the report of its build, {command_name()} {command} --device {device} {naming}, "
            "or run the command in the folder that contains build")
    return device, design_on(device, choices, LABELS, unknown=hint, samples=samples,
                             baud=baud)


def port_of(device: str) -> str:
    """The serial port that a user names, or that of the only board.

    Raises
    ------
    ValueError
        It is none.
    LinkError
        There is not exactly one board.
    """
    if device == AUTO:
        return only_board()
    if not is_port(device):
        raise ValueError(f"--device must be a serial port such as /dev/ttyUSB1 or COM3, or {AUTO}, "
                         f"not {device!r}")
    return device


@dataclass(frozen=True)
class PortLine(Plain):
    """A serial port that is opened in a way of its own: a device for an estimator.

    Parameters
    ----------
    port : str
    baud : int or None
    take_over : bool
        As of `open_device`.
    """

    port: str
    baud: int | None
    take_over: bool

    def __call__(self, design: Design) -> Device:
        return open_device(self.port, design, baud=self.baud, take_over=self.take_over)

    def __str__(self) -> str:
        return self.port


def on_line(device: str, baud: int | None, take_over: bool) -> str | PortLine:
    """Device for an estimator, with --baud and --take-over if they were said.

    Raises
    ------
    ValueError
        They were, but the device is no serial port.
    """
    if baud is None and not take_over:
        return device
    if not is_port(device):
        raise ValueError("--baud and --take-over belong to a serial port, not to the device "
                         f"{device}")
    return PortLine(device, baud, take_over)


def require_ends(design: Design, ends: tuple[int, int], device: str, data: str,
                 target: Target = Target.CLASS) -> None:
    """ValueError unless a design learns this target, and begins and ends with `ends` neurons.

    `data` is what it is, in words; the message names the command that fits a board.
    """
    sizes = design.network.sizes
    if design.target is not target:
        raise ValueError(f"the target of {design.network} is the {design.target.value}, but "
                         f"{data} are to be {PURPOSES[target]}: take a design whose target is the "
                         f"{target.value}")
    if (sizes[0], sizes[-1]) == ends:
        return
    if is_port(device):
        raise ValueError(f"the board on {device} runs {design.network}, which is not for {data}: "
                         f"{fitting(design, device)}")
    raise ValueError(f"layers must begin with {ends[0]} and end with {ends[1]} for {data}, "
                     f"not be {design.network}")
