"""How the last layer's weights lie: as those of other layers, transposed, or a part of them so."""

from dataclasses import dataclass

from .plain import Plain

__all__ = ["LastLayer"]


@dataclass(frozen=True)
class LastLayer(Plain):
    """Neurons of the last layer by how their weights are stored.

    Parameters
    ----------
    head : int
        The first ones, whose weights lie as those of other layers.
    tail : int
        Those behind them, whose weights are stored transposed.
    """

    head: int
    tail: int

    @classmethod
    def of(cls, outputs: int, lanes: int, transposed: bool) -> "LastLayer":
        """Of a layer of `outputs` neurons; `transposed` is the choice of the design."""
        if not transposed:
            return cls(outputs, 0)
        head = outputs - outputs % lanes if outputs > lanes else 0
        return cls(head, outputs - head)

    @property
    def split(self) -> bool:
        """True if there is a head and a tail."""
        return self.head > 0 and self.tail > 0

    @property
    def turned(self) -> bool:
        """True if all weights of the layer are stored transposed."""
        return self.head == 0
