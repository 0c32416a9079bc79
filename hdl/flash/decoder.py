"""From the bytes of a block to the transfers of its samples."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.flash import MOST_SAMPLES
from ...golden.spec.memory_map import MemoryMap

__all__ = ["Decoder"]


class Decoder(wiring.Component):
    """Reads one block at a time (`golden.spec.flash`).

    A word of zero takes a cycle, another one two, an element one more; where a word has two inputs
    that enter the core one by one, it takes two at least. Where four enter it together two words
    make one transfer.

    Parameters
    ----------
    design : Design

    Members
    -------
    i : stream of 8 bits
    begin, most : 1 bit, 8 bits
        A block of `most` + 1 samples begins; not while `busy`.
    samples : stream of design.feed_bits
        To the core.
    fed : 1 bit
        The last transfer of a sample was taken in the cycle before.
    busy : 1 bit
        In a block, or its check, or the last transfer has not been taken.
    damaged, forget : 1 bit
        A block was not what its CRC says, or did not end with its last element; forget it.
    """

    def __init__(self, design: Design):
        self._design = design
        super().__init__({
            "i": In(stream.Signature(8)), "begin": In(1), "most": In(range(MOST_SAMPLES)),
            "samples": Out(stream.Signature(unsigned(design.feed_bits))),
            "fed": Out(1), "busy": Out(1), "damaged": Out(1), "forget": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC16_IBM_3740(data_width=8).create()
        zeros, literals = Signal(5), Signal(3)  # words of an element that are to come
        samples, words = Signal(range(MOST_SAMPLES)), Signal(range(self._last + 1))
        low, has_low = Signal(8), Signal()
        word, valid, ready = Signal(16), Signal(), Signal()
        working = Signal()
        m.d.comb += self.busy.eq(working | self.samples.valid)
        with m.If(self.forget):
            m.d.sync += self.damaged.eq(0)
        takes, literal = self.i.valid & self.i.ready, Cat(low, self.i.payload)
        moves, ends = Signal(), Signal()
        m.d.comb += [crc.data.eq(self.i.payload), crc.start.eq(self.begin), moves.eq(
            valid & ready), ends.eq(moves & (words == 0) & (samples == 0))]
        with m.FSM():
            with m.State("REST"):
                m.d.sync += [samples.eq(self.most), words.eq(self._last), zeros.eq(0),
                             literals.eq(0), has_low.eq(0)]
                with m.If(self.begin):
                    m.next = "WORDS"
            with m.State("WORDS"):
                m.d.comb += [working.eq(1), crc.valid.eq(takes)]
                with m.If(zeros != 0):
                    m.d.comb += valid.eq(1)
                    m.d.sync += zeros.eq(zeros - moves)
                with m.Elif(literals == 0):  # an element's head
                    m.d.comb += self.i.ready.eq(1)
                    with m.If(takes):
                        m.d.sync += [zeros.eq(self.i.payload[:5]), literals.eq(self.i.payload[5:])]
                with m.Elif(~has_low):
                    m.d.comb += self.i.ready.eq(1)
                    m.d.sync += [low.eq(self.i.payload), has_low.eq(takes)]
                with m.Else():
                    m.d.comb += [word.eq(literal), valid.eq(self.i.valid), self.i.ready.eq(ready)]
                    with m.If(moves):
                        m.d.sync += [has_low.eq(0), literals.eq(literals - 1)]
                with m.If(moves):
                    m.d.sync += words.eq(Mux(words == 0, self._last, words - 1))
                    with m.If(words == 0):
                        m.d.sync += samples.eq(samples - 1)
                with m.If(ends):
                    m.next = "LOW"
                    # Something is left of the element, for which the block has no place.
                    with m.If(Mux(zeros != 0, (zeros != 1) | (literals != 0), literals != 1)):
                        m.d.sync += self.damaged.eq(1)
            for state, byte, following in (("LOW", crc.crc[:8], "HIGH"),
                                           ("HIGH", crc.crc[8:], "REST")):
                with m.State(state):
                    m.d.comb += [working.eq(1), self.i.ready.eq(1)]
                    with m.If(takes):
                        with m.If(self.i.payload != byte):
                            m.d.sync += self.damaged.eq(1)
                        m.next = following
        self._send(m, word, valid, ready, words)
        return m

    @property
    def _last(self):
        """Words of a sample after its first one."""
        return MemoryMap(self._design).label_word

    def _send(self, m, word, valid, ready, words):
        """A word becomes a transfer, or two, or half a one: whatever enters the core in a cycle."""
        design, samples = self._design, self.samples
        follows, is_last, leaves = Signal(), Signal(), Signal()
        m.d.comb += [leaves.eq(samples.valid & samples.ready),
                     ready.eq((~samples.valid | samples.ready) & ~follows)]
        m.d.sync += self.fed.eq(leaves & is_last & ~follows)
        with m.If(leaves):
            m.d.sync += samples.valid.eq(0)
        with m.If(valid & ready):
            m.d.sync += [samples.valid.eq(1), samples.payload.eq(word), is_last.eq(words == 0)]
        if design.feed_width == 4:
            # Two words of inputs, the last of which may be alone.
            first, has_first = Signal(16), Signal()
            with m.If(valid & ready & (words != 0)):
                m.d.sync += [first.eq(word), has_first.eq(~has_first & (words != 1))]
                with m.If(has_first):
                    m.d.sync += samples.payload.eq(Cat(first, word))
                with m.Elif(words != 1):
                    m.d.sync += samples.valid.eq(0)
        elif design.feed_width == 1 and design.sample.width <= 8:
            second = Signal(8)
            single = words <= MemoryMap(design).target_words + design.network.sizes[0] % 2
            with m.If(valid & ready):
                m.d.sync += [second.eq(word[8:]), follows.eq(~single)]
            with m.Elif(leaves & follows):
                m.d.sync += [samples.valid.eq(1), samples.payload.eq(second), follows.eq(0)]
