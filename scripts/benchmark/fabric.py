"""Builds of a design: read from the folders that synthesis and place and route left."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cortigate.boards import build as flow
from cortigate.boards.board import BOARDS, board
from cortigate.boards.record import REPORT, BuildRecord
from cortigate.golden.spec import Design
from cortigate.golden.spec.plain import Plain
from cortigate.sim.proof import prove

__all__ = ["Fabric", "boards_of", "build_missing", "fabric"]

BAUD = 1_000_000  # which most bridges between USB and a serial line reach
# Ten bits a byte, as on such a line, of what full speed carries: 19 packets of 64 bytes each ms.
USB_BAUD = 19 * 64 * 1000 * 10


@dataclass(frozen=True)
class Fabric(Plain):
    """One design on one board.

    Parameters
    ----------
    board : str
    baud : int
        The board's fixed rate, or `BAUD`, or `USB_BAUD` of a board with USB of its own.
    folder : str
        Of the build.
    missing : str
        Why there are no figures, with the command that makes them; "" if there are.
    fmax : float or None
        MHz, of the placement that was kept.
    clock : float or None
        MHz in use.
    seed : int or None
        Of that placement.
    resources : dict
        Name -> (used, available or None).
    planned : float or None
        MHz that the board is to run the design at, built or not.
    """

    board: str
    baud: int
    folder: str
    missing: str = ""
    fmax: float | None = None
    clock: float | None = None
    seed: int | None = None
    resources: dict | None = None
    planned: float | None = None

    def rate(self, cycles, mhz=None):
        """Samples per second of this many cycles each at Fmax (or at `mhz`); None if not built."""
        mhz = self.fmax if mhz is None else mhz
        return None if mhz is None else mhz * 1e6 / cycles


def boards_of(preset_name):
    """Names of the boards that have a preset of this name, or a clock for it."""
    return [name for name in BOARDS
            if preset_name in (*board(name).offered.values(), *board(name).clocks)]


def place(design: Design, preset_name, board_name, root, changed):
    """(Folder of a build, command that makes it)."""
    if changed:  # no preset: `cortigate build` does not know it, `cortigate bench --build` does
        folder = Path(root, f"{board_name}-{design.digest}")
        return folder, "the same command with --build"
    own = board(board_name).preset == preset_name
    words = ["./scripts/run", "build", board_name, *([] if own else ["--preset", preset_name])]
    folder = Path(root, board_name if own else f"{board_name}-{preset_name}")
    if Path(root) != Path("build"):
        words += ["--output", str(folder)]
    return folder, shlex.join(words)


def fabric(design: Design, preset_name: str, board_name: str, root: str | Path = "build",
           changed: bool = False):
    """Fabric of a design on a board, as far as it has been built.

    Parameters
    ----------
    design : Design
    preset_name, board_name : str
    root : path
        Folder of the builds.
    changed : bool
        The design is not quite the preset.

    Raises
    ------
    ValueError
        No such board, or a report that is not one.
    """
    target = board(board_name)
    baud = target.baud or (BAUD if target.usb is None else USB_BAUD)
    folder, command = place(design, preset_name, board_name, root, changed)
    report = folder / REPORT
    planned = target.running(preset_name).clock_hz / 1e6
    if not report.is_file():
        return Fabric(board_name, baud, str(folder), f"not built: {command}", planned=planned)
    try:
        record = BuildRecord.read(report)
        if record["digest"] != design.digest:
            return Fabric(board_name, baud, str(folder), f"built for another design: {command}",
                          planned=planned)
        placed = record["report"]
        resources = {row["name"]: (row["used"], row["available"]) for row in placed["resources"]}
        return Fabric(board_name, record["baud"] or baud, str(folder), "", record.fmax[0],
                      record["clock_hz"] / 1e6, placed["seed"], resources, planned)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{report} is not a report of a build ({type(error).__name__}: {error}): "
                         f"delete it, then {command}") from None


def build_missing(design: Design, preset_name: str, board_name: str, root: str | Path = "build",
                  changed: bool = False, seeds: int = 4, log: Callable[[str], object] = print):
    """`fabric`, built and proven first if it is not there or of another design.

    Parameters
    ----------
    design, preset_name, board_name, root, changed
        As of `fabric`.
    seeds : int
        Placements to try.
    log : callable

    Raises
    ------
    BuildError
        From `boards.build.build`.
    """
    found = fabric(design, preset_name, board_name, root, changed)
    if not found.missing:
        return found
    log(f"building {design.network}, {design.lanes} lanes, for {board_name}")
    target = board(board_name).running(preset_name)
    flow.build(target, design, found.folder, prove=prove, log=log,
               seeds=target.placements(preset_name, count=seeds))
    return fabric(design, preset_name, board_name, root, changed)
