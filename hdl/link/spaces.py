"""One port to every word that the host can reach."""

from amaranth.hdl import Array, Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, Signature

from ...golden.spec.design import Design
from ...golden.spec.link import Space, identity, space_words, spaces, word_bytes

__all__ = ["Spaces", "WordPort", "address_bits"]

LATENCY = 10  # cycles for which an access stands, as writing a weight takes


def address_bits(design: Design):
    """Bits of the largest word address of any space."""
    return max((space_words(design, space) - 1).bit_length() for space in spaces(design))


class WordPort(Signature):
    """Access to one word of a space, as seen by the one that asks.

    What is asked stays as it is while `valid` is high, until `done`. A word of n bytes is written
    from the most significant n bytes of `write_data` and read into the least significant ones of
    `read_data`; each half of these is there while its bit of `halves` is high.

    Parameters
    ----------
    bits : int
        Of the address.
    """

    def __init__(self, bits):
        super().__init__({
            "space": Out(3), "address": Out(bits), "valid": Out(1), "write": Out(1),
            "write_data": Out(32), "read_data": In(32), "halves": In(2), "done": In(1),
        })


class Spaces(wiring.Component):
    """Passes every access on to the memory that it means.

    An access takes 12 cycles, to a register up to 36, to flash memory as long as it takes.

    Parameters
    ----------
    design : Design
    clock_hz : int
        For the identity.

    Members
    -------
    words : WordPort
    registers : address, valid, write, write_data, read_data, halves
        As in `RegisterFile`.
    sampling : 1 bit
        `samples.address` must reach the memory: from its `write`, or 5 cycles before `read_data`.
    weights, samples, generators, flash_facts : address, write_data, write, read_data
        `write` for one cycle; `read_data` at most 10 cycles after `address`. Generators only where
        updates are rounded stochastically, facts only where the design has `flash`.
    flash : address, valid, write, write_data, read_data, done
        As in `hdl.flash.controller.Controller`; only where the design has `flash`.
    """

    def __init__(self, design: Design, clock_hz):
        self._design = design
        self._identity = identity(design, clock_hz).pack()
        shapes = {Space.WEIGHTS: signed(design.weight.width), Space.SAMPLES: unsigned(16)}
        if design.generators:
            shapes[Space.GENERATORS] = unsigned(31)
        if design.flash:
            shapes[Space.FLASH_FACTS] = unsigned(32)
        self._memories = tuple(shapes)
        super().__init__({
            "words": In(WordPort(address_bits(design))), "sampling": Out(1),
            "registers": Out(Signature({
                "address": Out(4), "valid": Out(1), "write": Out(1), "write_data": Out(32),
                "read_data": In(16), "halves": In(2)})),
        } | {
            space.name.lower(): Out(Signature({
                "address": Out(max(1, (space_words(design, space) - 1).bit_length())),
                "write_data": Out(shape), "write": Out(1), "read_data": In(shape)}))
            for space, shape in shapes.items()
        } | ({} if not design.flash else {"flash": Out(Signature({
            "address": Out(22), "valid": Out(1), "write": Out(1), "write_data": Out(32),
            "read_data": In(32), "done": In(1)}))}))

    def elaborate(self, platform):
        m = Module()
        words, registers = self.words, self.registers
        time = Signal(range(LATENCY + 1))
        served = Signal()
        # The answer waits in registers: every word on the chip comes together here.
        halves, read_data, done = Signal(2), Signal(32), Signal()
        m.d.sync += [words.halves.eq(halves), words.read_data.eq(read_data), words.done.eq(done)]
        asks = words.valid & ~words.done
        with m.If(asks & ~served):
            m.d.sync += time.eq(time + 1)
        m.d.comb += [
            served.eq(time == LATENCY), done.eq(served), halves.eq(served.replicate(2)),
            read_data.eq(registers.read_data.replicate(2)),
            registers.address.eq(words.address), registers.write.eq(words.write),
            registers.write_data.eq(words.write_data),
        ]
        with m.If(served):
            m.d.sync += time.eq(0)
        m.d.sync += self.sampling.eq(words.valid & (words.space == Space.SAMPLES))
        with m.Switch(words.space):
            with m.Case(Space.IDENTITY):
                place = words.address[:(len(self._identity) - 1).bit_length()]
                m.d.comb += read_data[:8].eq(Array(self._identity)[place])
            with m.Case(Space.REGISTERS):
                m.d.sync += time.eq(0)
                m.d.comb += [
                    registers.valid.eq(asks), halves.eq(registers.halves),
                    done.eq(registers.halves[1]),
                ]
            if self._design.flash:
                with m.Case(Space.FLASH):
                    flash = self.flash
                    m.d.sync += time.eq(0)
                    m.d.comb += [flash.valid.eq(asks), read_data.eq(flash.read_data),
                                 halves.eq(flash.done.replicate(2)), done.eq(flash.done)]
                m.d.comb += [flash.address.eq(words.address), flash.write.eq(words.write),
                             flash.write_data.eq(words.write_data)]
            for space in self._memories:
                memory = getattr(self, space.name.lower())
                width = 8 * word_bytes(self._design, space)
                with m.Case(space):
                    m.d.comb += read_data[:width].eq(memory.read_data)
                    # A cycle late, which is early enough: the way to a memory is long.
                    m.d.sync += memory.write.eq(asks & words.write & (time == 0))
                m.d.comb += [memory.address.eq(words.address),
                             memory.write_data.eq(words.write_data[32 - width:])]
        return m
