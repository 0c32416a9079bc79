"""Answers requests: executes a frame's request word by word, builds and sends the response."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out, connect, flipped

from ...golden.spec.design import Design
from ...golden.spec.link import (
    READ_BYTES,
    Operation,
    Space,
    Status,
    space_words,
    sparse_samples,
    word_bytes,
)
from ..lib.memory import DualPortMemory
from .cobs import CobsEncoder, decoded_layout
from .frames import FrameReceiver
from .registers import READ_ONLY
from .spaces import WordPort, address_bits

__all__ = ["Server"]

# Places in a request: sequence 0, operation 1, space 2, address 3 .. 6, count 7, then either the
# stride, 8 and 9, or the words of a WRITE, or the elements of a WRITE_SPARSE.
SPACE, ADDRESS, COUNT, WORDS = 2, 3, 7, 8
HEADER_END, READ_END = 9, 10
NO_SPACE = 7


class Server(wiring.Component):
    """One request at a time: receive, check, answer, send.

    A request is executed only after its CRC is verified and all its addresses are checked, so that
    it is executed wholly or not at all. Both frames lie in one 512-byte memory, which is walked
    at one byte in four cycles; whatever is decided by a place, a byte or a word is judged into a
    register in the cycle before, since the memory answers late and the choice of the next state
    is long.

    The first fault of a request in this order is its status: operation, length of the header,
    space, count of 0, engine busy; then word by word too many words, address; at the end of a
    WRITE too few or too many bytes. Of a WRITE_SPARSE, which only designs with `sparse_samples`
    have any hardware for, element by element the bytes before it, then the addresses before it;
    in the same order after the last one.

    Parameters
    ----------
    design : Design

    Members
    -------
    i : stream of decoded_layout
        What the line brings.
    o : stream of 8 bits
        What goes to the line.
    words : WordPort
    running, streaming : 1 bit
        The engine runs: only identity and registers may be reached; it streams: samples, too.
    dropped : 1 bit
        A frame was dropped.
    """

    def __init__(self, design: Design):
        self._design, self._knows_sparse = design, sparse_samples(design)
        super().__init__({
            "i": In(stream.Signature(decoded_layout, always_ready=True)),
            "o": Out(stream.Signature(unsigned(8))),
            "words": Out(WordPort(address_bits(design))),
            "running": In(1), "streaming": In(1), "dropped": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.frames = frames = DualPortMemory(shape=unsigned(8), depth=512)
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.crc = crc = CRC16_IBM_3740(data_width=8).create()
        m.submodules.encoder = encoder = CobsEncoder()

        # Walking a frame: `byte` is the one at `place` while `fresh`; `step` goes `hop` further,
        # `restart` back to the first, or (`to_words`) to the words. Both move `place` in the cycle
        # after: there are 80 of them to a byte on the line.
        place, fresh, step, restart = Signal(9), Signal(), Signal(), Signal()
        hop = Signal(4 if self._knows_sparse else 3, init=1)
        byte, sending, moves = Signal(8), Signal(), Signal()
        end = receiver.end  # place of the request's CRC
        at = Signal(HEADER_END + 1)  # while fresh: which place this is, one bit for each
        steps, by, restarts, to_words, start = (
            Signal(), Signal.like(hop, init=0), Signal(), Signal(), Signal(range(WORDS + 1)))
        m.d.sync += [steps.eq(step), by.eq(hop), restarts.eq(restart),
                     start.eq(Mux(to_words, WORDS, 0)),
                     moves.eq(steps | restarts), byte.eq(frames.read_data),
                     fresh.eq(~(step | restart | steps | restarts | moves)),
                     at.eq(Cat(place == k for k in range(HEADER_END + 1)))]
        with m.If(restarts):
            m.d.sync += place.eq(start)
        with m.Elif(steps):
            m.d.sync += place.eq(place + by)
        m.d.comb += frames.read_address.eq(Cat(place[:8], sending))

        # The request.
        writes, reads = Signal(), Signal()
        sparse = Signal() if self._knows_sparse else None  # one of `writes`
        space, count, stride = Signal(3), Signal(8), Signal(16)
        address = Signal(max(address_bits(self._design), 16) + 1)  # never overflows by a stride
        far = Signal()  # bits of the address above these
        next_address, advance = Signal.like(address), Signal()
        counted = advance if sparse is None else Signal()
        # Take the fields of the request from its bytes as they pass: a cycle later, in which
        # place and byte are still the same.
        passing, header = Signal(), Signal()
        m.d.sync += header.eq(passing)
        with m.If(header & at[SPACE]):
            m.d.sync += space.eq(Mux(byte < len(Space), byte, NO_SPACE))
        for i in range(4):
            part, next_part = address[8 * i:8 * i + 8], next_address[8 * i:8 * i + 8]
            here = header & at[ADDRESS + i]
            with m.If(here):
                m.d.sync += far.eq((byte >> len(part)).any() | far & (i != 0))
            with m.If(here | advance):
                m.d.sync += part.eq(Mux(header, byte, next_part))
        with m.If(header & at[COUNT] | counted):
            m.d.sync += count.eq(Mux(header, byte, count - 1))
        for i in range(2):
            with m.If(header & at[WORDS + i]):
                m.d.sync += stride[8 * i:8 * i + 8].eq(byte)
        word, left = Signal(32), Signal(3)  # the word in work, its bytes that are left
        size, limit, fixed = self._space_facts(m, space, address, sparse)
        # What forbids an address, one reason a register: comparing takes most of a cycle.
        beyond, kept = Signal(), Signal()
        m.d.sync += [beyond.eq(address >= limit), kept.eq(writes & fixed)]
        forbidden = far | beyond | kept
        m.d.comb += [
            next_address.eq(address + stride),
            self.words.space.eq(space), self.words.address.eq(address),
            self.words.write.eq(writes), self.words.write_data.eq(word),
        ]

        # The last request, to know its repetition.
        known, sequence, last_crc, same = Signal(), Signal(8), Signal(16), Signal()
        repeated = Signal()
        m.d.sync += repeated.eq(same & writes & (last_crc == receiver.crc))

        # The response: `emit` sends `out` on its way into the memory, `counts` also through the
        # CRC. Registers before and behind the encoder keep its search for zeros apart.
        status, failed = Signal(Status), Signal()
        m.d.sync += failed.eq(status != Status.OK)
        emit, counts, closes, out = Signal(), Signal(), Signal(), Signal(8)
        passes, scatters, again = Signal(), Signal(), Signal()
        m.d.sync += [crc.valid.eq(counts), encoder.i.valid.eq(emit), encoder.i.p.data.eq(out),
                     encoder.i.p.last.eq(closes)]
        encoded, encoded_address, encoded_data = Signal(), Signal(8), Signal(8)
        m.d.sync += [encoded.eq(encoder.write), encoded_address.eq(encoder.address),
                     encoded_data.eq(encoder.data)]
        m.d.comb += [
            crc.data.eq(encoder.i.p.data),
            frames.write_enable.eq(encoded | receiver.write),
            frames.write_address.eq(Mux(encoded, Cat(encoded_address, 1), receiver.address)),
            frames.write_data.eq(Mux(encoded, encoded_data, receiver.data)),
        ]
        connect(m, flipped(self.i), receiver.i)
        m.d.comb += self.dropped.eq(receiver.dropped)

        # Is this byte the delimiter?
        delimits, seen = Signal(), Signal()
        m.d.sync += [delimits.eq(byte == 0), seen.eq(fresh)]
        shows = fresh & seen

        # What is wrong with the header; whether the walk through the words ends, and with what.
        header_status, ends, word_status = Signal(Status), Signal(), Signal(Status)
        refused = Signal()
        beside, judged = space == NO_SPACE, count != 0
        long = place > WORDS + READ_BYTES
        if sparse is not None:
            # Its count is one of elements. What lies beyond the frame's end is never judged.
            beside, judged = beside | sparse & (space != Space.SAMPLES), judged | sparse
            long = long | sparse & (place > end)
        m.d.sync += [header_status.eq(Status.OK), word_status.eq(Status.OK), refused.eq(0),
                     ends.eq(long | (count == 0) | forbidden)]
        for fault, found in reversed((
            (Status.BAD_OPERATION, ~(reads | writes)),
            (Status.BAD_LENGTH, Mux(writes, end < WORDS, end != READ_END)),
            (Status.BAD_SPACE, beside),
            (Status.BAD_LENGTH, count == 0),
            (Status.BUSY, self.running & (space >= Space.WEIGHTS)
             & ~(self.streaming & (space == Space.SAMPLES))),
        )):
            with m.If(found):
                m.d.sync += [header_status.eq(fault), refused.eq(1)]
        with m.If(long | (count == 0) & writes & (place != end)):
            m.d.sync += word_status.eq(Status.BAD_LENGTH)
        with m.Elif(judged):
            m.d.sync += word_status.eq(Mux(forbidden, Status.BAD_ADDRESS, Status.OK))

        # Three small state machines, since the next state of a large one takes more than a cycle:
        # the request; its words; the end of the response, and sending it.
        walk, walks, finish, walked, sent = Signal(), Signal(), Signal(), Signal(), Signal()
        m.d.sync += walks.eq(walk)
        with m.FSM():
            with m.State("RECEIVE"):
                m.d.comb += receiver.listening.eq(1)
                with m.If(receiver.intact):
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [step.eq(fresh), passing.eq(fresh)]
                with m.If(fresh & at[0]):
                    m.d.sync += same.eq(known & (byte == sequence))
                with m.If(fresh & at[1]):
                    m.d.sync += [reads.eq(byte == Operation.READ),
                                 writes.eq(byte == Operation.WRITE)]
                    if sparse is not None:
                        m.d.sync += sparse.eq(byte == Operation.WRITE_SPARSE)
                        with m.If(byte == Operation.WRITE_SPARSE):
                            m.d.sync += writes.eq(1)
                with m.If(fresh & at[HEADER_END]):
                    m.d.sync += last_crc.eq(receiver.crc)
                    m.next = "JUDGE"  # which starts afresh
                    with m.If(repeated):
                        m.d.comb += again.eq(1)
                        m.next = "SENT"
            with m.State("JUDGE"):
                m.d.comb += [crc.start.eq(1), encoder.start.eq(1), restart.eq(1),
                             to_words.eq(~refused)]
                m.d.sync += status.eq(header_status)
                with m.If(writes):
                    m.d.sync += stride.eq(1)
                m.next = "ADDRESS"
                with m.If(refused):
                    m.next = "ANSWER"
            # All words, without reaching any; `place` counts their bytes.
            with m.State("ADDRESS"):  # `forbidden` comes in the next cycle
                m.next = "COMPARE"
            with m.State("COMPARE"):  # likewise what it ends with
                m.next = "CHECK"
            with m.State("CHECK"):
                m.d.comb += [step.eq(1), hop.eq(size), advance.eq(1)]
                m.d.sync += status.eq(word_status)
                m.next = "ADDRESS"
                if sparse is not None:
                    with m.If(sparse):
                        m.d.comb += [step.eq(0), advance.eq(0)]
                        m.next = "ELEMENT"
                with m.If(ends):
                    m.d.comb += restart.eq(1)
                    m.next = "ANSWER"
            if sparse is not None:
                # An element at a time: over its literals, and beyond its last address.
                with m.State("ELEMENT"):
                    m.d.comb += [step.eq(fresh), hop.eq(Cat(1, byte[5:]))]
                    m.d.sync += stride.eq(byte[:5] + byte[5:])
                    with m.If(fresh):
                        m.next = "SPAN"
                with m.State("SPAN"):
                    m.d.comb += advance.eq(1)
                    m.next = "ADDRESS"
            with m.State("ANSWER"):
                # The request's header passes once more: it is what the response begins with, and
                # CHECK has used up address and count.
                m.d.comb += [step.eq(fresh), passing.eq(fresh), passes.eq(fresh)]
                with m.If(fresh & at[0]):
                    m.d.sync += [sequence.eq(byte), known.eq(1)]
                with m.If(fresh & at[SPACE] & failed):
                    m.d.comb += finish.eq(1)
                    m.next = "SENT"
                with m.If(fresh & at[COUNT]):
                    m.d.comb += walk.eq(1)
                    m.next = "SENT"
                    if sparse is not None:
                        with m.If(sparse):
                            m.d.sync += stride.eq(1)
            with m.State("SENT"):
                with m.If(sent):
                    m.next = "RECEIVE"

        # The words, one after the other.
        took, access = Signal(), Signal()
        zeros, literals, headed = Signal(5), Signal(3), Signal()  # of an element, still to write
        if sparse is not None:
            m.d.comb += counted.eq(headed | advance & ~(access & sparse))
            with m.If(access & sparse & self.words.done):
                with m.If(zeros != 0):
                    m.d.sync += zeros.eq(zeros - 1)
                with m.Else():
                    m.d.sync += literals.eq(literals - 1)
        with m.FSM():
            with m.State("REST"):
                with m.If(walks):
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.sync += left.eq(size)
                m.next = "ACCESS"
                with m.If(writes):
                    m.next = "GATHER"
                done = count == 0
                if sparse is not None:
                    done = done & ((zeros == 0) & (literals == 0) | ~sparse)
                    with m.If(sparse & (zeros != 0)):
                        m.next = "ACCESS"  # of the word that HEAD left
                    with m.Elif(sparse & (literals == 0)):
                        m.next = "HEAD"
                with m.If(done):
                    m.d.comb += walked.eq(1)
                    m.next = "REST"
            if sparse is not None:
                with m.State("HEAD"):
                    m.d.comb += [headed.eq(fresh), step.eq(fresh)]
                    m.d.sync += word.eq(0)
                    with m.If(fresh):
                        m.d.sync += [zeros.eq(byte[:5]), literals.eq(byte[5:])]
                        m.next = "NEXT"
            with m.State("GATHER"):
                m.d.comb += [took.eq(fresh), step.eq(fresh)]
                with m.If(fresh & (left == 1)):
                    m.next = "ACCESS"
            with m.State("ACCESS"):
                m.d.comb += access.eq(1)
                with m.If(self.words.done):
                    m.d.comb += advance.eq(1)
                    m.next = "SCATTER"
                    with m.If(writes):
                        m.next = "NEXT"
            with m.State("SCATTER"):
                m.d.comb += [took.eq(1), scatters.eq(1)]
                with m.If(left == 1):
                    m.next = "NEXT"
        m.d.comb += self.words.valid.eq(access)
        for i in range(2):
            with m.If(access & self.words.halves[i] & reads):
                part = slice(16 * i, 16 * i + 16)
                m.d.sync += word[part].eq(self.words.read_data[part])
        with m.If(took):
            m.d.sync += [word.eq(Cat(word[8:], byte)), left.eq(left - 1)]

        # CRC and delimiter, a cycle each; the last byte is being written, maybe to the first
        # place, when all is ready to be sent.
        takes, low, high, ending, encodes, settles = (Signal() for _ in range(6))
        m.d.sync += [takes.eq(finish | walked), low.eq(takes), high.eq(low), ending.eq(high),
                     encodes.eq(ending), settles.eq(encodes), sent.eq(0)]
        with m.If(settles | again):
            m.d.comb += restart.eq(1)
            m.d.sync += sending.eq(1)
        m.d.comb += [self.o.valid.eq(sending & shows), self.o.payload.eq(byte)]
        with m.If(sending & shows & self.o.ready):
            m.d.comb += step.eq(1)
            with m.If(delimits):
                m.d.comb += restart.eq(1)
                m.d.sync += [sending.eq(0), sent.eq(1)]

        # What all three have to say, registers before the encoder and the place.
        m.d.comb += [
            emit.eq(passes & at[:SPACE + 1].any() | scatters | low | high | ending),
            counts.eq(passes & at[:SPACE + 1].any() | scatters), closes.eq(ending),
            out.eq(Mux(low, crc.crc[:8], Mux(high, crc.crc[8:], Mux(scatters, word[:8],
                   Mux(at[SPACE], status, byte | Mux(at[1], 0x80, 0)))))),
        ]
        return m

    def _space_facts(self, m, space, address, sparse):
        """Of the request's space: bytes of a word, number of words, may the word be written."""
        size, limit, fixed = Signal(3), Signal.like(address), Signal()
        with m.Switch(space):
            for known in Space:
                with m.Case(known):
                    # Registers: the space is known many cycles before its first word.
                    m.d.sync += [size.eq(word_bytes(self._design, known)),
                                 limit.eq(space_words(self._design, known))]
                    if known is Space.SAMPLES and sparse is not None:
                        # The address after an element, which may end with the space.
                        m.d.sync += limit.eq(space_words(self._design, known) + sparse)
                    if known is Space.IDENTITY:
                        m.d.comb += fixed.eq(1)
                    if known is Space.REGISTERS:
                        with m.Switch(address):
                            with m.Case(*READ_ONLY):
                                m.d.comb += fixed.eq(1)
        return size, limit, fixed
