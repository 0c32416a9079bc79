"""Numba, as the golden models use it: where NumPy is too slow, or adds in an order of its own.

Numba keeps compiled functions beside their file, or in the user's cache folder where it may not
write there, and looks only at that one file to see whether they are stale. So compiled functions
get every constant of the specification as an argument. Where they call those of another file they
are compiled by `compiled_with(that file's module)`. All are kept under names that change with the
text of the files concerned: what was compiled from an older text is never even opened, which would
fail where it had a class that is gone.

Nothing here may be compiled with `fastmath`: without it every sum is taken in the order in which it
is written, and no product is fused with a sum, so that a float comes out the same in every bit
whatever the processor can do.
"""

import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numba import guvectorize, njit, vectorize
from numba.core.event import Event, Listener, install_listener

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["LOCK", "alone", "compiled", "compiled_with", "compiling", "elementwise",
           "over_matrices"]

# Of whoever compiles; None where there is no such lock.
HERE = hashlib.sha256(str(Path(__file__).parent).encode()).hexdigest()[:16]
LOCK = Path(tempfile.gettempdir(), f"cortigate-{os.getuid()}-{HERE}.lock") if fcntl else None


Function = TypeVar("Function", bound=Callable)


def _kept(compile_: Callable[[bool], Any]) -> Any:
    """What compile_(cache) makes, kept on disk where that is possible."""
    try:
        return compile_(True)
    except RuntimeError:  # neither this folder nor the user's can be written
        return compile_(False)


def compiled(function: Function) -> Function:
    """Compile at the first call; keep the result on disk where that is possible."""
    return compiled_with()(function)


def compiled_with(*modules: ModuleType) -> Callable[[Function], Function]:
    """`compiled`, for functions that call compiled functions of other files.

    Parameters
    ----------
    *modules : module
        All files whose compiled functions they call, and those that these call in turn.
    """
    texts = [_text(inspect.getfile(module)) for module in modules]

    def decorated(function: Function) -> Function:
        together = b"".join([_text(inspect.getfile(function)), *texts])
        # Numba names the files that it keeps after the function's qualified name.
        function.__qualname__ += f"_of_{hashlib.sha256(together).hexdigest()[:16]}"
        return _kept(lambda cache: njit(cache=cache)(function))

    return decorated


@cache
def _text(path: str) -> bytes:
    """What a file holds; nothing if it is none, as of functions that are made at run time."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


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
        with alone():
            return _kept(lambda cache: guvectorize(
                [f"void({', '.join(arrays)})"], layout, cache=cache)(function))

    return over


class _First(Listener):
    """Calls a function when Numba begins to compile, once."""

    def __init__(self, call: Callable[[], object]):
        self._call: Callable[[], object] | None = call

    def on_start(self, event: Event) -> None:
        """Numba compiles what it does not find on disk."""
        call, self._call = self._call, None
        if call is not None:
            call()

    def on_end(self, event: Event) -> None:
        """Nothing to do."""


@contextmanager
def compiling(call: Callable[[], object]) -> Iterator[None]:
    """Inside, `call` is called once if anything must be compiled, just before it is."""
    with install_listener("numba:compile", _First(call)):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process of this user compiles, where that can be known.

    Numba keeps files that belong together. Two processes that compile at the same time may leave
    one each, and whoever loads these crashes.
    """
    with ExitStack() as held:
        if fcntl is not None and LOCK is not None:
            with suppress(OSError):  # no file can be made there
                lock = held.enter_context(LOCK.open("a"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
