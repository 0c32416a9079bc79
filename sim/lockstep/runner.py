"""Elaborates a design, builds it for a simulator and runs the lockstep on it."""

import fcntl
import hashlib
import json
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...golden.spec import Design
from ...hdl.core import Core
from ..cells import CellFamily, netlist, primitives
from ..compiling import clean_environment, failure, plain_folder
from ..model import SPLIT
from ..runtime import NO_RUNTIME, RUNTIME, runtime
from ..simulator import FINDERS, cache_folder, find, find_verilator
from ..verilog import to_verilog
from .coverage import Coverage
from .view import save_view

__all__ = ["SIMULATORS", "LockstepResult", "run_faults", "run_lockstep"]

SIMULATORS = tuple(FINDERS)


@dataclass(frozen=True)
class LockstepResult:
    """The result of a run of the lockstep.

    Attributes
    ----------
    cycles, samples : int
        Compared clock cycles; samples that agreed in all of theirs.
    cycles_per_sample : float
    divergence : str or None
        Report of the first mismatch.
    waveform : Path or None
        Kept if there was one.
    coverage : Coverage
        Of all samples up to the mismatch; of several faults, up to the latest.
    """

    cycles: int
    samples: int
    cycles_per_sample: float
    divergence: str | None
    waveform: Path | None
    coverage: Coverage


@contextmanager
def _alone(folder):
    """Wait until no other process verifies the same Verilog in the same folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _environment(wanted):
    """`os.environ` replaced for the simulator's processes, and put back."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_lockstep(design: Design, *, samples, seed, scenes=0, simulator="verilator", folder=None,
                 waves_on_divergence=True, family: CellFamily | None = None, synthesised=False):
    """Run `samples` random samples through the Verilog of `design` in lockstep with the models.

    Parameters
    ----------
    design : Design
    samples : int
    seed : int
        Of weights, samples, labels and gaps.
    scenes : int
        The most samples that are looked for (`steering`) and follow.
    simulator : str
        "verilator" or "icarus".
    folder : Path or None
        Where to build; by default a folder of the user's cache for this very Verilog.
    waves_on_divergence : bool
        After a mismatch build and run once more with a waveform.
    family : CellFamily or None
        Elaborate for this family of FPGAs, with models of its cells.
    synthesised : bool
        Run what Yosys makes of it for that family.

    Returns
    -------
    LockstepResult

    Raises
    ------
    ValueError
        The simulator is not known, or there is no family to synthesise for.
    MissingTool
        It is not installed.
    boards.tools.BuildError
        Yosys is missing or failed.
    RuntimeError
        The bench itself broke off.
    """
    find(simulator)
    text = _verilog(design, family, synthesised)
    if folder is None:
        # Make's dependency files name cocotb's and Verilator's sources, which lie in this very
        # Python environment: another one must not continue this build.
        name = hashlib.sha256(f"{sys.prefix}\0{text}".encode()).hexdigest()[:16]
        folder = plain_folder(cache_folder("lockstep")) / f"{simulator}-{name}"
    folder = Path(folder)
    job = _job(design, samples, seed, scenes)
    with _alone(folder):
        [result], coverage = _simulate(job, text, simulator, folder, waves=False)
        if result["divergence"] is None or not waves_on_divergence:
            return _result(result, None, coverage)
        waved = folder.with_name(folder.name + "-waves")
        try:
            _simulate(job, text, simulator, waved, waves=True)
        except RuntimeError as error:  # tracing needs zlib's headers: the report must not need them
            result["divergence"] += f"\nno waveform: {error}; see {waved / 'build.log'}"
            return _result(result, None, coverage)
    return _result(result, save_view(waved, design), coverage)


def run_faults(design: Design, verilog, faults, *, scenes, folder, simulator="icarus"):
    """The lockstep's scenes on a core of which an input `fault` says what is wrong with it.

    Parameters
    ----------
    design : Design
    verilog : str
        Module `core`, with that input.
    faults : sequence of int
        Values of the input, each of which is run up to the first mismatch.
    scenes : int
        As for `run_lockstep`.
    folder : Path
    simulator : str

    Returns
    -------
    list of LockstepResult
        One for each fault.
    """
    job = _job(design, 0, 0, scenes) | {"faults": list(faults)}
    results, coverage = _simulate(job, verilog, simulator, Path(folder), waves=False)
    return [_result(result, None, coverage) for result in results]


def _job(design, samples, seed, scenes):
    """What the bench is told."""
    return {"design": design.to_dict(), "samples": samples, "seed": seed, "scenes": scenes,
            "faults": [0]}


