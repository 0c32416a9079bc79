# amaranth: UnusedElaboratable=no
"""From a design to a bitstream that is proven: synthesis, placement, packing, and all checks."""

# What was made in vain, since a check failed, is no mistake: so says the first line.

import hashlib
import json
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path

from ..golden.spec import Design
from .bitstream.circuit import Circuit
from .bitstream.compare import Comparison, compare
from .blocks import lost
from .board import BoardSpec
from .extras import command_name
from .fit import largest_hidden, largest_lanes, shortage
from .flow import flow
from .pins import pins_of, wanted
from .record import REPORT
from .report import Report, netlist_cells
from .storage.scratch import scratch
from .timing import Timing, judged
from .tools import BuildError, run

__all__ = ["STAGES", "Build", "Proof", "build", "family_of", "made_hz", "not_read"]

STAGES = ("rtl", "netlist", "placed", "bitstream")


@dataclass(frozen=True)
class Proof:
    """Learning that was run on what a build has made, equal to the integer model in all of it.

    Parameters
    ----------
    stage : str
        What was run, one of `STAGES`: "bitstream" is the file itself.
    samples : int
        Learned, one after the other.
    weights, predictions : int
        Compared afterwards, all equal.
    cycles : int
        Clock cycles that were simulated.
    """

    stage: str
    samples: int
    weights: int
    predictions: int
    cycles: int

    def __str__(self):
        return f"{self.stage}, {self.samples} samples"


@dataclass(frozen=True)
class Build:
    """A finished build: the placement that was kept, what was proven, where the bitstream is.

    Parameters
    ----------
    report : Report
    timing : Timing
    comparison : Comparison or None
        Of the file with the placed netlist; None where files of the chip are not read back.
    proof : Proof or None
    bitstream : Path
    circuit : boards.bitstream.circuit.Circuit
        That was decoded from the bitstream, or placed, where files of the chip are not read back.
    """

    report: Report
    timing: Timing
    comparison: Comparison | None
    proof: Proof | None
    bitstream: Path
    circuit: Circuit


def build(board: BoardSpec, design: Design, output, *, core=None, seeds=(1,), prove=None,
          log=print):
    """Build `design` for `board`; bitstream, logs and report.json go to the folder `output`.

    Every block that the design instantiates is checked after synthesis and after packing, the
    constraint against the clock in use, the file against the placed netlist, cell by cell, if files
    for the chip are read back (`Chip.readable`); else a warning says so. The folder appears
    complete or not at all; a failed build leaves its files in ``<output>.failed``.

    Parameters
    ----------
    board : BoardSpec
    design : Design
    output : path
    core : wiring.Component or None
        What to build in place of ``board.core(design)``; same ports.
    seeds : iterable of int
        Placements to try: the first that is fast enough is kept.
    prove : callable or None
        ``prove(board, design, circuit, log)`` runs the circuit that was decoded from the file and
        returns a `Proof`, or raises BuildError: `sim.proof.prove`. None: nothing is proven, and
        the record says so.
    log : callable
        Receives the progress, as of `tools.run`.

    Returns
    -------
    Build

    Raises
    ------
    BuildError
        A tool is missing or failed, the chip lacks a pin, the design does not fit (the message
        names the largest that does), a check failed, or no placement reaches the clock of the
        board.
    """
    seeds = tuple(seeds)
    if not seeds:
        raise ValueError("seeds must name at least one placement")
    if core is None:
        _refuse(design, board, shortage(design, board.chip, certain=True))
    _has_pins(board)
    output = Path(output).resolve()
    log(f"elaboration of {_described(design)} for {board.name} …")
    core = board.core(design) if core is None else core
    steps = flow(board, core, design)
    with _folder(output) as folder, _too_large_is_told(design, board):
        steps.write(folder)
        log("the first run of each tool compiles it, which takes up to a minute")
        run(steps.synthesis, folder, "synthesis", log)
        given, netlist = (_json(folder / f"{steps.name}{end}") for end in (".given.json", ".json"))
        _keeps_blocks(given, netlist, "synthesis", packed=False)
        cells = netlist_cells(netlist)
        _has_blocks(board, design, cells)
        report, timing = _placement(board, steps, folder, seeds, cells, log)
        placed = _json(folder / f"seed{report.seed}.pnr.json")
        _keeps_blocks(given, placed, "packing", packed=True)
        bitstream = _packed(board, steps, folder, report.seed, placed, log)
        if board.chip.readable:
            circuit, comparison = _compared(board, bitstream, placed, log)
            stage = {}
        else:
            log(f"WARNING: {not_read(board)}")
            circuit, comparison, stage = _placed(board, placed), None, {"stage": "placed"}
        proof = None if prove is None else prove(board, design, circuit, log, **stage)
        result = Build(report, timing, comparison, proof, bitstream, circuit)
        tools = {"synthesis": netlist["creator"], "placement": placed["creator"]}
        _write_record(folder, board, design, result, tools)
    return replace(result, bitstream=output / bitstream.name)


