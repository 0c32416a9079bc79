"""The top level that a board instantiates: engine, sample memory, and the link to the host."""

from types import SimpleNamespace

from amaranth.hdl import Module, Mux
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..golden.spec.design import Design
from ..golden.spec.flash import FlashChip
from ..golden.spec.link import Register
from .core import Core
from .flash.feed import FlashFeed
from .flash.shift import FlashPins
from .link.cobs import CobsDecoder
from .link.line import SerialLine
from .link.rate import period_of
from .link.registers import RegisterFile
from .link.server import Server
from .link.spaces import Spaces
from .sample.feeder import Feeder
from .sample.memory import SampleMemory

__all__ = ["ByteTop", "StreamTop", "Top"]


class Top(wiring.Component):
    """A whole board but for its clock and its pins; messages: `golden.spec.link`.

    Parameters
    ----------
    design : Design
    clock_hz : int
    baud : int or None
        Rate of the serial line; None finds it: see `golden.spec.link`.
    flash : FlashChip or None
        The board's flash memory; needed where the design has `flash`, of no use elsewhere.

    Members
    -------
    rx, tx : 1 bit
        Serial line, 8 data bits, no parity, 1 stop bit. Two flip-flops follow `rx`.
    busy : 1 bit
        The engine runs.
    flash : FlashPins
        Only where the design has `flash`.

    Raises
    ------
    ValueError
        `clock_hz` does not give `baud` (`hdl.link.rate.period_of`); the design has `flash`, and
        nothing is said of the board's.
    """

    _outside = {"rx": In(1, init=1), "tx": Out(1, init=1)}

    def __init__(self, design: Design, clock_hz, baud=None, flash: FlashChip | None = None):
        if baud is not None:
            period_of(clock_hz, baud)  # refuses here what the line would refuse
        if design.flash and flash is None:
            raise ValueError("the design has samples in flash memory (flash), and nothing is known "
                             "of this board's: take a board that has it, or a design without")
        self._design, self._clock_hz, self._baud = design, clock_hz, baud
        self._chip = flash if design.flash else None
        pins = {} if self._chip is None else {"flash": Out(FlashPins())}
        super().__init__({**self._outside, "busy": Out(1)} | pins)

    @property
    def design(self):
        """The design."""
        return self._design

    def elaborate(self, platform):
        m = Module()
        design = self._design
        line = self._line(m)
        m.submodules.decoder = decoder = CobsDecoder()
        m.submodules.server = server = Server(design, self._chip)
        m.submodules.spaces = spaces = Spaces(design, self._clock_hz)
        m.submodules.registers = registers = RegisterFile(design)
        m.submodules.samples = samples = SampleMemory(design)
        m.submodules.feeder = feeder = Feeder(design)
        m.submodules.core = core = Core(design)

        # Line to words.
        connect(m, line.o, decoder.i)
        connect(m, decoder.o, server.i)
        connect(m, server.o, line.i)
        connect(m, server.words, spaces.words)
        m.d.comb += [
            *self._pins(line, registers), self.busy.eq(registers.running),
            server.running.eq(registers.running), server.streaming.eq(registers.stream),
        ]

        # Words to registers and memories.
        m.d.comb += [
            registers.address.eq(spaces.registers.address),
            registers.valid.eq(spaces.registers.valid),
            registers.write.eq(spaces.registers.write),
            registers.write_data.eq(spaces.registers.write_data),
            spaces.registers.read_data.eq(registers.read_data),
            spaces.registers.halves.eq(registers.halves),
        ]
        self._connect_memory(m, spaces.weights, core.host)
        if design.generators:
            self._connect_memory(m, spaces.generators, core.generators)
            m.d.comb += core.reset_generators.eq(registers.reset_generators)
        m.d.comb += [samples.address.eq(spaces.samples.address),
                     samples.write_enable.eq(spaces.samples.write.replicate(2)),
                     samples.write_data.eq(spaces.samples.write_data)]
        m.d.comb += feeder.taken.eq(registers.stream & spaces.sampling)
        found = Mux(feeder.store[0], core.stood, core.prediction << 8)
        if design.results:
            found = Mux(feeder.storing_result, core.result, found)
            m.d.comb += [feeder.result_layer.eq(registers.result_layer),
                         core.result_layer.eq(registers.result_layer),
                         core.result_index.eq(feeder.result_index),
                         core.result_taken.eq(feeder.result_taken)]
        with m.If(registers.running & ~feeder.taken):  # only results of a run
            m.d.comb += [samples.address.eq(feeder.address),
                         samples.write_enable.eq(feeder.store),
                         samples.write_data.eq(found)]
        m.d.comb += [feeder.read_data.eq(samples.read_data),
                     spaces.samples.read_data.eq(samples.read_data[:16])]

        # The run.
        connect(m, registers.settings, feeder.settings)
        if self._chip is None:
            connect(m, feeder.samples, core.samples)
        idle = feeder.idle if self._chip is None else registers.idle
        events = {
            Register.SAMPLES: core.done, Register.CORRECT: core.done & core.correct,
            Register.CYCLES: registers.run & ~idle,
            Register.WEIGHT_SATURATIONS: core.weight_saturated,
            Register.STATE_SATURATIONS: core.state_saturated,
            Register.FRAMES_DROPPED: server.dropped,
        }
        m.d.sync += [registers.events[r.name.lower()].eq(event) for r, event in events.items()]
        if design.engine.guarded:
            m.d.sync += registers.events.restless.eq(core.restless)
        m.d.comb += [
            feeder.run.eq(registers.run), feeder.train.eq(registers.train),
            feeder.shuffled.eq(registers.shuffled), feeder.stop.eq(registers.stop),
            feeder.stream.eq(registers.stream), feeder.released.eq(core.released),
            registers.cursor.eq(feeder.cursor), registers.idle.eq(feeder.idle),
            feeder.done.eq(core.done),
            core.train.eq(feeder.train), core.update_shift.eq(feeder.update_shift),
            core.second_update_shift.eq(feeder.second_update_shift),
        ]
        if design.engine.always_on:
            m.d.comb += core.hold.eq(registers.stream & ~registers.stop)
        if self._chip is not None:
            self._from_flash(m, spaces, registers, feeder, core)
        return m

    def _from_flash(self, m, spaces, registers, feeder, core):
        """Samples from flash memory, in a run that wants them from there."""
        m.submodules.flash = flash = FlashFeed(self._design, self._clock_hz, self._chip)
        connect(m, flash.pins, flipped(self.flash))
        words = spaces.flash
        m.d.comb += [
            flash.address.eq(words.address), flash.valid.eq(words.valid),
            flash.write.eq(words.write), flash.write_data.eq(words.write_data),
            words.read_data.eq(flash.read_data), words.done.eq(flash.done),
            flash.fact.eq(spaces.flash_facts.address),
            spaces.flash_facts.read_data.eq(flash.fact_data),
            flash.settings.payload.eq(registers.settings.payload),
            flash.settings.valid.eq(registers.settings.valid),
            flash.shuffled.eq(registers.shuffled), flash.stop.eq(registers.stop),
            flash.released.eq(core.released), flash.run.eq(registers.run & registers.flash),
            core.samples.payload.eq(feeder.samples.payload),
            core.samples.valid.eq(feeder.samples.valid),
            feeder.samples.ready.eq(core.samples.ready),
        ]
        with m.If(registers.flash):
            # The feeder rests, and what the core finds is stored nowhere.
            m.d.comb += [
                feeder.run.eq(0), feeder.done.eq(0), feeder.stream.eq(0),
                core.samples.payload.eq(flash.samples.payload),
                core.samples.valid.eq(flash.samples.valid),
                flash.samples.ready.eq(core.samples.ready),
                registers.cursor.eq(flash.cursor), registers.idle.eq(flash.idle),
            ]
            if self._design.results:
                m.d.comb += core.result_layer.eq(0)
            if self._design.engine.always_on:
                m.d.comb += core.hold.eq(0)

    def _line(self, m):
        """What brings the host's bytes, its stream `o`, and takes the answers', `i`."""
        m.submodules.line = line = SerialLine(self._clock_hz, self._baud)
        return line

    def _pins(self, line, registers):
        """Statements that connect the line to the pins."""
        return [line.rx.eq(self.rx), line.tick.eq(registers.tick), self.tx.eq(line.tx)]

    def _connect_memory(self, m, port, memory):
        """The host's access to a memory inside the core."""
        m.d.comb += [memory.address.eq(port.address), memory.write_data.eq(port.write_data),
                     memory.write.eq(port.write), port.read_data.eq(memory.read_data)]


