"""The ladder from the equations to the file in the chip: each rung is held to the integer model.

rtl: the hardware as elaborated for the board's family, with models of the cells that it
instantiates, in every cycle. netlist: what synthesis makes of it, likewise. placed: what nextpnr
writes after routing, pins and clock included, as a board behind a serial port. bitstream: the same
of the file itself.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..boards.board import BoardSpec
from ..boards.build import STAGES, build, family_of, not_read
from ..golden.spec import Design
from .cells import family
from .lockstep.runner import run_lockstep
from .proof import SAMPLES, prove

__all__ = ["Rung", "climb"]


@dataclass(frozen=True)
class Rung:
    """One rung that was climbed.

    Parameters
    ----------
    stage : str
    text : str
        What was compared, or how it differs.
    equal : bool
    """

    stage: str
    text: str
    equal: bool


def climb(board: BoardSpec, design: Design, stages=STAGES, *, samples=SAMPLES, seed=0, seeds=(1,),
          output=None, log=print):
    """Climb some rungs for a design on a board; yields each `Rung` as it is reached.

    Parameters
    ----------
    board : BoardSpec
    design : Design
    stages : sequence of str
        Out of `boards.build.STAGES`.
    samples : int
        Learning samples on each rung.
    seed : int
        Of weights and samples.
    seeds : iterable of int
        Placements, as of `boards.build.build`.
    output : path or None
        Folder of the build; None: a temporary one.
    log : callable
        As of `boards.tools.run`.

    Raises
    ------
    BuildError, MissingTool
        A tool is missing or failed, a placement is too slow, the file is not what was placed, or
        a placed netlist or a file computes something else.
    """
    for stage in stages:
        if stage not in STAGES:
            raise ValueError(f"stage must be one of {', '.join(STAGES)}, not {stage!r}")
    for stage in STAGES[:2]:
        if stage in stages:
            log(f"{stage}: lockstep with the integer model, {samples} samples …")
            yield _lockstep(board, design, stage, samples, seed)
    later = [stage for stage in STAGES[2:] if stage in stages]
    if not later:
        return
    with tempfile.TemporaryDirectory(prefix="cortigate-") as aside:
        found = build(board, design, output or Path(aside, "build"), seeds=seeds, log=log)
        if found.comparison is None:
            yield Rung("comparison", not_read(board), False)
            later = [stage for stage in later if stage == "placed"]
        else:
            yield Rung("comparison", str(found.comparison), True)
        for stage in later:
            if stage == "placed":
                netlist = found.bitstream.with_name(f"seed{found.report.seed}.pnr.json")
                circuit = family_of(board).placed(json.loads(netlist.read_text(encoding="utf-8")),
                                                  board)
            else:
                circuit = found.circuit
            proof = prove(board, design, circuit, log, samples=samples, stage=stage, seed=seed)
            yield Rung(stage, f"{proof.samples} samples, {proof.weights} weights, "
                              f"{proof.predictions} predictions, {proof.cycles} cycles", True)


def _lockstep(board, design, stage, samples, seed):
    """The lockstep of the hardware for the board's family, or of its netlist."""
    chosen = family(board.chip.family.name).on(board)
    result = run_lockstep(design, samples=samples, seed=seed, simulator="icarus", family=chosen,
                          synthesised=stage == "netlist")
    text = result.divergence or f"{result.samples} samples, {result.cycles} cycles in every port"
    return Rung(stage, text, result.divergence is None)
