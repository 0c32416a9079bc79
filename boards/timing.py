"""Whether a placement is fast enough for the clock: constraint, margin, a second opinion."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .board import BoardSpec
from .report import Report
from .tools import BuildError

__all__ = ["Timing", "judged"]

# Of the constraint in the tool's report: it counts periods in whole picoseconds.
ROUNDING = 1e-3
# How much faster than the clock a placement must be. Delays of open databases are fitted to what
# the makers' tools say; nextpnr and icetime differ by 4 % on the same placement. For Gowin no
# delay of a multiplier is known at all.
MARGINS = {"ice40": 0.10, "ecp5": 0.10, "gowin": 0.30, "gw5a": 0.30}
_ICETIME = re.compile(r"Timing estimate: [\d.]+ ns \(([\d.]+) MHz\)")


@dataclass(frozen=True)
class Timing:
    """The timing of one placement.

    Parameters
    ----------
    achieved : float
        MHz, by nextpnr.
    margin : float
        Share by which this must exceed the clock; 0 where icetime was asked.
    icetime : float or None
        MHz, by icetime.
    met : bool
    """

    achieved: float
    margin: float
    icetime: float | None
    met: bool

    def __str__(self):
        text = f"{self.achieved:.2f} MHz"
        if self.icetime is not None:
            return f"{text}, by icetime {self.icetime:.2f} MHz"
        return f"{text}, margin {100 * self.margin:.0f} %"


def judged(board: BoardSpec, report: Report, folder, constraints):
    """`Timing` of a placement.

    A placement is accepted with the family's margin above the clock in use; on iCE40 without any
    where icetime is installed and finds the clock possible, too.

    Parameters
    ----------
    board : BoardSpec
    report : Report
        Of the placement.
    folder : path
        Of the build, with ``seedN.asc``.
    constraints : str
        Name of the file of constraints there.

    Raises
    ------
    BuildError
        The tool has placed for another clock than the board's, or for several.
    """
    clock = board.clock_hz / 1e6
    wanted = sorted({required for _, required in report.fmax.values()})
    if len(report.fmax) != 1 or abs(wanted[0] / clock - 1) > ROUNDING:
        found = ", ".join(f"{net} at {required:g} MHz"
                          for net, (_, required) in report.fmax.items()) or "no clock"
        raise BuildError(f"placement must be for one clock of {clock:g} MHz, not for {found}: the "
                         "constraint has not reached the clock's net")
    family, achieved = board.chip.family.name, report.achieved
    second = _icetime(board, folder, report.seed, constraints) if family == "ice40" else None
    if second is not None:
        return Timing(achieved, 0.0, second, min(achieved, second) >= clock)
    margin = MARGINS[family]
    return Timing(achieved, margin, None, achieved >= clock * (1 + margin))


def _icetime(board, folder, seed, constraints):
    """MHz by icetime of the system's packages, None if it is not installed."""
    program = shutil.which("icetime")
    if program is None:
        return None
    asc, platform = Path(folder, f"seed{seed}.asc"), board.platform
    words = [program, "-d", platform.device.removeprefix("iCE40").lower(), "-P",
             platform.package.lower(), "-p", constraints, asc.name]
    done = subprocess.run(words, cwd=folder, text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    found = _ICETIME.search(done.stdout)
    if done.returncode or not found:
        raise BuildError(f"icetime gives no estimate for {asc}: {done.stdout[-500:]}")
    return float(found[1])
