"""Runs stored samples through the core."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ...golden.spec.design import Design
from ...golden.spec.generator import GALOIS_TAPS
from ...golden.spec.link import Register
from ...golden.spec.memory_map import MemoryMap
from ..lib.stages import chain
from ..link.registers import RegisterHalf
from .memory import LATENCY
from .results import LATENCY as RESULT
from .results import ResultMemory

__all__ = ["Feeder"]


class Feeder(wiring.Component):
    """Reads samples in their order, feeds them to the core and stores its predictions.

    The next sample is fed while the core works on one. Once the first byte of a sample is fed the
    whole sample is, and it is run and counted: `stop` only keeps the next one from being chosen,
    so that `cursor` always says which sample comes next. A run must stay within the capacity.

    A sample of n_0 inputs takes about log2(capacity) + n_0 / design.feed_width + 12 cycles to feed,
    in the shuffled order three more for each index beyond the set.

    Streaming, of rules that are always on, the set is a ring, the cursor goes back to its start,
    and there are as many samples to feed as COUNT says at the moment.

    Parameters
    ----------
    design : Design

    Members
    -------
    settings : stream of RegisterHalf
        COUNT, FIRST, SET_SIZE, POSITION, SHUFFLE_STATE, SHUFFLE_MASK and the update shifts, while
        no run is going on, and not in the cycle before it; COUNT also while one streams.
    run, train, shuffled, stream, stop : 1 bit
    idle : 1 bit
        Nothing is in work and nothing more will be fed (streaming: since `stop`).
    cursor : 16 bits
        POSITION or, in the shuffled order, SHUFFLE_STATE.
    samples : stream of design.feed_bits; update_shift, second_update_shift
        To the core, which is always ready for the sample after the one in work.
    done, released : 1 bit
        From the core.
    address, read_data
        To a `SampleMemory`, which reads unless a bit of `store` is high.
    store : 2 bits
        Into the word at `address` belongs, by bytes: 0b10, the core's prediction (label's word);
        0b11, how many turns the sample stood (first word).
    taken : 1 bit
        Somebody else uses the memory: what was to be stored waits. Only while streaming.
    result_layer, result_index, result_taken
        Only if the design has results: layer whose rates are stored behind the label's word, 0 for
        none; to the core, whose `result` is stored while `storing_result` is high, every third
        cycle.
    """

    def __init__(self, design: Design):
        self._design, self._maps = design, MemoryMap(design)
        results = {} if not design.results else {
            "result_layer": In(range(design.network.depth + 1)), "result_taken": Out(1),
            "result_index": ResultMemory.port(design)["index"].flip(), "storing_result": Out(1)}
        super().__init__({
            "settings": In(stream.Signature(RegisterHalf, always_ready=True)),
            "run": In(1), "train": In(1), "shuffled": In(1), "stream": In(1), "stop": In(1),
            "idle": Out(1), "cursor": Out(16),
            "samples": Out(stream.Signature(unsigned(design.feed_bits))),
            "update_shift": Out(signed(6)), "second_update_shift": Out(signed(6)),
            "done": In(1), "released": In(1), "store": Out(2), "taken": In(1),
            "address": Out(ceil_log2(self._maps.sample_depth)),
            "read_data": In(max(16, design.feed_bits)),
        } | results)
        # Words that are read in a cycle, and such reads before that of the label's word.
        self._words = max(1, design.feed_width // 2)
        self._reads = -(-self._maps.label_word // self._words)
        # Words have two inputs that are fed one by one.
        self._paired = design.sample.width <= 8 and design.feed_width == 1

    def elaborate(self, platform):
        m = Module()
        maps = self._maps
        # An index, and the number of samples: at most the capacity.
        bits = max(maps.shuffle_bits, self._design.sample_capacity.bit_length())
        first, size, mask = Signal(bits), Signal(bits), Signal(maps.shuffle_bits)
        left, fewer, chosen = Signal(32), Signal(32), Signal()  # samples to feed; one less
        cursor, following, searching = Signal(bits), Signal(bits), Signal()
        self._keep_settings(
            m, {Register.FIRST: first, Register.SET_SIZE: size, Register.SHUFFLE_MASK: mask,
                Register.UPDATE_SHIFT: self.update_shift,
                Register.SECOND_UPDATE_SHIFT: self.second_update_shift},
            left, fewer, chosen, cursor, following, searching)
        more = Signal()  # a register: `left` changes long before a sample is chosen
        # Two carry chains of 16 bits; the borrow is known long before the next sample.
        borrow = Signal()
        m.d.comb += fewer.eq(Cat((left[:16] - 1)[:16], (left[16:] - borrow)[:16]))
        m.d.sync += [more.eq(left != 0), borrow.eq(left[:16] == 0)]
        if self._design.engine.always_on:
            self._stream(m, chosen, more, cursor, size)

        index, found = self._order(m, cursor, following, mask), Signal(bits)

        # The sample's address, (first + index) * words, by one bit of the factor in a cycle; a
        # marker above the factor says when its last bit has been taken. It moves in every cycle, in
        # that of JUDGE for the first time.
        factor, multiplied = Signal(bits + 3), Signal()
        m.d.sync += [factor.eq(factor << 1), multiplied.eq(factor[:-3] == 0)]
        address, label_address = Signal.like(self.address), Signal.like(self.address)
        result_address, inside = Signal.like(address), Signal()
        working = Signal()  # the core works on the sample whose label is at label_address
        doubling, next_address = Signal(), Signal.like(address)
        unread = Signal(range(self._reads + 1))
        ahead = self._ahead(unread)
        m.d.comb += [
            self.address.eq(Mux(self.store.any(), result_address, address)),
            next_address.eq(Mux(doubling, address << 1, address)
                            + Mux(doubling, Mux(factor[-1], maps.sample_words, 0), ahead)),
        ]
        with m.If(self.released):
            m.d.sync += working.eq(0)
        # Is the place of the last sample's label free; is the memory?
        free, was_free = self._results(m, working, label_address, result_address), Signal()
        # There is a sample to choose: known a cycle late, since it comes a long way.
        may, goes = Signal(), Signal()
        m.d.comb += may.eq(self.run & ~self.stop & more)
        m.d.sync += [was_free.eq(free), goes.eq(may)]
        # A word that has two inputs, fed one by one, is asked for every other cycle.
        asks, asked, final = Signal(), Signal(), Signal()
        m.d.sync += final.eq(unread == asks)  # this word, or the one after it, is the last
        if self._paired:
            m.d.sync += asked.eq(asks)
        self._send(m, asks)

        with m.FSM():
            with m.State("CHOOSE"):
                with m.If(~goes):
                    m.d.comb += self.idle.eq(free & ~may & (self.stop | ~self.stream))
                with m.Else():
                    m.d.comb += searching.eq(1)
                    m.d.sync += found.eq(index)
                    m.next = "COMPARE"
            with m.State("COMPARE"):  # a cycle of its own for two long carry chains
                m.d.sync += [address.eq(0), unread.eq(self._reads),
                             factor.eq(Cat(1, (found + first)[:bits + 1])),
                             inside.eq(~self.shuffled | (found < size))]
                m.next = "JUDGE"
            with m.State("JUDGE"):
                m.next = "CHOOSE"
                with m.If(inside):
                    m.d.comb += chosen.eq(1)
                    m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.comb += doubling.eq(1)
                m.d.sync += address.eq(next_address)
                with m.If(multiplied):
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += asks.eq(~(asked | self.taken | self.store.any()))
                with m.If(asks):
                    m.d.sync += unread.eq(unread - 1)
                    with m.If(final):
                        m.next = "FED"
                    with m.Else():
                        m.d.sync += address.eq(next_address)
            with m.State("FED"):
                with m.If(was_free):
                    m.d.sync += [working.eq(1), label_address.eq(address)]
                    m.next = "CHOOSE"
        return m

    def _ahead(self, unread):
        """How far the next word that is asked for lies ahead: the label's may be nearer."""
        to_label = self._maps.label_word - (self._reads - 1) * self._words
        if to_label == self._words:
            return self._words
        return Mux(unread == 1, to_label, self._words)

    def _order(self, m, cursor, following, mask):
        """Which sample the cursor means, and which cursor follows."""
        index, shifted = Signal.like(cursor), Signal.like(cursor)
        m.d.comb += [
            self.cursor.eq(cursor),
            index.eq(Mux(self.shuffled, cursor ^ mask, cursor)),
            shifted.eq((cursor >> 1) ^ Mux(cursor[0], GALOIS_TAPS[self._maps.shuffle_bits], 0)),
            following.eq(cursor + 1),
        ]
        with m.If(self.shuffled):
            # State 0, which no shift ever leaves or reaches, goes before state 1: 0, 1, …, 0.
            m.d.comb += following.eq(shifted ^ (shifted[1:] == 0))
        return index

    def _send(self, m, asks):
        """Each word that was asked for has inputs, or a target value, or the label."""
        arrives = chain(m, asks, 0, LATENCY, "asked")[LATENCY]
        if not self._paired:
            m.d.sync += [self.samples.payload.eq(self.read_data), self.samples.valid.eq(arrives)]
            return
        last = self._maps.label_word
        # Whether a word has one number, as a register, since words come at most every other cycle;
        # words after this one.
        singles = self._maps.target_words + self._design.network.sizes[0] % 2
        left, single = Signal(range(last + 1), init=last), Signal(init=last <= singles)
        second, follows = Signal(8), Signal()
        m.d.sync += single.eq(left <= singles)
        with m.If(arrives):
            m.d.sync += [self.samples.payload.eq(self.read_data), second.eq(self.read_data[8:]),
                         self.samples.valid.eq(1), follows.eq(~single),
                         left.eq(Mux(left == 0, last, left - 1))]
        with m.Else():
            m.d.sync += [self.samples.payload.eq(second), self.samples.valid.eq(follows),
                         follows.eq(0)]

    def _keep_settings(self, m, kept, left, fewer, chosen, cursor, following, searching):
        """Keep copies of the settings, of which two go on by themselves.

        Settings pass by only while there is no run, so that `run` tells whose turn it is.
        """
        value = Signal(16)  # a register, and so is whose it is
        m.d.sync += value.eq(self.settings.p.data)

        def passes(register, high=False):
            passing = Signal(name=f"passes_{register.name.lower()}_{int(high)}")
            m.d.sync += passing.eq(self.settings.valid & self.settings.p.of(register, high))
            return passing

        for register, copy in kept.items():
            with m.If(passes(register)):
                m.d.sync += copy.eq(value)
        for high, part in enumerate((slice(0, 16), slice(16, 32))):
            with m.If(passes(Register.COUNT, high) | chosen):
                m.d.sync += left[part].eq(Mux(self.run, fewer[part], value))
        with m.If(Mux(self.shuffled, passes(Register.SHUFFLE_STATE), passes(Register.POSITION))
                  | searching):
            m.d.sync += cursor.eq(Mux(self.run, following, value))

    def _stream(self, m, chosen, more, cursor, size):
        """Round the ring, as long as the host has put in more than was fed."""
        given, fed = Signal(16), Signal(16)  # both modulo 2**16
        m.d.sync += fed.eq(Mux(self.run, fed + chosen, 0))
        with m.If(self.settings.valid & self.settings.p.of(Register.COUNT)):
            m.d.sync += given.eq(self.settings.p.data)
        # A cycle after the cursor: the next sample is chosen much later.
        over = Signal()
        m.d.sync += over.eq(cursor == size)
        with m.If(self.stream):
            m.d.sync += more.eq(given != fed)
            with m.If(self.run & over):
                m.d.sync += cursor.eq(0)

    def _results(self, m, working, label_address, result_address):
        """Store what the core found when the memory is free, the prediction first.

        Returns whether no sample is in work and nothing waits to be stored.
        """
        predicted, stood, leaving = Signal(), Signal(), Signal()
        with m.If(~self.taken):
            m.d.comb += self.store.eq(Mux(predicted, 0b10, (stood & ~leaving).replicate(2)))
            m.d.sync += predicted.eq(0)
            with m.If(~predicted & ~leaving):
                m.d.sync += stood.eq(0)
        with m.If(self.done & (self.stream | ~self.train)):
            m.d.sync += predicted.eq(1)
        m.d.comb += result_address.eq(label_address)
        if self._design.engine.always_on:
            with m.If(self.released & self.stream):
                m.d.sync += stood.eq(1)
            with m.If(~predicted):  # the label's word is the last of a sample
                m.d.comb += result_address.eq(label_address - self._maps.label_word)
        if self._design.results:
            self._store_results(m, predicted, leaving, label_address, result_address)
        return ~(working | predicted | stood | leaving)

    def _store_results(self, m, predicted, leaving, label_address, result_address):
        """Store one result after the other, while `leaving`; a result takes three cycles."""
        sizes = self._design.network.sizes
        last, phase = Signal(range(max(2, *sizes[1:]))), Signal(range(RESULT + 1))
        m.d.sync += last.eq(Array([0, *(n - 1 for n in sizes[1:])])[self.result_layer])
        with m.If(self.done & (self.result_layer != 0)):
            m.d.sync += [leaving.eq(1), self.result_index.eq(0), phase.eq(0)]
        with m.If(leaving & ~predicted):
            m.d.comb += result_address.eq(label_address + 1 + self.result_index)
            with m.If(phase != RESULT):
                m.d.sync += phase.eq(phase + 1)
            with m.Elif(~self.taken):
                m.d.comb += [self.store.eq(0b11), self.storing_result.eq(1)]
                m.d.sync += [self.result_index.eq(self.result_index + 1), phase.eq(0)]
                with m.If(self.result_index == last):
                    m.d.comb += self.result_taken.eq(1)
                    m.d.sync += leaving.eq(0)