def _verilog(design, family, synthesised):
    """The core, and the cells in it if it is elaborated for a family."""
    if family is None:
        if synthesised:
            raise ValueError("family must name the chip family to synthesise for, not be None")
        return to_verilog(Core(design), "core")
    text = (netlist if synthesised else primitives)(Core(design), "core", family)
    return text + family.models(text)


def _result(result, waveform, coverage):
    per_sample = result["sample_cycles"] / result["samples"] if result["samples"] else 0.0
    return LockstepResult(result["cycles"], result["samples"], per_sample,
                          result["divergence"], waveform, coverage)


def _simulate(job, text, simulator, folder, waves):
    """Build and run; the bench's result of every fault, and the coverage of all of them."""
    from cocotb_tools.runner import get_runner  # an extra: --help works without it

    folder.mkdir(parents=True, exist_ok=True)
    if waves and simulator == "icarus":
        # The runner's own dump module is SystemVerilog; two lines of Verilog do as well.
        head, line_end, body = text[text.index("module core("):].partition(";\n")
        dump = 'initial begin $dumpfile("lockstep.fst"); $dumpvars(0, core); end\n'
        text = text[:text.index("module core(")] + head + line_end + dump + body
    _put(folder / "core.v", text)
    job_file = folder / "job.json"
    job_file.write_text(json.dumps(job))
    runner = get_runner(simulator)
    # The runner calls make by itself, and make takes its variables from the environment.
    prepare = {"verilator": _verilator, "icarus": _icarus}[simulator]
    build, environment = prepare(folder, text, waves)
    with _environment(environment):
        try:
            runner.build(hdl_toplevel="core", build_dir=folder, timescale=("1ns", "1ps"),
                         log_file=folder / "build.log", **build)
        except RuntimeError as error:  # of the command; what it said is in the log
            raise failure((folder / "build.log").read_text(errors="replace"),
                          f"the lockstep in {folder}") from error
        found = _bench(runner, job_file, folder, waves)
    return found["results"], Coverage.from_dict(Design.from_dict(job["design"]), found["coverage"])


def _put(path, text):
    """Write a source, unless it is there: what was made of it would be made again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def _verilator(folder, text, waves):
    """(Arguments of the runner's `build`, environment), with what is to be compiled in the folder.

    Only the ports are public, as far as there is no waveform: with all signals public, as is
    cocotb's habit, a model compiles three times as long.
    """
    verilator = find_verilator()
    kind = ["--vpi", *(["--trace", "--trace-fst"] if waves else [])]
    library, link = runtime(verilator, kind, cache_folder("runtime")), folder / RUNTIME
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    # Width warnings: Yosys writes Verilog that extends operands on purpose.
    options = ["-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast", "--x-initial", "fast",
               "--output-split", SPLIT]
    sources = [folder / "core.v"]
    if waves:
        options.append("--trace-fst")
    else:
        options.append("--no-public-flat-rw")
        ports = text[text.index("module core("):].partition("(")[2].partition(")")[0].split(",")
        sources.insert(0, folder / "ports.vlt")
        _put(sources[0], "`verilator_config\n" + "".join(
            f'public_flat_rw -module "core" -var "{port.strip()}"\n' for port in ports))
    make = [*verilator.make_variables, "OPT_FAST=-O1", "OPT_SLOW=-O0", *NO_RUNTIME]
    return ({"sources": sources, "build_args": options, "waves": waves},
            verilator.environment | {"MAKEFLAGS": " ".join(make)})


def _icarus(folder, text, waves):
    """As `_verilator`."""
    # Verilog of 2005: there a register's initial value is an event of time 0, and Yosys counts on
    # it to run every combinational block once.
    return ({"sources": [folder / "core.v"], "build_args": ["-g2005"]}, clean_environment())


def _bench(runner, job, folder, waves):
    """What the bench finds, run on what was built in the folder."""
    answer = job.with_suffix(".result.json")
    answer.unlink(missing_ok=True)
    # The bench asserts nothing. If not told which files to rewrite the assertions of, none, cocotb
    # does so with all that is imported, NumPy too, for more than a second.
    with suppress(SystemExit):  # the runner's way to say that the bench raised an error
        runner.test(hdl_toplevel="core", test_module="cortigate.sim.lockstep.bench",
                    build_dir=folder, test_dir=folder, waves=waves,
                    results_xml=str(folder / "results.xml"),
                    extra_env={"CORTIGATE_LOCKSTEP_JOB": str(job),
                               "COCOTB_LOG_LEVEL": "WARNING",
                               "COCOTB_REWRITE_ASSERTION_FILES": ""},
                    log_file=folder / "run.log")
    if not answer.exists():
        raise RuntimeError(f"the lockstep broke off, see {folder / 'run.log'}:\n"
                           + (folder / "run.log").read_text()[-2000:])
    return json.loads(answer.read_text())
