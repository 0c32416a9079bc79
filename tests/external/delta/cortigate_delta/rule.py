"""The delta rule: hidden layers stay as they were drawn, and only the last one learns,

    r_l = rho(W_l r_{l-1} + b_l),     W_L += eta (t - r_L) r_{L-1}^T.
"""

from dataclasses import dataclass

from cortigate.golden.spec import (
    Activation,
    Design,
    Engine,
    Forward,
    MemoryMap,
    Network,
    NeuronMode,
    Rule,
    Update,
)
from cortigate.golden.spec.qformat import check_integer
from cortigate.golden.spec.start import HIDDEN_BIAS, random_weights

__all__ = ["DeltaRule", "Mode"]


class Mode(NeuronMode):
    """What the neurons do with a drive d.

    FREE: s <- d, r = rho(s). The last layer leaves the words post = t - r, every other one the
    list rate = r.
    """

    FREE = 0


@dataclass(frozen=True)
class DeltaRule(Rule):
    """One configuration.

    Parameters
    ----------
    learning_rate_shift : int
        eta = 2**-learning_rate_shift, 0 .. 16.
    """

    learning_rate_shift: int = 5

    name = "delta"
    code = 64
    title = "The delta rule learns"
    units = (Activation.CLIP, Activation.RELU)
    predicts_before_label = True  # by the forward pass
    small, large = "delta", "delta-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)

    @property
    def engine(self):
        """Rates that are never negative, biases, and nothing else."""
        return Engine()

    def check(self, design):
        """Column events have no sign."""
        if design.network.hidden not in self.units:
            raise ValueError("the delta rule's hidden rates must be clip or relu, not "
                             f"{design.network.hidden.value}")

    def describe(self):
        """The learning rate."""
        return f"learning rate {self.learning_rate:g}"

    def program(self, design):
        """Layer after layer upwards, then one update."""
        depth, matrix = design.network.depth, MemoryMap(design).matrix
        steps = [Forward(matrix(layer), Mode.FREE, "rate", wait=True,
                         lists=("rate",) if layer < depth else (),
                         words=() if layer < depth else ("post",))
                 for layer in range(1, depth + 1)]
        return (*steps, Update(matrix(depth), "post", "rate", wait=True)), depth

    @classmethod
    def design(cls, sizes, **changes):
        """Clipped hidden and linear output units; the rate fits the last layer's fan-in."""
        shift = max(5, sizes[-2].bit_length() - 1)
        network = Network(sizes, Activation.CLIP, Activation.LINEAR)
        return Design.recommended(cls(shift), network, changes)

    @classmethod
    def presets(cls):
        """Tiny, shallow, deep."""
        return {"tiny-delta": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
                "delta": cls.design((64, 32, 10), lanes=8),
                "delta-deep": cls.design((64, 64, 32, 10), lanes=16)}

    @classmethod
    def draw(cls, sampler):
        """Both hidden units, clipped and linear outputs."""
        sizes, rate = sampler.layers()
        outputs = (Activation.CLIP, Activation.LINEAR)
        network = Network(sizes, cls.units[sampler.number(0, 1)], outputs[sampler.number(0, 1)])
        return sampler.design(cls(sampler.number(2, 6)), network, rate)

    def start(self, design, seed):
        """Random weights."""
        return random_weights(design.network.sizes, seed,
                              hidden_bias=HIDDEN_BIAS[design.network.hidden])
