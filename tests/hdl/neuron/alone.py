"""A design's neuron pipeline alone in Amaranth's simulator, in real units."""

from dataclasses import dataclass, field

from amaranth.sim import Simulator

from cortigate.hdl.neuron import pipeline_of
from cortigate.hdl.schedule.table import StepTable

__all__ = ["Neurons", "Pass", "run"]


@dataclass(frozen=True)
class Pass:
    """One pass over a layer: the step's number, the neurons' drives, and what else the ports get.

    Parameters
    ----------
    step : int
        In the design's program.
    drives : list of float
        Exact drives.
    inputs : dict
        Member of the pipeline -> value, from this pass on.
    """

    step: int
    drives: list
    inputs: dict = field(default_factory=dict)


class Neurons:
    """What the neurons of one pass left, in their order: a list for each of these.

    Attributes
    ----------
    address, rate, state, moved, changed, saturated
    lists, words : dict
        By name; also those that the pass leaves none in.
    prediction : int
        After the pass.
    """

    def __init__(self, dut):
        self.address, self.rate, self.state = [], [], []
        self.moved, self.changed, self.saturated = [], [], []
        self.lists = {name: [] for name in dut.lists}
        self.words = {name: [] for name in dut.words}
        self.prediction = None

    def take(self, ctx, dut):
        """Append what the outputs say in this cycle."""
        for name in ("rate", "state", "moved", "changed", "saturated"):
            getattr(self, name).append(ctx.get(getattr(dut, name)))
        self.address.append(ctx.get(dut.out_address))
        for mine, ports in ((self.lists, dut.lists), (self.words, dut.words)):
            for name, port in ports.items():
                mine[name].append(ctx.get(port))


def run(design, latency, passes):
    """`Neurons` of each pass; a drive's neuron leaves `latency` cycles after it."""
    table = StepTable(design)
    dut = pipeline_of(design)(design, table)
    results = []

    async def bench(ctx):
        for one in passes:
            for name, value in one.inputs.items():
                ctx.set(getattr(dut, name), value)
            neurons, count = Neurons(dut), len(one.drives)
            ctx.set(dut.tag, one.step)
            for cycle in range(count + latency + 2):
                ctx.set(dut.valid, cycle < count)
                ctx.set(dut.first, cycle == 0)
                ctx.set(dut.drive, one.drives[cycle] if cycle < count else 0)
                leaves = latency <= cycle < latency + count
                assert ctx.get(dut.out_valid) == leaves
                if leaves:
                    assert ctx.get(dut.out_tag) == one.step
                    assert ctx.get(dut.out_first) == (cycle == latency)
                    neurons.take(ctx, dut)
                await ctx.tick()
            neurons.prediction = ctx.get(dut.prediction)
            results.append(neurons)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results
