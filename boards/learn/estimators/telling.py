"""Lines that an estimator prints if it is asked to."""

from contextlib import AbstractContextManager

from ....golden.compilation import compiling

__all__ = ["told_of_compiling"]


def told_of_compiling(verbose: bool | int) -> AbstractContextManager[None]:
    """Inside, a line says that a model is compiled, if lines are asked for."""
    return compiling(lambda: print("Compiling a model: once on this computer", flush=True)
                     if verbose else None)
