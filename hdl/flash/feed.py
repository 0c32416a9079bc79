"""Everything between the lines of a flash memory and the core: words for the host, samples."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...golden.spec.design import Design
from ...golden.spec.flash import FlashChip
from ...golden.spec.link import FlashFact
from ..link.registers import RegisterHalf
from .controller import Controller
from .decoder import Decoder
from .queue import Queue
from .shift import FlashPins
from .walk import BlockWalk

__all__ = ["FlashFeed"]


class FlashFeed(wiring.Component):
    """Reads and writes a flash memory for the host, and runs samples from it.

    Parameters
    ----------
    design : Design
    clock_hz : int
    chip : FlashChip

    Members
    -------
    pins : FlashPins
    address, valid, write, write_data, read_data, done : see `Controller`
    fact, fact_data : 3 bits, 32 bits
        A word of `golden.spec.link.FlashFact`.
    settings, run, shuffled, stop, idle, cursor, released : see `BlockWalk`
    samples : stream of design.feed_bits
    """

    def __init__(self, design: Design, clock_hz, chip: FlashChip):
        self._design, self._clock_hz, self._chip = design, clock_hz, chip
        super().__init__({
            "pins": Out(FlashPins()),
            "address": In(22), "valid": In(1), "write": In(1), "write_data": In(32),
            "read_data": Out(32), "done": Out(1), "fact": In(3), "fact_data": Out(32),
            "settings": In(stream.Signature(RegisterHalf, always_ready=True)),
            "run": In(1), "shuffled": In(1), "stop": In(1), "idle": Out(1), "cursor": Out(16),
            "released": In(1), "samples": Out(stream.Signature(unsigned(design.feed_bits))),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.controller = controller = Controller(self._clock_hz, self._chip)
        m.submodules.queue = queue = Queue()
        m.submodules.decoder = decoder = Decoder(self._design)
        m.submodules.walk = walk = BlockWalk()
        connect(m, controller.pins, flipped(self.pins))
        connect(m, decoder.samples, flipped(self.samples))
        connect(m, flipped(self.settings), walk.settings)
        m.d.comb += [
            controller.address.eq(self.address), controller.valid.eq(self.valid),
            controller.write.eq(self.write), controller.write_data.eq(self.write_data),
            self.read_data.eq(controller.read_data), self.done.eq(controller.done),
            controller.streams.eq(walk.streams), controller.first.eq(walk.first),
            controller.want.eq(queue.room),
            queue.put.eq(controller.got), queue.byte.eq(controller.byte),
            queue.clear.eq(walk.clear),
            walk.i.valid.eq(queue.o.valid & walk.takes), walk.i.payload.eq(queue.o.payload),
            decoder.i.valid.eq(queue.o.valid & ~walk.takes),
            decoder.i.payload.eq(queue.o.payload),
            queue.o.ready.eq(Mux(walk.takes, walk.i.ready, decoder.i.ready)),
            decoder.begin.eq(walk.begin), decoder.most.eq(walk.most),
            decoder.forget.eq(walk.forget), walk.busy.eq(decoder.busy),
            walk.damaged.eq(decoder.damaged), walk.fed.eq(decoder.fed),
            walk.run.eq(self.run), walk.shuffled.eq(self.shuffled), walk.stop.eq(self.stop),
            walk.released.eq(self.released), self.idle.eq(walk.idle),
            self.cursor.eq(walk.cursor),
        ]
        facts = {
            FlashFact.STATUS: Cat(controller.ready, controller.failed, decoder.damaged),
            FlashFact.CHIP: controller.identity,
            FlashFact.FIRST: Const(self._chip.first, 32),
            FlashFact.SIZE: Const(self._chip.size, 32),
            FlashFact.LINES: Const(self._chip.lines, 32),
        }
        found = Signal(32)
        m.d.comb += found.eq(Array([facts[fact] for fact in FlashFact])[self.fact])
        m.d.sync += self.fact_data.eq(found)
        return m
