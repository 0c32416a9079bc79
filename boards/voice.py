"""Sentences beside results, on standard error: such as what is compiled, and why it takes a while.

They can be muted, which `--quiet` does.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["muted", "tell"]

_MUTED: list[bool] = []  # of the whole process: one entry for each `muted` that is entered


def tell(text: str) -> None:
    """Tell the user, beside whatever goes to standard output."""
    if not _MUTED:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def muted() -> Iterator[None]:
    """Inside, `tell` says nothing, in all threads."""
    _MUTED.append(True)
    try:
        yield
    finally:
        _MUTED.pop()
