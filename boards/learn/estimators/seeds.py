"""A parameter `random_state` as the seed of a fit: a number, None, or a source of numbers."""

from copy import deepcopy
from typing import TypeAlias

import numpy as np
from sklearn.utils import check_random_state

from ....golden.spec.plain import shown
from ....golden.spec.qformat import check_integer

__all__ = ["Seed", "is_source", "next_seed", "use_up"]

Seed: TypeAlias = int | np.random.RandomState | np.random.Generator | None
MOST_SEED = 2**64 - 1
MOST_DRAWN = 2**31  # below it, as scikit-learn draws seeds


def is_source(random_state: object) -> bool:
    """True for what has numbers to draw, and goes on by drawing."""
    return isinstance(random_state, np.random.RandomState | np.random.Generator)


def next_seed(random_state: object) -> int:
    """The seed that a parameter gives next; a source stays where it is.

    None gives another one each time: NumPy's own source goes on at once.

    Raises
    ------
    TypeError, ValueError
        It is none of those kinds, or a number outside of 0 .. 2**64 - 1.
    """
    if isinstance(random_state, int | np.integer):
        return check_integer("random_state", random_state, 0, MOST_SEED)
    source = _source(random_state)
    return _drawn(source if random_state is None else deepcopy(source))


def use_up(random_state: object) -> None:
    """Let a source go on past the number that `next_seed` has found there."""
    if not isinstance(random_state, int | np.integer | None):
        _drawn(_source(random_state))


def _source(random_state):
    if isinstance(random_state, np.random.Generator):
        return random_state
    try:
        return check_random_state(random_state)
    except ValueError:
        raise ValueError("random_state must be an integer, None, or NumPy's RandomState or "
                         f"Generator, not {shown(random_state)}") from None


def _drawn(source):
    if isinstance(source, np.random.Generator):
        return int(source.integers(MOST_DRAWN))
    return int(source.randint(MOST_DRAWN))
