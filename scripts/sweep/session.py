"""A sweep that is ready to run: whatever can be judged before its first run has been."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from cortigate.boards.learn.opening import AUTO, device_names, is_port
from cortigate.golden.spec.plain import shown
from cortigate.scripts.opening import on_line
from cortigate.scripts.own.teaching import judging
from cortigate.scripts.sweep.data import problem_of_sweep, require_parts
from cortigate.scripts.sweep.file import ESTIMATORS, SweepFile
from cortigate.scripts.sweep.plans import BASELINE, SweepTrial, boards_design, plans_of, trials_of
from cortigate.scripts.sweep.running import Row, in_processes, on_devices, row_of

__all__ = ["SweepSession"]


class SweepSession:
    """A sweep on devices.

    Parameters
    ----------
    file : SweepFile
    devices : list of str
        A model alone learns in processes; others do one run at a time each.
    jobs : int or None
        Processes; None: one for each core.
    dask : str or None
        Address of a Dask cluster's scheduler, in place of processes.
    baud : int or None
    take_over : bool
        Of the boards' ports.

    Attributes
    ----------
    problem : Problem
    numbers : str
        The model that computes what the devices compute.
    plans : list of SweepPlan
    trials, baseline : list of SweepTrial

    Raises
    ------
    ValueError
        The data, a combination or the options cannot be.
    LinkError
        From a board.
    """

    def __init__(self, file: SweepFile, devices: list[str], jobs: int | None = None,
                 dask: str | None = None, *, baud: int | None = None, take_over: bool = False):
        _check(file, devices, jobs, dask)
        if not any(map(is_port, devices)):
            on_line(devices[0], baud, take_over)
        self.file, self.numbers = file, judging(devices[0])
        self._jobs, self._dask = jobs or -1, dask
        self.problem = problem_of_sweep(file)
        require_parts(file, self.problem)
        named, board = boards_design(file, devices, baud)
        self._devices = [on_line(one, baud, take_over) if is_port(one) else one for one in named]
        self.plans = plans_of(file, self.problem, board)
        made = partial(trials_of, file, self.plans, self.problem.digest)
        self.trials: list[SweepTrial] = made(self.numbers)
        self.baseline: list[SweepTrial] = (
            made(BASELINE) if file.baseline and self.numbers != BASELINE else [])

    @property
    def identity(self) -> dict[str, Any]:
        """Common to all results of this sweep, and to those of no other one."""
        measure = self.file.measure
        name = next(name for name, task in ESTIMATORS.items() if task is self.file.task)
        return {"data": self.problem.digest, "estimator": name, "measure": measure.name,
                "folds": measure.folds, "validation": measure.validation}

    @property
    def keys(self) -> list[str]:
        """Keys of all runs, each once: equal combinations are run once."""
        return list(dict.fromkeys(trial.key for trial in (*self.trials, *self.baseline)))

    def rows(self, done: Collection[str], told: Callable[[str], object]) -> Iterator[Row]:
        """Run whatever is not done yet; rows as soon as they are there.

        Parameters
        ----------
        done : collection of str
            Keys.
        told : callable
            Told in a sentence of a device that is gone.
        """
        left = {trial.key: trial for trial in (*self.trials, *self.baseline)
                if trial.key not in done}
        parts = [[trial for trial in left.values() if (trial.numbers == self.numbers) is own]
                 for own in (True, False)]
        if parts[0] and not _is_model(self._devices):
            run = partial(row_of, self.problem, self.file.measure)
            with closing(on_devices(parts.pop(0), self._devices, run, told)) as rows:
                yield from rows
        for trials in filter(None, parts):
            with closing(in_processes(self.problem, self.file.measure, trials, self._jobs,
                                      self._dask)) as rows:
                yield from rows


def _is_model(devices):
    """Whether one model computes all runs, which processes can do."""
    return len(devices) == 1 and judging(devices[0]) == devices[0]


def _check(file, devices, jobs, dask):
    """Raise ValueError for a device that is none, and options that contradict each other."""
    for device in devices:
        if device not in device_names() and not is_port(device):
            raise ValueError(f"--device must be one of {', '.join(device_names())}, or a serial "
                             f"port such as /dev/ttyUSB1 or COM3, or {AUTO}, not {shown(device)}")
    if jobs is not None and dask is not None:
        raise ValueError("--jobs and --dask both say how many runs there are at a time: leave out "
                         "one of them")
    if not _is_model(devices) and (jobs, dask) != (None, None) and not file.baseline:
        raise ValueError("--jobs and --dask are for a model alone, but a board, also a virtual "
                         "one, does one run at a time: leave them out, and name every board with "
                         "a --device of its own, such as --device virtual --device virtual")
    numbers = list(dict.fromkeys(map(judging, devices)))
    if len(numbers) > 1:
        raise ValueError("devices that share a sweep must compute the same numbers, but "
                         f"{devices[0]} computes those of {numbers[0]} and another one those of "
                         f"{numbers[1]}: sweep them one after the other")
    models = [device for device in devices if device in device_names() and device != "virtual"]
    if len(models) > 1:
        raise ValueError(f"--device names the model {models[0]} more than once: --jobs says how "
                         "many runs there are at a time")