def family_of(board: BoardSpec):
    """The module that reads the files of the board's family: `boards.bitstream.FAMILY`."""
    return import_module(f".bitstream.{board.chip.family.name}", __package__)


def _has_pins(board):
    """BuildError if the chip's package lacks a pin that the board names."""
    try:
        known = family_of(board).pins(board)
    except ValueError as error:
        raise BuildError(f"the pins of {board.name} cannot be checked: {error}") from error
    for resource in wanted(board):
        for part, pin in pins_of(board, resource).items():
            if lacking := [name for name in pin.name.split() if name not in known]:
                raise BuildError(f"{f'{resource}#0 {part}'.strip()} of {board.name} is at the pin "
                                 f"{', '.join(lacking)}, which {board.chip.name} does not have in "
                                 "the platform's package")


def not_read(board: BoardSpec):
    """A sentence: what is not checked of a board whose chip's files are not read back."""
    return (f"files for {board.chip.name} cannot be read back yet: this one has not been compared "
            "with what was placed, and its pins and its clock have not been checked in it; what "
            "was placed is what a proof runs")


def _placed(board, placed):
    """The circuit that was placed."""
    try:
        return family_of(board).placed(placed, board)
    except ValueError as error:
        raise BuildError(f"what was placed is not understood: {error}") from error


def made_hz(board: BoardSpec, circuit):
    """Clock that a circuit makes of the board's oscillator: its PLL's, else the oscillator's.

    Raises
    ------
    ValueError
        The PLL is not understood, or the platform does not say the oscillator's frequency; on a
        board with `usb`: the clocks of USB are not made, or others than these and one more.
    """
    if not any("PLL" in cell.kind for cell in circuit.cells.values()):
        return board.reference_hz
    if board.usb is None:
        return family_of(board).clock_hz(circuit, board.reference_hz)
    made = sorted(family_of(board).clocks_hz(circuit, board.reference_hz).values())
    left = list(made)
    for name, hz in board.domains.items():
        near = [one for one in left if abs(one / hz - 1) < 1e-6]
        if name != "sync" and near:
            left.remove(near[0])
    if len(made) != len(board.domains) or len(left) != 1:
        raise ValueError(f"PLLs must make {', '.join(map(str, board.domains.values()))} Hz for "
                         f"{', '.join(board.domains)}, not {', '.join(map(str, made))}")
    return left[0]


def _json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _keeps_blocks(given, netlist, stage, *, packed):
    """BuildError if a block that was instantiated has lost something."""
    if found := lost(given, netlist, packed=packed):
        raise BuildError(f"{stage} has changed blocks that the design instantiates, so that they "
                         "would compute something else:\n" + "\n".join(found))


def _has_blocks(board, design, cells):
    """BuildError if a netlist has more blocks than the chip: a placer may look for room forever.

    Families whose tools call a block otherwise than Yosys does have a placer that gives up.
    """
    chip = board.chip
    lacking = [f"{used} {kind} of {there}" for kind, there in (
        ("DSP", chip.dsps), ("block RAM", chip.block_rams))
        if (used := cells.get(chip.family.cells[kind], 0)) > there]
    _refuse(design, board, lacking)


def _placement(board, steps, folder, seeds, cells, log):
    """(Report, Timing) of the first placement that is fast enough."""
    tried = []
    for seed in seeds:
        run(steps.placement(seed), folder, f"placement, seed {seed}", log)
        report = Report.read(folder, seed, board.cells, cells)
        timing = judged(board, report, folder, steps.constraints)
        log(f"seed {seed}: {timing}")
        if timing.met:
            return report, timing
        tried.append((report, timing))
    report, timing = max(tried, key=lambda pair: pair[1].icetime or pair[1].achieved)
    needed = board.clock_hz / 1e6 * (1 + timing.margin)
    raise BuildError(
        f"{board.name} runs at {board.clock_hz / 1e6:g} MHz, for which a placement must reach "
        f"{needed:.2f} MHz, but the best of seeds {', '.join(map(str, seeds))} reaches {timing}: "
        "try others (--seed), or a slower clock (--clock); slowest path:\n"
        + "\n".join(report.critical)
    )


