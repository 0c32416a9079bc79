"""Exact drives that neurons remember, so that a pass need only bring their change."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.steps import Step
from ..lib import requantise
from ..lib.fixed import FixedShape
from ..lib.memory import DualPortMemory
from ..lib.stages import chain
from ..schedule.table import StepTable

__all__ = ["LATENCY", "ExactDrives", "Use"]

LATENCY = 6


@dataclass(frozen=True)
class Use:
    """Use that a pass makes of the two drives of a neuron.

    Parameters
    ----------
    into : str
        The drive that grows: "lower" comes up from the layer below, "upper" down from above.
    of : tuple of str
        The drives whose sum is wanted.
    keep : bool
        Remember what has grown.
    shift : int
        The sum is wanted 2**shift times.
    fresh : bool
        What was remembered of the drive that grows counts as zero.
    """

    into: str
    of: tuple[str, ...]
    keep: bool = True
    shift: int = 0
    fresh: bool = False


class ExactDrives(wiring.Component):
    """Two sums a neuron, each rounded once when it is used; one neuron a cycle.

    Parameters
    ----------
    design : Design
    table : StepTable
    use : function from Step to Use
        Only asked for steps that have neurons.

    Members
    -------
    valid, tag, address, drive
        A neuron's address and the exact drive that a pass brought it.
    value : state format, 6 cycles later
        The sum that is wanted.
    saturated, stirred : 1 bit, with `value`
        The sum did not fit; the drive was not zero.
    """

    def __init__(self, design: Design, table: StepTable, use: Callable[[Step], Use]):
        self._design, self._table = design, table
        self._uses = [use(s) if s.mode is not None else None for s in table.steps]
        self._second = design.engine.second_weights
        self._depth = table.maps.neurons * (2 if self._second else 1)
        super().__init__({
            "valid": In(1), "tag": In(unsigned(table.tag_bits)),
            "address": In(max(1, (table.maps.neurons - 1).bit_length())),
            "drive": In(FixedShape(design.drive)),
            "value": Out(FixedShape(design.state)), "saturated": Out(1), "stirred": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        design, table = self._design, self._table
        exact = signed(design.drive_width)

        def flag(k, predicate):
            return table.lookup(tag[k], [u is not None and predicate(u) for u in self._uses])

        def later(value, stages, name):
            """`value` as it is in each of the following stages, too."""
            return chain(m, value, 0, stages, name)

        valid, tag = later(self.valid, 3, "valid"), later(self.tag, 5, "tag")
        address_0 = self.address
        if self._second:  # the second weights' drives are beside the others
            second = table.lookup(tag[0], [s.matrix.kind == "G" for s in table.passes])
            address_0 = self.address + Mux(second, table.maps.neurons, 0)
        address = later(address_0, 3, "address")
        drive_2 = later(self.drive.raw, 2, "drive")[2]
        begins_2 = table.flag(tag[2], lambda s: s.begins)

        sums = {}
        for name in ("lower", "upper"):
            if not any(u and name in (u.into, *u.of) for u in self._uses):
                continue
            m.submodules[name] = memory = DualPortMemory(shape=exact, depth=self._depth)
            m.d.comb += memory.read_address.eq(address[0])
            # Stages 1 and 2: block RAM answers late.
            old_2 = later(memory.read_data, 1, f"{name}_old")[1]
            forgets_2 = begins_2
            if any(u and u.fresh and u.into == name for u in self._uses):
                forgets_2 = begins_2 | flag(2, lambda u, n=name: u.fresh and u.into == n)
            grown = (Mux(forgets_2, Const(0, exact), old_2)
                     + Mux(flag(2, lambda u, n=name: u.into == n), drive_2, Const(0, exact)))
            sum_3 = Signal(exact, name=f"{name}_3")
            m.d.sync += sum_3.eq(grown)
            m.d.comb += [memory.write_enable.eq(valid[3] & flag(3, lambda u: u.keep)),
                         memory.write_address.eq(address[3]), memory.write_data.eq(sum_3)]
            wanted = flag(3, lambda u, n=name: n in u.of)
            sums[name] = Mux(wanted, sum_3, Const(0, exact))

        # Stage 3 and on: add, scale, round once.
        total = Signal(signed(design.drive_width + 1))
        m.d.sync += total.eq(sum(sums.values()))
        largest = max(u.shift for u in self._uses if u)
        scaled = total
        if largest:
            shifts = [u.shift if u else 0 for u in self._uses]
            scaled = total << table.lookup(tag[4], shifts)
        discard = design.drive_fraction - design.state.fraction
        quotient, carry = Signal(signed(len(scaled) - discard)), Signal()
        m.d.sync += [
            quotient.eq(requantise.divide(scaled, discard)),
            carry.eq(requantise.rounding_bit(scaled, discard, design.state.rounding)),
        ]
        narrowed, outside = requantise.saturate(
            requantise.add_with_carry(quotient, Const(0, 1), carry), design.state)
        m.d.sync += [self.value.raw.eq(narrowed), self.saturated.eq(outside)]
        stirred = Signal()
        m.d.sync += stirred.eq(self.drive.raw != 0)
        m.d.comb += self.stirred.eq(later(stirred, LATENCY - 1, "stirred")[LATENCY - 1])
        return m
