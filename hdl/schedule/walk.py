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
            max(s.matrix.columns, table.turns(s)) for s in table.passes)), name="outer_left")
        self.first, self._last, self.opening, self.closing = (
            Signal(), Signal(name="last"), Signal(), Signal())
        self._bias, self._bias_first = Signal(name="bias"), Signal(name="bias_first")
        # Of a pass that follows a list: it walks its first block; this is the turn behind the
        # last entry; the next entry is not there yet; the number of the one after it.
        self.follows, self._closes = Signal(name="follows"), Signal(name="closes")
        self.holds, self._after = Signal(name="holds"), Signal.like(self.inner, name="after")
        # Of one without a bias, this is the last entry: that, or the turn behind it; the number of
        # the second one after it.
        self._ends, self._beyond = Signal(name="ends"), Signal.like(self.inner, name="beyond")
        self.last, self.bias = self._last | self._ends, self._bias | self._closes
        # Of a pass over a tail and its head: this is one, a turn over the tail; where that goes on;
        # columns of the head, after this one, before it is the tail's turn again.
        self._both = table.joined()
        self._joins, self._aside = Signal(name="joins"), Signal(name="aside")
        self._tail = Signal.like(request.address, name="tail_origin")
        self._columns_left = Signal(range(table.lanes), name="columns_left")
        self._origin, self.address = Signal.like(request.address), Signal.like(
            request.address, name="address")
        self.post_address = Signal.like(request.post_address)

    def begin(self, m, facts):
        """Both loops at their first turn, of the step that was judged last."""
        single = self._is_single(facts)
        m.d.sync += [
            self._origin.eq(facts.base), self.address.eq(facts.base),
            self.post_address.eq(facts.post_base),
            self.inner.eq(0), self._inner_left.eq(facts.count),
            self._inner_limit.eq(facts.count), self.first.eq(1),
            self._last.eq(single & ~facts.follows), self._single.eq(single),
            self._bias.eq(facts.none & ~facts.follows), self._bias_first.eq(facts.none),
            self._outer_left.eq(facts.outer_limit), self.opening.eq(1),
            self.closing.eq(facts.outer_limit == 0),
            self.follows.eq(facts.follows), self._after.eq(1),
            self._closes.eq(facts.follows & facts.none & facts.complete),
            self.holds.eq(facts.follows & facts.none & ~facts.complete),
            self._ends.eq(facts.complete & (facts.follows & facts.none
                                            | facts.unbiased & facts.lone)),
            self._beyond.eq(2),
        ]
        if self._both:
            tail, head = (step.matrix for step in self._both)
            m.d.sync += [self._joins.eq(facts.joins), self._aside.eq(1),
                         self._tail.eq(tail.base + tail.columns)]
            with m.If(facts.joins):  # before the head's first column
                m.d.sync += self._origin.eq(head.base - 1)

    @staticmethod
    def _is_single(facts):
        """Is there only one turn of the inner loop, of a known count?

        The bias comes after the last event; without it something must come all the same.
        """
        return facts.none | (~facts.full & facts.lone)

    def follow(self, m, facts, paused):
        """Whether the next turn of a pass that follows a list finds an entry, or closes the block.

        Behind the last entry, when the list is complete, comes one more turn, with the bias or
        nothing; without a bias none, if that entry is known to be the last one.

        Parameters
        ----------
        m : Module
        facts : Facts
        paused : 1 bit
            There is no request in this cycle.
        """
        # While a pass runs; before, `begin` says otherwise. All comparisons side by side: which
        # entry is next is known late.
        here, there, beyond = (number == facts.count
                               for number in (self.inner, self._after, self._beyond))
        stays = self._ends | self.holds | paused
        reached, nearly = Mux(stays, here, there), Mux(stays, there, beyond)
        m.d.sync += [self._closes.eq(self.follows & facts.complete & reached),
                     self.holds.eq(self.follows & ~facts.complete & reached),
                     self._ends.eq(self.follows & facts.complete
                                   & (reached | facts.unbiased & nearly))]

    def settle(self, m, facts):
        """Set the limits of the further blocks of a pass that follows, now that it knows them."""
        single = self._is_single(facts)
        m.d.sync += [self._inner_limit.eq(facts.count), self._inner_left.eq(facts.count),
                     self._single.eq(single), self._last.eq(single),
                     self._bias_first.eq(facts.none), self._bias.eq(facts.none),
                     self.follows.eq(0), self._closes.eq(0), self._ends.eq(0),
                     self.holds.eq(0)]

    def turn(self, m, running):
        """The outer loop's next turn, at whose beginning the inner one is at its first."""
        origin = Mux(running.backward, self._origin + 1, self._origin + running.columns)
        m.d.sync += [
            self.inner.eq(0), self._after.eq(1), self._inner_left.eq(self._inner_limit),
            self.first.eq(1),
            self._last.eq(self._single), self._bias.eq(self._bias_first),
            self._outer_left.eq(self._outer_left - 1), self.opening.eq(0),
            self.closing.eq(self._outer_left == 1),
            self._origin.eq(origin), self.address.eq(origin),
            self.post_address.eq(self.post_address + 1),
        ]
        if self._both:
            with m.If(self._joins):
                self._turn_of_both(m)

    def _turn_of_both(self, m):
        """After a block of the tail as many columns of the head as there are lanes, by turns."""
        tail, head = (step.matrix for step in self._both)
        onward, left = Signal(), Signal.like(self._columns_left)
        m.d.comb += [onward.eq(~self._aside & (self._columns_left == 0)),
                     left.eq(Mux(self._aside, tail.lanes - 1, self._columns_left - 1))]
        turns = Mux(onward, tail.columns, head.blocks)
        m.d.sync += [
            self._aside.eq(onward), self._columns_left.eq(left),
            self._origin.eq(Mux(onward, self._origin, self._origin + 1)),
            self.address.eq(Mux(onward, self._tail, self._origin + 1)),
            self._inner_left.eq(turns), self._last.eq(turns == 1), self._bias.eq(0),
            self.opening.eq(self.opening & self._aside),
        ]
        with m.If(onward):
            m.d.sync += self._tail.eq(self._tail + tail.columns)

    def other_step(self, step):
        """The step of the next turn: of a pass over tail and head the other one, if it is due."""
        back = self._joins & ~self._aside & (self._columns_left == 0)
        return Mux(self._joins & self._aside, step + 1, Mux(back, step - 1, step))

    def step(self, m, running):
        """The inner loop's next turn."""
        # Events that are left, this one too: with a bias there is a turn more.
        ends = (self._inner_left == Mux(running.full, 1, 2)) & ~self.follows
        m.d.sync += [self.inner.eq(self._after), self._after.eq(self._after + 1),
                     self._beyond.eq(self._beyond + 1),
                     self._inner_left.eq(self._inner_left - 1), self.first.eq(0),
                     self._last.eq(ends), self._bias.eq(running.full & ends)]
