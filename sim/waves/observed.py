"""One sample in the engine itself: what its observed port shows in every cycle."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from amaranth.sim import Simulator
from numpy.typing import ArrayLike

from ...boards.device.samples import check_samples
from ...boards.host.packing import stream_words
from ...golden.spec import Design
from ...golden.spec.image import weight_image
from ...golden.spec.observation import observed_fields
from ...hdl.core import Core

__all__ = ["Observed", "observe"]

SETTLE = 12  # cycles after which what the host has written is in its memory
PATIENCE = 1_000_000  # cycles without an end after which the engine counts as stuck


@dataclass(frozen=True)
class Observed:
    """A sample from its start to its end.

    Parameters
    ----------
    design : Design
    fields : dict of int64 arrays (cycles, elements)
        The fields of golden.spec.observation by name.
    """

    design: Design
    fields: Mapping[str, np.ndarray]

    @property
    def cycles(self) -> int:
        """Clock cycles."""
        return len(self.fields["done"])


def observe(design: Design, weights: Mapping[str, np.ndarray], generators: ArrayLike,
            inputs: ArrayLike, target: object, train: bool = True) -> Observed:
    """Simulate the core with Amaranth's own simulator while it works on one sample.

    Parameters
    ----------
    design : Design
    weights : dict of int64 arrays
        Raw, as `IntegerModel.weights`.
    generators : int array
        Their states, as `IntegerModel.states`.
    inputs : int array (n_0,)
        Raw in design.sample.
    target : int or int array
        As `IntegerModel.learn` takes it.
    train : bool
        Learn from it, else only infer.

    Raises
    ------
    ValueError, TypeError
        Inputs or target do not fit the design.
    RuntimeError
        The engine does not come to an end.
    """
    x, targets, _ = check_samples(design, np.asarray(inputs)[None], np.asarray(target)[None])
    [sample] = stream_words(design, x, targets).tolist()
    core, seen = Core(design), []

    async def bench(ctx):
        ctx.set(core.update_shift, design.rule.update_shift)
        ctx.set(core.second_update_shift, design.rule.second_update_shift)
        await ctx.tick().repeat(SETTLE)
        await _load(ctx, core.host, weight_image(design, weights))
        if design.generators:
            await _load(ctx, core.generators, np.asarray(generators), pause=SETTLE)
        ctx.set(core.train, int(train))
        ctx.set(core.samples.valid, 1)
        for word in sample:
            ctx.set(core.samples.payload, word)
            await ctx.tick().until(core.samples.ready)
        ctx.set(core.samples.valid, 0)
        done = _bit(design, "done")
        while not seen or not seen[-1] >> done & 1:
            word = ctx.get(core.observed)
            if seen or word & 1:  # the first field is `start`
                seen.append(word)
            await ctx.tick()
            if len(seen) > PATIENCE:
                raise RuntimeError(f"the engine has not ended after {PATIENCE} cycles")
        while ctx.get(core.busy):  # the last words are still on their way
            seen.append(ctx.get(core.observed))
            await ctx.tick()
        while not seen[-1]:
            seen.pop()

    simulator = Simulator(core)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return Observed(design, dict(_decoded(design, seen)))


async def _load(ctx, port, words, pause=0):
    """Write words from address 0 on."""
    ctx.set(port.write, 1)
    for address, word in enumerate(map(int, words)):
        ctx.set(port.address, address)
        ctx.set(port.write_data, word)
        ctx.set(port.write, 1)
        await ctx.tick()
        if pause:  # some are written later than their address is taken
            ctx.set(port.write, 0)
            await ctx.tick().repeat(pause)
    ctx.set(port.write, 0)
    await ctx.tick().repeat(SETTLE)


def _bit(design, name):
    """Place of a field's lowest bit."""
    place = 0
    for field in observed_fields(design):
        if field.name == name:
            return place
        place += field.bits
    raise KeyError(name)


def _decoded(design, words):
    """Yield (name, numbers) of every field."""
    place = 0
    for field in observed_fields(design):
        mask, half = (1 << field.width) - 1, 1 << field.width - 1 if field.signed else 0
        yield field.name, np.array([
            [((word >> place + field.width * k & mask) ^ half) - half
             for k in range(field.elements)] for word in words], np.int64)
        place += field.bits
