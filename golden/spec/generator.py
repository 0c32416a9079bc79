"""Reproducible pseudo-random generators, as facts that the models and the hardware share.

Rounding: one 31-bit Fibonacci register per lane, b[n] = b[n-31] xor b[n-28] (x^31 + x^28 + 1,
primitive), shifted by 8 bits for every update word, so that lane p rounds with 8 fresh bits.

Noise: likewise one register per neuron lane, numbered on from the lanes' (those that round). Neuron
i of a layer takes the lowest of 8 fresh bits from that of neuron lane i mod K; the neurons of a
lane draw in the order of their numbers, layer after layer.

Shuffling: a Galois register over `bits` bits walks through every non-zero value; xor with a mask
that the host draws for each epoch gives another order of all 2**bits values, and those beyond the
number of samples are skipped: a permutation without a table.
"""

from .plain import plain

__all__ = ["GALOIS_TAPS", "ROUNDING_BITS", "ROUNDING_LAGS", "ROUNDING_WIDTH", "lane_seed"]

ROUNDING_WIDTH = 31
ROUNDING_LAGS = (31, 28)
ROUNDING_BITS = 8

# Feedback masks of maximal-length Galois registers that shift right, by width: when the bit that
# leaves is 1, the register is xored with the mask. Each period 2**bits - 1 is checked in the tests.
GALOIS_TAPS = {
    2: 0x3, 3: 0x6, 4: 0xC, 5: 0x14, 6: 0x30, 7: 0x60, 8: 0xB8, 9: 0x110, 10: 0x240, 11: 0x500,
    12: 0xE08, 13: 0x1C80, 14: 0x3802, 15: 0x6000, 16: 0xD008,
}


def lane_seed(seed: int, lane: int) -> int:
    """Non-zero 31-bit start value of lane `lane`: a multiplicative hash of seed and lane."""
    # Of plain integers: NumPy's would wrap elsewhere.
    seed, lane = plain("seed", seed, int), plain("lane", lane, int)
    value = (seed * 0x9E3779B1 + (lane + 1) * 0x85EBCA6B) & 0xFFFFFFFF
    value ^= value >> 15
    value = (value * 0x2C1B3C6D) & 0xFFFFFFFF
    value ^= value >> 13
    return (value & 0x7FFFFFFF) or 1