def _packed(board, steps, folder, seed, placed, log):
    """Path of the bitstream of a placement."""
    mend = getattr(family_of(board), "mend", None)
    if mend is not None:
        try:
            count = mend(placed)
        except ValueError as error:
            raise BuildError(f"the placed netlist cannot be mended: {error}") from error
        log(f"{count} heads of carry chains mended, which heard an unconnected carry")
        (folder / f"seed{seed}.pnr.json").write_text(json.dumps(placed), encoding="utf-8")
    run(steps.packing(seed), folder, "bitstream", log)
    made = folder / f"{steps.name}{steps.suffix}"
    if board.flash is not None and (size := made.stat().st_size) > board.flash.first:
        raise BuildError(f"{made.name} has {size} bytes, but stored samples begin at byte "
                         f"{board.flash.first} of the flash memory of {board.name}: its `flash` "
                         "must begin later")
    return made


def _compared(board, bitstream, placed, log):
    """The circuit in the file, and its comparison with the placed one."""
    log("comparison of the file with the placed netlist …")
    family = family_of(board)
    try:
        circuit = family.decode(bitstream, board).circuit
        comparison = compare(circuit, family.placed(placed, board))
        made = made_hz(board, circuit)
    except ValueError as error:
        raise BuildError(f"{bitstream.name} cannot be read back: {error}") from error
    log(f"comparison: {comparison}")
    if comparison.differences:
        raise BuildError(f"{bitstream.name} is not what was placed: {comparison}")
    if abs(made / board.clock_hz - 1) > 1e-6:
        raise BuildError(f"the clock in {bitstream.name} is {made / 1e6:g} MHz, not the "
                         f"{board.clock_hz / 1e6:g} MHz of {board.name}")
    return circuit, comparison


def _described(design):
    return f"{design.network} ({design.rule.name}, {design.lanes} lanes)"


def _refuse(design, board, lacking):
    """BuildError if a chip lacks something, a list of texts: with what fits instead."""
    if lacking:
        raise BuildError(f"{_described(design)} needs {', '.join(lacking)} on {board.name}: "
                         f"{_largest(design, board)}")


def _largest(design, board):
    """What fits instead, as text."""
    sizes = design.network.sizes
    hidden = largest_hidden(design, board.chip)
    found = [f"{sizes[0]}-{hidden}-{sizes[-1]} with {design.lanes} lanes"] if hidden else []
    lanes = largest_lanes(design, board.chip)
    found += [f"{design.network} with {lanes} lanes"] if lanes else []
    return f"the largest that fit, by estimate, are {' and '.join(found)}" if found else (
        "by estimate no design of this kind fits; take another board, see "
        f"`{command_name()} boards`")


@contextmanager
def _too_large_is_told(design, board):
    """Adds the largest network that fits to a tool's message that there is no room."""
    try:
        yield
    except BuildError as error:
        if not _NO_ROOM.search(str(error)):
            raise
        raise BuildError(f"{_described(design)} does not fit on {board.name}: "
                         f"{_largest(design, board)}\n{error}") from None


# How nextpnr's placers say that a kind of cell is used up.
_NO_ROOM = re.compile(r"[Uu]nable to (find|place)|no BELs? remaining|failed to place|no space|"
                      r"too many")


@contextmanager
def _folder(output):
    """A new folder that becomes `output` if all went well, ``<output>.failed`` on a BuildError."""
    with scratch(output) as parent:
        folder = parent / "new"
        folder.mkdir()
        try:
            yield folder
        except BuildError as error:
            failed = output.with_name(f"{output.name}.failed")
            _replace(folder, failed, parent)
            raise BuildError(f"{error}\nall files of this build: {failed}") from None
        _replace(folder, output, parent)


def _replace(folder, target, parent):
    """Rename `folder` to `target`; what was there goes to the temporary folder `parent`."""
    if target.exists():
        target.rename(parent / "old")
    folder.rename(target)


def _write_record(folder, board, design, result, tools):
    record = {
        "board": board.name,
        "clock_hz": board.clock_hz,
        "baud": board.baud,
        "design": design.to_dict(),
        "digest": design.digest,
        "report": asdict(result.report),
        "timing": asdict(result.timing),
        "comparison": result.comparison and asdict(result.comparison),
        "proof": None if result.proof is None else asdict(result.proof),
        "tools": tools,  # what they call themselves
        "bitstream": result.bitstream.name,
        "sha256": hashlib.sha256(result.bitstream.read_bytes()).hexdigest(),
    }
    (folder / REPORT).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
