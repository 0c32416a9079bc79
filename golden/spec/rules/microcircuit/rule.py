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

from .generator import lane_seed
from .qformat import check_integer
from .rule import Rule

__all__ = ["ERROR_BITS", "TOP_THRESHOLD", "TRACE_FRACTION", "MicrocircuitRule", "feedback_masks"]

TRACE_FRACTION = 4  # bits of p and of the top's error: a spike is 16
TOP_THRESHOLD = 8  # of the top's error cells: 1/2
ERROR_BITS = 12  # of an error cell's potential v, an integer
FEEDBACK_SCALE = 2.0  # mean |M| in units of 1 / sqrt(fan-out), which the threshold is relative to
MASK_BITS = 16  # a weight memory of up to 65536 words


@dataclass(frozen=True)
class MicrocircuitRule(Rule):
    """One configuration.

    Parameters
    ----------
    learning_rate_shift : int
        eta = 2**-learning_rate_shift for an error spike and a trace of 1, 4 .. 16.
    steps : int
        Time steps T of a sample, 2 .. 64.
    magnitude_bits : int
        Feedback magnitudes are 0 .. 2**bits - 1, fixed and different for every synapse, 2 .. 4
        bits; with 1 bit every one is 1.
    concordant : bool
        The feedback's sign is that of the weight; else it is fixed and random.
    feedback_seed : int
        Seed of magnitudes and random signs, 1 .. 2**31 - 1.
    """

    learning_rate_shift: int = 9
    steps: int = 8
    magnitude_bits: int = 4
    concordant: bool = True
    feedback_seed: int = 1

    name = "microcircuit"
    predicts_before_label = False  # by all time steps, and it is taught from the second on
    biases = False
    spiking = True

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 4, 16)
        check_integer("steps", self.steps, 2, 64)
        check_integer("magnitude_bits", self.magnitude_bits, 1, 4)
        check_integer("feedback_seed", self.feedback_seed, 1, 2**31 - 1)

    def check(self, design):
        """Neurons spike, and traces have 4 fraction bits."""
        network = design.network
        if (network.hidden.value, network.output.value) != ("spike", "spike"):
            raise ValueError("neurons of the microcircuit spike, they are not "
                             f"{network.hidden.value} and {network.output.value}")
        for name in ("rate", "sample"):
            if getattr(design, name).fraction != TRACE_FRACTION:
                raise ValueError(f"{name} must have {TRACE_FRACTION} fraction bits, those of a "
                                 f"trace, not {getattr(design, name)}")
        if design.state.width > 16:
            raise ValueError(f"state must have 16 bits at most, not {design.state}")

    @property
    def update_shift(self):
        """k of eta = 2**-k."""
        return self.learning_rate_shift

    def threshold(self, above):
        """Of error cells below a layer of `above` neurons: 1/2, in units of M."""
        mean = (2**self.magnitude_bits - 1) / 2 if self.magnitude_bits > 1 else 1.0
        return max(1, round(0.5 * above**0.5 / FEEDBACK_SCALE * mean))


def feedback_masks(seed, lane):
    """Masks of the feedback of one lane: five of (mask, flip), for four bits of M and a sign.

    Bit b of a synapse whose weight lies in memory word `address` of the lane is the parity of
    ``address & mask`` xor flip: no memory, and another number for every lane and word.
    """
    values = [lane_seed(seed, 5 * lane + b) for b in range(5)]
    return tuple((value & (1 << MASK_BITS) - 1, value >> 30 & 1) for value in values)
