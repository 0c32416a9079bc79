# amaranth: UnusedElaboratable=no
"""Exact drives alone: sums that grow by changes, rounded once, against NumPy."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.golden.integer import arithmetic
from cortigate.golden.spec import Network, QFormat, preset
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.hdl.neuron.drives import LATENCY, ExactDrives
from cortigate.hdl.neuron.equilibrium import EquilibriumPipeline
from cortigate.hdl.neuron.ghost.relaxation import RelaxationPipeline
from cortigate.hdl.neuron.inversion import InversionPipeline
from cortigate.hdl.schedule.table import StepTable

NARROW = {"state": QFormat(3, 8), "lanes": 2}
DESIGNS = {
    "equilibrium": (EquilibriumPipeline, EquilibriumRule.design((5, 4, 3, 2), **NARROW)),
    "equilibrium, quarter share": (EquilibriumPipeline, EquilibriumRule.design(
        (5, 4, 3, 2), **NARROW, rule=EquilibriumRule(share_shift=2, branch_rate_shift=None))),
    "inversion": (InversionPipeline, InversionRule.design((5, 4, 3, 2), **NARROW)),
    "copies": (RelaxationPipeline, preset("digits-relax").replace(
        network=Network((5, 4, 3, 2)), state=QFormat(3, 12))),
    "plastic ghosts": (RelaxationPipeline, design_for(
        Network((5, 4, 3, 2)), Mechanism.LEARN, Schedule.RELAXATION, **NARROW,
        rate=QFormat(2, 8))),
}


@pytest.mark.parametrize("case", DESIGNS)
def test_drives_equal_a_numpy_model_over_random_passes(case):
    """Random steps over random neurons; a neuron comes again no sooner than 4 cycles later."""
    kind, design = DESIGNS[case]
    table = StepTable(design)
    pipeline = kind(design, table)
    uses = [pipeline._use(s) if s.mode else None for s in table.steps]
    dut = ExactDrives(design, table, pipeline._use)
    rng = np.random.default_rng(7)
    neurons = table.maps.neurons
    exact = {name: np.zeros((2, neurons), np.int64) for name in ("lower", "upper")}
    numbers = [i for i, use in enumerate(uses) if use]
    # A state of 3 bits before the point holds 4 units: sums fit now and then.
    largest = 5 << design.drive_fraction
    stream, saturations = [], 0
    recent = []
    for _ in range(600):
        if rng.random() < 0.2:
            stream.append(None)
            recent.append(None)
            continue
        number = int(rng.choice(numbers))
        step, use = table.steps[number], uses[number]
        address = int(rng.choice([a for a in range(neurons) if a not in recent[-3:]]))
        recent.append(address)
        drive = int(rng.integers(-largest, largest)) * int(rng.random() < 0.8)
        bank = int(step.matrix.kind == "G")
        kept = {name: 0 if step.begins else int(exact[name][bank, address]) for name in exact}
        kept[use.into] += drive
        if use.keep:
            for name in exact:
                exact[name][bank, address] = kept[name]
        total = sum(kept[name] for name in use.of) << use.shift
        value, clipped = arithmetic.requantise(
            np.int64(total), design.drive_fraction, design.state)
        saturations += int(clipped)
        stream.append((number, address, drive, (int(value), int(clipped), int(drive != 0))))
    assert 20 < saturations < 500
    got = []

    async def bench(ctx):
        for cycle in range(len(stream) + LATENCY):
            at = stream[cycle] if cycle < len(stream) else None
            ctx.set(dut.valid, at is not None)
            if at is not None:
                ctx.set(dut.tag, at[0])
                ctx.set(dut.address, at[1])
                ctx.set(dut.drive.raw, at[2])
            if cycle >= LATENCY:
                got.append((ctx.get(dut.value.raw), ctx.get(dut.saturated), ctx.get(dut.stirred)))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    for cycle, at in enumerate(stream):
        if at is not None:
            assert got[cycle] == at[3], (cycle, table.steps[at[0]])
