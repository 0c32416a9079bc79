"""Classes of random patterns, drawn in integers alone: the same everywhere, for any network.

Word i (from 0) of a stream is that of SplitMix64 (Steele, Lea and Flood 2014), modulo 2**64::

    word(stream, i) = mix(mix(4 seed + stream) + (i + 1) 0x9E3779B97F4A7C15)
    mix(z): z ^= z >> 30; z *= 0xBF58476D1CE4E5B9; z ^= z >> 27; z *= 0x94D049BB133111EB;
            z ^= z >> 31

From a word w comes the value ((w >> 32) (maximum + 1)) >> 32, in 0 .. maximum. Stream 0 holds the
patterns: input j of class c is the value of word c n + j, n being the inputs, or 0 where the word
is odd. Stream 1 holds the samples to learn, stream 2 those held out: sample k takes the n + 1 words
from k (n + 1) on, first its class, word modulo classes, then its inputs: of each the pattern's
value, or the word's own where the word is a multiple of 4.
"""

import numpy as np

from ..spec.qformat import check_integer

__all__ = ["patterns"]

STEP = np.uint64(0x9E3779B97F4A7C15)
ROWS = 1024  # samples drawn at a time


def patterns(inputs, classes, maximum, samples, seed, *, held_out=False):
    """Samples of random patterns, a quarter of their inputs noise.

    Parameters
    ----------
    inputs, classes : int
        Of a sample, and among which it is.
    maximum : int
        Largest value of an input, at most 255.
    samples : int
        How many; the first of them are the same however many there are.
    seed : int
        0 .. 2**32 - 1.
    held_out : bool
        Other samples of the same patterns.

    Returns
    -------
    (uint8 array (samples, inputs), int64 array (samples,))
        Inputs in 0 .. maximum and classes.

    Raises
    ------
    ValueError, TypeError
        A number is out of range, or is none.
    """
    for name, value, limits in (("inputs", inputs, (1, 1024)), ("classes", classes, (1, 256)),
                                ("maximum", maximum, (0, 255)), ("samples", samples, (1, 1 << 20)),
                                ("seed", seed, (0, 2**32 - 1))):
        check_integer(name, value, *limits)
    drawn = _words(seed, 0, 0, classes * inputs).reshape(classes, inputs)
    pattern = np.where(drawn & 1, 0, _values(drawn, maximum))
    out, labels = np.zeros((samples, inputs), np.uint8), np.zeros(samples, np.int64)
    for first in range(0, samples, ROWS):
        rows = slice(first, min(first + ROWS, samples))
        size = inputs + 1
        drawn = _words(seed, 1 + held_out, first * size, rows.stop * size).reshape(-1, size)
        labels[rows] = drawn[:, 0] % classes
        own = drawn[:, 1:]
        out[rows] = np.where(own & 3, pattern[labels[rows]], _values(own, maximum))
    return out, labels


def _words(seed, stream, first, stop):
    """Words `first` .. `stop` - 1 of a stream."""
    start = _mix(np.array([4 * seed + stream], np.uint64))
    return _mix(start + np.arange(first + 1, stop + 1, dtype=np.uint64) * STEP)


def _mix(z):
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return z ^ z >> np.uint64(31)


def _values(words, maximum):
    """Values in 0 .. maximum, from the upper half of each word."""
    return (words >> np.uint64(32)) * np.uint64(maximum + 1) >> np.uint64(32)
