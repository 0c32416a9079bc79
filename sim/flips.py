"""Single bits of a file inverted, and who notices: the comparison, and the board that learns."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from ..boards.bitstream.circuit import BitUse
from ..boards.bitstream.compare import compare
from ..boards.board import BoardSpec
from ..boards.build import family_of
from ..boards.record import BuildRecord
from ..boards.tools import BuildError
from ..golden.spec import Design
from .fabric.board import FabricBoard, network_of
from .proof import SAMPLES, prove

__all__ = ["Flip", "chosen", "flips"]

PATIENCE = 20.0  # seconds for an answer of a file with a wrong bit
# A bit that was not noticed is looked for in a course of this many times the samples, of this seed.
LONGER, OTHER_SEED = 4, 1


@dataclass(frozen=True)
class Flip:
    """One bit that was inverted.

    Parameters
    ----------
    bit : tuple
        As the family counts it.
    use : BitUse
        What it is good for.
    compared : str or None
        How the file differs from the placed netlist, or why it cannot be read; None: it is the
        same circuit, so that no input can show the bit.
    refused : bool
        It cannot be read, makes another clock, or has no model, so that it was not run.
    ran : str or None
        What was wrong when it ran; None: nothing was.
    silent : str or None
        Why nothing that runs can notice the bit, as was shown.
    """

    bit: tuple
    use: BitUse
    compared: str | None
    refused: bool
    ran: str | None
    silent: str | None = None


def chosen(uses, count, seed=0):
    """`count` bits at random, from each category in turn: a list of (bit, BitUse).

    Without those of pads: drive, slew and voltage are compared, but nothing that runs shows them.
    """
    rng, groups = np.random.default_rng(seed), defaultdict(list)
    for bit, use in uses.items():
        if use.category != "pad":
            groups[use.category].append((bit, use))
    orders = [[groups[name][i] for i in rng.permutation(len(groups[name]))]
              for name in sorted(groups)]
    picked = []
    while len(picked) < count and any(orders):
        picked += [order.pop() for order in orders if order]
    return picked[:count]


def flips(board: BoardSpec, design: Design, folder: str | Path, *, count: int = 48, seed: int = 0,
          samples: int = SAMPLES, jobs: int = 1,
          log: Callable[[str], object] = print) -> list[Flip]:
    """Invert bits of a finished build one by one: a list of `Flip`.

    Parameters
    ----------
    board : BoardSpec
    design : Design
        That was built.
    folder : path
        Of the build.
    count : int
        Bits.
    seed : int
        Of their choice.
    samples : int
        Learned by the board of each file.
    jobs : int
        Processes.
    log : callable

    Raises
    ------
    ValueError
        The record, the file or the placed netlist of the build is missing or damaged.
    BuildError
        The file as it is differs from the placed netlist, or does not learn.
    """
    record = BuildRecord.read(folder)
    bitstream = record.bitstream
    family = family_of(board)
    placed = _placed(record, family, board)
    decoded = family.decode(bitstream, board)
    whole = compare(decoded.circuit, placed)
    if whole.differences:
        raise BuildError(f"{bitstream} is not what was placed: {whole}")
    proof = prove(board, design, decoded.circuit, log, samples=samples)
    if wrong := _wrong(board, design, decoded.circuit, proof):
        raise BuildError(f"{bitstream} as it was built does not learn within the limits that are "
                         f"set for files with inverted bits: {wrong}")
    # Equal to what was placed, and in the order in which other files are decoded, too.
    one = partial(_flip, board, design, bitstream, decoded.circuit, proof)
    contents = defaultdict(list)
    for bit, use in decoded.uses.items():
        if use.category == "contents":
            contents[use.place].append(bit)
    found: Any = Parallel(n_jobs=jobs)(
        delayed(one)(bit, use, contents[use.place] if use.category == "contents" else None)
        for bit, use in chosen(decoded.uses, count, seed))
    return found


def _placed(record, family, board):
    """The circuit that was placed, from the netlist beside a build's record."""
    netlist = record.path
    try:
        netlist = netlist.with_name(f"seed{record['report']['seed']}.pnr.json")
        return family.placed(json.loads(netlist.read_text(encoding="utf-8")), board)
    except OSError as error:
        raise ValueError(f"{netlist} cannot be read ({error.strerror}): build it again") from error
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{netlist} is damaged ({type(error).__name__}: {error}): build it again"
                         ) from error


def _flip(board, design, bitstream, placed, proof, bit, use, contents):
    """`Flip` of one bit; `contents`: all of its memory's, if it is one of contents."""
    circuit, refusal = _circuit(board, bitstream, [bit])
    if circuit is None:
        return Flip(bit, use, refusal, True, None)
    try:
        FabricBoard(circuit, board)
    except ValueError as error:  # it makes another clock, or uses a cell that has no model
        return Flip(bit, use, f"{error}", True, None)
    differences = compare(circuit, placed).differences
    wrong = _wrong(board, design, circuit, proof)
    silent = None if wrong else _silence(board, design, bitstream, placed, proof, circuit, contents)
    return Flip(bit, use, differences[0] if differences else None, False, wrong, silent)


def _silence(board, design, bitstream, placed, proof, circuit, contents):
    """Why nothing that runs can notice how a circuit differs, None if that is not shown."""
    if not compare(circuit, placed).differences:
        return "it is the same circuit"
    try:
        if network_of(circuit, board).text() == network_of(placed, board).text():
            return "the cell's model does not use the setting in this mode"
    except ValueError:
        return None
    inverted, _ = _circuit(board, bitstream, contents) if contents else (None, None)
    if inverted is not None and _wrong(board, design, inverted, proof) is None:
        return "all of this memory may be inverted: each bit is written before it is read"
    longer = LONGER * proof.samples
    try:
        alike = prove(board, design, placed, lambda text: None, samples=longer, seed=OTHER_SEED,
                      timeout=2 * LONGER * PATIENCE, patience=1.0, twin=circuit)
    except BuildError:
        return None
    return (f"in another course of {longer} samples, {alike.cycles} cycles, no word of a memory "
            "and no output ever differs from what was placed")


def _circuit(board, bitstream, bits):
    """(Circuit of a file with some bits inverted, None), or (None, why it cannot be read)."""
    with tempfile.TemporaryDirectory() as folder:
        changed, family = Path(folder, bitstream.name), family_of(board)
        family.flipped(bitstream, bits, changed)
        try:
            return family.decode(changed, board).circuit, None
        except ValueError as error:
            return None, f"{error}".removeprefix(f"{changed}: ")


def _wrong(board, design, circuit, proof):
    """What is wrong with a circuit that learns as in a proof, None if nothing is."""
    try:
        prove(board, design, circuit, lambda text: None, samples=proof.samples,
              most_cycles=3 * proof.cycles, timeout=PATIENCE, patience=1.0)
    except BuildError as error:
        return f"{error}"
    return None
