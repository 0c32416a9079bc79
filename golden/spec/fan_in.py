"""Learning rates that follow the number of inputs, and the width of hidden layers."""

import math

from .targets import Target

__all__ = ["REFERENCE_INPUTS", "octaves_given_back", "octaves_lower", "octaves_lower_of_all"]

REFERENCE_INPUTS = 64  # for which the rules' own learning rates are recommended
# Hidden neurons for which they are. Values carry noise: of diabetes' progress, with 1024 neurons
# and at the rate that classes stand, half of what could be told is lost to it.
REFERENCE_WIDTHS = {Target.CLASS: 64, Target.VECTOR: 32, Target.INPUT: 32}
FEW_BACK = 16  # inputs that may be given back at the rates of classes


def octaves_lower(sizes: tuple[int, ...]) -> int:
    """How many octaves the recommended learning rate lies below that of 64 inputs.

    A step that one sample makes grows with the sum of the squares of its inputs. Of images with
    more pixels it grows more slowly than their number: the rate falls by half an octave where the
    inputs double, 1 octave at 256 and 2 at 784. With fewer than 64 inputs it stays.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    """
    return round(_of_inputs(sizes))


def octaves_lower_of_all(sizes: tuple[int, ...], target: Target = Target.CLASS) -> int:
    """`octaves_lower`, and an octave more each time that a hidden layer doubles beyond the input.

    Rates of hidden neurons are as large in wide layers as in narrow ones, so that the sum of their
    squares grows with their number: the rate falls by an octave where the widest hidden layer
    doubles, counted from the number of inputs, or from 64 neurons where the target is a class and
    32 where it is not, whichever is more. Of 10 inputs and 1024 hidden neurons it is 4 octaves
    lower, or 5. Where no hidden layer is wider than the input there is no difference.
    """
    reference = max(sizes[0], REFERENCE_WIDTHS[target])
    widest = max((reference, *sizes[1:-1]))
    return round(_of_inputs(sizes) + math.log2(widest / reference))


def octaves_given_back(inputs: int) -> float:
    """Octaves, 0 .. 2, by which inputs outnumber the few that are learned at the rates of classes.

    Where the target is the input, each of these outputs sends its error down to the code, whose
    clipped units fall silent at a rate that is too high. A rule lowers its rate by them, or by half
    of them. From 64 inputs on `octaves_lower` has the rest.
    """
    return math.log2(min(max(inputs, FEW_BACK), REFERENCE_INPUTS) / FEW_BACK)


def _of_inputs(sizes):
    """Half an octave for each doubling of the inputs above the reference."""
    return math.log2(max(sizes[0], REFERENCE_INPUTS) / REFERENCE_INPUTS) / 2
