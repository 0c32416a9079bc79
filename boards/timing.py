"""Whether a placement is fast enough for the clock: constraint, margin, a second opinion."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .board import BoardSpec
from .report import Report
from .tools import BuildError

__all__ = ["MARGINS", "Timing", "judged"]

# Of the constraint in the tool's report: it counts periods in whole picoseconds.
ROUNDING = 1e-3
# How much faster than the clock a placement must be, for which its constraint asks. Delays of open
# databases are fitted to what the makers' tools say; nextpnr and icetime differ by 4 % on the same
# placement. For Gowin no delay of a multiplier is known at all.
MARGINS = {"ice40": 0.10, "ecp5": 0.10, "gowin": 0.30, "gw5a": 0.30}
_ICETIME = re.compile(r"Timing estimate: [\d.]+ ns \(([\d.]+) MHz\)")


@dataclass(frozen=True)
class Timing:
    """The timing of one placement.

    Parameters
    ----------
    achieved : float
        MHz of the design's clock, by nextpnr.
    margin : float
        Share by which this must exceed the clock; 0 where icetime was asked.
    icetime : float or None
        MHz, by icetime.
    met : bool
    others : dict
        Other clock domains -> (MHz reached, MHz in use), with the same margin.
    """

    achieved: float
    margin: float
    icetime: float | None
    met: bool
    others: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __str__(self):
        text = f"{self.achieved:.2f} MHz"
        if self.icetime is not None:
            return f"{text}, by icetime {self.icetime:.2f} MHz"
        aside = "".join(f", {name} {reached:.2f} of {used:.2f} MHz"
                        for name, (reached, used) in self.others.items())
        return f"{text}{aside}, margin {100 * self.margin:.0f} %"


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
    family = board.chip.family.name
    margin = MARGINS[family]
    others = _reached(board, report, margin)
    achieved, _ = others.pop("sync")
    second = _icetime(board, folder, report.seed, constraints) if family == "ice40" else None
    if second is not None:
        return Timing(achieved, 0.0, second, min(achieved, second) >= clock)
    met = all(reached >= used * (1 + margin)
              for reached, used in [(achieved, clock), *others.values()])
    return Timing(achieved, margin, None, met and _in_step(board, report, margin), others)


def _asked(used, hz, margin):
    """Whether a constraint, in MHz, is that of a clock."""
    return abs(used * 1e6 / (hz * (1 + margin)) - 1) <= ROUNDING


def _reached(board, report, margin):
    """Domain -> (MHz reached, MHz in use); BuildError unless each was placed for, and no other."""
    found, left = {}, dict(report.fmax)
    for name, hz in board.domains.items():
        nets = [net for net, (_, used) in left.items() if _asked(used, hz, margin)]
        if len(nets) == 1:
            found[name] = left.pop(nets[0])[0], hz / 1e6
    if left or len(found) != len(board.domains):
        clocks = " and ".join(f"{hz * (1 + margin) / 1e6:g} MHz" for hz in board.domains.values())
        wanted = f"one clock of {clocks}" if len(board.domains) == 1 else f"clocks of {clocks}"
        said = ", ".join(f"{net} at {used:g} MHz"
                         for net, (_, used) in report.fmax.items()) or "no clock"
        raise BuildError(f"placement must be for {wanted}, not for {said}: the constraint has not "
                         "reached the clock's net")
    return found


def _in_step(board, report, margin):
    """Whether what goes between `usb` and `usb_io` takes no longer than a period of the faster."""
    if board.usb is None:
        return True
    period = 1e9 / board.domains["usb_io"]
    nets = [net for net, (_, used) in report.fmax.items()
            if any(_asked(used, board.domains[name], margin) for name in ("usb", "usb_io"))]
    return all(delay * (1 + margin) <= period for here, there, delay in report.crossings
               if here in nets and there in nets)


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
