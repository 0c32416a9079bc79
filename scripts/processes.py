"""Work for several processes: results as soon as they are there, and an end without a word."""

import warnings
from collections.abc import Generator, Iterable
from concurrent.futures import BrokenExecutor
from contextlib import nullcontext
from typing import Any

from joblib import Parallel, parallel_config

__all__ = ["results_of"]


def results_of(tasks: Iterable[Any], jobs: int = -1, *, ordered: bool = True,
               client: Any = None) -> Generator[Any]:
    """Results of tasks that processes carry out.

    To close the generator ends what is under way. joblib would warn of that: who interrupts a
    command means it.

    Parameters
    ----------
    tasks : iterable
        Of `joblib.delayed`.
    jobs : int
        Processes; -1: one for each core, or as many as a cluster has.
    ordered : bool
        In the order of the tasks; else in that of their ends, and none waits for another one.
    client : distributed.Client or None
        Of a Dask cluster, whose processes these are.

    Raises
    ------
    RuntimeError
        A process was ended from outside.
    """
    ways: Any = {"return_as": "generator"} if ordered else {
        "return_as": "generator_unordered", "batch_size": 1}
    with nullcontext() if client is None else parallel_config("dask", client=client):
        workers = Parallel(n_jobs=jobs, **ways)
    found: Any = workers(tasks)
    try:
        for one in found:
            yield one
    except BrokenExecutor as error:
        raise RuntimeError("a process was ended from outside, as systems do that have no memory "
                           "left: let fewer work at a time") from error
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found.close()
