# amaranth: UnusedElaboratable=no
"""The core's wiring: what no rule of today has, but a program may ask for."""

from dataclasses import replace

from amaranth.sim import Simulator

from cortigate.golden.spec.program import Program
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.hdl import core
from cortigate.hdl.neuron.microcircuit import MembranePipeline
from cortigate.hdl.synapse.words import WordMemory


def test_a_second_list_of_words_of_a_sparse_program_is_written_at_the_same_layer(monkeypatch):
    """The sequencer asks whether a layer's words are all zero, of another layer than is written."""
    # The first neurons of the large layer leave the pipeline while its pass still begins others.
    design, memories = MicrocircuitRule.design((5, 4, 40, 2), lanes=2, sample_capacity=4), []
    own = Program.of(design)
    assert any(step.sparse for step in own.steps) and len(own.words) == 1
    both = replace(own, steps=tuple(
        replace(step, words=(*step.words, "second")) if step.words else step
        for step in own.steps))
    monkeypatch.setattr(Program, "of", classmethod(lambda cls, design: both))
    leave = MembranePipeline._leave
    monkeypatch.setattr(MembranePipeline, "_leave", lambda self, m, values: leave(
        self, m, values | {"words_second": values[f"words_{own.words[0]}"]}))

    class Recorded(WordMemory):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            memories.append(self)

    monkeypatch.setattr(core, "WordMemory", Recorded)
    dut, layers = core.Core(design), []

    async def bench(ctx):
        ctx.set(dut.train, 1)
        ctx.set(dut.samples.valid, 1)
        for byte in [design.sample.one] * 5 + [1]:
            ctx.set(dut.samples.payload, byte)
            await ctx.tick().until(dut.samples.ready)
        ctx.set(dut.samples.valid, 0)
        while not ctx.get(dut.done):
            for first, second in [memories]:
                if ctx.get(first.write):
                    assert ctx.get(second.write)
                    layers.append((ctx.get(first.layer), ctx.get(second.layer)))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert {first for first, _ in layers} == {1, 2, 3}
    assert all(first == second for first, second in layers)
