"""Parameters of the sign-concordant cortical microcircuit.

A reconstruction from the abstract of Yang and Li 2022, arXiv:2205.07292: three cell types per unit
(a pyramidal neuron P and error cells E+ and E-), two kinds of connectivity (P to P upwards, E to E
downwards), a spiking error and a Hebbian rule; every constant is ours. In every time step t,

    upwards:    I_l = I_l / 2 + W_l s_{l-1},  u_l = 3/4 u_l + I_l
                s_l = [u_l >= 1], after which u_l = 0;  gate g_l = [-1 < u_l < 3] before that
                p_l = p_l / 2 + s_l                              (presynaptic trace)
    at the top: v_L = v_L / 2 + (y [t >= 1] - s_L),  z_L = tern(v_L, 1/2)
    downwards:  v_l = v_l / 2 + B_l z_{l+1},         z_l = g_l tern(v_l, threshold)
    always:     W_l += eta z_l p_{l-1}^T

with B_l = |M_l| sgn(W_{l+1}^T), |M_l| fixed. E+ and E- of a unit spike when v is large enough in
either direction: together they are one signed accumulator. The input's spikes are a sigma-delta
code: an accumulator that starts at 1/2 takes the input x in every step and loses 1 when it spikes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...design import Activation, Design, Network
from ...engine import Engine
from ...fan_in import octaves_lower
from ...qformat import QFormat, Rounding, check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...spikes import TRACE_FRACTION, Magnitudes
from ...start import spiking_weights
from ...steps import Step
from .program import program

__all__ = ["ERROR_BITS", "TOP_THRESHOLD", "MicrocircuitRule"]

TOP_THRESHOLD = 8  # of the top's error cells: 1/2
ERROR_BITS = 12  # of an error cell's potential v, an integer
FEEDBACK_SCALE = 2.0  # mean |M| in units of 1 / sqrt(fan-out), which the threshold is relative to


@dataclass(frozen=True)
class MicrocircuitRule(Rule):
    """One configuration.

    Parameters
    ----------
    learning_rate_shift : int
        The learning rate eta is 2**-learning_rate_shift for an error spike that meets an input
        neuron which has just spiked, 4 .. 16: one more halves it. Raise it where learning is
        unstable, lower it where it is slow.
    steps : int
        Time steps of a sample, 2 .. 64. More of them say inputs and outputs more finely, and a
        sample takes longer.
    magnitude_bits : int
        Bits of the sizes of feedback weights, 1 .. 4. Sizes are drawn from 0 .. 2**magnitude_bits -
        1 and fixed; with 1 bit all are 1.
    concordant : bool
        Whether a feedback weight has the sign of the forward weight at any time. false: signs are
        random and fixed, to compare with.
    feedback_seed : int
        Seed of sizes and random signs, 1 .. 2**31 - 1. Another one is another draw of the same
        kind.
    """

    learning_rate_shift: int = 9
    steps: int = 8
    magnitude_bits: int = 4
    concordant: bool = True
    feedback_seed: int = 1

    name = "microcircuit"
    code = 5
    title = "A cortical microcircuit learns"
    units = (Activation.SPIKE,)
    predicts_before_label = False  # by all time steps, and it is taught from the second on
    small, large = "microcircuit", "microcircuit-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 4, 16)
        check_integer("steps", self.steps, 2, 64)
        check_integer("magnitude_bits", self.magnitude_bits, 1, 4)
        check_integer("feedback_seed", self.feedback_seed, 1, 2**31 - 1)

    def check(self, design: Design) -> None:
        """Neurons spike, and traces have 4 fraction bits."""
        network = design.network
        if (network.hidden.value, network.output.value) != ("spike", "spike"):
            raise ValueError("hidden and output units of the microcircuit must be spike, not "
                             f"{network.hidden.value} and {network.output.value}")
        for name in ("rate", "sample"):
            if getattr(design, name).fraction != TRACE_FRACTION:
                raise ValueError(f"{name} must have {TRACE_FRACTION} fraction bits, those of a "
                                 f"trace, not {getattr(design, name)}")
        if design.state.width > 16:
            raise ValueError(f"state must have at most 16 bits, not {design.state}")

    def threshold(self, above: int) -> int:
        """Of error cells below a layer of `above` neurons: 1/2, in units of M."""
        mean = (2**self.magnitude_bits - 1) / 2 if self.magnitude_bits > 1 else 1.0
        return max(1, round(0.5 * above**0.5 / FEEDBACK_SCALE * mean))

    @property
    def engine(self) -> Engine:
        """Spikes up and down, the feedback's weights fixed."""
        return Engine(biases=False, spiking=True, magnitudes=Magnitudes(
            self.magnitude_bits, self.concordant, self.feedback_seed))

    def describe(self) -> str:
        """Time steps and feedback."""
        return f"{self.steps} time steps, {self.magnitude_bits}-bit feedback"

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.microcircuit.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], **changes: Any) -> Design:
        """Weights of 12 bits, rounded stochastically, and potentials of 16."""
        network = Network(sizes, Activation.SPIKE, Activation.SPIKE)
        formats = {"rate": QFormat(2, 4), "sample": QFormat(1, 4, signed=False),
                   "state": QFormat(6, 10), "weight": QFormat(2, 10, rounding=Rounding.STOCHASTIC)}
        rule = cls(cls.learning_rate_shift + octaves_lower(sizes))
        return Design.recommended(rule, network, changes, **formats)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Tiny, shallow, deep."""
        return {
            "tiny-microcircuit": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
            # Without multipliers 8 lanes, each with its generator, are 3 % too large for an
            # iCE40UP5K.
            "microcircuit": cls.design((64, 32, 10), lanes=4),
            "microcircuit-deep": cls.design((64, 48, 48, 48, 32, 10), lanes=16),
        }

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """Magnitudes of 1 to 4 bits, signs of the weights or random ones."""
        draw = sampler.number
        sizes = tuple(draw(1, sampler.LARGEST // 2) for _ in range(draw(3, 5)))
        rule = cls(draw(5, 10), draw(2, 9), draw(1, 4), bool(draw(0, 3)), draw(1, 2**31 - 1))
        fraction = draw(5, 11)
        return Design(
            network=Network(sizes, Activation.SPIKE, Activation.SPIKE), rule=rule,
            lanes=draw(2, 16),
            weight=QFormat(draw(1, 4), fraction, rounding=list(Rounding)[draw(0, 2)]),
            rate=QFormat(2, TRACE_FRACTION), state=QFormat(draw(2, 16 - fraction), fraction),
            sample=QFormat(1, TRACE_FRACTION, signed=False), sample_capacity=4,
            generator_seed=draw(1, 2**31 - 1), weight_memory=sampler.memory)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """No biases."""
        return spiking_weights(design.network.sizes, seed)
