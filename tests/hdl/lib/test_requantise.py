"""Rounding and saturation in hardware equal golden.integer's, bit for bit."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.sim import Simulator

from cortigate.golden.integer import arithmetic
from cortigate.golden.spec import QFormat, Rounding
from cortigate.hdl.lib import requantise


def evaluate(build, width, values, random=None):
    """Raw results of the expression `build(value, random)` for every value."""
    m = Module()
    value, noise = Signal(signed(width)), Signal(8)
    expressions = build(value, noise)
    outs = [Signal(e.shape(), name=f"out_{i}") for i, e in enumerate(expressions)]
    m.d.comb += [o.eq(e) for o, e in zip(outs, expressions, strict=True)]
    results = []

    async def bench(ctx):
        for i, v in enumerate(values):
            ctx.set(value, int(v))
            ctx.set(noise, 0 if random is None else int(random[i]))
            results.append([ctx.get(o) for o in outs])

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return np.array(results).T


@pytest.mark.parametrize("shift", [-2, 0, 1, 2, 5, 9, 10, 12])
@pytest.mark.parametrize("rounding", [Rounding.NEAREST_EVEN, Rounding.TRUNCATE])
def test_round_shift_of_every_10_bit_value(shift, rounding):
    values = np.arange(-512, 512)
    got = evaluate(lambda v, _: [requantise.round_shift(v, shift, rounding)], 10, values)[0]
    assert np.array_equal(got, arithmetic.round_shift(values, shift, rounding))


@pytest.mark.parametrize("shift", [1, 5, 8, 11])
def test_stochastic_rounding_uses_the_given_bits(shift):
    rng = np.random.default_rng(shift)
    values, random = rng.integers(-2**12, 2**12, 800), rng.integers(0, 256, 800)
    got = evaluate(lambda v, r: [requantise.round_shift(v, shift, Rounding.STOCHASTIC, r)],
                   13, values, random)[0]
    want = arithmetic.round_shift(values, shift, Rounding.STOCHASTIC, random)
    assert np.array_equal(got, want)


@pytest.mark.parametrize("integer", [1, 3, 6, 9])
def test_saturate_of_every_10_bit_value(integer):
    fmt = QFormat(integer, 2)
    values = np.arange(-512, 512)
    got, flag = evaluate(lambda v, _: requantise.saturate(v, fmt), 10, values)
    want, clipped = arithmetic.saturate(values, fmt)
    assert np.array_equal(got, want)
    assert np.array_equal(flag.astype(bool), clipped)


def test_add_with_carry_of_every_pair():
    values = np.arange(-32, 32)
    for other in (-32, -1, 0, 7, 31):
        for carry in (0, 1):
            got = evaluate(lambda v, r, o=other: [requantise.add_with_carry(
                v, Signal(signed(6), init=o), r[0])], 6, values, [carry] * len(values))[0]
            assert np.array_equal(got, values + other + carry)
