"""The core behind one port for a bus, with samples and results as streams."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...golden.spec.design import Design
from ...golden.spec.link import Register
from ..core import Core
from .port import WindowPort
from .registers import RunRegisters
from .results import ResultStream, result_layout
from .samples import SampleStream, sample_layout
from .window import Window

__all__ = ["StreamedCore"]


class StreamedCore(wiring.Component):
    """An engine for one's own chip, without a bus and without a memory for samples.

    Parameters
    ----------
    design : Design
    clock_hz : int
        Of the chip; it is only told, by the identity.

    Members
    -------
    bus : WindowPort
        Registers, weights, generators: see `golden.spec.window`.
    samples : stream of sample_layout
        See `SampleStream`. Taken only while a run is open for another sample.
    results : stream of result_layout
        See `ResultStream`.
    running : 1 bit
        From START until the run is over and its results were taken.
    """

    def __init__(self, design: Design, clock_hz):
        self._design, self._clock_hz = design, clock_hz
        super().__init__({
            "bus": In(WindowPort(design)),
            "samples": In(stream.Signature(sample_layout(design))),
            "results": Out(stream.Signature(result_layout)),
            "running": Out(1),
        })

    @property
    def design(self):
        """The design."""
        return self._design

    def elaborate(self, platform):
        m = Module()
        design = self._design
        m.submodules.core = core = Core(design)
        m.submodules.window = window = Window(design, self._clock_hz)
        m.submodules.registers = registers = RunRegisters(design)
        m.submodules.samples = samples = SampleStream(design)
        m.submodules.results = results = ResultStream(design)

        connect(m, flipped(self.bus), window.bus)
        connect(m, flipped(self.samples), samples.i)
        connect(m, samples.samples, core.samples)
        connect(m, results.o, flipped(self.results))
        m.d.comb += [
            registers.address.eq(window.registers.address),
            registers.writes.eq(window.registers.writes),
            registers.write.eq(window.registers.write),
            registers.write_data.eq(window.registers.write_data),
            window.registers.refused.eq(registers.refused),
            window.registers.read_data.eq(registers.read_data),
            window.running.eq(registers.running), self.running.eq(registers.running),
        ]
        memories = [(window.weights, core.host)]
        if design.generators:
            memories.append((window.generators, core.generators))
            m.d.comb += core.reset_generators.eq(registers.reset_generators)
        for port, memory in memories:
            m.d.comb += [memory.address.eq(port.address), memory.write_data.eq(port.write_data),
                         memory.write.eq(port.write), port.read_data.eq(memory.read_data)]

        # The run.
        m.d.comb += [
            samples.open.eq(registers.open & results.room), samples.train.eq(registers.train),
            core.train.eq(samples.learn), core.update_shift.eq(registers.update_shift),
            core.second_update_shift.eq(registers.second_update_shift),
            registers.begins.eq(samples.begins), registers.idle.eq(results.idle),
            results.begins.eq(samples.begins), results.whole.eq(samples.whole),
            results.damaged.eq(samples.damaged), results.done.eq(core.done),
            results.prediction.eq(core.prediction), results.correct.eq(core.correct),
        ]
        if design.results:
            m.d.comb += [core.result_layer.eq(registers.result_layer),
                         core.result_index.eq(results.result_index),
                         core.result_taken.eq(results.result_taken),
                         results.layer.eq(registers.result_layer),
                         results.result.eq(core.result)]
        events = {
            Register.SAMPLES: core.done, Register.CORRECT: core.done & core.correct,
            Register.CYCLES: ~results.idle,
            Register.WEIGHT_SATURATIONS: core.weight_saturated,
            Register.STATE_SATURATIONS: core.state_saturated,
            Register.FRAMES_DROPPED: samples.whole & samples.damaged,
        }
        m.d.sync += [registers.events[r.name.lower()].eq(event) for r, event in events.items()]
        if design.engine.guarded:
            m.d.sync += registers.events.restless.eq(core.restless)
        return m
