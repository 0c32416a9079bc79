"""Learning rates that follow the number of inputs."""

import math

__all__ = ["REFERENCE_INPUTS", "octaves_lower"]

REFERENCE_INPUTS = 64  # for which the rules' own learning rates are recommended


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
    return max(0, round(math.log2(sizes[0] / REFERENCE_INPUTS) / 2))
