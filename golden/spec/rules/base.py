"""What every learning rule tells the rest of the specification about itself."""

from typing import ClassVar

from .plain import Plain

__all__ = ["Rule"]


class Rule(Plain):
    """Base of the rules' frozen dataclasses.

    Attributes
    ----------
    name : str
        Of the rule, in records and on the command line.
    update_shift : int
        k of the factor 2**-k in front of the rule's weight updates.
    second_update_shift : int
        k of its second learning rate: that of plastic ghosts, or of the branch errors. Rules with
        one rate give `update_shift`.
    plastic_ghosts : bool
        Ghosts own a weight bank G2 … GL.
    feedback_weights : bool
        Every hidden layer owns feedback weights B1 … from the layer above, and noise to learn
        them with.
    predicts_before_label : bool
        While it learns from a sample, the rule has made its prediction before the label acts on
        anything that the prediction depends on: then the share of right ones is an accuracy on
        samples that were never seen before. Every rule states it.
    biases : bool
        Neurons have a bias: the last column of a matrix.
    spiking : bool
        Rates are spikes and their traces, and an input is a code of spikes; lanes only add.
    always_on : bool
        The dynamics have no phases: a sample may stand for as long as there is no other one, and
        samples may come without a target (see golden.spec.link, streaming).
    relaxes : bool
        Passes carry changes, and neurons remember their exact drives.
    signed_rates : bool
        Column events may be negative: rates of tanh-like neurons, or changes of rates.
    sends_changes : bool
        Words hold changes of differences of rates, which are up to twice as large as these.
    may_transpose : bool
        The last layer's weights may be stored transposed.
    lowered : int
        Some update's learning rate is this many octaves below the others'.
    """

    name = ""
    predicts_before_label: ClassVar[bool]
    plastic_ghosts = False
    feedback_weights = False
    biases = True
    spiking = False
    always_on = False
    relaxes = False
    signed_rates = False
    sends_changes = False
    may_transpose = False
    lowered = 0

    @classmethod
    def from_dict(cls, record):
        """Rule of the plain values that `dataclasses.asdict` gives, enums as their values."""
        return cls(**record)

    def check(self, design):
        """Raise ValueError if the rule can't work with the rest of a design."""

    @property
    def second_update_shift(self):
        """k of the second learning rate 2**-k."""
        return self.update_shift

    @property
    def learning_rate(self):
        """eta as a float."""
        return 2.0**-self.learning_rate_shift
