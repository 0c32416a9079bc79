"""The registers, kept in one block RAM instead of flip-flops, and the state of a run."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import RESULT_BITS, RESULT_SHIFT, Control, Register, reset_value
from ..lib.memory import DualPortMemory

__all__ = ["COUNTERS", "READ_ONLY", "RegisterFile", "RegisterHalf"]

READ_ONLY = (Register.STATUS, Register.SAMPLES, Register.CORRECT, Register.CYCLES)

# Counters and the bits that hold the events of one round, at most 32 cycles' worth. A sample takes
# more than 5 cycles, a frame on the line more than 80.
COUNTERS = {
    Register.SAMPLES: 3, Register.CORRECT: 3, Register.CYCLES: 6,
    Register.WEIGHT_SATURATIONS: 6, Register.STATE_SATURATIONS: 6, Register.FRAMES_DROPPED: 2,
}
RESTLESS_BITS = 3  # a loop takes more than 5 cycles, too


class RegisterHalf(data.Struct):
    """Half a register as it passes by, for whoever keeps a copy: its low half, or the high one."""

    high: 1
    register: 4
    data: 16

    def of(self, register, high=False):
        """1 if it is this half of this register."""
        return Cat(self.high, self.register) == _half(register, high)


def _half(register, high=False):
    """Address of a register's low or high half."""
    return 2 * register + high


