"""Neurons and error cells of the sign-concordant microcircuit: leaky integrators that spike."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data
from amaranth.lib.wiring import In

from ...golden.spec.qformat import QFormat
from ...golden.spec.rules.microcircuit import ERROR_BITS, TOP_THRESHOLD, Mode
from ..lib import requantise
from ..lib.memory import DualPortMemory
from .pipeline import Chains, NeuronPipeline

__all__ = ["MembranePipeline", "pipeline"]

COUNT_BITS = 7  # spikes of a sample: at most 64


class MembranePipeline(NeuronPipeline):
    """Drive to spikes in 6 cycles (equations: golden.spec.rules.microcircuit).

    Members
    -------
    settled : 1 bit
        This is not the first time step of a sample: potentials, traces and counts are remembered.
    """

    LATENCY = 6

    def _members(self):
        return {"settled": In(1)}

    def hear(self, m, *, settled, taught):
        m.d.comb += self.settled.eq(settled)

    def elaborate(self, platform):
        m = Module()
        design = self._design
        state, one, spike_one = design.state, design.state.one, design.rate.one
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        membrane, history = self._layouts()
        membranes, histories, errors = self._memories(m, membrane, history)

        # Stages 0 and 1: the drive, which loses only zeros, in state format.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.d.comb += self.drive_address.eq(address_0)
        drive_1 = delayed(self.drive.raw >> design.drive_fraction - state.fraction, 0, 1, "drive")
        narrowed, clipped = requantise.saturate(drive_1, state)
        d_2 = delayed(narrowed[:state.width].as_signed(), 1, 2, "d")
        clipped_3 = delayed(clipped, 1, 3, "clipped")
        # What is remembered waits in registers, since block RAM answers late in a cycle.
        cell, past, settled = Signal(membrane), Signal(history), Signal()
        for memory in (membranes, histories, errors):
            m.d.comb += memory.read_address.eq(address_0)
        m.d.sync += [
            settled.eq(self.settled),  # long before the first drive of a time step
            cell.eq(membranes.read_data), past.eq(histories.read_data)]
        with m.If(~settled):  # the gate is of this very step
            m.d.sync += [cell.eq(0), past.trace.eq(0), past.count.eq(0)]
        v_2 = delayed(Mux(settled, errors.read_data, 0).as_signed(), 1, 2, "v")

        # Stage 2: current, or potential of a hidden neuron's error cells.
        current, over = requantise.saturate(
            (cell.current - (cell.current >> 1) + d_2).as_signed(), state)
        current_3 = delayed(current[:state.width].as_signed(), 2, 3, "current")
        error, wide = requantise.saturate(
            requantise.add_with_carry(v_2 >> 1, d_2, rounds_up(v_2)), QFormat(ERROR_BITS, 0))
        error_3 = delayed(error[:ERROR_BITS].as_signed(), 2, 3, "error")
        upwards_2 = at.mode_is(2, Mode.MEMBRANE)
        over_3 = delayed(Mux(upwards_2, over, wide), 2, 3, "over")
        leaked_3 = delayed((cell.potential - (cell.potential >> 2)).as_signed(), 2, 3, "leaked")
        top_3 = delayed(((v_2 >> 1) + rounds_up(v_2)).as_signed(), 2, 3, "top")
        past_3 = Signal(history)
        m.d.sync += past_3.eq(past)

        # Stage 3: potential.
        potential, outside = requantise.saturate((leaked_3 + current_3).as_signed(), state)
        u_4 = delayed(potential[:state.width].as_signed(), 3, 4, "u")
        upwards_3 = at.mode_is(3, Mode.MEMBRANE)
        clipped_5 = delayed(delayed(clipped_3 | over_3 | upwards_3 & outside, 3, 4, "clip"),
                            4, 5, "clip_later")
        index_4, target_4 = self._target(m, valid[3], first[3])
        past_4 = Signal(history)
        m.d.sync += past_4.eq(past_3)

        # Stage 4: spike and gate; the last layer's error cells.
        spike, gate = u_4 >= one, (u_4 > -one) & (u_4 < 3 * one)
        spike_5 = delayed(spike, 4, 5, "spike")
        gate_5 = delayed(Mux(at.mode_is(4, Mode.MEMBRANE), gate, past_4.gate), 4, 5, "gate")
        u_5 = delayed(Mux(spike, 0, u_4).as_signed(), 4, 5, "reset")
        teacher = (target_4 != 0) & settled & self.train
        top_4 = delayed(top_3, 3, 4, "top_later")
        wrong = (top_4 + Mux(teacher, spike_one, 0) - Mux(spike, spike_one, 0)).as_signed()
        output_4 = at.is_output(4)
        error_4 = delayed(error_3, 3, 4, "error_later")
        v_5 = delayed(Mux(output_4, wrong, error_4).as_signed(), 4, 5, "v")
        counted_5 = delayed((past_4.count + spike)[:COUNT_BITS], 4, 5, "counted")
        trace_5 = delayed(((past_4.trace >> 1) + Mux(spike, spike_one, 0))[:design.event.width],
                          4, 5, "trace")

        # Stage 5: error spikes, and what each list and word gets.
        upwards, output = at.mode_is(5, Mode.MEMBRANE), at.is_output(5)
        open_5, limit = gate_5 | output, self._threshold(tag[5])
        z = Mux(open_5 & (v_5 >= limit), spike_one,
                Mux(open_5 & (v_5 <= -limit), -spike_one, 0)).as_signed()
        self._winner(m, valid[5] & upwards & output, first[5], counted_5,
                     delayed(index_4, 4, 5, "index"))
        spiked = Mux(spike_5, spike_one, 0)
        m.d.sync += [
            self.rate.raw.eq(Mux(upwards, spiked, 0)),
            self.state.raw.eq(Mux(upwards, u_5, v_5)),
            self.saturated.eq(valid[5] & clipped_5),
            self.moved.eq(valid[5]), self.changed.eq(valid[5] & ~upwards & v_5.any()),
        ]
        self._leave(m, {"list_spike": spiked, "list_trace": trace_5, "words_error": z})

        # Stage 6: remember.
        upwards_6 = valid[6] & at.mode_is(6, Mode.MEMBRANE)
        cell_6, past_6 = Signal(membrane), Signal(history)
        m.d.comb += [
            cell_6.current.eq(delayed(current_3, 3, 6, "current_later")),
            cell_6.potential.eq(delayed(u_5, 5, 6, "u_later")),
            past_6.gate.eq(delayed(gate_5, 5, 6, "gate_later")),
            past_6.trace.eq(delayed(trace_5, 5, 6, "trace_later")),
            past_6.count.eq(delayed(counted_5, 5, 6, "counted_later")),
        ]
        remembers_error = valid[6] & (~at.mode_is(6, Mode.MEMBRANE) | at.is_output(6))
        for memory, enable, value in (
                (membranes, upwards_6, cell_6), (histories, upwards_6, past_6),
                (errors, remembers_error, delayed(v_5, 5, 6, "v_later"))):
            m.d.comb += [memory.write_enable.eq(enable),
                         memory.write_address.eq(self.out_address), memory.write_data.eq(value)]
        return m

    def _threshold(self, tag):
        """Of the error cells of the layer that receives the drives."""
        network, rule = self._design.network, self._design.rule
        return self._table.lookup(tag, [
            TOP_THRESHOLD if s.target == network.depth
            else rule.threshold(network.sizes[s.target + 1]) for s in self._table.passes])

    def _layouts(self):
        """What a neuron remembers: P's current and potential; what its spikes left."""
        state = signed(self._design.state.width)
        return (data.StructLayout({"current": state, "potential": state}),
                data.StructLayout({"gate": 1, "trace": self._design.event.width,
                                   "count": COUNT_BITS}))

    def _memories(self, m, membrane, history):
        """Memories of these two and of the neurons' errors."""
        memories = []
        for name, shape in (("membranes", membrane.size), ("histories", history.size),
                            ("errors", signed(ERROR_BITS))):
            memories.append(DualPortMemory(shape=shape, depth=self._table.maps.neurons))
            m.submodules[name] = memories[-1]
        return memories


def rounds_up(v):
    """Difference of v / 2 towards zero and v >> 1: 1 if v is negative and odd."""
    return v[-1] & v[0]


def pipeline(design):
    """Class of a design's neurons."""
    return MembranePipeline
