"""The demo's settings for a rule if its user names nothing else."""

from dataclasses import dataclass

from cortigate.golden.spec.plain import Plain

__all__ = ["Demonstration"]


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
