"""The synapse array: one copy of every matrix, read forward, backward and for updates."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.generator import ROUNDING_BITS, ROUNDING_WIDTH
from ...golden.spec.observation import word_bits
from ...golden.spec.steps import Operation
from ..lib.choice import chosen
from ..lib.fixed import FixedShape
from ..lib.memory import LaneMemory
from ..lib.spread import groups_of, near, spread
from ..lib.stages import chain
from ..schedule.banks import post_address_bits
from ..schedule.request import request_layout
from ..schedule.table import StepTable
from .events import event_layout
from .lane import Lane
from .tail import Joined, tail_event
from .travelling import Drained, Travelling, Written
from .words import block_layout

__all__ = ["SynapseArray"]


class SynapseArray(wiring.Component):
    """P lanes over one weight memory; one word a cycle for every operation, never stalled.

    ======  ================================================================================
    stage   what is there
    ======  ================================================================================
    0       the sequencer's request; the event list is read
    1, 2    the event, of a column (j, r_j) or of a block, comes out of its list and waits in a
            register: block RAM answers so late (5.8 of 12.5 ns on ECP5) that no adder may follow
            in the same cycle
    3       the words of weights and of post-synaptic values are addressed (observed: `address_3`,
            `rate_3`)
    4       inside their memories
    5       weights, post-synaptic values; the rate carries the learning rate as a shift
    6, 7    the multiplier's operands, its product
    8       forward: the lanes' sums; backward: first level of the adder tree
    9       forward: the first K rows, the others in drain registers; update: the new weights at
            the write port (10 if they decay, or if reads, which come every other cycle then, share
            the port with them)
    ======  ================================================================================

    A forward block's sums leave K rows a cycle from stage 9 on (K: neuron lanes), row p through
    lane p mod K; the sum of backward column j in stage 9 + floor(log2 P) through lane j mod K; both
    in the registers `drive`.

    Parameters
    ----------
    design : Design
    table : StepTable

    Members
    -------
    valid, request
        Stage 0.
    event, block : stage 1
    singles : stage 2, array
        Raw values of the last layer's tail (only where it has one behind a head).
    post_address, post_tag : stages 3 and 4; `post_lanes` : stage 5
    update_shift, second_update_shift : signed(6)
    drive_valid, drive_first, drive_tag, drive
        To the neuron lanes: a bit, or a drive, for each; `drive_first`: its first one of the layer.
    write, write_address, write_data, saturated : stage 9, observed
        Update of one word.
    found_saturated : 1 bit
        `saturated` a cycle later.
    host : address, write_data, write, read_data
        The host's access while the array is empty, one a cycle; `read_data` 8 cycles after
        `address`. In a memory with one port a read is lost that comes two cycles after a write.
    active : 1 bit
        Some stage from 1 on holds a request or an update.
    """

    def __init__(self, design: Design, table: StepTable):
        self._design, self._table, maps = design, table, table.maps
        self._lane_bits = maps.lane_address_bits
        self._word = unsigned(word_bits(design))
        self._groups = groups_of(design.lanes, design.neuron_lanes)
        self._tree_levels = design.lanes.bit_length() - 1
        # The stage in which an update is written: see the lanes.
        self._end = 9 + (design.engine.decays or design.single_port)
        weight, tag = signed(design.weight.width), unsigned(table.tag_bits)
        rate = Shape(design.event.width, design.event.signed)
        differences = In(FixedShape(design.difference)).array(design.lanes)
        members = {
            "valid": In(1), "request": In(request_layout(design, table)),
            "event": In(event_layout(design)), "block": In(block_layout(design)),
            "post_address": Out(post_address_bits(design)), "post_tag": Out(tag),
            "post_lanes": differences,
            "update_shift": In(signed(6)), "second_update_shift": In(signed(6)),
            "drive_valid": Out(design.neuron_lanes), "drive_first": Out(design.neuron_lanes),
            "drive_tag": Out(tag),
            "drive": Out(FixedShape(design.drive)).array(design.neuron_lanes),
            "request_valid_3": Out(1), "request_tag_3": Out(tag), "address_3": Out(self._word),
            "rate_3": Out(rate),
            "write": Out(1), "write_address": Out(self._word),
            "write_data": Out(unsigned(design.lanes * design.weight.width)), "saturated": Out(1),
            "found_saturated": Out(1),
            "host": In(wiring.Signature({
                "address": Out(self._word.width + self._lane_bits), "write_data": Out(weight),
                "write": Out(1), "read_data": In(weight)})),
            "active": Out(1),
        }
        if design.last.split:
            members |= {"singles": In(signed(design.difference.width)).array(design.last.tail)}
        if design.stochastic:
            members |= {"generator_states": Out(ROUNDING_WIDTH).array(design.lanes),
                        "generator_loads": In(1).array(design.lanes),
                        "generator_data": In(ROUNDING_BITS).array(design.lanes),
                        "reset_generators": In(1).array(design.lanes)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        at = Travelling(m, self, self._table, max(9 + self._tree_levels, self._end),
                        self._tree_levels)
        address_3, shift = self._addresses(m, at)
        memories, words = self._weights(m, address_3)
        lanes, written = self._lanes(m, at, words, self._rates(m, shift))
        self._host_reads(m, lanes)
        self._write_back(m, memories, lanes, written)
        column_sum, column_done, joined = self._column_sum(m, at, lanes)
        drained = self._drain(m, at, lanes, joined)
        self._leave(m, at, column_sum, column_done, drained)
        travels = Signal()
        m.d.sync += travels.eq(Cat(at.valid[:-1]).any())
        m.d.comb += self.active.eq(travels | self.write)
        return m

    def _addresses(self, m, at):
        """Stages 2 and 3: the event's column completes the address.

        Returns a copy of the address for each lane, and how far the learning rate shifts.
        """
        design, table = self._design, self._table
        # Nothing but a sum is left to stage 2, which goes all over the chip from there.
        backward = at.operation(1, Operation.BACKWARD)
        bias_column = table.lookup(
            at.tag[1], [s.matrix.columns - 1 if s.full else 0 for s in table.passes])
        column, rate_2 = self.event.column, chain(m, self.event.rate, 1, 2, "rate")[2]
        if design.last.split:
            column, rate_2 = tail_event(m, table, at, column, rate_2, self.singles)
        column = Mux(at.bias[1], bias_column, Mux(backward, self.block.offset, column))
        column_2 = chain(m, Mux(at.valid[1], column, 0), 1, 2, "column")[2]
        host_word = self.host.address[self._lane_bits:]
        base_2 = chain(m, Mux(at.valid[1], at.address[1], host_word), 1, 2, "base")[2]
        address_3 = spread(m, (base_2 + column_2)[:self._word.width], self._groups, "address_3")
        m.d.comb += self.address_3.eq(address_3[0])
        full = chain(m, table.flag(at.tag[1], lambda s: s.full), 1, 2, "full")[2]
        backward_2 = chain(m, backward, 1, 2, "backward")[2]
        word_2 = chain(m, self.block.word, 1, 2, "word")[2]
        m.d.sync += self.rate_3.eq(Mux(backward_2 | ~at.valid[2], 0, Mux(
            at.bias[2], Mux(full, Const(design.rate.one, self.rate_3.shape()), 0), rate_2)))
        shift = Signal(range(design.update_span + 1))
        second = table.flag(at.tag[2], lambda s: s.second_rate)
        lowest = table.lookup(at.tag[2], [design.update_lowest_rate - s.lowered
                                          for s in table.passes])
        with m.If(at.operation(2, Operation.UPDATE)):
            m.d.sync += shift.eq(
                lowest - Mux(second, self.second_update_shift, self.update_shift))
        with m.Else():
            m.d.sync += shift.eq(0)
        m.d.sync += self.post_address.eq(Mux(backward_2, word_2, at.post_address[2]))
        m.d.comb += [self.post_tag.eq(at.tag[4]),
                     self.request_valid_3.eq(at.valid[3]), self.request_tag_3.eq(at.tag[3])]
        return address_3, shift

    def _weights(self, m, addresses):
        """Stages 4 and 5: a memory for each group of lanes; returns them and the words read."""
        design, width = self._design, self._design.weight.width
        memories = []
        words = {}
        for number, group in enumerate(self._groups):
            memories.append(LaneMemory(
                lanes=len(group), width=width, depth=self._table.maps.weight_depth,
                kind=design.weight_memory))
            m.submodules[f"weights_{number}"] = memories[-1]
            m.d.comb += memories[-1].read_address.eq(addresses[group[0]])
            words |= {p: memories[-1].read_data.word_select(k, width).as_signed()
                      for k, p in enumerate(group)}
        return memories, words

    def _rates(self, m, shift):
        """Stages 4 and 5: the rate has two registers on its way to all lanes."""
        design = self._design
        pre_4 = Signal(Shape(design.event.width + design.update_span, design.event.signed))
        m.d.sync += pre_4.eq(self.rate_3 << shift)
        return spread(m, pre_4, self._groups, "pre_5")

    def _lanes(self, m, at, words, pre_5):
        """Stages 5 and on: the lanes, and what is to be `Written` at their end."""
        design, table, end, groups = self._design, self._table, self._end, self._groups
        # The host's weight takes the last four stages only.
        host_write = chain(m, self.host.write, end - 4, end - 1, "host_write")
        replaces = spread(m, self.host.write, groups, "replaces")
        host_data = spread(m, self.host.write_data, groups, "host_data")
        addresses = chain(m, self.address_3, 3, end - 2, "address")
        # What the lanes do is known two stages ahead, in a register: it goes to all of them. With
        # nothing to do they multiply what is known by 0: no word that is read while it is written.
        updates = chain(m, at.valid[3] & at.operation(3, Operation.UPDATE), 3, 5, "updates")
        backwards = chain(m, at.valid[3] & at.operation(3, Operation.BACKWARD), 3, 4, "backwards")
        posts = chain(m, ~at.valid[3] | at.operation(3, Operation.UPDATE), 3, 4, "posts")
        takes_post_5 = spread(m, posts[4], groups, "takes_post_5")
        backwards_5 = spread(m, backwards[4], groups, "backwards_5")
        decays = chain(m, at.valid[6] & table.flag(at.tag[6], lambda s: s.decays), 6, 7, "decays")
        draws = chain(m, updates[5], 5, end, "draws")
        draws_on = spread(m, draws[end - 3], groups, "draws_on")
        sums = chain(m, at.valid[5] & at.operation(5, Operation.FORWARD), 5, 6, "sums")
        sums_7 = spread(m, sums[6], groups, "sums_7")
        first_7 = spread(m, at.first[6], groups, "first_7")
        lanes = []
        for p in range(design.lanes):
            m.submodules[f"lane_{p}"] = lane = Lane(design, p, self._word.width)
            m.d.comb += [
                lane.takes_post_5.eq(takes_post_5[p]), lane.backward_5.eq(backwards_5[p]),
                lane.weight_5.eq(words[p]), lane.post_5.eq(self.post_lanes[p].raw),
                lane.pre_5.eq(pre_5[p]),
                lane.address_5.eq(addresses[5]),
                lane.host.eq(replaces[p]), lane.host_data.eq(host_data[p]),
                lane.first_7.eq(first_7[p]), lane.valid_7.eq(sums_7[p]),
                lane.draw.eq(draws_on[p]), lane.decay_7.eq(decays[7]),
            ]
            lanes.append(lane)
        return lanes, Written(host_write, addresses, draws)

    def _host_reads(self, m, lanes):
        """The host's word, and its access to the lanes' generators.

        From the lanes' registers: block RAM, then the choice of a lane, is too long for a cycle.
        """
        host_lane = self.host.address[:self._lane_bits]
        read_lane = spread(m, chain(m, host_lane, 1, 5, "read_lane")[5], self._groups, "read_lane")
        m.d.comb += self.host.read_data.eq(chosen(m, *near(
            [lane.weight_6 for lane in lanes], read_lane, self._design.neuron_lanes), 3))
        if self._design.stochastic:
            for p, lane in enumerate(lanes):
                m.d.comb += [lane.generator_load.eq(self.generator_loads[p]),
                             lane.generator_data.eq(self.generator_data[p]),
                             lane.generator_restart.eq(self.reset_generators[p]),
                             self.generator_states[p].eq(lane.generator_state)]

    def _write_back(self, m, memories, lanes, written):
        """Stage 9 or 10: every lane for an update, one lane for the host."""
        end, P, groups, draws = self._end, self._design.lanes, self._groups, written.draws
        host_word, host_lane = (self.host.address[self._lane_bits:],
                                self.host.address[:self._lane_bits])
        host_lane = chain(m, host_lane, end - 4, end - 2, "written_lane")[end - 2]
        lane_here = spread(m, host_lane, groups, "written_lane")
        host_here = spread(m, written.host[end - 2], groups, "written_here")
        host_word = chain(m, host_word, end - 4, end - 2, "host_word")[end - 2]
        word = chain(m, Mux(written.host[end - 2], host_word, written.address[end - 2]),
                     end - 2, end - 1, "word")[end - 1]
        address = spread(m, word, groups, "write_address")
        one_lane, all_lanes = Signal(P), spread(m, draws[end - 1], groups, "write")
        # The sum over all lanes takes two cycles.
        found = Signal(len(groups))
        m.d.sync += found.eq(Cat(
            all_lanes[group[0]] & Cat(lanes[p].saturated for p in group).any() for group in groups))
        m.d.sync += one_lane.eq(Cat(host_here[p] & (lane_here[p] == p) for p in range(P)))
        m.d.comb += [
            self.write.eq(draws[end]), self.write_address.eq(address[0]),
            self.write_data.eq(Cat(lane.new_weight for lane in lanes)),
            self.saturated.eq(draws[end] & Cat(lane.saturated for lane in lanes).any()),
            self.found_saturated.eq(found.any()),
        ]
        for memory, group in zip(memories, groups, strict=True):
            m.d.comb += [
                memory.write_address.eq(address[group[0]]),
                memory.write_data.eq(Cat(lanes[p].new_weight for p in group)),
                memory.write_enable.eq(Cat(all_lanes[p] | one_lane[p] for p in group)),
            ]

    def _column_sum(self, m, at, lanes):
        """Stage 8 and on, backward: adder tree, then the sum over a column's blocks.

        Returns the sum, whether it is a whole column's, and what joins it (see `Joined`).
        """
        # Weight times difference: the multiplier's operands may be wider.
        width = self._design.weight.width + self._design.difference.width
        level = [lanes[p].product_7[:width].as_signed() for group in self._groups for p in group]
        for k in range(self._tree_levels):
            totals = [level[i] + level[i + 1] for i in range(0, len(level) - 1, 2)]
            if len(level) % 2:  # the last three together
                totals[-1] += level[-1]
            if k == self._tree_levels - 1:  # of a column without a block there is nothing to add
                totals = [Mux(at.bias[7 + k], 0, totals[0])]
            level = [Signal(total.shape(), name=f"tree_{k}_{i}") for i, total in enumerate(totals)]
            m.d.sync += [own.eq(total) for own, total in zip(level, totals, strict=True)]
        before = 7 + self._tree_levels
        column_sum = Signal(signed(self._design.drive_width))
        m.d.sync += column_sum.eq(
            Mux(at.first[before], level[0] if self._tree_levels else Mux(
                at.bias[before], 0, level[0]), column_sum + level[0]))
        done = at.valid[before] & at.last[before] & at.operation(before, Operation.BACKWARD)
        joined = Joined(m, self._table, at, before, done)
        return column_sum, spread(m, done, self._groups, "column_done"), joined

    def _drain(self, m, at, lanes, joined):
        """Stage 9 and on, forward: the drain registers, a chain that moves K lanes a cycle.

        The first K rows pass them by. Returns a `Drained` for each neuron lane.
        """
        design, table, P, K = (self._design, self._table, self._design.lanes,
                               self._design.neuron_lanes)

        def known(count, name):
            """What `count` makes of the number of rows of the block in stage 8."""
            return chain(m, Mux(at.closing[7], table.lookup(
                at.tag[7], [count(s.matrix.last_rows) for s in table.passes]), count(P)),
                7, 8, name)[8]

        drained = table.flag(at.tag[6], lambda s: s.drains)
        ends = chain(m, at.valid[6] & at.last[6] & drained, 6, 7, "ends")
        opens = chain(m, at.valid[6] & at.last[6] & at.opening[6] & drained, 6, 7, "opens")
        drains = spread(m, ends[7] | joined.loads, self._groups, "drains_8")
        opens_8 = spread(m, opens[7], self._groups, "opens_8")
        now = known(lambda rows: min(rows, K), "rows_now")
        later = known(lambda rows: max(0, rows - K), "rows_later")
        # Of each row but the first ones; for columns that they join, rows leave one by one.
        first = 1 if joined else K
        sums = {p: Signal(signed(design.drive_width), name=f"drain_{p - first}")
                for p in range(first, P)}
        left, tag = Signal(range(P - K + 1)), Signal(table.tag_bits)
        for p, register in sums.items():
            onward = sums.get(p + K, 0)
            if joined and K > 1:
                onward = Mux(joined.here, sums.get(p + 1, 0), onward)
            with m.If(joined.moves):
                m.d.sync += register.eq(Mux(drains[p], lanes[p].sum_8, onward))
        part = (K - 1).bit_length()
        whole, rest = left[part:], left[:part]
        with m.If(whole != 0):
            m.d.sync += whole.eq(whole - 1)
        if part:
            with m.Else():
                m.d.sync += rest.eq(0)
        leaves = joined.only(drains)
        with m.If(leaves[0]):
            m.d.sync += [left.eq(later), tag.eq(at.tag[8])]
        return [Drained(
            (leaves[k] & (now > k)) | (whole != 0) | (rest > k if part else 0),
            opens_8[k],
            Mux(drains[k], lanes[k].sum_8, Mux(joined.alone, 0, sums.get(k + K, 0))),
            Mux(leaves[k], at.tag[8], tag),
            Mux(drains[0], lanes[0].sum_8, Mux(joined.alone, 0, sums.get(1, 0)))
            if joined else 0) for k in range(K)]

    def _leave(self, m, at, column_sum, column_done, drained):
        """The registers to the neuron lanes: a column's sum, or K rows of a block."""
        sum_at = 8 + self._tree_levels
        m.d.sync += self.drive_tag.eq(Mux(column_done[0], at.tag[sum_at], drained[0].tag))
        anew = ~self._table.flag(at.tag[sum_at], lambda s: s.continues)
        takes, opens = self._column_lanes(m, column_done, at.opening[sum_at], anew)
        for k, row in enumerate(drained):
            m.d.sync += [
                self.drive_valid[k].eq(row.valid | takes[k]),
                self.drive_first[k].eq(Mux(column_done[k], opens[k], row.first)),
                self.drive[k].raw.eq(Mux(column_done[k], column_sum + row.single, row.sum)),
            ]

    def _column_lanes(self, m, done, opening, anew):
        """Which neuron lane takes a backward column's sum, and if it is its first; a bit for each.

        Parameters
        ----------
        done : list of 1 bit
            There is a sum: for each lane.
        opening, anew : 1 bit
            It is that of the first column; with this the layer begins, as not with a tail's.
        """
        K = self._design.neuron_lanes
        if K == 1:
            return done[0], opening & anew
        lane, following = Signal(K), Signal(K)
        first, still_first = Signal(), Signal()  # among the first K columns
        m.d.comb += [lane.eq(Mux(opening, 1, following)), first.eq(opening | still_first)]
        with m.If(done[0]):
            m.d.sync += [following.eq(lane.rotate_left(1)), still_first.eq(first & ~lane[-1])]
        return lane & Cat(done[:K]), lane & (first & anew).replicate(K)
