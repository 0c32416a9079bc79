"""The memories of the gateware: the single place through which every one of them is made."""

from amaranth.hdl import Array, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ...golden.spec.memory_kind import MemoryKind
from ...golden.spec.qformat import check_integer
from .primitives import family

__all__ = ["DualPortMemory", "LaneMemory", "SinglePortMemory"]

BANK = 16384  # words of an SPRAM; bits of an ECP5 block RAM
WIDTH = 16  # bits of an SPRAM's word

# Known to Yosys and Vivado; a tool that does not know the attribute chooses by itself.
_RAM_STYLE = {
    MemoryKind.AUTO: {},
    MemoryKind.BLOCK: {"ram_style": "block"},
    MemoryKind.DISTRIBUTED: {"ram_style": "distributed"},
}


def _checked(kind):
    """`kind`; TypeError if it is none."""
    if not isinstance(kind, MemoryKind):
        raise TypeError(f"kind must be a MemoryKind, not {kind!r}")
    return kind


class DualPortMemory(wiring.Component):
    """Memory with one read port and one write port.

    A read takes one cycle: `read_data` belongs to the `read_address` of the last cycle in which
    `read_enable` was high, and holds in between. What a read returns of an address that is written
    in the same cycle is not defined in hardware (the old word in simulation).

    Parameters
    ----------
    shape : shape-like
        One word; unsigned where `granularity` is given.
    depth : int
        Words, 1 or more.
    kind : MemoryKind
    granularity : int or None
        Bits per bit of `write_enable`; None: one enable for the whole word.
    init : sequence of int
        First contents of the first words; the others are zero.

    Members
    -------
    read_address, read_enable, read_data
        `read_enable` is high if left unconnected.
    write_address, write_enable, write_data

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    def __init__(self, *, shape, depth, kind=MemoryKind.AUTO, granularity=None, init=()):
        self._depth = check_integer("depth", depth, 1, 1 << 24)
        self._kind = _checked(kind)
        if kind is MemoryKind.SINGLE:
            raise ValueError("kind must be one with two ports, not MemoryKind.SINGLE")
        self._shape, self._granularity, self._init = shape, granularity, init
        address = ceil_log2(depth)
        enable = WritePort.Signature(addr_width=address, shape=shape, granularity=granularity)
        super().__init__({
            "read_address": In(address),
            "read_enable": In(1, init=1),
            "read_data": Out(shape),
            "write_address": In(address),
            "write_enable": In(enable.members["en"].shape),
            "write_data": In(shape),
        })

    @property
    def depth(self):
        """Words."""
        return self._depth

    def elaborate(self, platform):
        m = Module()
        m.submodules.dual_port = memory = Memory(
            shape=self._shape, depth=self._depth, init=self._init, attrs=_RAM_STYLE[self._kind]
        )
        read, write = memory.read_port(), memory.write_port(granularity=self._granularity)
        m.d.comb += [
            read.addr.eq(self.read_address),
            read.en.eq(self.read_enable),
            self.read_data.eq(read.data),
            write.addr.eq(self.write_address),
            write.en.eq(self.write_enable),
            write.data.eq(self.write_data),
        ]
        return m


class LaneMemory(wiring.Component):
    """One word of all lanes a cycle, each lane with a write enable of its own.

    `read_data` belongs to the `read_address` of two cycles before: a block RAM's output waits in a
    register, the block's own where there is one, or its address does. What a read returns of an
    address that is written in the same cycle or the next is not defined in hardware (the old word
    in simulation).

    Of the kind SINGLE it has one port, for which a write wins: two cycles after a write of any
    lane `read_data` is not defined. Nor are its first contents. On iCE40 a lane takes an SPRAM for
    every 16 bits and 16384 words.

    Parameters
    ----------
    lanes, width : int
        A word is `lanes` values of `width` bits.
    depth : int
        Words, 1 or more.
    kind : MemoryKind

    Members
    -------
    read_address, read_data
    write_address, write_enable (a bit for each lane), write_data

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    def __init__(self, *, lanes, width, depth, kind=MemoryKind.AUTO):
        self._lanes = check_integer("lanes", lanes, 1, 256)
        self._width = check_integer("width", width, 1, 64)
        self._depth = check_integer("depth", depth, 1, 1 << 24)
        self._kind = _checked(kind)
        address, word = ceil_log2(depth), unsigned(lanes * width)
        super().__init__({
            "read_address": In(address), "read_data": Out(word),
            "write_address": In(address), "write_enable": In(lanes), "write_data": In(word),
        })

    @property
    def depth(self):
        """Words."""
        return self._depth

    def elaborate(self, platform):
        m = Module()
        if self._kind is MemoryKind.SINGLE:
            return self._single(m)
        blocks = getattr(family(platform), "memory", None)
        build = blocks(self._width, self._depth) if blocks and (
            self._kind is not MemoryKind.DISTRIBUTED) else None
        for lane in range(self._lanes if build else 0):
            part = slice(lane * self._width, (lane + 1) * self._width)
            m.submodules[f"lane_{lane}"] = own = Module()
            build(own, self.read_address, self.write_address, self.write_enable[lane],
                  self.write_data[part], self.read_data[part])
        if not build:
            m.submodules.dual_port = memory = DualPortMemory(
                shape=self.read_data.shape(), depth=self._depth, kind=self._kind,
                granularity=self._width)
            m.d.comb += [
                memory.read_address.eq(self.read_address),
                memory.write_address.eq(self.write_address),
                memory.write_enable.eq(self.write_enable),
                memory.write_data.eq(self.write_data),
            ]
            # Not reset, so that it may become the block's own; nobody reads before an address.
            word = Signal.like(self.read_data, reset_less=True)
            m.d.sync += word.eq(memory.read_data)
            m.d.comb += self.read_data.eq(word)
        return m

    def _single(self, m):
        """One port for all lanes' addresses, memories of 16 bits side by side."""
        address, writes = Signal.like(self.read_address), self.write_enable.any()
        m.d.comb += address.eq(Mux(writes, self.write_address, self.read_address))
        for lane in range(self._lanes):
            for start in range(0, self._width, WIDTH):
                low = lane * self._width + start
                part = slice(low, low + min(WIDTH, self._width - start))
                m.submodules[f"lane_{lane}_{start}"] = own = SinglePortMemory(depth=self._depth)
                m.d.comb += [
                    own.address.eq(address),
                    own.write_enable.eq(self.write_enable[lane].replicate(2)),
                    own.write_data.eq(self.write_data[part]),
                    self.read_data[part].eq(own.read_data),
                ]
        return m


