"""Moves the words of a request: from its frame to where they belong, or into the response."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import sparse_samples

__all__ = ["Transfer"]


class Transfer(wiring.Component):
    """The words of one request, which has been found good, one after the other.

    A word that is written is gathered from the frame's bytes, then accessed; one that is read is
    accessed, then scattered into the response's bytes. An element of a WRITE_SPARSE has a head,
    which says how many words of zeros it stands for and how many follow.

    Parameters
    ----------
    design : Design

    Members
    -------
    start : 1 bit
        The request's header is behind.
    reads, writes, sparse, size, none : see `Request`
    byte, fresh : see `FrameWalk`
    step : 1 bit
        Go on to the frame's next byte.
    counted, advance : 1 bit
        A word, or an element, is done with; the address moves on.
    valid, write_data, read_data, halves, served
        See `WordPort`, whose `done` is `served` here.
    scatters, data : 1 bit, 8 bits
        `data` is a byte of the response.
    done : 1 bit
        There was no other word.
    """

    def __init__(self, design: Design):
        self._knows_sparse = sparse_samples(design)
        super().__init__({
            "start": In(1), "reads": In(1), "writes": In(1), "sparse": In(1), "size": In(3),
            "none": In(1), "byte": In(8), "fresh": In(1),
            "step": Out(1), "counted": Out(1), "advance": Out(1),
            "valid": Out(1), "write_data": Out(32), "read_data": In(32), "halves": In(2),
            "served": In(1), "scatters": Out(1), "data": Out(8), "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        word, left = Signal(32), Signal(3)  # the word in work, its bytes that are left
        # A byte that is gathered enters a cycle later, when it is still the same.
        takes, gathers, starts = Signal(), Signal(), Signal()
        zeros, literals = Signal(5), Signal(3)  # words of an element, still to write
        m.d.sync += [starts.eq(self.start), gathers.eq(0)]
        m.d.comb += [self.write_data.eq(word), self.data.eq(word[:8]),
                     self.counted.eq(self.advance)]
        if self._knows_sparse:
            self._elements(m, zeros, literals)
        with m.FSM():
            with m.State("REST"):
                with m.If(starts):
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.sync += left.eq(self.size)
                m.next = "ACCESS"
                with m.If(self.writes):
                    m.next = "GATHER"
                done = self.none
                if self._knows_sparse:
                    done = done & ((zeros == 0) & (literals == 0) | ~self.sparse)
                    with m.If(self.sparse & (zeros != 0)):
                        m.next = "ACCESS"  # of the word that HEAD left
                    with m.Elif(self.sparse & (literals == 0)):
                        m.next = "HEAD"
                with m.If(done):
                    m.d.comb += self.done.eq(1)
                    m.next = "REST"
            if self._knows_sparse:
                with m.State("HEAD"):
                    m.d.comb += [self.counted.eq(self.fresh), self.step.eq(self.fresh)]
                    m.d.sync += word.eq(0)
                    with m.If(self.fresh):
                        m.d.sync += [zeros.eq(self.byte[:5]), literals.eq(self.byte[5:])]
                        m.next = "NEXT"
            with m.State("GATHER"):
                m.d.comb += self.step.eq(self.fresh)
                m.d.sync += gathers.eq(self.fresh)
                with m.If(self.fresh & (left == 1)):
                    m.next = "GATHERED"
            with m.State("GATHERED"):  # the last byte enters
                m.next = "ACCESS"
            with m.State("ACCESS"):
                m.d.comb += self.valid.eq(1)
                with m.If(self.served):
                    m.d.comb += self.advance.eq(1)
                    m.next = "SCATTER"
                    with m.If(self.writes):
                        m.next = "NEXT"
            with m.State("SCATTER"):
                m.d.comb += self.scatters.eq(1)
                with m.If(left == 1):
                    m.next = "NEXT"
        for i in range(2):
            with m.If(self.valid & self.halves[i] & self.reads):
                part = slice(16 * i, 16 * i + 16)
                m.d.sync += word[part].eq(self.read_data[part])
        m.d.comb += takes.eq(gathers | self.scatters)
        with m.If(takes):
            m.d.sync += [word.eq(Cat(word[8:], self.byte)), left.eq(left - 1)]
        return m

    def _elements(self, m, zeros, literals):
        """Of a WRITE_SPARSE elements are counted, at their heads; a word is a zero or a literal."""
        m.d.comb += self.counted.eq(self.advance & ~self.sparse)
        with m.If(self.valid & self.sparse & self.served):
            with m.If(zeros != 0):
                m.d.sync += zeros.eq(zeros - 1)
            with m.Else():
                m.d.sync += literals.eq(literals - 1)
