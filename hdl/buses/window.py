"""From the one port of all buses to registers, weights and generators."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, Signature, connect, flipped

from ...golden.spec.design import Design
from ...golden.spec.generator import ROUNDING_WIDTH
from ...golden.spec.link import Space, word_bytes
from ...golden.spec.window import WindowMap
from ..link.spaces import Spaces
from .port import WindowPort

__all__ = ["REGISTER_CYCLES", "WORD_CYCLES", "Window"]

# From the cycle in which something is asked to the one in which it is answered.
REGISTER_CYCLES, WORD_CYCLES = 3, 15


class Window(wiring.Component):
    """Judges every access, then makes it; see `golden.spec.window` for what lies where.

    Refused is what the window does not have, what may only be read, a value beyond its format, and
    weights and generators while a run goes on.

    An access to a register takes `REGISTER_CYCLES`, one to another word `WORD_CYCLES`.

    Parameters
    ----------
    design : Design
    clock_hz : int
        For the identity.

    Members
    -------
    bus : WindowPort
    running : 1 bit
        A run goes on.
    registers : address, writes, write_data, write, refused, read_data
        To `RunRegisters`.
    weights, generators
        As in `Spaces`.
    """

    def __init__(self, design: Design, clock_hz):
        self._design, self._map = design, WindowMap(design)
        self._spaces = Spaces(design, clock_hz)
        members = self._spaces.signature.members
        self._memories = [name for name in ("weights", "generators") if name in members]
        super().__init__({
            "bus": In(WindowPort(design)), "running": In(1),
            "registers": Out(Signature({
                "address": Out(4), "writes": Out(1), "write_data": Out(32), "write": Out(1),
                "refused": In(1), "read_data": In(32)})),
        } | {name: members[name] for name in self._memories})

    def elaborate(self, platform):
        m = Module()
        m.submodules.spaces = spaces = self._spaces
        for name in self._memories:
            connect(m, getattr(spaces, name), flipped(getattr(self, name)))
        # What is asked, in registers: the bus's own way here is long.
        bus = self.bus
        write, address, data = (Signal.like(value) for value in (
            bus.write, bus.address, bus.write_data))
        space, word = address[self._map.part_bits:], address[:self._map.part_bits]
        is_register, shown, shifted = Signal(), Signal(32), Signal(32)
        m.d.comb += [
            is_register.eq(space == Space.REGISTERS),
            self.registers.address.eq(word), self.registers.writes.eq(write),
            self.registers.write_data.eq(data),
            spaces.words.space.eq(space), spaces.words.address.eq(word),
            spaces.words.write.eq(write), spaces.words.write_data.eq(shifted),
            # Never asked for; a constant here becomes a block of Verilog that nothing triggers.
            spaces.registers.read_data.eq(self.registers.read_data),
        ]
        forbidden, none = self._facts(m, space, word, data, shown, shifted)
        refused = Signal()
        m.d.sync += bus.ready.eq(0)
        with m.FSM():
            with m.State("WAIT"):
                m.d.sync += [write.eq(bus.write), address.eq(bus.address), data.eq(bus.write_data)]
                with m.If(bus.valid & ~bus.ready):
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.sync += refused.eq(none | write & forbidden | self.running & ~is_register
                                       & (space != Space.IDENTITY))
                m.next = "ANSWER"
            with m.State("ANSWER"):
                fault = refused | is_register & self.registers.refused
                m.d.comb += self.registers.write.eq(is_register & write & ~fault)
                m.d.sync += [bus.refused.eq(fault),
                             bus.read_data.eq(Mux(fault, 0, self.registers.read_data))]
                m.next = "WORD"
                with m.If(fault | is_register):
                    m.d.sync += bus.ready.eq(1)
                    m.next = "WAIT"
            with m.State("WORD"):
                m.d.comb += spaces.words.valid.eq(1)
                with m.If(spaces.words.done):
                    m.d.sync += [bus.ready.eq(1), bus.read_data.eq(shown)]
                    m.next = "WAIT"
        return m

    def _facts(self, m, space, word, data, shown, shifted):
        """Of a space: may this not be written, is there no such word; and how words are shown.

        `Spaces` takes a word of n bytes from the upper end of 32 bits and gives it at the lower.
        """
        forbidden, none = Signal(), Signal()
        m.d.comb += none.eq(1)
        formats = {Space.WEIGHTS: signed(self._design.weight.width), Space.IDENTITY: unsigned(8),
                   Space.GENERATORS: unsigned(ROUNDING_WIDTH)}
        with m.Switch(space):
            for known, count in self._map.words.items():
                with m.Case(known):
                    m.d.comb += none.eq(word >= count)
                    if known is Space.REGISTERS:
                        continue
                    value = Signal(formats[known], name=f"{known.name.lower()}_value")
                    kept = Signal(formats[known], name=f"{known.name.lower()}_kept")
                    wide = Signal(32, name=f"{known.name.lower()}_wide")
                    m.d.comb += [
                        value.eq(self._spaces.words.read_data), shown.eq(value),
                        kept.eq(data), wide.eq(kept),
                        shifted.eq(data << 32 - 8 * word_bytes(self._design, known)),
                        forbidden.eq((known is Space.IDENTITY) | (wide != data)),
                    ]
        return forbidden, none
