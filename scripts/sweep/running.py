"""One run of a sweep, and runs in processes, on a Dask cluster, or on several devices at once."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import Any

import numpy as np
from joblib import delayed
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from cortigate.boards.device.digests import weights_digest
from cortigate.boards.host.link import LinkError
from cortigate.golden.spec.plain import shown
from cortigate.scripts.opening import PortLine
from cortigate.scripts.own.problem import OwnTask, Problem
from cortigate.scripts.processes import results_of
from cortigate.scripts.sweep.data import validations
from cortigate.scripts.sweep.file import Measure
from cortigate.scripts.sweep.plans import SweepTrial
from cortigate.scripts.tables import versions

__all__ = ["Row", "in_processes", "on_devices", "row_of"]

Row = dict[str, Any]
PATIENCE = 10  # seconds for a cluster to answer


class Ended(Exception):
    """A run was ended from outside, after an epoch."""


def row_of(problem: Problem, measure: Measure, trial: SweepTrial, device: str | PortLine,
           stop: Event | None = None) -> Row:
    """Result of a run; its score is None if it has diverged.

    Parameters
    ----------
    problem : Problem
        What it holds out is not looked at.
    measure : Measure
    trial : SweepTrial
    device : str or PortLine
        On which it learns, opened for it; it is judged on a model that computes the same.
    stop : Event or None
        Ends the run after an epoch once it is set.

    Raises
    ------
    ValueError, LinkError
        As of `fit`.
    Ended
        It was stopped.
    """
    def told(*_):
        if stop is not None and stop.is_set():
            raise Ended

    plan, began = trial.plan, time.monotonic()
    scores, epochs, cycles, digests = [], [], 0, []
    with threadpool_limits(1):  # the matrices are small, and other runs share the machine
        for part in validations(problem, measure, trial.seed):
            learner: Any = clone(plan.estimator)
            learner.set_params(device=device, random_state=trial.seed, callback=told)
            try:
                learner.fit(part.x, part.y)
            except ValueError as error:
                error.add_note(f"(seed {trial.seed}, {plan.choice.text() or 'as usual'})")
                raise
            learner.set_params(device=trial.numbers)
            scores.append(_score(part, learner))
            epochs.append(learner.n_epochs_)
            cycles += learner.cycles_
            if learner.weights_["W1"].dtype.kind == "i":
                digests.append(weights_digest(learner.weights_))
    design = plan.design
    diverged = any(score is None for score in scores)
    return {"run": trial.key, "score": None if diverged else sum(scores) / len(scores),
            "seed": trial.seed,
            "numbers": trial.numbers, "rule": design.rule.name, "network": str(design.network),
            "choice": plan.choice.said, "design": design.digest, "device": str(device),
            "scores": scores, "epochs": epochs, "cycles": cycles, "weights": digests,
            "seconds": round(time.monotonic() - began, 2)}


def _score(part, learner):
    """The measure of a fitted estimator; None where its numbers have grown beyond all bounds."""
    try:
        score = part.score(learner)
    except ValueError:  # scikit-learn's, of predictions that are no numbers
        if all(np.isfinite(values).all() for values in learner.weights_.values()):
            raise
        return None
    if not np.isfinite(score):
        return None
    return -score if part.task is OwnTask.ANOMALY else score


def in_processes(problem: Problem, measure: Measure, trials: Iterable[SweepTrial], jobs: int = -1,
                 dask: str | None = None) -> Generator[Row]:
    """Rows of runs on the models of their numbers, as soon as they are done.

    Parameters
    ----------
    problem : Problem
    measure : Measure
    trials : iterable of SweepTrial
    jobs : int
        Processes; -1: one for each core.
    dask : str or None
        Address of the scheduler of a Dask cluster, which takes the place of processes.

    Raises
    ------
    ModuleNotFoundError
        Dask is not installed.
    ValueError
        The cluster does not answer, or has another version of cortigate.
    """
    tasks = (delayed(row_of)(problem, measure, trial, trial.numbers) for trial in trials)
    if dask is None:
        yield from results_of(tasks, jobs, ordered=False)
    else:
        with cluster(dask) as client:
            yield from results_of(tasks, ordered=False, client=client)


@contextmanager
def cluster(address: str) -> Iterator[Any]:
    """A client of the Dask cluster at an address, closed in the end; errors as of `in_processes`.
    """
    from distributed import Client  # an extra, and slow to import
    from distributed.comm.addressing import get_address_host_port

    try:
        if not address.startswith("inproc://"):  # of this very process
            get_address_host_port(address)  # or a client ends late, with a traceback
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"no Dask scheduler answers at {shown(address)} ({reason}): start one "
                         "with `dask scheduler`, and name its address with --dask tcp://HOST:8786"
                         ) from None
    with client:
        own = versions()["cortigate"]
        others: Any = client.run(versions, on_error="return")
        for worker, found in others.items():
            other = found["cortigate"] if isinstance(found, dict) else f"none ({found})"
            if other != own:
                raise ValueError(f"every worker must have cortigate {own} installed, but "
                                 f"{worker} has {other}")
        yield client


def on_devices(trials: Iterable[SweepTrial], devices: Sequence[str | PortLine],
               run: Callable[[SweepTrial, str | PortLine, Event], Row],
               told: Callable[[str], object]) -> Generator[Row]:
    """Rows of runs on devices of which each does one at a time, as soon as they are done.

    A device whose link fails is not used any more, and its run is done again on another one.

    Parameters
    ----------
    trials : iterable of SweepTrial
    devices : list of str or PortLine
        One that is named twice is opened twice.
    run : callable
        ``run(trial, device, stop)`` gives a row: see `row_of`.
    told : callable
        Told in a sentence of a device that is gone.

    Raises
    ------
    RuntimeError
        No device is left.
    """
    left, idle, under_way, stop = deque(trials), list(devices), {}, Event()
    with ThreadPoolExecutor(len(devices)) as threads:
        try:
            while left or under_way:
                while left and idle:
                    trial, device = left.popleft(), idle.pop(0)
                    under_way[threads.submit(run, trial, device, stop)] = trial, device
                if not under_way:
                    raise RuntimeError(f"no device is left for {len(left)} runs: plug one in")
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    trial, device = under_way.pop(done)
                    try:
                        row = done.result()
                    except LinkError as error:
                        left.appendleft(trial)
                        told(f"{device} is not used any more: {error}. Its run, seed {trial.seed} "
                             f"with {trial.plan.choice.text() or 'the usual parameters'}, is "
                             "left to the others.")
                    else:
                        idle.append(device)
                        yield row
        finally:
            stop.set()
