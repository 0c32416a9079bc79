"""Elaborates a design, builds it for a simulator and runs the lockstep on it."""

import fcntl
import hashlib
import json
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cocotb_tools.runner import get_runner

from ...golden.spec import Design
from ...hdl.core import Core
from ..cells import Family, netlist, primitives
from ..simulator import cache_folder, find_icarus, find_verilator
from ..verilog import to_verilog
from .coverage import Coverage
from .view import save_view

__all__ = ["SIMULATORS", "LockstepResult", "run_faults", "run_lockstep"]

SIMULATORS = ("verilator", "icarus")


@dataclass(frozen=True)
class LockstepResult:
    """What a run of the lockstep saw.

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
def _environment(changes):
    """`os.environ` changed for the simulator's processes, and put back."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_lockstep(design: Design, *, samples, seed, scenes=0, simulator="verilator", folder=None,
                 waves_on_divergence=True, family: Family | None = None, synthesised=False):
    """Run `samples` random samples through the Verilog of `design` in lockstep with the models.

    Parameters
    ----------
    design : Design
    samples : int
    seed : int
        Of weights, samples, labels and gaps.
    scenes : int
        So many samples that are looked for (`steering`) follow at most.
    simulator : str
        "verilator" or "icarus".
    folder : Path or None
        Where to build; by default a folder of the user's cache for this very Verilog.
    waves_on_divergence : bool
        After a mismatch build and run once more with a waveform.
    family : Family or None
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
    environment = _simulator_environment(simulator)
    text = _verilog(design, family, synthesised)
    if folder is None:
        # Make's dependency files name cocotb's and Verilator's sources, which lie in this very
        # Python environment: another one must not continue this build.
        name = hashlib.sha256(f"{sys.prefix}\0{text}".encode()).hexdigest()[:16]
        folder = cache_folder() / "lockstep" / f"{simulator}-{name}"
    folder = Path(folder)
    with _environment(environment), _alone(folder):
        job = _job(design, samples, seed, scenes)
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
    with _environment(_simulator_environment(simulator)):
        results, coverage = _simulate(job, verilog, simulator, Path(folder), waves=False)
    return [_result(result, None, coverage) for result in results]


def _simulator_environment(simulator):
    """What has to be set for a simulator, which is there.

    Raises
    ------
    ValueError, MissingTool
    """
    if simulator not in SIMULATORS:
        raise ValueError(f"simulator must be one of {', '.join(SIMULATORS)}, not {simulator!r}")
    if simulator == "icarus":
        find_icarus()
        return {}
    verilator = find_verilator()
    # The runner calls make by itself, and make takes these from its environment.
    return verilator.environment | {"MAKEFLAGS": verilator.make_options[1]}


def _job(design, samples, seed, scenes):
    """What the bench is told."""
    return {"design": design.to_dict(), "samples": samples, "seed": seed, "scenes": scenes,
            "faults": [0]}


def _verilog(design, family, synthesised):
    """The core, and the cells in it if it is elaborated for a family."""
    if family is None:
        if synthesised:
            raise ValueError("family must be one to synthesise for, not None")
        return to_verilog(Core(design), "core")
    text = (netlist if synthesised else primitives)(Core(design), "core", family)
    return text + family.models(text)


def _result(result, waveform, coverage):
    per_sample = result["sample_cycles"] / result["samples"] if result["samples"] else 0.0
    return LockstepResult(result["cycles"], result["samples"], per_sample,
                          result["divergence"], waveform,
                          coverage)


def _simulate(job, text, simulator, folder, waves):
    """Build and run; the bench's result of every fault, and the coverage of all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    if waves and simulator == "icarus":
        # The runner's own dump module is SystemVerilog; two lines of Verilog do as well.
        head, line_end, body = text[text.index("module core("):].partition(";\n")
        dump = 'initial begin $dumpfile("lockstep.fst"); $dumpvars(0, core); end\n'
        text = text[:text.index("module core(")] + head + line_end + dump + body
    source = folder / "core.v"
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    job_file = folder / "job.json"
    job_file.write_text(json.dumps(job))
    runner = get_runner(simulator)
    build_args = {
        # Width warnings: Yosys writes Verilog that extends operands on purpose.
        "verilator": ["-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast",
                      "--x-initial", "fast", *(["--trace-fst"] if waves else [])],
        # Verilog of 2005: there a register's initial value is an event of time 0, and Yosys counts
        # on it to run every combinational block once.
        "icarus": ["-g2005"],
    }[simulator]
    runner.build(sources=[source], hdl_toplevel="core", build_dir=folder,
                 waves=waves and simulator != "icarus", build_args=build_args,
                 timescale=("1ns", "1ps"), log_file=folder / "build.log")
    answer = job_file.with_suffix(".result.json")
    answer.unlink(missing_ok=True)
    with suppress(SystemExit):  # the runner's way to say that the bench raised an error
        runner.test(hdl_toplevel="core", test_module="cortigate.sim.lockstep.bench",
                    build_dir=folder, test_dir=folder, waves=waves,
                    results_xml=str(folder / "results.xml"),
                    extra_env={"CORTIGATE_LOCKSTEP_JOB": str(job_file),
                               "COCOTB_LOG_LEVEL": "WARNING"},
                    log_file=folder / "run.log")
    if not answer.exists():
        raise RuntimeError(f"the lockstep broke off, see {folder / 'run.log'}:\n"
                           + (folder / "run.log").read_text()[-2000:])
    found = json.loads(answer.read_text())
    return found["results"], Coverage.from_dict(Design.from_dict(job["design"]), found["coverage"])
