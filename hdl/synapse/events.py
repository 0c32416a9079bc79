"""Column events: a vector of rates kept as the list of its non-zero entries."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Shape, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib.memory import DualPortMemory

__all__ = ["EventLists", "event_layout"]

WIDTHS = (1, 2, 4, 8, 16)


def event_layout(design: Design):
    """One entry: ``column`` j and ``rate`` r_j != 0 (raw in design.entry)."""
    sizes = design.network.sizes
    last = design.engine.output_lists or design.last.turned
    columns = max(sizes if last else sizes[:-1])
    return data.StructLayout({"column": unsigned(max(1, (columns - 1).bit_length())),
                              "rate": Shape(design.entry.width, design.entry.signed)})


class EventLists(wiring.Component):
    """Some lists in one memory, compacted as they are written; a zero rate costs no entry.

    One list is written at a time, up to `width` entries a cycle. What is written in a cycle is
    counted, and may be read, from the next one on, with a greater width from the one after that:
    the cycle's entries are closed up before it is known where they go.

    Parameters
    ----------
    design : Design
    lengths : sequence of int
        Longest possible list of each.
    dense : bool
        Zeros are entries, too.
    width : int
        Entries a cycle, 1, 2, 4, 8 or 16. Position n of a list lies in bank n mod `width`.
    followed : bool
        Some list is walked while it is written: know which are complete.

    Members
    -------
    write : a bit for each of the entries offered in this cycle
    first, list, rate : array of rates
        The next entries of list `list`, in the order of their bits, each the next column's: rates,
        zero or not; `first`, which counts only with a write, starts the list afresh.
    count, complete : array
        Entries of each list; if all its rates have been offered since it was opened (only if
        `followed`).
    opens, opened : 1 bit, number
        Empty the list `opened`, which is incomplete then (only if `followed`).
    read_list, read_position
        `entry` follows one cycle later.
    drop : 1 bit
        Empty the list `read_list`.
    entry : event_layout

    Raises
    ------
    ValueError
        `width` is not 1, 2, 4, 8 or 16.
    """

    def __init__(self, design: Design, lengths, *, dense=False, width=1, followed=False):
        if width not in WIDTHS:
            raise ValueError(f"width must be 1, 2, 4, 8 or 16, not {width!r}")
        self._lengths, self._dense, self._width = tuple(lengths), dense, int(width)
        self._layout, self._followed = event_layout(design), followed
        longest = max(self._lengths)
        select = unsigned(max(1, (len(self._lengths) - 1).bit_length()))
        super().__init__({
            "write": In(width), "first": In(1), "list": In(select),
            "rate": In(Shape(design.entry.width, design.entry.signed)).array(width),
            "count": Out(unsigned(longest.bit_length())).array(len(self._lengths)),
            "read_list": In(select), "read_position": In(unsigned(longest.bit_length())),
            "drop": In(1), "entry": Out(self._layout),
        } | ({"opens": In(1), "opened": In(select),
              "complete": Out(1).array(len(self._lengths))} if followed else {}))

    def elaborate(self, platform):
        m = Module()
        rows = [-(-length // self._width) for length in self._lengths]
        bases = [sum(rows[:i]) for i in range(len(rows))]
        # Entries are packed into a plain word: block RAM knows no structure.
        banks = [DualPortMemory(shape=unsigned(self._layout.size), depth=sum(rows))
                 for _ in range(self._width)]
        if self._width == 1:
            m.submodules.memory = banks[0]
            self._write_one(m, bases, banks[0])
        else:
            for number, bank in enumerate(banks):
                m.submodules[f"bank_{number}"] = bank
            self._write_many(m, bases, banks)
        if self._followed:
            with m.If(self.opens), m.Switch(self.opened):
                for i in range(len(bases)):
                    with m.Case(i):
                        m.d.sync += [self.count[i].eq(0), self.complete[i].eq(0)]
        place = (self._width - 1).bit_length()
        with m.Switch(self.read_list):
            for i, base in enumerate(bases):
                with m.Case(i):
                    m.d.comb += [bank.read_address.eq(base + self.read_position[place:])
                                 for bank in banks]
                    with m.If(self.drop):
                        m.d.sync += self.count[i].eq(0)
        if self._width == 1:
            m.d.comb += self.entry.eq(banks[0].read_data)
        else:
            chosen = Signal(place)
            m.d.sync += chosen.eq(self.read_position[:place])
            m.d.comb += self.entry.eq(Array(bank.read_data for bank in banks)[chosen])
        return m

    def _write_one(self, m, bases, memory):
        """An entry goes to the memory in the cycle in which it is offered."""
        rate = self.rate[0]
        column, next_column = Signal.like(self.entry.column), Signal.like(self.entry.column)
        word = Signal(self._layout)
        count, counts = Signal.like(self.count[0]), rate != 0
        if self._dense:
            counts = Const(1, 1)
        m.d.comb += [
            column.eq(Mux(self.first, 0, next_column)),
            word.column.eq(column), word.rate.eq(rate),
            memory.write_data.eq(word),
            memory.write_enable.eq(self.write & counts),
        ]
        with m.If(self.write):
            m.d.sync += next_column.eq(column + 1)
        with m.Switch(self.list):
            for i, base in enumerate(bases):
                with m.Case(i):
                    m.d.comb += [count.eq(Mux(self.first, 0, self.count[i])),
                                 memory.write_address.eq(base + count)]
                    with m.If(self.write):
                        m.d.sync += self.count[i].eq(count + counts)
                        if self._followed:
                            m.d.sync += self.complete[i].eq(column == self._lengths[i] - 1)

    def _write_many(self, m, bases, banks):
        """Stage 0 closes the cycle's entries up; stage 1 turns them to the banks that are next."""
        width, place = self._width, (self._width - 1).bit_length()
        column, next_column = Signal.like(self.entry.column), Signal.like(self.entry.column)
        m.d.comb += column.eq(Mux(self.first, 0, next_column))
        following = column + ones(self.write)
        with m.If(self.write.any()):
            m.d.sync += next_column.eq(following)
        words, takes = [], Signal(width)
        for i, rate in enumerate(self.rate):
            words.append(Signal(self._layout, name=f"word_{i}"))
            m.d.comb += [words[i].column.eq(column + ones(self.write[:i])), words[i].rate.eq(rate),
                         takes[i].eq(self.write[i] & (1 if self._dense else rate != 0))]
        # Slot n takes the n-th entry that counts, if there is one.
        slots = [Signal(self._layout.size, name=f"slot_{n}") for n in range(width)]
        for n, slot in enumerate(slots):
            chosen = words[-1].as_value()
            for i in reversed(range(n, width - 1)):
                chosen = Mux(takes[i] & (ones(takes[:i]) == n), words[i].as_value(), chosen)
            m.d.sync += slot.eq(chosen)
        number, written, opens, list_1 = (Signal(range(width + 1)), Signal(), Signal(),
                                          Signal.like(self.list))
        m.d.sync += [number.eq(ones(takes)), written.eq(self.write.any()), opens.eq(self.first),
                     list_1.eq(self.list)]
        whole = Signal(len(self._lengths))  # each list, if these are its last rates
        if self._followed:
            m.d.sync += whole.eq(Cat(following == length for length in self._lengths))

        # Stage 1: bank b takes the first position from `position` on that lies in it.
        after, position = Signal.like(self.count[0]), Signal.like(self.count[0])
        m.d.comb += position.eq(Mux(opens, 0, after))
        row = Signal(range(banks[0].depth + 1))
        bank_0, ahead = position[:place], position[place:]
        with m.If(written):
            m.d.sync += after.eq(position + number)
        with m.Switch(list_1):
            for i, base in enumerate(bases):
                with m.Case(i):
                    m.d.comb += row.eq(base + ahead)
                    with m.If(written):
                        m.d.sync += self.count[i].eq(position + number)
                        if self._followed:
                            m.d.sync += self.complete[i].eq(whole[i])
        for b, bank in enumerate(banks):
            slot = Signal(place, name=f"slot_of_{b}")
            m.d.comb += [
                slot.eq(b - bank_0),
                bank.write_enable.eq(written & (slot < number)),
                bank.write_data.eq(Array(slots)[slot]),
                bank.write_address.eq(row + (bank_0 > b)),
            ]


def ones(bits):
    """How many bits are 1."""
    return sum(bits[i] for i in range(len(bits)))
