"""The cocotb side of the lockstep: drive the engine, compare its observed port in every cycle.

Runs inside the simulator. It reads a job (JSON, named by the environment variable
CORTIGATE_LOCKSTEP_JOB) and writes what it found beside it. First come samples drawn at random, then
scenes, samples that are looked for (`steering`), between which weights, generators and learning
rates are written.
"""

import json
import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from ...golden.integer import integer_model
from ...golden.spec import Design, Target
from ...golden.spec.image import weight_image
from ...golden.spec.link import NO_TARGET
from ...golden.spec.sampler import draw_targets
from ...golden.timeline import Timeline
from .coverage import Coverage
from .divergence import first_divergence, words_of
from .steering import steer

__all__ = ["lockstep"]

RESET_CYCLES = 4
HOST_LATENCY = 8
GENERATOR_CYCLES = 4  # for which what is written into a generator stays
LATE = 5_000  # cycles between two samples, at most
PATIENCE = 100_000  # cycles without a start before the engine counts as stuck


class Stimulus:
    """Everything that the job's seed draws: weights, samples, targets, gaps between bytes."""

    def __init__(self, job, design):
        rng = np.random.default_rng(job["seed"])
        sizes, sample = design.network.sizes, design.sample
        self.weights = {
            name: rng.integers(design.weight.minimum, design.weight.maximum + 1,
                               shape) >> int(rng.integers(1, 5))
            for name, shape in integer_model(design).map.shapes.items()
        }
        self.plain = job["samples"]
        count = max(1, self.plain)
        x = rng.integers(sample.minimum, sample.maximum + 1, (count, sizes[0]))
        # From sparse to dense, and now and then a sample of nothing but zeros.
        density = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], count, p=[0.05, 0.25, 0.3, 0.25, 0.15])
        self.x = x * (rng.random(x.shape) < density[:, None])
        self.targets = list(draw_targets(design, self.x, rng))
        self.train = rng.random(count) < 0.85
        self.train[0] = True
        low, high = design.update_shifts
        self.update_shift = int(rng.integers(low, high + 1))
        # Another one than the neurons' wherever there is another.
        step = int(rng.integers(1, max(2, high - low + 1)))
        self.second_update_shift = low + (self.update_shift - low + step) % (high - low + 1)
        self.gap = rng.choice([0.0, 0.3], p=[0.7, 0.3])
        # Without a target, and late, so that the sample before stands.
        always_on = design.engine.always_on
        none = always_on & (rng.random(count - 1) < 0.25) & self.train[1:]
        for number in 1 + np.flatnonzero(none):
            self.targets[number] = None
        self.late = always_on & (rng.random(count) < 0.5)
        self.rng = rng
        self.shifts = self.update_shift, self.second_update_shift
        self.scenes = steer(design, job["scenes"], job["seed"])

    def __len__(self):
        return self.plain + len(self.scenes)

    def sample(self, number):
        """(inputs, target, is it learned, does it come late)."""
        if number >= self.plain:
            scene = self.scenes[number - self.plain]
            return scene.x, scene.target, scene.train, False
        return (self.x[number], self.targets[number], bool(self.train[number]),
                bool(self.late[number]))


class Golden:
    """The models' words on a stimulus, sample by sample, and the coverage so far.

    Without other samples before them scenes are the same in every run: they are asked once.
    """

    def __init__(self, design, stimulus):
        self.timeline, self.coverage = Timeline(design), Coverage(design)
        self.model, self._stimulus, self._answers = integer_model(design), stimulus, {}
        self.model.edges = self.coverage.meetings

    def begin(self):
        """The model before the first sample."""
        self.model.set_weights(self._stimulus.weights)

    def expect(self, number, stands):
        """(SampleTimeline of a sample, or of another turn of it, what it shows in each cycle)."""
        if number in self._answers:
            answer, self.model.weights = self._answers[number]
            return answer
        trace = self._trace(number, stands)
        _, target, train, _ = self._stimulus.sample(number)
        self.coverage.count(self.timeline, trace, train, target)
        expected = self.timeline.sample(trace, train)
        answer = expected, words_of(self.timeline, expected)
        if not self._stimulus.plain:
            self._answers[number] = answer, self.model.weights
        return answer

    def _trace(self, number, stands):
        stimulus, model = self._stimulus, self.model
        if number >= stimulus.plain:
            return stimulus.scenes[number - stimulus.plain].play(model)
        if stands:
            return model.stand(*stimulus.shifts)
        x, target, train, _ = stimulus.sample(number)
        if not train:
            return model.trace_inference(x)
        return model.learn(x, target, *stimulus.shifts)


