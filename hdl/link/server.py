"""Answers requests: executes a frame's request word by word, builds and sends the response."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...golden.spec.design import Design
from ...golden.spec.flash import FlashChip
from ...golden.spec.link import Status, sparse_samples
from .cobs import decoded_layout
from .frames import FrameReceiver
from .request import Request
from .response import Response
from .spaces import WordPort, address_bits
from .transfer import Transfer
from .walk import COUNT, HEADER_END, OPERATION, SEQUENCE, SPACE, FrameWalk

__all__ = ["Server"]

ANSWERED = 0x80  # marks the operation of a response


class Server(wiring.Component):
    """One request at a time: receive, check, answer, send.

    A request is executed only after its CRC is verified and all its addresses are checked, so that
    it is executed wholly or not at all. Both frames lie in one memory, which `FrameWalk` walks;
    whatever is decided by a place, a byte or a word is judged into a register in the cycle before,
    since the memory answers late and the choice of the next state is long. For the same reason
    there are three small state machines instead of a large one: the request's, here; that of its
    words, `Transfer`; the end of the response and its way to the line, `Response`.

    Parameters
    ----------
    design : Design
    flash : FlashChip or None
        Of the board, where the design has `flash`.

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

    def __init__(self, design: Design, flash: FlashChip | None = None):
        self._design, self._knows_sparse = design, sparse_samples(design)
        self._flash = flash
        super().__init__({
            "i": In(stream.Signature(decoded_layout, always_ready=True)),
            "o": Out(stream.Signature(unsigned(8))),
            "words": Out(WordPort(address_bits(design))),
            "running": In(1), "streaming": In(1), "dropped": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.frames = frames = FrameWalk(hop_bits=4 if self._knows_sparse else 3)
        m.submodules.request = request = Request(self._design, self._flash)
        m.submodules.transfer = transfer = Transfer(self._design)
        m.submodules.response = response = Response()
        connect(m, flipped(self.i), receiver.i)
        connect(m, response.o, flipped(self.o))
        m.d.comb += [
            self.dropped.eq(receiver.dropped),
            # The frames, which receiver and response never write at the same time.
            frames.write.eq(response.write | receiver.write),
            frames.write_address.eq(Mux(response.write, Cat(response.address, 1),
                                        receiver.address)),
            frames.write_data.eq(Mux(response.write, response.write_data, receiver.data)),
            frames.response.eq(response.sending),
            # The request and its words.
            request.byte.eq(frames.byte), request.at.eq(frames.at),
            request.place.eq(frames.place), request.end.eq(receiver.end),
            request.running.eq(self.running), request.streaming.eq(self.streaming),
            transfer.reads.eq(request.reads), transfer.writes.eq(request.writes),
            transfer.sparse.eq(request.sparse), transfer.size.eq(request.size),
            transfer.none.eq(request.none),
            transfer.byte.eq(frames.byte), transfer.fresh.eq(frames.fresh),
            self.words.space.eq(request.space), self.words.address.eq(request.address),
            self.words.write.eq(request.writes), self.words.valid.eq(transfer.valid),
            self.words.write_data.eq(transfer.write_data),
            transfer.read_data.eq(self.words.read_data), transfer.halves.eq(self.words.halves),
            transfer.served.eq(self.words.done),
            response.byte.eq(frames.byte), response.fresh.eq(frames.fresh),
        ]
        self._serve(m, receiver, frames, request, transfer, response)
        return m

    def _serve(self, m, receiver, frames, request, transfer, response):
        """From one request to the next."""
        fresh, byte, at = frames.fresh, frames.byte, frames.at
        step, restart, advance, finish, answers = (Signal() for _ in range(5))
        status, failed = Signal(Status), Signal()
        # The last request, to know its repetition.
        known, sequence, last_crc, same = Signal(), Signal(8), Signal(16), Signal()
        repeated = Signal()
        m.d.sync += [repeated.eq(same & request.writes & (last_crc == receiver.crc)),
                     failed.eq(status != Status.OK)]
        m.d.comb += [
            frames.step.eq(step | transfer.step | response.step), frames.hop.eq(1),
            frames.restart.eq(restart | response.restart),
            request.advance.eq(advance | transfer.advance),
            request.counted.eq(advance | transfer.counted), request.stride.eq(1),
            response.finish.eq(finish | transfer.done),
            response.valid.eq(answers & at[:SPACE + 1].any() | transfer.scatters),
            response.data.eq(Mux(transfer.scatters, transfer.data, Mux(
                at[SPACE], status, byte | Mux(at[OPERATION], ANSWERED, 0)))),
        ]
        with m.FSM():
            with m.State("RECEIVE"):
                m.d.comb += receiver.listening.eq(1)
                with m.If(receiver.intact):
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [step.eq(fresh), request.passing.eq(fresh)]
                with m.If(fresh & at[SEQUENCE]):
                    m.d.sync += same.eq(known & (byte == sequence))
                with m.If(fresh & at[HEADER_END]):
                    m.d.sync += last_crc.eq(receiver.crc)
                    m.next = "JUDGE"  # which starts afresh
                    with m.If(repeated):
                        m.d.comb += response.again.eq(1)
                        m.next = "SENT"
            with m.State("JUDGE"):
                m.d.comb += [response.begin.eq(1), restart.eq(1),
                             frames.to_words.eq(~request.refused),
                             request.set_stride.eq(request.writes)]
                m.d.sync += status.eq(request.header_status)
                m.next = "ADDRESS"
                with m.If(request.refused):
                    m.next = "ANSWER"
            # All words, without reaching any; `place` counts their bytes.
            with m.State("ADDRESS"):  # whether it is forbidden comes in the next cycle
                m.next = "COMPARE"
            with m.State("COMPARE"):  # likewise what it ends with
                m.next = "CHECK"
            with m.State("CHECK"):
                m.d.comb += [step.eq(1), frames.hop.eq(request.size), advance.eq(1)]
                m.d.sync += status.eq(request.word_status)
                m.next = "ADDRESS"
                if self._knows_sparse:
                    with m.If(request.sparse):
                        m.d.comb += [step.eq(0), advance.eq(0)]
                        m.next = "ELEMENT"
                with m.If(request.ends):
                    m.d.comb += restart.eq(1)
                    m.next = "ANSWER"
            if self._knows_sparse:
                # An element at a time: over its literals, and beyond its last address.
                with m.State("ELEMENT"):
                    m.d.comb += [step.eq(fresh), frames.hop.eq(Cat(1, byte[5:])),
                                 request.set_stride.eq(1),
                                 request.stride.eq(byte[:5] + byte[5:])]
                    with m.If(fresh):
                        m.next = "SPAN"
                with m.State("SPAN"):
                    m.d.comb += advance.eq(1)
                    m.next = "ADDRESS"
            with m.State("ANSWER"):
                # The request's header passes once more: it is what the response begins with, and
                # CHECK has used up address and count.
                m.d.comb += [step.eq(fresh), request.passing.eq(fresh), answers.eq(fresh)]
                with m.If(fresh & at[SEQUENCE]):
                    m.d.sync += [sequence.eq(byte), known.eq(1)]
                with m.If(fresh & at[SPACE] & failed):
                    m.d.comb += finish.eq(1)
                    m.next = "SENT"
                with m.If(fresh & at[COUNT]):
                    m.d.comb += [transfer.start.eq(1), request.set_stride.eq(request.sparse)]
                    m.next = "SENT"
            with m.State("SENT"):
                with m.If(response.sent):
                    m.next = "RECEIVE"
