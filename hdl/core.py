"""The engine: sequencer, synapse array and neuron pipeline of one design, without any I/O."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..golden.spec.design import Design
from ..golden.spec.observation import observed_fields
from ..golden.spec.schedule import Mode
from .loader import Loader
from .neuron.pipeline import NeuronPipeline
from .program import StepTable
from .sequencer import Sequencer
from .synapse.array import SynapseArray
from .synapse.events import EventLists
from .synapse.post import PostMemory

__all__ = ["Core"]


class Core(wiring.Component):
    """One engine.

    Parameters
    ----------
    design : Design

    Members
    -------
    samples : stream of 8 bits
        n_0 inputs in design.sample format, then one byte, the class. The next sample may arrive
        while one is in work.
    train : 1 bit
        Sampled with the class: learn, else only infer.
    update_shift, ghost_update_shift : signed(6)
        k of the learning rates 2**-k, within design.update_shifts; stable while busy.
    done : 1 bit
        A sample was finished, all weights written, in the cycle before; with it `prediction`,
        `correct`.
    busy : 1 bit
        A sample is in work or has partly arrived.
    weight_saturated, state_saturated : 1 bit
        An update word, or a neuron's drive or state, saturated.
    host : address, write_data, write, read_data
        Weights, only while not busy: address = word << lane bits | lane; `read_data` belongs to
        the address of 3 cycles before.
    generators, reset_generators
        Rounding generators, likewise (stochastic rounding only).
    observed : wide
        Every stream inside, for the lockstep (golden.spec.observation).
    """

    def __init__(self, design: Design):
        self._design, self._table = design, StepTable(design)
        self._array = SynapseArray(design, self._table)
        signature = self._array.signature.members
        self._fields = observed_fields(design)
        members = {
            "samples": In(stream.Signature(unsigned(8))), "train": In(1),
            "update_shift": In(signed(6)), "ghost_update_shift": In(signed(6)),
            "done": Out(1), "prediction": Out(8), "correct": Out(1), "busy": Out(1),
            "weight_saturated": Out(1), "state_saturated": Out(1),
            "host": signature["host"],
            "observed": Out(sum(field.bits for field in self._fields)),
        }
        for name in ("generators", "reset_generators"):
            if name in signature:
                members[name] = signature[name]
        super().__init__(members)

    @property
    def design(self):
        """The design."""
        return self._design

    def elaborate(self, platform):
        m = Module()
        design, table = self._design, self._table
        rule, depth = design.rule, design.network.depth
        m.submodules.array = array = self._array
        m.submodules.sequencer = sequencer = Sequencer(design, table)
        m.submodules.loader = loader = Loader(design)
        m.submodules.neurons = neurons = NeuronPipeline(design, table)
        hidden = design.network.sizes[1:-1]
        m.submodules.events = events = EventLists(design, hidden)
        m.submodules.post = post = PostMemory(design)

        connect(m, flipped(self.samples), loader.samples)
        connect(m, flipped(self.host), array.host)
        if design.stochastic:
            connect(m, flipped(self.generators), array.generators)
            m.d.comb += array.reset_generators.eq(self.reset_generators)
        m.d.comb += [
            loader.train.eq(self.train),
            sequencer.ready.eq(loader.ready), sequencer.train.eq(loader.sample_train),
            sequencer.empty.eq(~(array.active | neurons.active)),
            loader.release.eq(sequencer.done),
            array.valid.eq(sequencer.valid), array.request.eq(sequencer.request),
            array.update_shift.eq(self.update_shift),
            array.ghost_update_shift.eq(self.ghost_update_shift),
            neurons.valid.eq(array.drive_valid), neurons.first.eq(array.drive_first),
            neurons.tag.eq(array.drive_tag), neurons.drive.eq(array.drive),
            neurons.train.eq(loader.sample_train), neurons.label.eq(loader.sample_label),
            self.busy.eq(~sequencer.idle | loader.ready | loader.loading | self.done),
            self.weight_saturated.eq(array.saturated), self.state_saturated.eq(neurons.saturated),
        ]

        # Registered: the way on from here through feeder and sample memory is long.
        m.d.sync += [
            self.done.eq(sequencer.done), self.prediction.eq(neurons.prediction),
            self.correct.eq(neurons.prediction == loader.sample_label),
        ]
        # Event lists: layer 0 from the loader, hidden layers 1 .. L-1, and with held presynaptic
        # rates a second copy of these from the free phase.
        position, tag_0 = sequencer.request.event_address, sequencer.request.tag
        hidden_list = table.lookup(
            tag_0, [max(0, (s.source or 1) - 1) for s in table.steps])
        tag_1 = Signal.like(tag_0)
        m.d.sync += tag_1.eq(tag_0)
        out_layer = table.lookup(neurons.out_tag, [max(0, s.target - 1) for s in table.steps])
        m.d.comb += [
            sequencer.count[0].eq(loader.count), loader.position.eq(position),
            array.event.eq(events.entry),
        ]
        self._connect_events(m, events, neurons, out_layer, hidden_list, position,
                             table.flag(neurons.out_tag, table.writes_events))
        for i in range(depth - 1):
            m.d.comb += sequencer.count[1 + i].eq(events.count[i])
        if rule.held_presynaptic:
            m.submodules.held_events = held = EventLists(design, hidden)
            self._connect_events(m, held, neurons, out_layer, hidden_list, position, table.flag(
                neurons.out_tag, lambda s: table.writes_events(s) and s.mode is Mode.FREE))
            with m.If(table.flag(tag_1, lambda s: s.held)):
                m.d.comb += array.event.eq(held.entry)
            for i in range(depth - 1):
                m.d.comb += sequencer.count[depth + i].eq(held.count[i])
        with m.If(table.flag(tag_1, lambda s: s.source == 0)):
            m.d.comb += array.event.eq(loader.event)

        writes_post = Signal()
        m.d.comb += writes_post.eq(neurons.out_valid & loader.sample_train & table.flag(
            neurons.out_tag, table.writes_post))
        self._connect_post(m, post, neurons, neurons.post, writes_post)
        m.d.comb += post.read_address.eq(array.post_address)
        feedback = post
        if rule.separate_feedback:
            m.submodules.feedback = feedback = PostMemory(design)
            self._connect_post(m, feedback, neurons, neurons.feedback, writes_post)
            m.d.comb += feedback.read_address.eq(array.post_address)
        for p in range(design.lanes):
            m.d.comb += [array.post_lanes[p].eq(post.lanes[p]),
                         array.feedback_lanes[p].eq(feedback.lanes[p])]

        self._observe(m, sequencer, array, neurons, writes_post)
        return m

    def _connect_events(self, m, events, neurons, layer, read_list, position, writes):
        m.d.comb += [
            events.write.eq(neurons.out_valid & writes), events.first.eq(neurons.out_first),
            events.list.eq(layer), events.rate.eq(neurons.rate.raw),
            events.read_list.eq(read_list), events.read_position.eq(position),
        ]

    def _connect_post(self, m, memory, neurons, value, writes):
        base = self._table.lookup(
            neurons.out_tag, [self._table.maps.post_bases[s.target] for s in self._table.steps])
        m.d.comb += [memory.write.eq(writes), memory.first.eq(neurons.out_first),
                     memory.base.eq(base), memory.value.eq(value)]

    def _observe(self, m, sequencer, array, neurons, writes_post):
        drive_mode = self._table.flag(neurons.out_tag, lambda s: s.mode is not Mode.GHOST)
        neuron_valid = neurons.out_valid & drive_mode
        values = {
            "start": sequencer.start, "done": sequencer.done,
            "prediction": neurons.prediction,
            "request_valid": array.request_valid_3, "request_tag": array.request_tag_3,
            "request_address": array.address_3, "request_rate": array.rate_3,
            "drive_valid": array.drive_valid, "drive_address": neurons.drive_address,
            "drive": array.drive.raw,
            "ghost_valid": neurons.ghost_write, "ghost_address": neurons.ghost_address,
            "ghost": neurons.ghost.raw,
            "neuron_valid": neuron_valid, "neuron_address": neurons.out_address,
            "rate": neurons.rate.raw, "state": neurons.state.raw,
            "state_saturated": neurons.saturated,
            "post_valid": writes_post, "post": neurons.post.raw,
            "feedback": neurons.feedback.raw,
            "weight_valid": array.write, "weight_address": array.write_address,
            "weights": array.write_data, "weight_saturated": array.saturated,
        }
        offset = 0
        for field in self._fields:
            out = Signal(field.bits, name=f"observed_{field.name}")
            valid = values[field.valid] if field.valid else 1
            m.d.comb += [out.eq(Mux(valid, values[field.name], 0)),
                         self.observed[offset:offset + field.bits].eq(out)]
            offset += field.bits