async def _idle(dut, cycles):
    for _ in range(cycles):
        await RisingEdge(dut.clk)


async def _reset(dut):
    for name in ("train", "hold", "samples__valid", "samples__payload", "host__write",
                 "host__address", "host__write_data", "reset_generators", "generators__write",
                 "generators__address", "generators__write_data", "result_layer", "result_index",
                 "result_taken"):
        if hasattr(dut, name):
            getattr(dut, name).value = 0
    dut.rst.value = 1
    await _idle(dut, RESET_CYCLES)
    dut.rst.value = 0
    await _idle(dut, 1)


async def _write_weights(dut, model):
    mask = (1 << model.design.weight.width) - 1
    places = ((word << model.map.lane_address_bits | lane, model.weights[m.name][row, column])
              for m, word, lane, row, column in model.map.host_weights())
    if model.design.single_port:  # nothing is known of its unused lanes: all, as the driver does
        places = enumerate(weight_image(model.design, model.weights))
    for address, weight in places:
        dut.host__address.value = address
        dut.host__write_data.value = int(weight) & mask
        dut.host__write.value = 1
        await RisingEdge(dut.clk)
    dut.host__write.value = 0
    await _idle(dut, 8)


async def _write_generators(dut, model):
    for lane, state in enumerate(model.states):
        dut.generators__address.value = lane
        dut.generators__write_data.value = int(state)
        dut.generators__write.value = 1
        await RisingEdge(dut.clk)
        dut.generators__write.value = 0
        await _idle(dut, GENERATOR_CYCLES)
    await _idle(dut, 8)


async def _set(dut, model, scene):
    """Everything that a scene starts from, in the idle engine and in the model."""
    scene.set(model)
    dut.update_shift.value, dut.second_update_shift.value = scene.shifts
    await _write_weights(dut, model)
    if model.generator is not None:
        await _write_generators(dut, model)


async def _read_weights(dut, model):
    """Weights as the engine's memory holds them, by the host's port."""
    read = {name: np.zeros_like(w) for name, w in model.weights.items()}
    places = list(model.map.host_weights())
    for i in range(len(places) + HOST_LATENCY):
        if i < len(places):
            _, word, lane, _, _ = places[i]
            dut.host__address.value = word << model.map.lane_address_bits | lane
        # Sampled just before the edge that ends cycle i: the address of cycle i - HOST_LATENCY
        # was driven after the edge before it.
        await RisingEdge(dut.clk)
        if i >= HOST_LATENCY:
            m, _, _, row, column = places[i - HOST_LATENCY]
            value = dut.host__read_data.value
            # A value with x in it belongs to no weight: something the format cannot hold.
            read[m.name][row, column] = (
                value.to_signed() if value.is_resolvable else model.design.weight.maximum + 1)
    return read


@cocotb.test()
async def lockstep(dut):
    """Hold the engine to the integer model and its timeline."""
    path = Path(os.environ["CORTIGATE_LOCKSTEP_JOB"])
    job = json.loads(path.read_text())
    design = Design.from_dict(job["design"])
    Clock(dut.clk, 10, unit="ns").start()
    stimulus, results = Stimulus(job, design), []
    golden = Golden(design, stimulus)
    for fault in job["faults"]:
        if hasattr(dut, "fault"):
            dut.fault.value = fault
        results.append({"cycles": 0, "samples": 0, "sample_cycles": 0, "divergence": None})
        await _run(dut, stimulus, golden, design, results[-1])
    path.with_suffix(".result.json").write_text(json.dumps(
        {"results": results, "coverage": golden.coverage.to_dict()}))


