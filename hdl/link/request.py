"""A request's fields, and the fault in it, if there is one."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.flash import FlashChip
from ...golden.spec.link import (
    READ_BYTES,
    Operation,
    Space,
    Status,
    space_words,
    spaces,
    sparse_samples,
    word_bytes,
)
from .registers import READ_ONLY
from .spaces import address_bits
from .walk import ADDRESS, COUNT, HEADER_END, OPERATION, READ_END, SPACE, WORDS

__all__ = ["Request"]

NO_SPACE = 7


class Request(wiring.Component):
    """Takes a request's fields from its bytes as they pass, and judges them.

    The first fault of a request in this order is its status: operation, length of the header,
    space, count of 0, engine busy; then word by word too many words, address; at the end of a
    WRITE too few or too many bytes. Of a WRITE_SPARSE, which only designs with `sparse_samples`
    have any hardware for, element by element the bytes before it, then the addresses before it;
    in the same order after the last one.

    Every judgement is a register, since the choice of the next state is long: of an address it is
    two cycles old.

    Parameters
    ----------
    design : Design
    flash : FlashChip or None
        Whose words may be read, and from `first` on written, where the design has `flash`.

    Members
    -------
    passing, byte, at : see `FrameWalk`
        While `passing` a byte of the header is fresh. Fields follow two cycles later, while place
        and byte are still the same; the operation follows in the next one.
    place, end
        Of the walk; of the request's CRC.
    running, streaming : 1 bit
        See `Server`.
    counted, advance : 1 bit
        Count down; go `stride` words further.
    set_stride, stride : 1 bit, 16 bits
        Replace the stride.
    reads, writes, sparse : 1 bit
        The operation is READ; WRITE or WRITE_SPARSE; WRITE_SPARSE.
    space, address
        Of the word in work.
    size : 3 bits
        Bytes of a word of the space.
    none : 1 bit
        The count is 0.
    refused, header_status
        The header has a fault; which.
    ends, word_status
        The walk through the words ends here; with what.
    """

    def __init__(self, design: Design, flash: FlashChip | None = None):
        self._design, self._knows_sparse = design, sparse_samples(design)
        self._flash = flash
        super().__init__({
            "passing": In(1), "byte": In(8), "at": In(HEADER_END + 1), "place": In(9),
            "end": In(8), "running": In(1), "streaming": In(1),
            "counted": In(1), "advance": In(1), "set_stride": In(1), "stride": In(16),
            "reads": Out(1), "writes": Out(1), "sparse": Out(1),
            "space": Out(3), "address": Out(address_bits(design)), "size": Out(3), "none": Out(1),
            "refused": Out(1), "header_status": Out(Status),
            "ends": Out(1), "word_status": Out(Status),
        })

    def elaborate(self, platform):
        m = Module()
        byte, at = self.byte, self.at
        count, stride = Signal(8), Signal(16)
        # Never overflows by a stride; `far`: there are bits above these.
        address, far = Signal(max(len(self.address), 16) + 1), Signal()
        header = Signal()  # a byte of the header has been fresh for two cycles
        m.d.sync += header.eq(self.passing)
        with m.If(self.passing & at[OPERATION]):
            m.d.sync += [self.reads.eq(byte == Operation.READ),
                         self.writes.eq(byte == Operation.WRITE)]
            if self._knows_sparse:
                m.d.sync += self.sparse.eq(byte == Operation.WRITE_SPARSE)
                with m.If(byte == Operation.WRITE_SPARSE):
                    m.d.sync += self.writes.eq(1)
        with m.If(header & at[SPACE]):
            m.d.sync += self.space.eq(Mux(byte < len(spaces(self._design)), byte, NO_SPACE))
        next_address = Signal.like(address)
        m.d.comb += [next_address.eq(address + stride), self.address.eq(address),
                     self.none.eq(count == 0)]
        for i in range(4):
            part, next_part = address[8 * i:8 * i + 8], next_address[8 * i:8 * i + 8]
            here = header & at[ADDRESS + i]
            with m.If(here):
                m.d.sync += far.eq((byte >> len(part)).any() | far & (i != 0))
            with m.If(here | self.advance):
                m.d.sync += part.eq(Mux(header, byte, next_part))
        with m.If(header & at[COUNT] | self.counted):
            m.d.sync += count.eq(Mux(header, byte, count - 1))
        for i in range(2):
            with m.If(header & at[WORDS + i]):
                m.d.sync += stride[8 * i:8 * i + 8].eq(byte)
        with m.If(self.set_stride):
            m.d.sync += stride.eq(self.stride)
        # What forbids an address, one reason a register: comparing takes most of a cycle.
        beyond, kept = Signal(), Signal()
        limit, fixed = self._space_facts(m, address)
        m.d.sync += [beyond.eq(address >= limit), kept.eq(self.writes & fixed)]
        self._judge_header(m)
        self._judge_word(m, far | beyond | kept)
        return m

    def _judge_header(self, m):
        """What is wrong with the header."""
        beside = self.space == NO_SPACE
        if self._knows_sparse:
            beside = beside | self.sparse & (self.space != Space.SAMPLES)
        m.d.sync += [self.header_status.eq(Status.OK), self.refused.eq(0)]
        for fault, found in reversed((
            (Status.BAD_OPERATION, ~(self.reads | self.writes)),
            (Status.BAD_LENGTH, Mux(self.writes, self.end < WORDS, self.end != READ_END)),
            (Status.BAD_SPACE, beside),
            (Status.BAD_LENGTH, self.none),
            (Status.BUSY, self.running & (self.space >= Space.WEIGHTS)
             & ~(self.streaming & (self.space == Space.SAMPLES))),
        )):
            with m.If(found):
                m.d.sync += [self.header_status.eq(fault), self.refused.eq(1)]

    def _judge_word(self, m, forbidden):
        """Does the walk through the words end, and with what?"""
        long, judged = self.place > WORDS + READ_BYTES, ~self.none
        if self._knows_sparse:
            # Its count is one of elements. What lies beyond the frame's end is never judged.
            long, judged = long | self.sparse & (self.place > self.end), judged | self.sparse
        too_long, uneven, bad = Signal(), Signal(), Signal()
        m.d.sync += [self.ends.eq(long | self.none | forbidden), too_long.eq(long),
                     uneven.eq(self.place != self.end), bad.eq(judged & forbidden)]
        # Count and operation are still the same.
        m.d.comb += self.word_status.eq(Mux(bad, Status.BAD_ADDRESS, Status.OK))
        with m.If(too_long | self.none & self.writes & uneven):
            m.d.comb += self.word_status.eq(Status.BAD_LENGTH)

    def _space_facts(self, m, address):
        """Of the request's space: bytes of a word (`size`), number of words, is the word fixed."""
        limit, fixed = Signal.like(address), Signal()
        with m.Switch(self.space):
            for known in spaces(self._design):
                with m.Case(known):
                    # Registers: the space is known many cycles before its first word.
                    m.d.sync += [self.size.eq(word_bytes(self._design, known)),
                                 limit.eq(space_words(self._design, known))]
                    if known is Space.SAMPLES and self._knows_sparse:
                        # The address after an element, which may end with the space.
                        m.d.sync += limit.eq(space_words(self._design, known) + self.sparse)
                    if known in (Space.IDENTITY, Space.FLASH_FACTS):
                        m.d.comb += fixed.eq(1)
                    if known is Space.FLASH and self._flash is not None:
                        m.d.sync += limit.eq(self._flash.size // 4)
                        m.d.comb += fixed.eq(address < self._flash.first // 4)
                    if known is Space.REGISTERS:
                        with m.Switch(address):
                            with m.Case(*READ_ONLY):
                                m.d.comb += fixed.eq(1)
        return limit, fixed
