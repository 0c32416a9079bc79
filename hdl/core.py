"""The engine: sequencer, synapse array and neuron pipeline of one design, without any I/O."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..golden.spec.design import Design
from ..golden.spec.generator import ROUNDING_WIDTH
from ..golden.spec.link import NO_TARGET
from ..golden.spec.observation import observed_fields
from ..golden.spec.steps import Operation
from ..golden.spec.targets import Target
from .generators import connect_generators
from .lib.spread import groups_of, spread
from .neuron import NeuronLanes
from .sample.coder import Coder
from .sample.loader import Loader
from .sample.results import ResultMemory
from .schedule.banks import walks_blocks
from .schedule.sequencer import Sequencer
from .schedule.table import StepTable
from .synapse.array import SynapseArray
from .synapse.events import EventLists
from .synapse.tail import connect_tail
from .synapse.words import WordMemory

__all__ = ["Core"]


class Core(wiring.Component):
    """One engine.

    Parameters
    ----------
    design : Design

    Members
    -------
    samples : stream of design.feed_bits
        A transfer where `valid` and `ready` are high; `ready` does not wait for `valid`. They are
        n_0 inputs in design.sample format, design.feed_width in a cycle, then n_L target values, if
        they are a vector, one in a cycle, then, in a cycle of its own, one byte, the class (0 if
        there are none; or NO_TARGET, if the rule is always on). The next sample may arrive while
        one is in work.
    train : 1 bit
        Sampled with the class: learn, else only infer.
    update_shift, second_update_shift : signed(6)
        k of the learning rates 2**-k, within design.update_shifts; stable while busy.
    done : 1 bit
        A sample was finished in the cycle before; with it `prediction`, `correct`, both 0 where the
        target is no class. Its last weights may still be on their way: see `busy`.
    result_layer, result_index, result, result_taken
        Only if the design has results. The layer, 1 .. L, whose rates are kept, or 0; `result` is
        that of the neuron `result_index` of 2 cycles before: of an inference, or, with rules that
        are always on, of a sample's first time step. They are kept, and the next sample waits,
        until the host has taken them.
    hold : 1 bit
        Only if the rule is always on: present a learned sample until the next one has arrived.
    released, stood : 1 bit, 16 bits
        The sample was no longer needed from the cycle before on; `stood` counts its further turns
        (at most STOOD_LONG). Without `hold`, `released` comes together with `done`.
    busy : 1 bit
        A sample is in work or has partly arrived, or weights are still being written.
    restless : 1 bit
        Neurons were found restless (see golden.spec.steps), a cycle before.
    weight_saturated, state_saturated : 1 bit, 0 .. K
        An update word saturated (a cycle before); in how many neuron lanes a drive or state did.
    host : address, write_data, write, read_data
        Weights, only while not busy: address = word << lane bits | lane; `read_data` belongs to
        the address of 8 cycles before.
    generators, reset_generators
        Pseudo-random generators, likewise, after 4 cycles: the lanes' for rounding, then those of
        the noise. What is written stays for 4 cycles after `write`, and is there after 7.
        `reset_generators` for a cycle brings all back to their seeds.
    observed : wide
        Every stream inside, for the lockstep (golden.spec.observation).

    Examples
    --------
    A component like any other of Amaranth:

    >>> from amaranth.hdl import Fragment
    >>> from cortigate import Core, preset
    >>> core = Core(preset("tiny"))
    >>> core.samples.payload.shape()
    unsigned(8)
    >>> netlist = Fragment.get(core, platform=None)
    """

    def __init__(self, design: Design):
        self._design, self._table = design, StepTable(design)
        self._array = SynapseArray(design, self._table)
        self._groups = groups_of(design.lanes, design.neuron_lanes)
        signature = self._array.signature.members
        self._fields = observed_fields(design)
        generator = {"address": Out(max(1, (design.generators - 1).bit_length())),
                     "write_data": Out(ROUNDING_WIDTH), "write": Out(1),
                     "read_data": In(ROUNDING_WIDTH)}
        members = {
            "samples": In(stream.Signature(unsigned(design.feed_bits))), "train": In(1),
            "update_shift": In(signed(6)), "second_update_shift": In(signed(6)),
            "done": Out(1), "prediction": Out(8), "correct": Out(1), "busy": Out(1),
            "released": Out(1), "stood": Out(16), "weight_saturated": Out(1), "restless": Out(1),
            "state_saturated": Out(range(design.neuron_lanes + 1)),
            "host": signature["host"],
            "observed": Out(sum(field.bits for field in self._fields)),
        }
        if design.engine.always_on:
            members |= {"hold": In(1)}
        if design.results:
            results = ResultMemory.port(design)
            members |= {"result_layer": In(range(design.network.depth + 1)), "result_taken": In(1),
                        "result_index": results["index"], "result": results["result"]}
        if design.generators:
            members |= {"generators": In(wiring.Signature(generator)), "reset_generators": In(1)}
        super().__init__(members)

    @property
    def design(self):
        """The design."""
        return self._design

    def elaborate(self, platform):
        m = Module()
        design, table = self._design, self._table
        m.submodules.array = array = self._array
        neurons = NeuronLanes(m, design, table)
        m.submodules.sequencer = sequencer = Sequencer(design, table, neurons.latency)
        m.submodules.loader = loader = (Coder if design.engine.spiking else Loader)(design)

        connect(m, flipped(self.samples), loader.samples)
        connect(m, flipped(self.host), array.host)
        if design.generators:
            connect_generators(m, self.generators, self.reset_generators, array, neurons.pipelines,
                               design)
        kept = self._keep_results(m, sequencer, loader, neurons) if design.results else Const(0)
        m.d.comb += [
            loader.train.eq(self.train), loader.release.eq(sequencer.release),
            sequencer.ready.eq(loader.ready & ~kept), sequencer.train.eq(loader.sample_train),
            sequencer.moved.eq(neurons.moved), sequencer.changed.eq(neurons.changed),
            sequencer.neuron_tag.eq(neurons.out_tag),
            array.valid.eq(sequencer.valid), array.request.eq(sequencer.request),
            array.update_shift.eq(self.update_shift),
            array.second_update_shift.eq(self.second_update_shift),
            self.busy.eq(~sequencer.idle | loader.ready | loader.loading | self.done
                         | array.active),
            self.state_saturated.eq(neurons.saturated),
            self.weight_saturated.eq(array.found_saturated),
        ]
        m.d.sync += self.restless.eq(sequencer.found)
        # Long there when the sample's first neuron comes, and so near to it.
        told = spread(m, Cat(loader.sample_train, loader.sample_label), self._groups, "told")
        for k, lane in enumerate(neurons.pipelines):
            m.d.comb += [
                lane.valid.eq(array.drive_valid[k]), lane.first.eq(array.drive_first[k]),
                lane.tag.eq(array.drive_tag), lane.drive.eq(array.drive[k]),
                Cat(lane.train, lane.label).eq(told[k]),
            ]
            if design.target is not Target.CLASS:
                m.d.comb += [loader.target_row[k].eq(lane.target_row),
                             lane.target.eq(loader.target[k])]
            lane.hear(m, settled=sequencer.settled,
                      taught=(loader.sample_label != NO_TARGET) & ~sequencer.standing)
        if design.margin_shift is not None:
            m.d.comb += sequencer.leads.eq(neurons.leads)
        if design.engine.guarded:
            m.d.comb += [sequencer.restless.eq(neurons.restless),
                         *(lane.tries.eq(sequencer.tries) for lane in neurons.pipelines)]
        if design.engine.spiking:
            traces, looked = (table.flag(tag, lambda s: s.events == "trace")
                              for tag in (sequencer.request.tag, sequencer.look))
            m.d.comb += [loader.turn.eq(sequencer.turn), loader.traces.eq(traces),
                         loader.counts_traces.eq(looked),
                         sequencer.coded.eq(loader.coded)]
        if design.engine.always_on:
            m.d.comb += sequencer.stay.eq(self.hold & loader.sample_train & ~loader.more)

        classes = design.target is Target.CLASS
        # Registered: the way on from here through feeder and sample memory is long.
        m.d.sync += [
            self.done.eq(sequencer.done), self.prediction.eq(neurons.prediction),
            self.released.eq(sequencer.release),
            self.correct.eq((neurons.prediction == loader.sample_label) if classes else 0),
        ]
        with m.If(sequencer.release):
            m.d.sync += self.stood.eq(sequencer.stood)
        left = self._connect_lists(m, sequencer, array, loader, neurons)
        left |= self._connect_words(m, sequencer, array, loader, neurons)
        self._observe(m, sequencer, array, neurons, left)
        return m

    def _keep_results(self, m, sequencer, loader, neurons):
        """Keep a layer's rates; returns whether they are still to be taken."""
        m.submodules.results = results = ResultMemory(self._design)
        table, tag = self._table, neurons.next_tag
        free = table.program.free_phase
        layers = [s.target if s.mode is not None and not s.silent and number < free else 0
                  for number, s in enumerate(table.steps)]
        # Looked up a cycle ahead, as what is left in lists.
        chosen = Signal()
        m.d.sync += chosen.eq((table.lookup(tag, layers) == self.result_layer)
                              & (self.result_layer != 0)
                              & (~loader.sample_train | ~sequencer.settled))
        for k, lane in enumerate(neurons.pipelines):
            m.d.comb += [results.write[k].eq(lane.out_valid & chosen),
                         results.rate[k].eq(lane.rate.raw)]
        m.d.comb += [results.first.eq(neurons.pipelines[0].out_first),
                     results.index.eq(self.result_index), self.result.eq(results.result)]
        kept = Signal()
        with m.If(self.result_taken):
            m.d.sync += kept.eq(0)
        with m.If(sequencer.done & (self.result_layer != 0)):
            m.d.sync += kept.eq(1)
        return kept

    def _connect_lists(self, m, sequencer, array, loader, neurons):
        """Event lists: layer 0 from the loader, the hidden layers' written by the neurons.

        Returns which neurons leave an entry in each list in this cycle, by the port's name.
        """
        left = {}
        table, tag_0 = self._table, sequencer.request.tag
        sizes, program = self._design.network.sizes, table.program
        # The last layer leaves lists only where something walks them.
        last = any(s.lists and s.target == len(sizes) - 1 for s in table.passes)
        lengths = sizes[1:] if last else sizes[1:-1]
        tag_1 = self._registered(m, tag_0, "tag_1")
        written = self._registered(m, table.lookup(
            neurons.next_tag, [max(0, s.target - 1) for s in table.passes]), "list_written")
        walked, looked = (table.lookup(tag, [max(0, s.source - 1) for s in table.passes])
                          for tag in (tag_0, sequencer.look))
        m.d.comb += loader.position.eq(sequencer.request.position)
        opened = table.lookup(tag_0, [max(0, s.target - 1) for s in table.passes])
        for name in program.lists:
            m.submodules[f"list_{name}"] = lists = EventLists(
                self._design, lengths, dense=name in program.dense,
                width=1 if table.left_singly(name) else len(neurons.pipelines),
                followed=any(name in names for names in table.waits.opens))
            here = table.walks_list(tag_0, name)
            leaves = self._leaves(m, neurons, f"list_{name}", lambda s, n=name: n in s.lists)
            left[f"list_{name}"] = leaves
            self._write_list(m, neurons, name, lists, leaves, written)
            m.d.comb += [
                lists.read_list.eq(walked), lists.read_position.eq(sequencer.request.position),
                lists.drop.eq(sequencer.drop & here),
            ]
            with m.If(table.walks_list(sequencer.look, name)):
                m.d.comb += sequencer.count.eq(Array(lists.count)[looked])
                if "complete" in lists.signature.members:
                    m.d.comb += sequencer.complete.eq(Array(lists.complete)[looked])
            if "complete" in lists.signature.members:
                opens = table.lookup(tag_0, [name in names for names in table.waits.opens])
                m.d.comb += [lists.opens.eq(sequencer.judges & opens), lists.opened.eq(opened)]
            with m.If(table.walks_list(tag_1, name)):
                m.d.comb += array.event.eq(lists.entry)
        inputs = [s.operation is not Operation.BACKWARD and bool(s.events) and s.source == 0
                  for s in table.passes]
        with m.If(table.lookup(sequencer.look, inputs)):
            m.d.comb += sequencer.count.eq(loader.count)
        with m.If(table.lookup(tag_1, inputs)):
            m.d.comb += array.event.eq(loader.event)
        return left

    def _write_list(self, m, neurons, name, lists, leaves, number):
        """What the neurons leave in a list, all in a cycle, or one at a time."""
        rates = [lane.lists[name].raw[:len(lists.rate[0])] for lane in neurons.pipelines]
        offers = Cat(leaves, neurons.pipelines[0].out_first, number)
        if len(lists.write) < len(rates):
            # Only one lane leaves a value in a cycle, which waits in a register: as long as those
            # of a wide list are on their way.
            one = Mux(leaves[0], rates[0], 0)
            for k, rate in enumerate(rates[1:], 1):
                one |= Mux(leaves[k], rate, 0)
            rates = [self._registered(m, one, f"{name}_one")]
            offers = self._registered(m, Cat(leaves.any(), *offers.parts[1:]), f"{name}_offers")
        m.d.comb += [Cat(lists.write, lists.first, lists.list).eq(offers),
                     *(own.eq(rate) for own, rate in zip(lists.rate, rates, strict=True))]

    def _connect_words(self, m, sequencer, array, loader, neurons):
        """Post-synaptic words of layers 1 .. L, and the blocks that a backward pass walks.

        Returns which neurons leave a value in each of the words in this cycle, likewise.
        """
        left = {}
        table, tag_0 = self._table, sequencer.request.tag
        tag_1 = self._registered(m, tag_0, "tag_1")
        written = self._registered(m, table.target(neurons.next_tag), "words_layer")
        walked, looked = (table.lookup(tag, [s.source for s in table.passes])
                          for tag in (tag_0, sequencer.look))
        post = []
        for names in table.memories:
            own = next((n for n in names if walks_blocks(table.steps, n)), None)
            m.submodules[f"words_{'_'.join(names)}"] = words = WordMemory(
                self._design, walked=own is not None, matrix=table.turned(own), banks=len(names),
                own=table.bank(own))
            left |= {f"words_{name}": self._leaves_words(m, loader, neurons, name)
                     for name in names}
            self._write_words(m, neurons, names, words, left)
            m.d.comb += [words.layer.eq(written), words.read_address.eq(array.post_address)]
            # Known a stage ahead, since it goes to all lanes: ands and ors, one table deep.
            takes = [1] * self._design.lanes if len(table.memories) == 1 else spread(
                m, table.flag(array.post_tag, lambda s, own=names: s.lanes in own), self._groups,
                f"takes_{names[0]}")
            taken = [Mux(takes[p], words.lanes[p].raw, 0) for p in range(self._design.lanes)]
            post = [a | b for a, b in zip(post, taken, strict=True)] if post else taken
            if own is None:
                continue
            m.d.comb += [words.read_layer.eq(walked),
                         words.read_position.eq(sequencer.request.position),
                         words.drop.eq(sequencer.drop & table.walks_blocks(tag_0, own))]
            with m.If(table.walks_blocks(sequencer.look, own)):
                m.d.comb += sequencer.count.eq(Array([0, *words.count])[looked])
            if any(s.sparse and s.lanes == own for s in table.steps):
                learning = table.lookup(sequencer.look, [s.matrix.layer for s in table.passes])
                m.d.comb += sequencer.vacant.eq(Array([0, *words.count])[learning] == 0)
            with m.If(table.walks_blocks(tag_1, own)):
                m.d.comb += array.block.eq(words.block)
        if self._design.last.split:
            takes = self._leaves(m, neurons, "single", lambda s: s.continues, loader.sample_train)
            connect_tail(m, self._design, table, sequencer, array, neurons.pipelines, takes, tag_1)
        m.d.comb += [array.post_lanes[p].raw.eq(value) for p, value in enumerate(post)]
        return left

    def _write_words(self, m, neurons, names, words, left):
        """What the neurons leave in one of these words, which share a memory."""
        leaves = [left[f"words_{name}"] for name in names]
        write = leaves[0]
        for one in leaves[1:]:
            write = write | one
        if len(names) > 1:  # a step leaves one of them
            m.d.comb += words.bank.eq(self._registered(
                m, self._table.bank_left(neurons.next_tag, names), f"bank_{names[0]}"))
        m.d.comb += [words.write.eq(write), words.first.eq(neurons.pipelines[0].out_first)]
        for k, (value, lane) in enumerate(zip(words.value, neurons.pipelines, strict=True)):
            raw = lane.words[names[0]].raw
            for name, one in zip(names[1:], leaves[1:], strict=True):
                raw = Mux(one[k], lane.words[name].raw, raw)
            m.d.comb += value.raw.eq(raw)

    @staticmethod
    def _registered(m, value, name):
        """A register of a value."""
        register = Signal(value.shape(), name=name)
        m.d.sync += register.eq(value)
        return register

    def _leaves(self, m, neurons, name, predicate, train=1):
        """1 if a neuron leaves an entry or a value; a bit for each neuron lane."""
        flag = self._table.flag(neurons.next_tag, predicate)
        return self._registered(m, Cat(
            lane.next_valid & train & flag for lane in neurons.pipelines), f"leaves_{name}")

    def _leaves_words(self, m, loader, neurons, name):
        """As `_leaves`, of these words; an inference leaves none that it does not need."""
        train = 1 if self._table.program.leaves_words(name, False) else loader.sample_train
        return self._leaves(m, neurons, f"words_{name}", lambda s: name in s.words, train)

    def _observe(self, m, sequencer, array, neurons, left):
        values = {
            "start": sequencer.start, "done": sequencer.done,
            "prediction": neurons.prediction,
            "request_valid": array.request_valid_3, "request_tag": array.request_tag_3,
            "request_address": array.address_3, "request_rate": array.rate_3,
            "weight_valid": array.write, "weight_address": array.write_address,
            "weights": array.write_data, "weight_saturated": array.saturated,
        }
        # Of each neuron lane.
        per_lane = [self._observe_lane(lane, array, left, k)
                    for k, lane in enumerate(neurons.pipelines)]
        values |= {name: [lane[name] for lane in per_lane] for name in per_lane[0]}
        offset = 0
        for field in self._fields:
            out = Signal(field.bits, name=f"observed_{field.name}")
            valid, value = values[field.valid] if field.valid else 1, values[field.name]
            if not isinstance(value, list):
                value, valid = [value], [valid]
            elif not field.valid:
                valid = [valid] * len(value)
            size = field.bits // len(value)
            m.d.comb += [out[i * size:(i + 1) * size].eq(Mux(valid[i], one, 0))
                         for i, one in enumerate(value)]
            m.d.comb += self.observed[offset:offset + field.bits].eq(out)
            offset += field.bits

    def _observe_lane(self, lane, array, left, k):
        """What is observed of neuron lane k, by the field's name."""
        values = {
            "drive_valid": array.drive_valid[k], "drive_address": lane.drive_address,
            "drive": array.drive[k].raw,
            "neuron_valid": lane.out_valid & ~self._table.flag(lane.out_tag, lambda s: s.silent),
            "neuron_address": lane.out_address,
            "rate": lane.rate.raw, "state": lane.state.raw, "state_saturated": lane.saturated,
        }
        for kind, ports in (("list", lane.lists), ("words", lane.words)):
            for name, value in ports.items():
                values |= {f"{kind}_{name}_valid": left[f"{kind}_{name}"][k],
                           f"{kind}_{name}": value.raw}
        return values | lane.observed