async def _run(dut, stimulus, golden, design, result):
    golden.begin()
    model = golden.model
    dut.update_shift.value, dut.second_update_shift.value = stimulus.shifts
    await _reset(dut)
    await _write_weights(dut, model)

    feed = Feed(dut, stimulus, design)
    hold = design.engine.always_on and stimulus.plain > 0
    if hold:
        dut.hold.value = 1
    window, start, number, expected, stands = [], 0, 0, None, False
    observed, width = dut.observed, len(dut.observed)
    zero = "0" * width
    # What the sample before still shows: its last words are written while the next one begins.
    tail, before = [], []
    waited = 0
    while number < len(stimulus):
        if expected is None and number == feed.allowed and not tail:  # nothing is on its way
            await _set(dut, model, stimulus.scenes[number - stimulus.plain])
            feed.allowed += 1
        feed.advance()
        await RisingEdge(dut.clk)
        word = str(observed.value)
        if expected is None:
            still = tail.pop(0) if tail and word[-1] != "1" else zero
            if word[-1] != "1":  # no start: nothing may move
                result["cycles"] += 1
                waited += 1
                if stands:
                    result["divergence"] = (f"cycle {result['cycles'] - 1}: sample {number} must "
                                            "stay, since no other sample has come, but does not")
                    return
                if word != still or waited > PATIENCE:
                    result["divergence"] = (
                        f"cycle {result['cycles'] - 1}: the engine is idle, yet its observed port "
                        f"reads {word}, not {still}" if word != still else
                        "the engine never started")
                    return
                continue
            train = stimulus.sample(number)[2]
            if hold and number == stimulus.plain - 1:
                hold = dut.hold.value = 0
            expected, wanted = golden.expect(number, stands)
            window, waited, start = [], 0, result["cycles"]
            before, tail = tail, wanted[expected.cycles:]
        window.append(word)
        result["cycles"] += 1
        at = len(window) - 1
        if word != (_both(wanted[at], before[at]) if at < len(before) else wanted[at]):
            result["divergence"] = first_divergence(golden.timeline, expected, window, start,
                                                    number, before)
            return
        if len(window) == expected.cycles:
            result["samples"] += not stands
            result["sample_cycles"] += expected.cycles
            stands = bool(hold and train and feed.completed < number + 2)
            expected, number = None, number + (not stands)
    dut.samples__valid.value = 0
    await _idle(dut, 12)
    await _compare_weights(dut, model, result)


def _both(word, other):
    """What two samples show in the same cycle, of which no port belongs to both."""
    return f"{int(word, 2) | int(other, 2):0{len(word)}b}"


async def _compare_weights(dut, model, result):
    read = await _read_weights(dut, model)
    for name, want in model.weights.items():
        if not np.array_equal(read[name], want):
            row, column = np.argwhere(read[name] != want)[0]
            result["divergence"] = (f"after the last sample the weight memory holds "
                                    f"{name}[{row}, {column}] = {read[name][row, column]}, "
                                    f"not {want[row, column]}")
            return


class Feed:
    """Offers the samples transfer by transfer; advanced once before every rising edge.

    Attributes
    ----------
    completed : int
        Samples of which the last byte was taken before the cycle that is now going on.
    allowed : int
        Samples that may be offered.
    """

    def __init__(self, dut, stimulus, design):
        self._dut, self._design, self.completed = dut, design, 0
        self.allowed = stimulus.plain
        self._transfers = self._offer(stimulus)

    def advance(self):
        """Drive the next cycle's inputs, target value or label, if there are any."""
        next(self._transfers)

    def _payloads(self, x, target):
        """The inputs, the target values of a vector one by one, then the label."""
        design = self._design
        mask, width = (1 << design.feed_bits // design.feed_width) - 1, design.feed_width
        for at in range(0, len(x), width):
            yield sum((int(value) & mask) << 8 * k for k, value in enumerate(x[at:at + width]))
        if design.target is Target.VECTOR:  # without a target they may be anything
            values = np.arange(design.network.sizes[-1]) if target is None else target
            yield from (int(value) & mask for value in values)
        if target is None:
            yield NO_TARGET
        else:
            yield int(target) if design.target is Target.CLASS else 0

    def _offer(self, stimulus):
        dut, rng = self._dut, stimulus.rng
        for number in range(len(stimulus)):
            x, target, train, late = stimulus.sample(number)
            while number >= self.allowed:
                yield
            dut.train.value = int(train)
            for payload in self._payloads(x, target):
                while stimulus.gap and rng.random() < stimulus.gap:
                    dut.samples__valid.value = 0
                    yield
                dut.samples__valid.value = 1
                dut.samples__payload.value = payload
                yield
                # Values read after the edge are those from before it: was it taken?
                while not dut.samples__ready.value:
                    yield
            self.completed += 1
            dut.samples__valid.value = 0
            for _ in range(late * int(rng.integers(LATE))):
                yield
        dut.samples__valid.value = 0
        while True:
            yield
