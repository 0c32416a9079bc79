"""The two loops in which a pass walks the synapse array."""

from amaranth.hdl import Mux, Signal

from .table import StepTable

__all__ = ["Walk"]


class Walk:
    """Where a pass is: inner and outer loop, position, turns that are left, first or last one.

    All of them are registers: found out in the same cycle, the ends were what limits the clock.

    Parameters
    ----------
    table : StepTable
    request : request_layout
    """

    def __init__(self, table: StepTable, request):
        self.inner, self._inner_left = (Signal.like(request.position) for _ in range(2))
        self._inner_limit, self._single = Signal.like(self.inner), Signal(name="single")
        self._outer_left = Signal(range(max(
            max(s.matrix.columns, s.matrix.blocks) for s in table.passes)), name="outer_left")
        self.first, self.last, self.opening, self.closing = Signal(), Signal(), Signal(), Signal()
        self.bias, self._bias_first = Signal(), Signal(name="bias_first")
        self._origin, self.address = Signal.like(request.address), Signal.like(
            request.address, name="address")
        self.post_address = Signal.like(request.post_address)

    def begin(self, m, facts):
        """Both loops at their first turn."""
        # The bias comes after the last event; without it something must come all the same.
        limit = Mux(facts.full, facts.count, Mux(facts.none, 0, facts.count - 1))
        single = facts.none | (~facts.full & facts.lone)
        m.d.sync += [
            self._origin.eq(facts.base), self.address.eq(facts.base),
            self.post_address.eq(facts.post_base),
            self.inner.eq(0), self._inner_left.eq(limit), self._inner_limit.eq(limit),
            self.first.eq(1), self.last.eq(single), self._single.eq(single),
            self.bias.eq(facts.none), self._bias_first.eq(facts.none),
            self._outer_left.eq(facts.outer_limit), self.opening.eq(1),
            self.closing.eq(facts.outer_limit == 0),
        ]

    def turn(self, m, facts):
        """The outer loop's next turn, at whose beginning the inner one is at its first."""
        origin = Mux(facts.backward, self._origin + 1, self._origin + facts.columns)
        m.d.sync += [
            self.inner.eq(0), self._inner_left.eq(self._inner_limit), self.first.eq(1),
            self.last.eq(self._single), self.bias.eq(self._bias_first),
            self._outer_left.eq(self._outer_left - 1), self.opening.eq(0),
            self.closing.eq(self._outer_left == 1),
            self._origin.eq(origin), self.address.eq(origin),
            self.post_address.eq(self.post_address + 1),
        ]

    def step(self, m, facts):
        """The inner loop's next turn."""
        m.d.sync += [self.inner.eq(self.inner + 1), self._inner_left.eq(self._inner_left - 1),
                     self.first.eq(0), self.last.eq(self._inner_left == 1),
                     self.bias.eq(facts.full & (self._inner_left == 1))]
