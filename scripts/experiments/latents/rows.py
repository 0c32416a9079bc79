"""The rows of the experiment: networks, how they learn, and at which rates."""

from dataclasses import dataclass
from enum import Enum

from cortigate.golden.reference.pal import Noise, PalCredit, PhaselessRule
from cortigate.golden.spec import Design, Feedback, Target
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.scripts.tables import Section, about

from .training import train_batches, train_floats, train_integers

__all__ = ["Method", "Row", "digits", "integers", "mnist", "mnist_integers"]

STEPS = 4  # time steps that a sample is held, as on the chip
WIDE, NARROW = (64, 32, 8, 32, 64), (64, 32, 2, 32, 64)
PUBLISHED, ON_CHIP = (784, 200, 2, 200, 784), (784, 80, 2, 80, 784)


class Method(Enum):
    """How a network learns."""

    PAL = "PAL"  # feedback weights learn from noise
    ALIGNMENT = "FA, noise"  # they stay as they were drawn; the noise is the same
    NOISY = "BP, noise"  # W^T, and the same noise
    BACKPROP = "BP"

    @property
    def credit(self) -> PalCredit:
        """Which feedback weights carry the errors down."""
        return {Method.PAL: PalCredit.PAL, Method.ALIGNMENT: PalCredit.ALIGNMENT}.get(
            self, PalCredit.BACKPROP)


@dataclass(frozen=True)
class Row(Plain):
    """One network.

    Parameters
    ----------
    label : str
    sizes : tuple of int
    method : Method
        PAL or ALIGNMENT of integers.
    shift : int
        k of the rate 2^-k of W, for each time step.
    length : int
        Epochs.
    hidden : str
        Units of the float models.
    data : str or None
        Folder of MNIST's files; None: the digits.
    samples : int or None
        Training samples, the first ones; None: all.
    validation : bool
        A part of the training samples is held out instead, for choosing.
    """

    label: str
    sizes: tuple[int, ...]
    method: Method
    shift: int
    length: int
    hidden: str = "ptanh"
    data: str | None = None
    samples: int | None = None
    validation: bool = False

    @property
    def network(self) -> str:
        """Layer sizes."""
        return "-".join(map(str, self.sizes))

    @property
    def rule(self) -> PhaselessRule:
        """Of the float models: the noise of the chip, white and of one bit."""
        return PhaselessRule(
            self.sizes, hidden=self.hidden, credit=self.method.credit, steps=STEPS,
            noise=Noise.BINARY, sigma=0.0 if self.method is Method.BACKPROP else 2.0**-5,
            tau_noise=1.0, tau_highpass=1.0, rate=2.0**-self.shift)

    @property
    def design(self) -> Design:
        """Of the integer models.

        B may not learn faster than W. Where it learns slower than recommended, it forgets slower,
        and comes to be of the same size.
        """
        feedback = Feedback.LEARNED if self.method is Method.PAL else Feedback.RANDOM
        slower = max(self.shift - PalRule.feedback_rate_shift, 0)
        rule = PalRule(self.shift, steps=STEPS, feedback=feedback,
                       feedback_rate_shift=PalRule.feedback_rate_shift + slower,
                       decay_shift=PalRule.decay_shift + slower)
        return PalRule.design(self.sizes, target=Target.INPUT, lanes=16, rule=rule)


# k of the rate 2^-k of a time step. Of integers on the digits from single runs of 12 epochs, on
# held-out training digits of seed 0, R2 and probe: narrow, PAL 7 .193 45.5, 8 .297 44.4, 9 .295
# 51.4; fixed feedback 7 .073 39.9, 8 .101 36.8, 9 .125 36.1, of which 8 lies between; wide, PAL 8
# .672 89.9, 9 .642 88.5; fixed feedback 7 .317 69.8, 8 .405 69.4, 9 .392 68.4. The float models
# take the same. The float models' rates for MNIST are guesses: `--shift` and `--validation` choose.
INTEGERS = {NARROW: {Method.PAL: 9, Method.ALIGNMENT: 8},
            WIDE: {Method.PAL: 8, Method.ALIGNMENT: 8}}
DIGITS = {
    NARROW: INTEGERS[NARROW] | {Method.NOISY: 9, Method.BACKPROP: 9},
    WIDE: INTEGERS[WIDE] | {Method.NOISY: 8, Method.BACKPROP: 8},
}
MNIST = dict.fromkeys((PUBLISHED, ON_CHIP), dict.fromkeys(Method, 6))
# Of integers on MNIST from single runs of 3 epochs, on held-out training digits of seed 0, R2 and
# probe: PAL 10 .170 43.5, 11 .196 48.1; fixed feedback 10 .023 20.3, 11 .082 23.7.
MNIST_INTEGERS = {ON_CHIP: {Method.PAL: 11, Method.ALIGNMENT: 11}}


def _rows(table, epochs, **more):
    """Rows of {sizes: {method: shift}}, and of each network one that has not learned."""
    return tuple(row for sizes, shifts in table.items() for row in (
        *(Row(method.value, sizes, method, shift, epochs, **more)
          for method, shift in shifts.items()),
        Row("untrained", sizes, Method.PAL, shifts[Method.PAL], 0, **more)))


def digits():
    """Digits, float64, one sample at a time, 25 epochs."""
    return Section(about(digits), _rows(DIGITS, 25), train_floats)


def integers():
    """Digits, integers of the chip, one sample at a time, 25 epochs."""
    return Section(about(integers), _rows(INTEGERS, 25), train_integers)


def mnist():
    """MNIST, float32, tanh units, batches of 32."""
    return Section(about(mnist), _rows(MNIST, 2, hidden="tanh"), train_batches)


def mnist_integers():
    """MNIST, integers of the chip, one sample at a time, 3 epochs."""
    return Section(about(mnist_integers), _rows(MNIST_INTEGERS, 3), train_integers)