class ByteTop(Top):
    """A whole board without its serial line, for simulations: a byte of a frame in each cycle.

    Parameters
    ----------
    design : Design
    clock_hz : int
        That the board says it has.

    Members
    -------
    i, i_valid : 8 bits, 1 bit
        Byte from the host. Always taken; the next frame must wait for the answer to the last.
    o, o_valid : 8 bits, 1 bit
        Byte to the host, for one cycle.
    busy : 1 bit
        The engine runs.
    """

    _outside = {"i": In(8), "i_valid": In(1), "o": Out(8), "o_valid": Out(1)}

    def __init__(self, design: Design, clock_hz):
        super().__init__(design, clock_hz)

    def _line(self, m):
        return SimpleNamespace(o=stream.Signature(8, always_ready=True).create(),
                               i=stream.Signature(8).flip().create())

    def _pins(self, line, registers):
        return [line.o.payload.eq(self.i), line.o.valid.eq(self.i_valid),
                self.o.eq(line.i.payload), self.o_valid.eq(line.i.valid), line.i.ready.eq(1)]


class StreamTop(Top):
    """A whole board without its serial line, for links that bring bytes, such as USB.

    Parameters
    ----------
    design : Design
    clock_hz : int
        Of `sync`.

    Members
    -------
    i : stream of 8 bits
        From the host. Always taken; the next frame must wait for the answer to the last.
    o : stream of 8 bits
        To the host: encoded frames, each of which ends with its only zero byte.
    busy : 1 bit
        The engine runs.
    """

    _outside = {"i": In(stream.Signature(8, always_ready=True)), "o": Out(stream.Signature(8))}

    def __init__(self, design: Design, clock_hz):
        super().__init__(design, clock_hz)

    def _line(self, m):
        return SimpleNamespace(o=stream.Signature(8, always_ready=True).create(),
                               i=stream.Signature(8).flip().create())

    def _pins(self, line, registers):
        return [line.o.payload.eq(self.i.payload), line.o.valid.eq(self.i.valid),
                self.o.payload.eq(line.i.payload), self.o.valid.eq(line.i.valid),
                line.i.ready.eq(self.o.ready)]
