"""How long a rule's neurons take: stated by hand, beside the hardware's own statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..spec.plain import Plain

__all__ = ["Latency"]


@dataclass(frozen=True)
class Latency(Plain):
    """Cycles of a neuron pipeline.

    Parameters
    ----------
    neuron : int
        From a drive to the neuron's new rate.
    streams : dict of str to int
        From a drive to the value in each of `Engine.streams`.
    """

    neuron: int
    streams: Mapping[str, int] = field(default_factory=dict)
