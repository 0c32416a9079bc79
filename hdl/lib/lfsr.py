"""Bits for stochastic rounding: one shift register per lane."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.generator import (
    ROUNDING_BITS,
    ROUNDING_LAGS,
    ROUNDING_WIDTH,
    lane_seed,
)

__all__ = ["RoundingGenerator"]


class RoundingGenerator(wiring.Component):
    """31-bit Fibonacci register that yields 8 fresh bits a step (golden.spec.generator).

    `random` shows the bits that a step in this cycle draws; the register moves with the clock.

    Parameters
    ----------
    seed : int
        Of the design.
    lane : int
        Number of the lane.

    Members
    -------
    step : 1 bit
        Draw.
    random : 8 bits
    load, load_data
        A step that takes these 8 bits in place of fresh ones: four of them, the first one's bits
        uppermost and its first bit lost, replace the state (host; not together with `step`).
    restart : 1 bit
        Back to the seed; high in the first cycle after a reset.
    state : 31 bits
    """

    def __init__(self, *, seed, lane):
        self._start = lane_seed(seed, lane)
        super().__init__({
            "step": In(1),
            "random": Out(ROUNDING_BITS),
            "load": In(1),
            "load_data": In(ROUNDING_BITS),
            "restart": In(1),
            "state": Out(unsigned(ROUNDING_WIDTH)),
        })

    def elaborate(self, platform):
        m = Module()
        far, near = ROUNDING_LAGS
        # Whoever restarts it does so after a reset, too: both together would be a net of thousands
        # of ends behind a table.
        state = Signal(ROUNDING_WIDTH, init=self._start, reset_less=True)
        m.d.comb += self.state.eq(state)
        # Bit i of the state is b[n-1-i]; the first fresh bit b[n] becomes the uppermost of the 8.
        fresh = Cat(self.state[far - 1 - i] ^ self.state[near - 1 - i]
                    for i in reversed(range(ROUNDING_BITS)))
        m.d.comb += self.random.eq(fresh)
        with m.If(self.restart):
            m.d.sync += state.eq(self._start)
        with m.Elif(self.load | self.step):
            entering = Mux(self.load, self.load_data, fresh)
            m.d.sync += state.eq(Cat(entering, state)[:ROUNDING_WIDTH])
        return m
