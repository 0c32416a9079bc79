"""golden.spec.generator: periods of the shuffling registers, the lanes' seeds."""

import pytest

from cortigate.golden.spec.generator import (
    GALOIS_TAPS,
    ROUNDING_BITS,
    ROUNDING_LAGS,
    ROUNDING_WIDTH,
    lane_seed,
)


@pytest.mark.parametrize("bits", GALOIS_TAPS)
def test_galois_register_visits_every_value(bits):
    state, seen = 1, set()
    while state not in seen:
        seen.add(state)
        state = (state >> 1) ^ (GALOIS_TAPS[bits] if state & 1 else 0)
    assert state == 1
    assert seen == set(range(1, 1 << bits))


def times(a, b):
    """Product of polynomials over GF(2) modulo x^31 + x^28 + 1."""
    product = 0
    for i in range(ROUNDING_WIDTH):
        product ^= (a << i) if (b >> i) & 1 else 0
    for i in reversed(range(ROUNDING_WIDTH, 2 * ROUNDING_WIDTH)):
        if (product >> i) & 1:
            product ^= (1 << i) | (1 << (i - ROUNDING_WIDTH)) | (
                1 << (i - ROUNDING_WIDTH + ROUNDING_LAGS[1]))
    return product


def test_rounding_register_has_the_longest_period():
    # 2**31 - 1 is prime, so x has order 2**31 - 1 if x**(2**31) == x. The polynomial is then
    # irreducible as well: its roots lie in a field whose degree, 31, is prime.
    assert ROUNDING_LAGS[0] == ROUNDING_WIDTH == 31
    power = 2
    for _ in range(31):
        power = times(power, power)
    assert power == 2
    assert ROUNDING_BITS <= ROUNDING_LAGS[1]  # 8 bits at once need only old ones


def test_lanes_start_apart():
    seeds = {lane_seed(seed, lane) for seed in (1, 2, 3, 2**31 - 1) for lane in range(256)}
    assert len(seeds) == 4 * 256
    assert all(0 < value < 1 << 31 for value in seeds)
