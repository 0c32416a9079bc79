"""A network: its layers, and what its neurons make of their potentials."""

from dataclasses import dataclass
from enum import Enum

from .plain import Plain, shown
from .qformat import check_integer

__all__ = ["LARGEST_LAYER", "Activation", "Network"]

LARGEST_LAYER = 1024


class Activation(Enum):
    """A neuron's rate as a function of its membrane potential s."""

    CLIP = "clip"  # min(max(s, 0), 1)
    RELU = "relu"  # max(s, 0)
    TANH = "tanh"  # min(max(s, -1), 1), the hard hyperbolic tangent
    SOFT = "soft"  # tanh in pieces: slopes 1, 1/2, 1/4, 1/8 up to 1/2, 1, 3/2, 5/2, then +-1
    LINEAR = "linear"  # s
    SPIKE = "spike"  # 1 in the time steps in which s reaches 1


@dataclass(frozen=True)
class Network(Plain):
    """A fully connected network n_0 - n_1 - … - n_L with biases.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, from the inputs (features) to the outputs (classes or values): 3 .. 8
        layers of 1 .. 1024 neurons. Any change is another network, to be learned from the start.
    hidden : Activation
        Activation function of hidden neurons. clip: 0 .. 1; relu: 0 and up; tanh: -1 .. 1, straight
        in between; soft: -1 .. 1, bent in pieces; linear: none; spike: spikes. A rule takes only
        some of them, and a wrong one is told.
    output : Activation
        Activation function of the last layer, likewise. Few rules leave a choice.
    """

    sizes: tuple[int, ...]
    hidden: Activation = Activation.CLIP
    output: Activation = Activation.LINEAR

    def __post_init__(self):
        super().__post_init__()
        sizes = self.sizes
        if not 3 <= len(sizes) <= 8:
            raise ValueError(f"sizes must name 3 .. 8 layers, input to output, not {shown(sizes)}")
        for size in sizes:
            check_integer("layer size", size, 1, LARGEST_LAYER)

    @classmethod
    def parse(cls, text: str, hidden: Activation = Activation.CLIP,
              output: Activation = Activation.LINEAR) -> "Network":
        """Network from text such as ``64-32-10``."""
        try:
            sizes = tuple(int(part) for part in str(text).split("-"))
        except ValueError:
            raise ValueError(f"layers must look like 64-32-10, not {shown(text)}") from None
        return cls(sizes, hidden, output)

    @property
    def depth(self) -> int:
        """L, the number of weight matrices."""
        return len(self.sizes) - 1

    @property
    def synapses(self) -> int:
        """Number of weights, biases not counted."""
        return sum(a * b for a, b in zip(self.sizes, self.sizes[1:], strict=False))

    def activation(self, layer: int) -> Activation:
        """Activation of layer 1 .. L."""
        return self.output if layer == self.depth else self.hidden

    def __str__(self):
        return "-".join(map(str, self.sizes))
