"""The synapse array: one copy of every matrix, read forward, backward and for updates."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ...golden.spec.design import Design
from ...golden.spec.generator import ROUNDING_WIDTH
from ...golden.spec.observation import word_bits
from ...golden.spec.schedule import Operation
from ..lib.fixed import FixedShape
from ..lib.memory import DualPortMemory
from ..program import StepTable
from ..sequencer import request_layout
from .events import event_layout
from .lane import Lane
from .words import block_layout, word_address_bits

__all__ = ["SynapseArray"]


class SynapseArray(wiring.Component):
    """P lanes over one weight memory; one word a cycle for every operation, never stalled.

    ======  ================================================================================
    stage   what is there
    ======  ================================================================================
    0       the sequencer's request; the event list is read
    1, 2    the event, of a column (j, r_j) or of a block, comes out of its list and waits in a
            register: block RAM answers so late (5.8 of 12.5 ns on ECP5) that no adder may follow
            in the same cycle; then the post-synaptic word is addressed
    3       the weight word is addressed (observed: `address_3`, `rate_3`)
    4       weights and post-synaptic values; the rate carries the learning rate as a shift
    5, 6    the multiplier's operands, its product
    7       forward: the lanes' sums; backward: first level of the adder tree
    8       forward: drain registers; update: the new weights at the write port
    ======  ================================================================================

    A forward block's sums leave one row a cycle from stage 9 on, a backward column's sum in stage
    8 + ceil(log2 P), both in the registers `drive`.

    Parameters
    ----------
    design : Design
    table : StepTable

    Members
    -------
    valid, request
        Stage 0.
    event, block : stage 1
    post_address : stage 2; `post_lanes` : stage 3
    update_shift, second_update_shift : signed(6)
    drive_valid, drive_first, drive_tag, drive
        To the neuron pipeline.
    write, write_address, write_data, saturated : stage 8, observed
        Update of one word.
    host : address, write_data, write, read_data
        The host's access while the array is empty; `read_data` 4 cycles after `address`.
    active : 1 bit
        Some stage from 1 on holds a value.
    """

    def __init__(self, design: Design, table: StepTable):
        self._design, self._table, maps = design, table, table.maps
        self._lane_bits = maps.lane_address_bits
        self._word = unsigned(word_bits(design))
        weight, tag = signed(design.weight.width), unsigned(table.tag_bits)
        rate = Shape(design.event.width, design.event.signed)
        differences = In(FixedShape(design.difference)).array(design.lanes)
        members = {
            "valid": In(1), "request": In(request_layout(design, table)),
            "event": In(event_layout(design)), "block": In(block_layout(design)),
            "post_address": Out(word_address_bits(design)), "post_lanes": differences,
            "update_shift": In(signed(6)), "second_update_shift": In(signed(6)),
            "drive_valid": Out(1), "drive_first": Out(1), "drive_tag": Out(tag),
            "drive": Out(FixedShape(design.drive)),
            "request_valid_3": Out(1), "request_tag_3": Out(tag), "address_3": Out(self._word),
            "rate_3": Out(rate),
            "write": Out(1), "write_address": Out(self._word),
            "write_data": Out(unsigned(design.lanes * design.weight.width)), "saturated": Out(1),
            "host": In(wiring.Signature({
                "address": Out(self._word.width + self._lane_bits), "write_data": Out(weight),
                "write": Out(1), "read_data": In(weight)})),
            "active": Out(1),
        }
        if design.stochastic:
            members |= {"generator_states": Out(ROUNDING_WIDTH).array(design.lanes),
                        "generator_loads": In(1).array(design.lanes),
                        "generator_data": In(ROUNDING_WIDTH), "reset_generators": In(1)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        design, table = self._design, self._table
        P = design.lanes
        tree_levels = ceil_log2(P)
        end = 8 + design.rule.feedback_weights  # where an update is written: see the lanes
        stages = max(8 + tree_levels, end)

        # What travels beside the data: valid and tag through every stage, flags as far as needed.
        valid, tag = [self.valid], [self.request.tag]
        for k in range(1, stages):
            valid.append(Signal(name=f"valid_{k}"))
            tag.append(Signal(table.tag_bits, name=f"tag_{k}"))
            m.d.sync += [valid[k].eq(valid[k - 1]), tag[k].eq(tag[k - 1])]

        def chain(value, start, stop, name):
            """Registers of `value` from stage `start` on; returns one for each stage."""
            out = {start: value}
            for k in range(start + 1, stop + 1):
                out[k] = Signal(value.shape(), name=f"{name}_{k}")
                m.d.sync += out[k].eq(out[k - 1])
            return out

        def is_op(k, operation):
            return table.operation(tag[k], operation)

        first = chain(self.request.first, 0, 6 + tree_levels, "first")
        last = chain(self.request.last, 0, 7 + tree_levels, "last")
        opening = chain(self.request.opening, 0, 7 + tree_levels, "opening")
        closing = chain(self.request.closing, 0, 7, "closing")

        # Stages 2 and 3: the event's column completes the address.
        base_2 = chain(self.request.address, 0, 2, "base")[2]
        post_2 = chain(self.request.post_address, 0, 2, "post_address")[2]
        # The slot behind the last event: the bias, or nothing at all.
        bias = chain(self.request.bias, 0, 6 + tree_levels, "bias")
        event_2, block_2 = chain(self.event, 1, 2, "event")[2], chain(self.block, 1, 2, "block")[2]
        full = table.flag(tag[2], lambda s: s.full)
        bias_column = table.lookup(
            tag[2], [s.matrix.columns - 1 if s.full else 0 for s in table.passes])
        backward_2 = is_op(2, Operation.BACKWARD)
        column = Mux(bias[2], bias_column, Mux(backward_2, block_2.offset, event_2.column))
        host_word, host_lane = self.host.address[self._lane_bits:], self.host.address[
            :self._lane_bits]
        m.d.sync += [
            self.address_3.eq(Mux(valid[2], base_2 + column, host_word)),
            self.rate_3.eq(Mux(backward_2, 0, Mux(
                bias[2], Mux(full, Const(design.rate.one, self.rate_3.shape()), 0), event_2.rate))),
        ]
        shift = Signal(range(design.update_span + 1))
        second = table.flag(tag[2], lambda s: s.second_rate)
        lowest = table.lookup(tag[2], [design.update_lowest_rate - s.lowered
                                       for s in table.passes])
        with m.If(is_op(2, Operation.UPDATE)):
            m.d.sync += shift.eq(
                lowest - Mux(second, self.second_update_shift, self.update_shift))
        with m.Else():
            m.d.sync += shift.eq(0)
        m.d.comb += [self.post_address.eq(Mux(backward_2, block_2.word, post_2)),
                     self.request_valid_3.eq(valid[3]), self.request_tag_3.eq(tag[3])]

        # Stage 4: memory words.
        weight_bits = design.weight.width
        m.submodules.weights = weights = DualPortMemory(
            shape=unsigned(P * weight_bits), depth=table.maps.weight_depth,
            kind=design.weight_memory, granularity=weight_bits)
        m.d.comb += weights.read_address.eq(self.address_3)
        words = data.View(data.ArrayLayout(signed(weight_bits), P), weights.read_data)
        pre_4 = Signal(Shape(design.event.width + design.update_span, design.event.signed))
        m.d.sync += pre_4.eq(self.rate_3 << shift)
        host_write_3, host_write_4 = Signal(), Signal()
        m.d.sync += [host_write_3.eq(self.host.write), host_write_4.eq(host_write_3)]
        host_data = chain(self.host.write_data, 2, 4, "host_data")[4]
        lane_of = chain(host_lane, 2, end, "host_lane") if P > 1 else dict.fromkeys(range(10), 0)
        host_write = chain(host_write_4, 4, end, "host_write")

        addresses = chain(self.address_3, 3, end, "address")
        lanes = []
        for p in range(P):
            m.submodules[f"lane_{p}"] = lane = Lane(design, p, self._word.width)
            post_4 = chain(self.post_lanes[p].raw, 3, 4, f"post_{p}")[4]
            m.d.comb += [
                lane.update_4.eq(is_op(4, Operation.UPDATE)),
                lane.backward_4.eq(is_op(4, Operation.BACKWARD)),
                lane.weight_4.eq(words[p]), lane.post_4.eq(post_4), lane.pre_4.eq(pre_4),
                lane.address_4.eq(addresses[4]),
                lane.host_4.eq(host_write_4), lane.host_data.eq(host_data),
                lane.first_6.eq(first[6]), lane.valid_6.eq(valid[6]),
                lane.draw.eq(valid[end - 2] & is_op(end - 2, Operation.UPDATE)),
                lane.decay_6.eq(table.flag(tag[6], lambda s: s.decays)),
            ]
            lanes.append(lane)
        # From the lanes' registers: block RAM, then the choice of a lane, is too long for a cycle.
        m.d.sync += self.host.read_data.eq(Array(lane.weight_5 for lane in lanes)[lane_of[5]])
        if design.stochastic:
            for p, lane in enumerate(lanes):
                m.d.comb += [lane.generator_load.eq(self.generator_loads[p]),
                             lane.generator_data.eq(self.generator_data),
                             lane.generator_restart.eq(self.reset_generators),
                             self.generator_states[p].eq(lane.generator_state)]

        # Stage 8 (9 with decay): write back, every lane for an update, one lane for the host.
        write = chain(valid[7] & is_op(7, Operation.UPDATE), 7, end, "write")[end]
        address = addresses[end]
        one_lane = Cat(host_write[end] & (lane_of[end] == p) for p in range(P))
        m.d.comb += [
            self.write.eq(write), self.write_address.eq(address),
            self.write_data.eq(Cat(lane.new_weight for lane in lanes)),
            self.saturated.eq(write & Cat(lane.saturated for lane in lanes).any()),
            weights.write_address.eq(address), weights.write_data.eq(self.write_data),
            weights.write_enable.eq(write.replicate(P) | one_lane),
        ]

        # Stage 7 and on, backward: adder tree, then the sum over a column's blocks.
        level = [lane.product_6 for lane in lanes]
        for k in range(tree_levels):
            pairs = []
            for i in range(0, len(level), 2):
                total = level[i] + level[i + 1] if i + 1 < len(level) else level[i]
                pairs.append(Signal(total.shape(), name=f"tree_{k}_{i}"))
                m.d.sync += pairs[-1].eq(total)
            level = pairs
        column_sum = Signal(signed(design.drive_width))
        m.d.sync += column_sum.eq(
            Mux(first[6 + tree_levels], Mux(bias[6 + tree_levels], 0, level[0]),
                column_sum + level[0]))
        sum_at = 7 + tree_levels
        column_done = valid[sum_at] & last[sum_at] & is_op(sum_at, Operation.BACKWARD)

        # Stage 8 and on, forward: the drain registers, a chain that moves one lane a cycle.
        rows = Mux(closing[7], table.lookup(tag[7], [s.matrix.last_rows for s in table.passes]), P)
        drain = [Signal(signed(design.drive_width), name=f"drain_{p}") for p in range(P)]
        left, drain_tag, drain_first = Signal(range(P + 1)), Signal(table.tag_bits), Signal()
        for p in range(P):
            m.d.sync += drain[p].eq(drain[p + 1] if p + 1 < P else 0)
        m.d.sync += drain_first.eq(0)
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.If(valid[7] & last[7] & is_op(7, Operation.FORWARD)):
            m.d.sync += [drain[p].eq(lanes[p].sum_7) for p in range(P)]
            m.d.sync += [left.eq(rows), drain_tag.eq(tag[7]), drain_first.eq(opening[7])]

        m.d.sync += [
            self.drive_valid.eq((left != 0) | column_done),
            self.drive_first.eq(Mux(column_done, opening[sum_at], drain_first)),
            self.drive_tag.eq(Mux(column_done, tag[sum_at], drain_tag)),
            self.drive.raw.eq(Mux(column_done, column_sum, drain[0])),
        ]
        # What stages 1 and on hold is known a cycle ahead: the sequencer has far to go from here.
        travels = Signal()
        m.d.sync += travels.eq(Cat(valid[:-1]).any())
        m.d.comb += self.active.eq(travels | write | left.any() | self.drive_valid)
        return m