class RegisterFile(wiring.Component):
    """Sixteen 32-bit registers in one block RAM.

    A round of 32 cycles reads every half register and writes it back: a counter with the events
    since the last round added, a register that the host writes with the host's value. Thus the
    registers need neither flip-flops of their own nor a multiplexer to read them.

    While a run streams, COUNT passes by, too, since the host goes on raising it.

    A run is ARMED for the rest of the round in which START arrives, so that the settings pass by
    and the counters of a run are cleared; after its end one round more FLUSHES what the counters
    and the cursor still hold.

    Parameters
    ----------
    design : Design

    Members
    -------
    address, valid, write, write_data
        The host's access to a register; `valid` stays high until `halves` is 0b10.
    read_data : 16 bits
        Half of the register, low (`halves` 0b01), then high (0b10).
    events : a struct with the registers' names in lower case
        One bit per counter; of state saturations as many as neuron lanes may have in a cycle. In a
        guarded design also `restless`, which the high half of STATUS counts.
    settings : stream of RegisterHalf
        Half registers as they pass by while no run is going on.
    cursor : 16 bits
        The run's own value of POSITION or SHUFFLE_STATE.
    running, run : 1 bit
        From START until everything of the run can be read; the part of it in which samples run.
    idle : 1 bit
        The run has ended.
    train, shuffled, stream, stop : 1 bit
        Of the CONTROL word that started the run; `stop` also of any later one. `stream` only with
        rules that are always on.
    result_layer : 3 bits
        Likewise: layer whose rates an inference, or a stream, leaves, or 0. Only if the design has
        results.
    flash : 1 bit
        Likewise. Only if the design has it.
    reset_generators : 1 bit
        One cycle, only while no run is going on.
    tick : 1 bit
        High in the last cycle of every round.
    """

    def __init__(self, design: Design):
        self._design = design
        lanes = {Register.STATE_SATURATIONS: design.neuron_lanes.bit_length()}
        events = data.StructLayout({
            register.name.lower(): lanes.get(register, 1) for register in COUNTERS}
            | ({"restless": 1} if design.engine.guarded else {}))
        super().__init__({
            "address": In(4), "valid": In(1), "write": In(1), "write_data": In(32),
            "read_data": Out(16), "halves": Out(2),
            "events": In(events),
            "settings": Out(stream.Signature(RegisterHalf, always_ready=True)),
            "cursor": In(16), "idle": In(1),
            "running": Out(1), "run": Out(1), "tick": Out(1),
            "train": Out(1), "shuffled": Out(1), "stream": Out(1), "stop": Out(1),
            "reset_generators": Out(1),
        } | ({"result_layer": Out(RESULT_BITS)} if design.results else {})
            | ({"flash": Out(1)} if design.flash else {}))

    def _init(self):
        """First contents, as the specification has them."""
        return [reset_value(self._design, register) >> 16 * high & 0xFFFF
                for register in Register for high in range(2)]

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = DualPortMemory(
            shape=unsigned(16), depth=2 * len(Register), init=self._init())
        here = Signal(5)  # the half register whose word has just been read
        following, last = (here + 1)[:5], here.all()
        # What is written back, a cycle later: the sum of what was there and of what is to be
        # counted, or `value`. The count is taken beside the read, to keep the adder's path short.
        further = (self._design.neuron_lanes - 1).bit_length()  # bits where lanes count together
        pended, event, carry, total = Signal(6 + further), Signal(), Signal(), Signal(17)
        replace, value, taken = Signal(), Signal(16), Signal()
        there, written = Signal.like(here), Signal(16)
        pending = {register: Signal(
            bits + further * (register is Register.STATE_SATURATIONS),
            name=f"{register.name.lower()}_pending") for register, bits in COUNTERS.items()}

        m.d.sync += [here.eq(following), carry.eq(total[16] & ~here[0]),
                     there.eq(here), written.eq(Mux(replace, value, total))]
        m.d.comb += [
            memory.read_address.eq(following),
            total.eq(memory.read_data + pended + (carry | event)),
            memory.write_address.eq(there), memory.write_enable.eq(1),
            memory.write_data.eq(written),
        ]

        # What each register holds.
        armed = Signal()
        m.d.sync += [pended.eq(0), event.eq(0)]
        for register, count in pending.items():
            happens = self.events[register.name.lower()]
            m.d.sync += count.eq(count + happens)
            with m.If(here == _half(register) - 1):
                if len(happens) == 1:
                    m.d.sync += [pended.eq(count), event.eq(happens), count.eq(0)]
                else:
                    m.d.sync += [pended.eq(count + happens), count.eq(0)]
        guarded = self._design.engine.guarded
        if guarded:
            # STATUS does not pass by while a run is armed, but in the first two cycles after it.
            found_restless, fresh = Signal(RESTLESS_BITS), Signal()
            with m.If(armed):
                m.d.sync += fresh.eq(1)
            with m.Elif(here == _half(Register.STATUS) + 1):
                m.d.sync += fresh.eq(0)
            m.d.sync += found_restless.eq(found_restless + self.events.restless)
            with m.If(here == _half(Register.STATUS)):
                m.d.sync += [pended.eq(found_restless), event.eq(self.events.restless),
                             found_restless.eq(0)]
        with m.Switch(here[1:]):
            with m.Case(Register.STATUS):
                m.d.comb += [replace.eq(~here[0] | fresh if guarded else 1),
                             value.eq(self.running & ~here[0])]
            with m.Case(Register.CONTROL):
                m.d.comb += replace.eq(~here[0])
            for register, chosen in ((Register.POSITION, ~self.shuffled),
                                     (Register.SHUFFLE_STATE, self.shuffled)):
                with m.Case(register):
                    m.d.comb += [replace.eq(self.running & ~armed & chosen),
                                 value.eq(Mux(here[0], 0, self.cursor))]
            with m.Case(Register.SAMPLES, Register.CORRECT, Register.CYCLES):
                m.d.comb += replace.eq(armed)

        # The host's turn. A register that is only caught at its high half waits for the next round.
        # `valid` comes a long way from the server's state; a cycle later does no harm, but one
        # after the last half it would be the next register's.
        # What the address means is known a cycle ahead, since `replace` has far to go.
        match, asked, found, writes = Signal(), Signal(), Signal(), Signal()
        m.d.sync += [asked.eq(self.valid & ~self.halves[1]),
                     found.eq(following[1:] == self.address),
                     writes.eq((following[1:] == self.address) & self.write
                               & (following != _half(Register.CONTROL)))]
        control, in_turn = Signal(), Signal()
        m.d.comb += [
            in_turn.eq(taken | ~here[0]),
            match.eq(asked & found & in_turn),
            self.read_data.eq(written), self.tick.eq(last),
        ]
        m.d.sync += [taken.eq(match & ~here[0]),
                     self.halves.eq(Cat(match & ~here[0], match & here[0]))]
        m.d.sync += control.eq(match & self.write & (here == _half(Register.CONTROL)))
        with m.If(asked & writes & in_turn):
            m.d.comb += [replace.eq(1),
                         value.eq(Mux(here[0], self.write_data[16:], self.write_data[:16]))]

        m.d.sync += [
            self.settings.valid.eq(~self.running | armed
                                   | self.stream & (here[1:] == Register.COUNT)),
            Cat(self.settings.p.high, self.settings.p.register).eq(here),
            self.settings.p.data.eq(memory.read_data),
        ]
        self._runs(m, control, last, armed)
        return m

    def _runs(self, m, control, last, armed):
        """The CONTROL register and the state of a run."""
        bits = {bit: self.write_data[bit.bit_length() - 1] for bit in Control}
        with m.If(control & bits[Control.STOP]):
            m.d.sync += self.stop.eq(1)
        with m.FSM() as run:
            with m.State("IDLE"):
                with m.If(control):
                    m.d.comb += self.reset_generators.eq(bits[Control.RESET_GENERATORS])
                    m.d.sync += self.stop.eq(bits[Control.STOP])
                    with m.If(bits[Control.START]):
                        m.d.sync += [self.train.eq(bits[Control.TRAIN]),
                                     self.shuffled.eq(bits[Control.SHUFFLED])]
                        if self._design.engine.always_on:
                            m.d.sync += self.stream.eq(bits[Control.STREAM])
                        if self._design.flash:
                            m.d.sync += self.flash.eq(bits[Control.FLASH])
                        if self._design.results:
                            kept = ~bits[Control.TRAIN]
                            if self._design.engine.always_on:
                                kept |= bits[Control.STREAM]
                            m.d.sync += self.result_layer.eq(Mux(
                                kept, self.write_data[RESULT_SHIFT:RESULT_SHIFT + RESULT_BITS], 0))
                        m.next = "ARMED"
            with m.State("ARMED"):
                with m.If(last):
                    m.next = "RUN"
            with m.State("RUN"):
                with m.If(last & self.idle):
                    m.next = "FLUSH"
            with m.State("FLUSH"):
                with m.If(last):
                    m.next = "IDLE"
        m.d.comb += [armed.eq(run.ongoing("ARMED")), self.run.eq(run.ongoing("RUN")),
                     self.running.eq(~run.ongoing("IDLE"))]
