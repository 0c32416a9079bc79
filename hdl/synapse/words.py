"""Post-synaptic values: one word of all lanes for each block of a layer, and block events."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.memory_map import MemoryMap
from ...golden.spec.observation import word_bits
from ..lib.fixed import FixedShape
from ..lib.memory import DualPortMemory
from ..lib.spread import groups_of, spread
from ..schedule.banks import post_address_bits

__all__ = ["WordMemory", "block_layout"]


def block_layout(design: Design):
    """One block that is not all zero: ``word`` address of its values, ``offset`` of its weights.

    The offset counts from the word of the same column in the matrix's first block.
    """
    return data.StructLayout({"word": unsigned(post_address_bits(design)),
                              "offset": unsigned(word_bits(design))})


class WordMemory(wiring.Component):
    """Written a neuron of each neuron lane a cycle, read one block of lanes a cycle.

    Lanes beyond a layer's last neuron are never written and stay zero, so that they neither add
    to a backward sum nor change a weight.

    Parameters
    ----------
    design : Design
    walked : bool
        A backward pass walks the blocks: keep the list of those that are not all zero.
    matrix : Matrix or None
        One that is stored transposed: of the layer of its rows every block is walked, and the lane
        behind the layer's last neuron holds the rate 1 of the bias.
    banks : int
        Words of as many kinds.
    own : int
        The bank of those whose blocks are walked.

    Members
    -------
    write, first, layer, value
        Next neurons of layer `layer` (1 .. L), a bit of `write` and a value for each neuron lane:
        of one lane, or of the first few or all of them, then neighbours in one block. `first`
        starts the layer.
    bank
        What is written goes there (only if there are several).
    read_address
        Word; `lanes` follow two cycles later, with what was written in the cycle before
        `read_address` or earlier.
    lanes : array of raw differences
    count : array, one for each of the layers 1 .. L
        Block events (walked only).
    read_layer, read_position, block
        `block` follows one cycle later (walked only).
    drop : 1 bit
        Empty the list of `read_layer` (walked only).
    """

    def __init__(self, design: Design, *, walked, matrix=None, banks=1, own=0):
        self._design, self._walked, self._maps = design, walked, MemoryMap(design)
        self._matrix, self._banks, self._own = matrix, banks, own
        self._shape = FixedShape(design.difference)
        address = unsigned(post_address_bits(design))
        layer = unsigned(design.network.depth.bit_length())
        members = {
            "write": In(design.neuron_lanes), "first": In(1), "layer": In(layer),
            "value": In(self._shape).array(design.neuron_lanes),
            "read_address": In(address),
            "lanes": Out(self._shape).array(design.lanes),
        }
        if banks > 1:
            members |= {"bank": In(range(banks))}
        if walked:
            blocks = max(m.blocks for m in self._maps.matrices)
            members |= {
                "count": Out(unsigned(blocks.bit_length())).array(design.network.depth),
                "read_layer": In(layer), "read_position": In(unsigned(blocks.bit_length())),
                "block": Out(block_layout(design)), "drop": In(1),
            }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        # Array lane p takes from neuron lane p mod K: groups of K of them, one after the other. A
        # lane for biases alone is a group of its own, which no layer reaches.
        K = self._design.neuron_lanes
        last = -(-self._design.lanes // K) - 1
        group, next_group = Signal(range(last + 1)), Signal(range(last + 1))
        next_opens, next_closes = Signal(init=1), Signal(init=last == 0)
        address, next_address = Signal.like(self.read_address), Signal.like(self.read_address)
        bases = Array(Array(Const(self._base(bank, layer), len(address))
                            for layer in range(self._design.network.depth + 1))
                      for bank in range(self._banks))[self.bank if self._banks > 1 else 0]
        opens, closes = self.first | next_opens, Mux(self.first, last == 0, next_closes)
        m.d.comb += [
            group.eq(Mux(self.first, 0, next_group)),
            address.eq(Mux(self.first, bases[self.layer], next_address)),
        ]
        # A block begins with the first neuron lane's value, and ends with the last one's, which
        # completes a group.
        begins, ends, completes = opens, closes, 1
        if K > 1:
            begins, ends, completes = opens & self.write[0], closes & self.write[-1], self.write[-1]
        with m.If(self.write):
            m.d.sync += next_address.eq(address + ends)
            with m.If(completes):
                m.d.sync += [next_group.eq(Mux(closes, 0, group + 1)), next_opens.eq(closes),
                             next_closes.eq(group == last - 1 if last else 1)]
            with m.Else():
                m.d.sync += [next_group.eq(group), next_opens.eq(opens), next_closes.eq(closes)]
        self._store(m, address, group)
        if self._matrix:
            self._every_block(m)
        elif self._walked:
            self._list_blocks(m, begins, ends, address)
        return m

    def _store(self, m, address, group):
        """The values, in a memory for each group of array lanes.

        From registers: it is some 11 ns from a neuron to 64 lanes, and a word is read long after.
        """
        width, K = self._design.difference.width, len(self.value)
        parts = groups_of(self._design.lanes, K)
        writes, addresses = (spread(m, value, parts, name) for value, name in (
            (self.write, "write"), (address, "address")))
        groups = spread(m, group, parts, "group")
        read_addresses = spread(m, self.read_address, parts, "read_address")
        values = spread(m, Cat(value.raw.as_unsigned() for value in self.value), parts, "values")
        for number, part in enumerate(parts):
            size = len(part)
            m.submodules[f"memory_{number}"] = memory = DualPortMemory(
                shape=unsigned(size * width), depth=self._banks * self._maps.post_depth,
                granularity=width,
                init=self._bias(part))
            words = data.View(data.ArrayLayout(signed(width), size), memory.read_data)
            m.d.comb += [
                memory.read_address.eq(read_addresses[part[0]]),
                memory.write_address.eq(addresses[part[0]]),
                memory.write_data.eq(Cat(
                    values[p].word_select(p % K, width) for p in part)),
                memory.write_enable.eq(Cat(
                    writes[p][p % K] & (groups[p] == p // K) for p in part)),
            ]
            m.d.comb += [self.lanes[p].raw.eq(words[k]) for k, p in enumerate(part)]

    def _base(self, bank, layer):
        """First word of a layer in a bank."""
        return bank * self._maps.post_depth + self._maps.post_bases[layer]

    def _bias(self, part):
        """First contents of a group's memory."""
        block, lane = divmod(self._matrix.neurons, self._design.lanes) if self._matrix else (0, -1)
        if lane not in part:
            return ()
        word = self._design.rate.one << part.index(lane) * self._design.difference.width
        return [0] * (self._base(self._own, self._matrix.layer) + block) + [word]

    def _every_block(self, m):
        """The blocks of a transposed matrix's rows, one after the other."""
        base, stride = self._base(self._own, self._matrix.layer), self._matrix.columns
        offsets = Array(Const(k * stride, word_bits(self._design))
                        for k in range(self._matrix.blocks))
        m.d.comb += self.count[self._matrix.layer - 1].eq(self._matrix.blocks)
        m.d.sync += [self.block.word.eq(base + self.read_position),
                     self.block.offset.eq(offsets[self.read_position])]

    def _list_blocks(self, m, begins, ends, address):
        """A block's first value that is not zero puts it on the list."""
        layout, depth = block_layout(self._design), self._design.network.depth
        m.submodules.blocks = memory = DualPortMemory(
            shape=unsigned(layout.size), depth=self._maps.post_depth)
        offset, next_offset = (Signal(word_bits(self._design)) for _ in range(2))
        columns = Array(Const(columns) for columns in self._columns())
        listed, appends, entry = Signal(), Signal(), Signal(layout)
        here = self.bank == self._own if self._banks > 1 else 1
        written, not_zero = self.write & here, self.value[0].raw != 0
        if len(self.write) > 1:
            written = self.write.any() & here
            not_zero = (self.write & Cat(value.raw != 0 for value in self.value)).any()
        m.d.comb += [
            offset.eq(Mux(self.first, 0, next_offset)),
            appends.eq(written & not_zero & (begins | ~listed)),
            entry.word.eq(address), entry.offset.eq(offset),
            memory.write_enable.eq(appends), memory.write_data.eq(entry),
            self.block.eq(memory.read_data),
        ]
        with m.If(written):
            m.d.sync += [listed.eq(not_zero | (listed & ~begins)),
                         next_offset.eq(offset + Mux(ends, columns[self.layer], 0))]
        count = Signal.like(self.count[0])
        for layer in range(1, depth + 1):
            base, own = self._maps.post_bases[layer], self.count[layer - 1]
            with m.If(self.layer == layer):
                m.d.comb += [count.eq(Mux(self.first, 0, own)),
                             memory.write_address.eq(base + count)]
                with m.If(written):
                    m.d.sync += own.eq(count + appends)
            with m.If(self.read_layer == layer):
                m.d.comb += memory.read_address.eq(base + self.read_position)
                with m.If(self.drop):
                    m.d.sync += own.eq(0)

    def _columns(self):
        """Weight words from one block to the next, for layers 0 (none) .. L."""
        return [0, *(self._maps.matrix(layer).columns
                     for layer in range(1, self._design.network.depth + 1))]
