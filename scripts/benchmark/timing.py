"""How fast the programs are on this computer: all of them, one after the other, in one thread."""

import time
from dataclasses import dataclass
from itertools import count

import numpy as np
from threadpoolctl import threadpool_limits

from cortigate.golden.spec.plain import Plain

from .backprop import NumpyBackprop, Task
from .compiled import CompiledBackprop, NoCompiler
from .pytorch import INSTALL, TorchBackprop

__all__ = ["AGREE", "Speed", "check_losses", "speed_of", "speeds"]

WARM_UP, REPETITIONS, SECONDS = 2, 5, 1.0
QUIET = 0.97  # share of a pass in which this thread must have had its core
PATIENCE = 6  # times `seconds` in which to find undisturbed passes
# Samples over which the programs must have the same losses, and how closely: float32 has 7 digits,
# and sums are taken in other orders; later a neuron at its bound tips one way here, another there.
AGREE, TOLERANCE = 50, 1e-3


@dataclass(frozen=True)
class Speed(Plain):
    """Samples per second of one program.

    Parameters
    ----------
    name, about : str
        Which program; versions and flags, or why it has no figures and what to do about it.
    median, low, high, best : float or None
        Over the repetitions: median, quartiles and fastest.
    repetitions : int
        Passes over the samples that were timed.
    disturbed : bool
        Other programs had the core, too: the figures are too low.
    left : float
        Share of the samples that the task's margin leaves alone.
    """

    name: str
    about: str
    median: float | None = None
    low: float | None = None
    high: float | None = None
    best: float | None = None
    repetitions: int = 0
    disturbed: bool = False
    left: float = 0.0


def speed_of(program, seconds=SECONDS):
    """Speed of a program: passes over its samples, each from the first weights.

    Two passes warm up; then at least five are timed, by a clock that never goes back, until they
    took `seconds`. Putting the weights back is not timed. Passes in which other programs had the
    core do not count, unless there is no end of them: then all count, and the speed is disturbed.
    """
    quiet, all_of_them, began = [], [], time.perf_counter()
    for repetition in count():
        program.reset()
        start, worked = time.perf_counter(), time.thread_time()
        program.learn()
        worked, taken = time.thread_time() - worked, time.perf_counter() - start
        if repetition < WARM_UP:
            continue
        all_of_them.append(taken)
        if worked > QUIET * taken:
            quiet.append(taken)
        if len(quiet) >= REPETITIONS and sum(quiet) >= seconds:
            break
        waited = time.perf_counter() - began
        if waited > PATIENCE * seconds and len(all_of_them) >= REPETITIONS:
            break
    disturbed = len(quiet) < REPETITIONS
    rates = len(program.task.x) / np.array(all_of_them if disturbed else quiet)
    low, median, high = (float(value) for value in np.percentile(rates, (25, 50, 75)))
    return Speed(program.name, program.about, median, low, high, float(rates.max()), len(rates),
                 disturbed, program.left / len(program.task.x))


def check_losses(programs):
    """RuntimeError unless programs that have run found the same losses at first."""
    losses = {program.name: program.losses[:AGREE] for program in programs}
    names = list(losses)
    for name in names[1:]:
        if not np.allclose(losses[name], losses[names[0]], rtol=TOLERANCE, atol=TOLERANCE):
            raise RuntimeError(f"{name} and {names[0]} do not compute the same: losses of the "
                               f"first {AGREE} samples differ, so their times cannot be compared")


def speeds(task: Task, seconds=SECONDS, log=lambda text: None):
    """Speed of C without zeros, C that leaves out nothing, NumPy and PyTorch; one thread each.

    Raises
    ------
    RuntimeError
        They do not learn the same.
    """
    makers = (("C, zeros left out", CompiledBackprop),
              ("C, nothing left out", lambda task: CompiledBackprop(task, dense=True)),
              ("NumPy", NumpyBackprop), ("PyTorch", TorchBackprop))
    found, programs = [], []
    with threadpool_limits(limits=1):
        for name, make in makers:
            try:
                program = make(task)
            except NoCompiler as error:
                found.append(Speed(name, f"{error}"))
                continue
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] != "torch":
                    raise
                found.append(Speed(name, INSTALL))
                continue
            log(f"timing {program.about}")
            found.append(speed_of(program, seconds))
            programs.append(program)
    check_losses(programs)
    return found
