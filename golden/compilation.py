"""Numba, as the golden models use it: where NumPy is too slow, or adds in an order of its own.

Numba keeps compiled functions beside their file, or in the user's cache folder where it may not
write there, and looks only at that one file to see whether they are stale. So a file with compiled
functions calls none of another file, and gets every constant of the specification as an argument.

Nothing here may be compiled with `fastmath`: without it every sum is taken in the order in which it
is written, and no product is fused with a sum, so that a float comes out the same in every bit
whatever the processor can do.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numba import guvectorize, njit, vectorize

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["LOCK", "compiled", "elementwise", "over_matrices"]

# Of whoever compiles; None where there is no such lock.
LOCK = Path(tempfile.gettempdir(), f"cortigate-{os.getuid()}.lock") if fcntl else None


Function = TypeVar("Function", bound=Callable)


def _kept(compile_: Callable[[bool], Any]) -> Any:
    """What compile_(cache) makes, kept on disk where that is possible."""
    try:
        return compile_(True)
    except RuntimeError:  # neither this folder nor the user's can be written
        return compile_(False)


def compiled(function: Function) -> Function:
    """Compile at the first call; keep the result on disk where that is possible."""
    return _kept(lambda cache: njit(cache=cache)(function))


def elementwise(function: Callable[[float], float]) -> np.ufunc:
    """Compile a function of one float64 to a NumPy ufunc; kept as `compiled` does."""
    return _kept(lambda cache: vectorize(["float64(float64)"], cache=cache)(function))


def over_matrices(layout: str) -> Callable[[Callable[..., None]], np.ufunc]:
    """Compile a function (*inputs, output) of float64 matrices; kept as `compiled` does.

    It becomes a NumPy ufunc over the last two axes, with their sizes as in `layout`, such as
    "(m,k),(k,n)->(m,n)"; all axes before them broadcast.
    """
    arrays = ["float64[:, :]"] * layout.count("(")

    def over(function: Callable[..., None]) -> np.ufunc:
        with _alone():
            return _kept(lambda cache: guvectorize(
                [f"void({', '.join(arrays)})"], layout, cache=cache)(function))

    return over


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process of this user compiles, where that can be known.

    Of a ufunc over matrices Numba keeps two files that belong together. Two processes that compile
    it at the same time may leave one each, and whoever loads these crashes.
    """
    with ExitStack() as held:
        if LOCK is not None:
            with suppress(OSError):  # no file can be made there
                lock = held.enter_context(LOCK.open("a"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
