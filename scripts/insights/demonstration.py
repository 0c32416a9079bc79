"""The demo's settings for a rule if its user names nothing else: the digits, and other tasks."""

from dataclasses import dataclass

from cortigate.golden.spec.plain import Plain

__all__ = ["Demonstration", "Practice"]


@dataclass(frozen=True)
class Demonstration(Plain):
    """A network for the digits, and how long it learns.

    Parameters
    ----------
    layers : str
        Neurons per layer, 64-…-10.
    lanes, epochs : int
    """

    layers: str
    lanes: int
    epochs: int


@dataclass(frozen=True)
class Practice(Plain):
    """How a rule learns a task other than the digits.

    Parameters
    ----------
    epochs : int
    learning_rate_shift : int or None
        k of eta = 2**-k: the best on a part of the training data; None is what the rule
        recommends.
    hidden : str or None
        Its hidden units; None is the rule's own.
    """

    epochs: int = 10
    learning_rate_shift: int | None = None
    hidden: str | None = None
