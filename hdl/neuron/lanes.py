"""The neuron lanes of a design, side by side, and what they say together."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal

from ...golden.spec.design import Design
from ...golden.spec.entries import part_of
from ...golden.spec.targets import Target
from ..schedule.table import StepTable
from .pipeline import NeuronPipeline

__all__ = ["NeuronLanes", "pipeline_of"]

LEAST_EFFORT = 3  # units of the last place by which neurons at rest may move


def pipeline_of(design: Design) -> type[NeuronPipeline]:
    """The class of a design's neurons, found by the entry point of its rule."""
    return part_of(design.rule.name, "cortigate.pipelines")(design)


class NeuronLanes:
    """K pipelines in one module; in the same cycle they hold neurons of the same pass.

    Parameters
    ----------
    m : Module
        Where they are put.
    design : Design
    table : StepTable

    Attributes
    ----------
    pipelines : list of NeuronPipeline
        Neuron i of a layer goes to number i mod K.
    next_tag, out_tag, moved, changed, saturated
        As of a pipeline: of any lane; `saturated` counts the lanes.
    latency : int
        Cycles from a drive to its neuron's new rate; event lists of several lanes take one more.
    restless
        Only of a guarded engine: see golden.spec.steps; two cycles after the neurons.
    leads
        Only with a margin: the output of the sample's class leads; two cycles after the neurons,
        with several lanes three.
    prediction
        As of a pipeline, with several lanes up to two cycles later.
    """

    def __init__(self, m: Module, design: Design, table: StepTable):
        self._design = design
        count = design.neuron_lanes
        kind = pipeline_of(design)
        self.pipelines = [kind(design, table, lane) for lane in range(count)]
        for number, lane in enumerate(self.pipelines):
            m.submodules["neurons" if count == 1 else f"neurons_{number}"] = lane
        self.next_tag, self.out_tag = self.pipelines[0].next_tag, self.pipelines[0].out_tag
        self.moved = any_of(lane.moved for lane in self.pipelines)
        self.changed = any_of(lane.changed for lane in self.pipelines)
        self.saturated = sum((lane.saturated for lane in self.pipelines[1:]),
                             self.pipelines[0].saturated)
        if design.engine.guarded:
            self.restless = self._restless(m)
        if design.margin_shift is not None:
            self.leads = self._leads(m, self.pipelines[:design.network.sizes[-1]])
        self.latency = kind.LATENCY
        self.prediction = self._winner(m, design.network.sizes[-1])

    def _restless(self, m):
        """Efforts and aims since a pass opened a comparison: with its first neurons, in lane 0."""
        lead, restless = self.pipelines[0], Signal()
        opens = lead.out_valid & lead.out_first & lead.opens
        efforts, aims = (Signal.like(getattr(lead, name), name=f"{name}s")
                         for name in ("effort", "aim"))
        for sizes, name in ((efforts, "effort"), (aims, "aim")):
            total = Mux(opens, 0, sizes)
            for lane in self.pipelines:
                total |= Mux(lane.out_valid, getattr(lane, name), 0)
            m.d.sync += sizes.eq(total)
        m.d.sync += restless.eq(efforts > (aims >> 2 | LEAST_EFFORT))
        return restless

    def _leads(self, m, lanes):
        """Does the rate of the class's neuron lead those of all others in the lanes with outputs?

        Each lane compares its own others with it: a lane that has none stands back.
        """
        own, rivals, count = lanes[0].own, [lane.rival for lane in lanes], len(self.pipelines)
        if count > 1:
            mine = Array([lane.own for lane in lanes])[lanes[0].label[:count.bit_length() - 1]]
            own = Signal.like(lanes[0].own, name="own")
            m.d.sync += own.eq(mine)
            later = [Signal.like(rival, name=f"rival_{k}") for k, rival in enumerate(rivals)]
            m.d.sync += [new.eq(old) for new, old in zip(later, rivals, strict=True)]
            rivals = later
        ahead = Signal(len(rivals), name="ahead")
        m.d.sync += ahead.eq(Cat(~(own - rival - self._design.margin)[-1] for rival in rivals))
        return ahead.all()

    def _winner(self, m, outputs):
        """Class of the largest potential of all lanes that have outputs, the first of equals."""
        if self._design.target is not Target.CLASS:
            return Const(0, 8)
        lanes = self.pipelines[:outputs]
        if len(self.pipelines) == 1:
            return lanes[0].prediction
        # Of two equals the smaller number is the larger key: one comparison for both.
        keys = [Cat(~lane.prediction, lane.best).as_signed() for lane in lanes]
        while len(keys) > 1:
            best = []
            for a, b in zip(keys[::2], keys[1::2], strict=False):
                best.append(Signal.like(a, name=f"best_of_{len(keys)}_{len(best)}"))
                m.d.sync += best[-1].eq(Mux(b > a, b, a))
            keys = best + keys[2 * len(best):]
        return ~keys[0][:len(lanes[0].prediction)]


def any_of(bits):
    """1 if one of them is."""
    bits = list(bits)
    return bits[0] if len(bits) == 1 else Cat(bits).any()