class SinglePortMemory(wiring.Component):
    """Large memory of 16-bit words that reads or writes, for iCE40's SPRAM or any block RAM.

    In a cycle without a write it reads: `read_data` follows two cycles later and holds while
    writes go on. Its first contents are not defined in hardware (zeros in simulation).

    Every bank's word waits in a register of its own before one is chosen: on ECP5 58 block RAMs
    lie all over the chip, 12 ns from one to a multiplexer. SPRAMs lie side by side.

    Parameters
    ----------
    depth : int
        Words, 1 or more. SPRAM comes in blocks of 16384.
    kind : MemoryKind
        AUTO: SPRAM where there is one; BLOCK: block RAM even there, as it may be needed for more.

    Members
    -------
    address
    write_enable : 2 bits, low byte and high byte
    write_data, read_data : 16 bits

    Raises
    ------
    TypeError, ValueError
        `depth` is not an integer of 1 or more; `kind` is another.
    """

    def __init__(self, *, depth, kind=MemoryKind.AUTO):
        self._depth = check_integer("depth", depth, 1, 1 << 24)
        self._kind = _checked(kind)
        if kind not in (MemoryKind.AUTO, MemoryKind.BLOCK):
            raise ValueError(f"kind must be MemoryKind.AUTO or BLOCK, not {kind}")
        super().__init__({
            "address": In(ceil_log2(depth)),
            "write_enable": In(2),
            "write_data": In(16),
            "read_data": Out(16),
        })

    @property
    def depth(self):
        """Words."""
        return self._depth

    def elaborate(self, platform):
        m = Module()
        # Whole banks: ECP5 then takes block RAMs of 16384 x 1 bit and a multiplexer of a few
        # inputs, instead of one of 58 behind as many of 1024 x 16 (6 ns more); SPRAM is so anyway.
        banks = -(-self._depth // BANK)
        place, bank = self.address[:(BANK - 1).bit_length()], self.address[
            (BANK - 1).bit_length():]
        reads, words = ~self.write_enable.any(), []
        chosen, shown = Signal(max(1, len(bank))), Signal(max(1, len(bank)))
        # An SPRAM's output is not defined after a write: only what was read is kept.
        has_read = Signal()
        m.d.sync += has_read.eq(reads)
        with m.If(reads):
            m.d.sync += chosen.eq(bank)
        single_port = getattr(family(platform), "single_port", None) if (
            self._kind is MemoryKind.AUTO) else None
        for number in range(banks):
            name, read_data = f"single_port_{number}", Signal(16)
            words.append(read_data)
            enable = Signal(2)
            m.d.comb += enable.eq(Mux(bank == number, self.write_enable, 0))
            if single_port:
                single_port(m, name, place, enable, self.write_data, read_data)
                continue
            m.submodules[name] = memory = Memory(
                shape=unsigned(16), depth=BANK if banks > 1 else self._depth, init=[],
                attrs=_RAM_STYLE[self._kind])
            read, write = memory.read_port(), memory.write_port(granularity=8)
            m.d.comb += [
                read.addr.eq(place), read.en.eq(reads), read_data.eq(read.data),
                write.addr.eq(place), write.data.eq(self.write_data), write.en.eq(enable),
            ]
        if single_port:  # side by side on the chip: one register behind the choice is enough
            with m.If(has_read):
                m.d.sync += self.read_data.eq(Array(words)[chosen])
            return m
        kept = [Signal(16, name=f"word_{number}") for number in range(banks)]
        with m.If(has_read):
            m.d.sync += [kept[number].eq(words[number]) for number in range(banks)]
            m.d.sync += shown.eq(chosen)
        m.d.comb += self.read_data.eq(Array(kept)[shown])
        return m
