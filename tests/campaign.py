"""Cases of which an ordinary run takes some, and `--campaign` all."""

from itertools import product

import pytest

__all__ = ["some"]


def some(*axes, every):
    """Parameters of a test, for `pytest.mark.parametrize`: all combinations of the axes' values.

    An ordinary run takes those on every `every`-th diagonal, so that it meets each value of each
    axis; the others are for campaigns.

    Parameters
    ----------
    *axes : iterable
        Values of one parameter each.
    every : int
    """
    return [pytest.param(*(value for _, value in case),
                         marks=[pytest.mark.campaign] if sum(n for n, _ in case) % every else [])
            for case in product(*(enumerate(axis) for axis in axes))]
