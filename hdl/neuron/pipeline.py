"""The common part of all neuron pipelines: ports, tags, addresses, the winner."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Activation, Design
from ...golden.spec.targets import Target
from ..lib.fixed import FixedShape
from ..lib.stages import chain
from ..schedule.table import StepTable

__all__ = ["Chains", "NeuronPipeline", "activate", "clip", "soft", "soft_piece"]


def activate(state, design: Design, output):
    """rho(s) as an expression, raw in design.rate; `output` chooses the last layer's (not soft).

    The state may still be outside its format, which holds all rates.
    """
    network = design.network
    low, high = (Mux(output, Const(last, state.shape()), Const(hidden, state.shape()))
                 for last, hidden in zip(limits(network.output, design.rate),
                                         limits(network.hidden, design.rate), strict=True))
    return clip(state, low, high)[:design.rate.width].as_signed()


def limits(activation, rate):
    """Least and largest rate, raw in the format `rate`, between which a rate is its state."""
    low = {Activation.CLIP: 0, Activation.RELU: 0, Activation.TANH: -rate.one,
           Activation.LINEAR: rate.minimum}[activation]
    high = {Activation.CLIP: rate.one, Activation.RELU: rate.maximum,
            Activation.TANH: rate.one, Activation.LINEAR: rate.maximum}[activation]
    return low, high


def clip(state, low, high):
    """`state` within low .. high."""
    return Mux(state < low, low, Mux(state > high, high, state)).as_signed()


def soft_piece(size, one):
    """Number of soft tanh's piece at +-`size`, 0 .. 4: the slope is 2**-piece, 0 in the last."""
    edges = [size >= edge for edge in (one // 2, one, 3 * one // 2, 5 * one // 2)]
    return Mux(edges[3], 4, Cat(edges[0] & ~edges[1] | edges[2], edges[1])[:3])


def soft(negative, size, one):
    """tanh of +-`size` in pieces, which cut off the size's bits below the last place."""
    pieces = (size, one // 4 + (size >> 1), one // 2 + (size >> 2), 11 * one // 16 + (size >> 3),
              Const(one, size.shape()))
    rate = Array(pieces)[soft_piece(size, one)]
    return Mux(negative, -rate, rate).as_signed()


class NeuronPipeline(wiring.Component):
    """A neuron lane: one neuron a cycle, never stalled: drive in, rates, lists and words out.

    The modes and their equations are those of golden.spec.rules.

    Parameters
    ----------
    design : Design
    table : StepTable
    lane : int
        k, of design.neuron_lanes: its neurons of a layer are k, k + K, k + 2 K and so on.

    Members
    -------
    valid, first, tag, drive
        Exact drive (design.drive_fraction fraction bits); `first`: its first neuron of the layer.
    train, label
        1 while a sample is learned; its class. Of an inference the target means nothing, so that
        what the last layer makes of it and anybody walks depends on `train`, too.
    target_row, target
        Which of the lane's neurons is about to need its target value; the value, raw in
        design.rate, a cycle later. Only where the target is no class.
    drive_address
        Address of the neuron that `drive` belongs to.
    out_valid, out_first, out_tag, out_address, rate, state
        `LATENCY` cycles after `drive`. Rate and state are observed, but not of a `silent` pass.
    next_valid, next_tag
        `out_valid` and `out_tag` a cycle ahead.
    list_…, words_…
        With `out_valid`: the value that the neuron leaves in each list and each word, where the
        pass leaves one (`Design.difference`).
    moved, changed : 1 bit
        With `out_valid`: see golden.spec.steps.
    saturated : 1 bit
        A drive or a state saturated (with `out_valid`).
    tries, effort, aim, opens
        Only of a guarded engine. How often the loop has begun again; with `out_valid`, the sizes
        that golden.spec.steps compares (design.difference without its sign), and whether the pass
        opens a comparison.
    prediction : 8 bits
        Class of the largest potential of the last layer's neurons in this lane; 0 without classes.
    best : signed
        That potential, or what stands for it; only where there are several lanes, and classes.
    own, rival : signed
        Only with a margin: the rates of the last layer's neurons in this lane that the winner is
        chosen from, of the sample's class and the largest of the others, raw in design.rate.
        They come with `prediction`. Without an other one, `rival` is the least rate.

    Attributes
    ----------
    lists, words : dict
        The members list_… and words_… by the names that the program has for them.
    """

    LATENCY = 0  # of the subclass

    def __init__(self, design: Design, table: StepTable, lane=0):
        self._design, self._table, self._lane = design, table, lane
        bits = max(1, (table.maps.neurons - 1).bit_length())
        tag, rate = unsigned(table.tag_bits), FixedShape(design.rate)
        left = Out(FixedShape(design.difference))
        # A potential, or a number of spikes, which has 7 bits.
        size = Out(design.difference.width - 1)
        guarded = {"tries": In(3), "effort": size, "aim": size, "opens": Out(1)} if (
            design.engine.guarded) else {}
        best = {"best": Out(signed(max(design.state.width, 8)))}
        if design.target is not Target.CLASS:
            row = range(max(2, -(-design.network.sizes[-1] // design.neuron_lanes)))
            best = {"target_row": Out(row), "target": In(signed(design.rate.width))}
        elif design.neuron_lanes == 1:
            best = {}
        if design.margin_shift is not None:
            best |= {name: Out(signed(design.rate.width)) for name in ("own", "rival")}
        super().__init__({
            "valid": In(1), "first": In(1), "tag": In(tag), "drive": In(FixedShape(design.drive)),
            "train": In(1), "label": In(8),
            "drive_address": Out(bits),
            "out_valid": Out(1), "out_first": Out(1), "out_tag": Out(tag), "out_address": Out(bits),
            "next_valid": Out(1), "next_tag": Out(tag),
            "rate": Out(rate), "state": Out(FixedShape(design.state)),
            "moved": Out(1), "changed": Out(1),
            "saturated": Out(1), "prediction": Out(8),
        } | {f"list_{name}": left for name in table.program.lists}
          | {f"words_{name}": left for name in table.program.words}
          | best | guarded | self._members())
        self._bits = bits
        self.lists = {name: getattr(self, f"list_{name}") for name in table.program.lists}
        self.words = {name: getattr(self, f"words_{name}") for name in table.program.words}

    def _members(self):
        """Further members of a rule."""
        return {}

    def hear(self, m, *, settled, taught):
        """Connect what only some rules' neurons need: their pipelines override this.

        Parameters
        ----------
        m : Module
            The pipeline's surroundings.
        settled : 1 bit
            From the sequencer.
        taught : 1 bit
            There is a target.
        """

    @property
    def observed(self):
        """Further values that the lockstep observes, by the field's name."""
        return {}

    def _leave(self, m, values):
        """Register the values of lists and words, those that the design has.

        Parameters
        ----------
        m : Module
        values : dict
            By the members' names, list_… and words_…; a rule may name more than its program does.

        Raises
        ------
        ValueError
            The program has a list or words without a value here.
        """
        lacks = [*(f"list_{name}" for name in self.lists if f"list_{name}" not in values),
                 *(f"words_{name}" for name in self.words if f"words_{name}" not in values)]
        if lacks:
            raise ValueError(f"{type(self).__name__} must leave {', '.join(lacks)}, which the "
                             "program of its rule names")
        for member, value in values.items():
            if member in self.signature.members:
                m.d.sync += getattr(self, member).raw.eq(value)

    def _address(self, m, valid, first, tag):
        """Neuron address of a stage: counted up from the layer's first one."""
        counter = Signal(self._bits)
        address = Signal(self._bits)
        m.d.comb += address.eq(Mux(first, self._table.neuron_base(tag), counter))
        with m.If(valid):
            m.d.sync += counter.eq(address + 1)
        return address

    def _target(self, m, valid, first):
        """(A neuron's index in its layer, its target value, raw in design.rate), a cycle later.

        The value only means something in the last layer.
        """
        if self._design.target is not Target.CLASS:
            row, counter = Signal.like(self.target_row), Signal.like(self.target_row)
            m.d.comb += [row.eq(Mux(first, 0, counter)), self.target_row.eq(row)]
            with m.If(valid):
                m.d.sync += counter.eq(row + 1)
            return Const(0, 8), self.target
        index, counter, index_r, is_target = Signal(8), Signal(8), Signal(8), Signal()
        m.d.comb += index.eq(Mux(first, self._lane, counter))
        with m.If(valid):
            m.d.sync += counter.eq(index + self._design.neuron_lanes)
        m.d.sync += [index_r.eq(index), is_target.eq(index == self.label)]
        one = Const(self._design.rate.one, signed(self._design.rate.width))
        return index_r, Mux(is_target, one, 0)

    def _winner(self, m, valid, first, v, index):
        """Remember the index of the largest v (the first of equals), a cycle later."""
        if self._design.target is not Target.CLASS:
            return
        best, candidate, number = Signal.like(v), Signal.like(v), Signal.like(self.prediction)
        competes, opens = Signal(), Signal()
        m.d.sync += [competes.eq(valid), opens.eq(first), candidate.eq(v), number.eq(index)]
        # The sign of a difference is one carry chain; of `>` Yosys makes a tree (24 ns on iCE40).
        with m.If(competes & (opens | (best - candidate)[-1])):
            m.d.sync += [best.eq(candidate), self.prediction.eq(number)]
        if self._design.neuron_lanes > 1:
            m.d.comb += self.best.eq(best)
        if self._design.margin_shift is not None:
            self._lead(m, competes, opens, v, index)

    def _lead(self, m, competes, opens, v, index):
        """Remember the rate of the label's neuron and the largest other one, with the winner."""
        fmt = self._design.rate
        rate, is_own = Signal(signed(fmt.width)), Signal()
        m.d.sync += [rate.eq(clip(v, *limits(self._design.network.output, fmt))),
                     is_own.eq(index == self.label)]
        with m.If(competes):
            with m.If(opens):
                m.d.sync += self.rival.eq(fmt.minimum)
            with m.If(is_own):
                m.d.sync += self.own.eq(rate)
            with m.Elif(opens | (self.rival - rate)[-1]):
                m.d.sync += self.rival.eq(rate)


class Chains:
    """Registers beside a pipeline: valid, first and tag of every stage, and delays by name.

    Parameters
    ----------
    m : Module
    pipeline : NeuronPipeline
        Its outputs are connected to the last stage.
    """

    def __init__(self, m: Module, pipeline: NeuronPipeline):
        self._m, self._pipeline, self._table = m, pipeline, pipeline._table
        self.valid, self.first = [pipeline.valid], [pipeline.first]
        self.tag = [pipeline.tag]
        for k in range(1, pipeline.LATENCY + 1):
            self.valid.append(Signal(name=f"valid_{k}"))
            self.first.append(Signal(name=f"first_{k}"))
            self.tag.append(Signal(self._table.tag_bits, name=f"tag_{k}"))
            for stages in (self.valid, self.first, self.tag):
                m.d.sync += stages[k].eq(stages[k - 1])
        address = pipeline._address(m, self.valid[-1], self.first[-1], self.tag[-1])
        m.d.comb += [
            pipeline.out_valid.eq(self.valid[-1]), pipeline.out_first.eq(self.first[-1]),
            pipeline.out_tag.eq(self.tag[-1]), pipeline.out_address.eq(address),
            pipeline.next_valid.eq(self.valid[-2]), pipeline.next_tag.eq(self.tag[-2]),
        ]

    def _known(self, k, flag):
        """A flag of stage k, 1 or later, in a register: looked up a stage ahead."""
        value = Value.cast(flag(self.tag[k - 1]))
        if isinstance(value, Const):
            return value
        # Each of several lanes keeps its own, by the name: see hdl.lib.yosys.
        several = self._pipeline._design.neuron_lanes > 1
        register = Signal(name=f"spread_known_{k}" if several else f"known_{k}")
        self._m.d.sync += register.eq(value)
        return register

    def mode_is(self, k, *modes):
        """1 if stage k, 1 or later, is in one of these modes."""
        return self._known(k, lambda tag: self._table.mode_is(tag, *modes))

    def is_output(self, k):
        """1 if stage k, 1 or later, holds a neuron of the last layer."""
        return self._known(k, self._table.is_output)

    def delayed(self, value, start, stop, name):
        """`value` of stage `start` as it is in stage `stop`."""
        return chain(self._m, value, start, stop, name)[stop]
