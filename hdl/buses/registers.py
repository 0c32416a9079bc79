"""The registers of a core whose samples come as a stream, and the state of its run."""

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import (
    RESTLESS_SHIFT,
    RESULT_BITS,
    RESULT_SHIFT,
    Control,
    Register,
    reset_value,
)
from ...golden.spec.window import STREAMED
from ..link.registers import COUNTERS, READ_ONLY

__all__ = ["RunRegisters"]

SHIFTS = (Register.UPDATE_SHIFT, Register.SECOND_UPDATE_SHIFT)
# Counters that a run begins afresh.
RUN_COUNTERS = (Register.SAMPLES, Register.CORRECT, Register.CYCLES)
RESTLESS_BITS = 16


class RunRegisters(wiring.Component):
    """Those of `STREAMED`, in flip-flops: an SoC resets them with itself, and reads them at once.

    While a run goes on, only CONTROL with STOP alone may be written.

    Parameters
    ----------
    design : Design

    Members
    -------
    address, writes, write_data
        What is asked; `writes` if it is to be written.
    refused : 1 bit
        A cycle later: there is no such register; or it may not be written, or not now, or not with
        this value.
    write : 1 bit
        For one cycle then: it is written.
    read_data : 32 bits
        A cycle after `address`.
    events : a struct with the counters' names in lower case
        One bit each; of state saturations as many as neuron lanes may have in a cycle. In a guarded
        design also `restless`.
    begins : 1 bit
        A sample has begun to arrive.
    idle : 1 bit
        No sample is in work or has partly arrived, and every result was taken.
    running, open : 1 bit
        From START until the run is over; another sample may begin.
    train, update_shift, second_update_shift, result_layer, reset_generators
        To the core. `result_layer` only if the design has results.
    """

    def __init__(self, design: Design):
        self._design = design
        lanes = {Register.STATE_SATURATIONS: design.neuron_lanes.bit_length()}
        events = data.StructLayout({
            register.name.lower(): lanes.get(register, 1) for register in COUNTERS}
            | ({"restless": 1} if design.engine.guarded else {}))
        shifts = [Const(reset_value(design, register), signed(6)).value for register in SHIFTS]
        super().__init__({
            "address": In(4), "write": In(1), "write_data": In(32), "writes": In(1),
            "refused": Out(1), "read_data": Out(32),
            "events": In(events), "begins": In(1), "idle": In(1),
            "running": Out(1), "open": Out(1), "train": Out(1),
            "update_shift": Out(signed(6), init=shifts[0]),
            "second_update_shift": Out(signed(6), init=shifts[1]),
            "reset_generators": Out(1),
        } | ({"result_layer": Out(RESULT_BITS)} if design.results else {}))

    def elaborate(self, platform):
        m = Module()
        counters = {register: Signal(32, name=register.name.lower()) for register in COUNTERS}
        count, left, stop = Signal(32), Signal(32), Signal()
        status = Signal(32)
        m.d.comb += status[0].eq(self.running)
        values = {**counters, Register.STATUS: status, Register.CONTROL: 0, Register.COUNT: count,
                  Register.UPDATE_SHIFT: self.update_shift,
                  Register.SECOND_UPDATE_SHIFT: self.second_update_shift}
        with m.Switch(self.address):
            for register in STREAMED:
                with m.Case(register):
                    m.d.sync += self.read_data.eq(values[register])
        m.d.sync += self.refused.eq(self._faulty(m))

        def written(register):
            return self.write & (self.address == register)

        with m.If(written(Register.COUNT)):
            m.d.sync += count.eq(self.write_data)
        for register, shift in zip(SHIFTS, (self.update_shift, self.second_update_shift),
                                   strict=True):
            with m.If(written(register)):
                m.d.sync += shift.eq(self.write_data)
        for register, counter in counters.items():
            m.d.sync += counter.eq(counter + self.events[register.name.lower()])
            if register not in READ_ONLY:
                with m.If(written(register)):
                    m.d.sync += counter.eq(self.write_data)
        if self._design.engine.guarded:
            restless = Signal(RESTLESS_BITS)
            m.d.comb += status[RESTLESS_SHIFT:].eq(restless)
            m.d.sync += restless.eq(restless + self.events.restless)
            counters = {**counters, Register.STATUS: restless}
        self._run(m, written(Register.CONTROL), count, left, stop,
                  [counters[register] for register in (*RUN_COUNTERS, Register.STATUS)
                   if register in counters])
        return m

    def _run(self, m, control, count, left, stop, cleared):
        """From START to the end of a run."""
        bits = {bit: self.write_data[bit.bit_length() - 1] for bit in Control}
        endless = Signal()
        m.d.comb += self.open.eq(self.running & ~stop & (endless | (left != 0)))
        m.d.comb += self.reset_generators.eq(control & bits[Control.RESET_GENERATORS])
        with m.If(self.begins):
            m.d.sync += left.eq(left - 1)
        with m.If(control & bits[Control.STOP]):
            m.d.sync += stop.eq(1)
        with m.If(self.running):
            with m.If(~self.open & self.idle):
                m.d.sync += self.running.eq(0)
        with m.Elif(control & bits[Control.START]):
            m.d.sync += [self.running.eq(1), self.train.eq(bits[Control.TRAIN]),
                         stop.eq(bits[Control.STOP]), left.eq(count), endless.eq(count == 0),
                         *(counter.eq(0) for counter in cleared)]
            if self._design.results:
                m.d.sync += self.result_layer.eq(
                    self.write_data[RESULT_SHIFT:RESULT_SHIFT + RESULT_BITS])

    def _faulty(self, m):
        """Whether what is asked is to be refused."""
        faulty = Signal()
        with m.Switch(self.address):
            for register in STREAMED:
                with m.Case(register):
                    m.d.comb += faulty.eq(self.writes & self._wrong(register))
            with m.Default():
                m.d.comb += faulty.eq(1)
        return faulty

    def _wrong(self, register):
        """Whether this register may not be written, or not with this value."""
        value = self.write_data
        if register in READ_ONLY:
            return 1
        if register is Register.CONTROL:
            known = (Control.START | Control.TRAIN | Control.STOP | Control.RESET_GENERATORS)
            wrong = Const(0)
            if self._design.results:
                layer = value[RESULT_SHIFT:RESULT_SHIFT + RESULT_BITS]
                known |= ((1 << RESULT_BITS) - 1) << RESULT_SHIFT
                wrong = (layer > self._design.network.depth) | (
                    (layer != 0) & value[Control.TRAIN.bit_length() - 1])
            wrong |= (value & (0xFFFFFFFF & ~known)) != 0
            return Mux(self.running, value != Control.STOP, wrong)
        if register in SHIFTS:
            low, high = self._design.update_shifts
            return self.running | (value.as_signed() < low) | (value.as_signed() > high)
        return self.running
