"""The cocotb side of `test_export.py`: bus and streams of an exported core, driven by cocotbext.

Runs inside the simulator, which the environment variable EXPORT_JOB tells the design, the bus and
the number of samples.
"""

import json
import os
import random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource
from export_masters import MASTERS, undefined

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.link import Control, Register, Space, reset_value
from cortigate.golden.spec.window import STREAMED, WindowMap
from cortigate.hdl.buses.results import CORRECT, DAMAGED, IN_FLIGHT
from cortigate.hdl.buses.shell import BUSES
from cortigate.hdl.buses.window import REGISTER_CYCLES, WORD_CYCLES
from cortigate.scripts.export.documents import EXTRA_CYCLES
from cortigate.scripts.export.trial import AccessKind, sample_words, trial, weight_places
from cortigate.sim.proof import examples

JOB = json.loads(os.environ["EXPORT_JOB"])
DESIGN, BUS = Design.from_dict(JOB["design"]), JOB["bus"]
WINDOW, NAMED = WindowMap(DESIGN), BUSES[BUS]
PERIOD = 10  # ns
QUIET = 400  # cycles, in which any of these cores would have learned a sample
LIMIT = {"timeout_time": 200, "timeout_unit": "us"}  # a few times what a test takes


class Bench:
    """A core that has just been reset."""

    def __init__(self, dut, seed):
        self.dut, self.clock = dut, getattr(dut, NAMED.clock)
        self.reset = getattr(dut, NAMED.reset)
        self._rng = random.Random(seed)
        low = {"reset": self.reset, "reset_active_level": not NAMED.reset_low,
               "byte_lanes": 1}
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), self.clock, **low)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), self.clock, **low)
        self.source.set_pause_generator(self.pauses(0.3))
        self.sink.set_pause_generator(self.pauses(0.6))
        self.bus = MASTERS[BUS](dut, self.pauses(0.3))

    @classmethod
    async def begin(cls, dut, seed):
        """A bench, after a reset in whose first cycles no input is driven."""
        clock, reset = getattr(dut, NAMED.clock), getattr(dut, NAMED.reset)
        reset.value = not NAMED.reset_low
        cocotb.start_soon(Clock(clock, PERIOD, unit="ns").start())
        # cocotbext sets inputs with `Immediate` as soon as there is a master. Before time 0 is over
        # Icarus 11 never again looks at a gate that has heard of it.
        await ClockCycles(clock, 2)
        bench = cls(dut, seed)
        if JOB["undefined"]:
            cocotb.start_soon(undefined(dut, BUS, clock))
        await bench.restart()
        return bench

    def pauses(self, share):
        """Yield 1 where there is a pause."""
        while True:
            yield int(self._rng.random() < share)

    async def restart(self, cycles=3):
        self.reset.value = not NAMED.reset_low
        await ClockCycles(self.clock, cycles)
        self.reset.value = NAMED.reset_low
        await ClockCycles(self.clock, 2)

    async def write(self, space, word, data):
        """Whether it was done."""
        found = await self.bus.write(WINDOW.byte(space, word), int(data) & 0xFFFFFFFF)
        return found is not None

    async def read(self, space, word):
        """The word, or None: it was refused."""
        return await self.bus.read(WINDOW.byte(space, word))

    async def set(self, register, value):
        assert await self.write(Space.REGISTERS, register, value), register

    async def weigh(self, model):
        """Write a model's weights."""
        for word, value in weight_places(DESIGN, model.weights):
            assert await self.write(Space.WEIGHTS, word, value)

    async def compare(self, model):
        """Weights are the model's."""
        for word, value in weight_places(DESIGN, model.weights):
            assert await self.read(Space.WEIGHTS, word) == value

    async def run(self, count, control=Control.TRAIN):
        await self.set(Register.COUNT, count)
        await self.set(Register.CONTROL, Control.START | control)

    async def end(self):
        """Wait until the run is over."""
        while await self.read(Space.REGISTERS, Register.STATUS) & 1:
            pass

    def send(self, words):
        """Put words into the stream, with tlast on the last one."""
        self.source.send_nowait(AxiStreamFrame(list(map(int, words))))

    def stream_on(self):
        """Let both streams go on without pauses."""
        for end in (self.source, self.sink):
            end.clear_pause_generator()
            end.pause = False

    async def result(self):
        """Words of the next result."""
        return list((await self.sink.recv()).tdata)


def model_of(seed=0):
    model = integer_model(DESIGN)
    model.set_weights(raw_weights(DESIGN, initial_weights(DESIGN, seed)))
    return model


@cocotb.test(**LIMIT)
async def learns_and_infers(dut):
    """The trial that is exported, with one tlast behind all samples of a run."""
    bench, made = await Bench.begin(dut, 1), trial(DESIGN, JOB["samples"])
    words = [word for word, _ in made.samples]
    half = len(words) // 2
    bench.send(words[:half])
    bench.send(words[half:])

    async def collect():
        found = []
        while len(found) < len(made.results):
            found += await bench.result()
        return found

    found = cocotb.start_soon(collect())
    for access in made.accesses:
        place = access.space, access.word
        if access.kind is AccessKind.WRITE:
            assert await bench.write(*place, access.data), access
        elif access.kind is AccessKind.READ:
            assert await bench.read(*place) == access.data, access
        else:
            while await bench.read(*place) != access.data:
                pass
    assert await found == [word for word, _ in made.results]


@cocotb.test(**LIMIT)
async def refuses_what_it_must(dut):
    """Nothing that is refused is done, not even in part."""
    bench, model = await Bench.begin(dut, 2), model_of()
    await bench.weigh(model)
    low, high = DESIGN.update_shifts
    registers = Space.REGISTERS
    wrong = [
        (registers, Register.SAMPLES, 1), (registers, Register.STATUS, 0),
        (registers, Register.FIRST, 0), (registers, Register.UPDATE_SHIFT, low - 1),
        (registers, Register.UPDATE_SHIFT, high + 1), (registers, Register.CONTROL, 1 << 16),
        (registers, Register.CONTROL, Control.START | Control.SHUFFLED),
        (registers, Register.CONTROL, Control.START | Control.STREAM),
        (registers, Register.CONTROL, Control.START | DESIGN.network.depth + 1 << 8),
        (Space.IDENTITY, 0, 0), (Space.SAMPLES, 0, 0), (7, 0, 0),
        (Space.WEIGHTS, 0, DESIGN.weight.maximum + 1),
        (Space.WEIGHTS, 0, DESIGN.weight.minimum - 1),
        (Space.WEIGHTS, WINDOW.words[Space.WEIGHTS], 0),
    ]
    for access in wrong:
        assert not await bench.write(*access), access
    for space, word in ((Space.SAMPLES, 0), (7, 0), (registers, Register.POSITION),
                        (Space.WEIGHTS, WINDOW.words[Space.WEIGHTS])):
        assert await bench.read(space, word) is None
    place = WINDOW.byte(registers, Register.COUNT)
    if BUS != "bare":
        assert await bench.bus.write(place, 0x1234, strobes=2) is None
    assert await bench.bus.read(place) == 0
    assert await bench.read(registers, Register.UPDATE_SHIFT) == low & 0xFFFFFFFF
    await bench.set(Register.UPDATE_SHIFT, high)
    assert await bench.read(registers, Register.UPDATE_SHIFT) == high & 0xFFFFFFFF
    await bench.compare(model)
    # While a run goes on.
    await bench.run(0, 0)
    assert await bench.read(registers, Register.STATUS) == 1
    for access in ((Space.WEIGHTS, 0, 0), (registers, Register.UPDATE_SHIFT, low),
                   (registers, Register.CONTROL, Control.START), (registers, Register.COUNT, 1)):
        assert not await bench.write(*access), access
    assert await bench.read(Space.WEIGHTS, 0) is None
    assert await bench.read(Space.IDENTITY, 0) == ord("C")
    await bench.set(Register.CONTROL, Control.STOP)
    await bench.end()
    await bench.compare(model)


@cocotb.test(**LIMIT)
async def accesses_without_a_pause(dut):
    """Each of many accesses that wait for one another is done once, and answered for itself."""
    bench, model = await Bench.begin(dut, 7), model_of()
    places = [(WINDOW.byte(Space.WEIGHTS, word), value)
              for word, value in weight_places(DESIGN, model.weights)]
    count, identity = WINDOW.byte(Space.REGISTERS, Register.COUNT), WINDOW.byte(Space.IDENTITY)
    wrong = WINDOW.byte(Space.WEIGHTS), DESIGN.weight.maximum + 1
    writes = [*places[::2], wrong, (count, 0), (identity, 0), *places[1::2], (count, 5)]
    expected = [None if access in (wrong, (identity, 0)) else access[1] for access in writes]
    assert await bench.bus.burst(writes) == expected
    reads = [(address, None) for address, _ in (*places, (count, 5))]
    assert await bench.bus.burst(reads) == [*(value for _, value in places), 5]
    # Reads beside writes.
    both = [one for place in places for one in (place, (identity, None))]
    assert await bench.bus.burst(both) == [one for _, value in places for one in (value, ord("C"))]
    await bench.compare(model)


@cocotb.test(**LIMIT)
async def accesses_may_be_given_up(dut):
    """The next access is answered for itself, whenever it comes; nothing is answered to nobody."""
    bench = await Bench.begin(dut, 9)
    for gap in range(WORD_CYCLES + 2):
        dut.wb_cyc_i.value = dut.wb_stb_i.value = dut.wb_we_i.value = 1
        dut.wb_sel_i.value, dut.wb_dat_i.value = 0xF, gap
        dut.wb_adr_i.value = WINDOW.word(Space.WEIGHTS)
        await ClockCycles(bench.clock, 2)
        dut.wb_cyc_i.value = dut.wb_stb_i.value = dut.wb_we_i.value = 0
        for _ in range(gap):
            await FallingEdge(bench.clock)
            assert dut.wb_ack_o.value == dut.wb_err_o.value == 0
        assert await bench.read(Space.IDENTITY, 0) == ord("C")
        assert await bench.read(Space.WEIGHTS, 0) == gap


@cocotb.test(**LIMIT)
async def damaged_samples_are_not_learned(dut):
    """A short sample is filled with zeros, inferred, marked and counted; the next one is whole."""
    bench, model = await Bench.begin(dut, 3), model_of()
    await bench.weigh(model)
    inputs, targets = examples(DESIGN, 3, seed=5)
    words = sample_words(DESIGN, inputs, targets)
    await bench.run(0)
    width = DESIGN.feed_width
    expected = []
    for number, (x, target) in enumerate(zip(inputs, targets, strict=True)):
        cut = 1 + number
        bench.send(words[number, :cut])
        short = np.where(np.arange(len(x)) < cut * width, x, 0)
        word = model.infer(short) if DESIGN.target.value == "class" else 0
        expected.append((word, 1))
        if DESIGN.target.value == "class":  # a label that is none
            bench.send([*words[number, :-1], DESIGN.network.sizes[-1]])
            expected.append((model.infer(x), 1))
        bench.send(words[number])
        prediction = model.learn(x, target).prediction
        expected.append((prediction if DESIGN.target.value == "class" else 0, 0))
    for prediction, damaged in expected:
        [word] = await bench.result()
        assert (word & 0xFF, word >> DAMAGED & 1) == (prediction, damaged)
    await bench.set(Register.CONTROL, Control.STOP)
    await bench.end()
    marked = sum(damaged for _, damaged in expected)
    assert await bench.read(Space.REGISTERS, Register.FRAMES_DROPPED) == marked
    assert await bench.read(Space.REGISTERS, Register.SAMPLES) == len(expected)
    await bench.compare(model)


@cocotb.test(**LIMIT)
async def nobody_takes_the_results(dut):
    """The core takes samples for as long as there is room for their results, then waits."""
    bench, model = await Bench.begin(dut, 4), model_of()
    await bench.weigh(model)
    bench.sink.clear_pause_generator()
    bench.sink.pause = True
    count = 2 * IN_FLIGHT
    inputs, targets = examples(DESIGN, count, seed=6)
    await bench.run(count)
    bench.send(sample_words(DESIGN, inputs, targets).ravel())
    predictions = [model.learn(x, target).prediction
                   for x, target in zip(inputs, targets, strict=True)]
    while await bench.read(Space.REGISTERS, Register.SAMPLES) != IN_FLIGHT:
        pass
    await ClockCycles(bench.clock, QUIET)
    assert await bench.read(Space.REGISTERS, Register.SAMPLES) == IN_FLIGHT
    assert dut.s_axis_tready.value == 0 and await bench.read(
        Space.REGISTERS, Register.STATUS) & 1
    bench.sink.pause = False
    for prediction, target in zip(predictions, targets, strict=True):
        [word] = await bench.result()
        if DESIGN.target.value == "class":
            assert (word & 0xFF, word >> CORRECT & 1) == (prediction, prediction == target)
    await bench.end()
    assert dut.running.value == 0
    await bench.compare(model)


@cocotb.test(**LIMIT)
async def reset_ends_everything(dut):
    """After a reset in the middle of a sample the core learns as if nothing had been."""
    bench, model = await Bench.begin(dut, 5), model_of()
    await bench.weigh(model)
    inputs, targets = examples(DESIGN, 2, seed=7)
    words = sample_words(DESIGN, inputs, targets)
    await bench.set(Register.UPDATE_SHIFT, DESIGN.update_shifts[1])
    await bench.run(0)
    bench.send([*words[0], *words[1][:2], *words[1]])
    bench.sink.clear_pause_generator()
    await bench.result()
    await bench.restart(1)
    assert dut.running.value == 0 and dut.m_axis_tvalid.value == 0
    assert dut.s_axis_tready.value == 0
    bench.source.clear()
    for register in STREAMED:
        assert await bench.read(Space.REGISTERS, register) == reset_value(DESIGN, register)
    model = model_of(1)
    await bench.weigh(model)
    await bench.run(2)
    bench.send(words.ravel())
    for x, target in zip(inputs, targets, strict=True):
        model.learn(x, target)
        await bench.result()
    await bench.end()
    await bench.compare(model)


@cocotb.test(**LIMIT)
async def accesses_take_as_long_as_they_say(dut):
    """From the cycle of the request to the one of the answer, without pauses."""
    bench = await Bench.begin(dut, 6)
    asks, answers = {
        "axi": (("s_axi_arvalid",), "s_axi_rvalid"), "wishbone": (("wb_cyc_i", "wb_stb_i"),
                                                                  "wb_ack_o"),
        "bare": (("bus_valid",), "bus_ready")}[BUS]
    for space, cycles in ((Space.REGISTERS, REGISTER_CYCLES), (Space.WEIGHTS, WORD_CYCLES)):
        access = cocotb.start_soon(bench.read(space, 0))
        times = [None, None]
        while times[1] is None:
            await FallingEdge(bench.clock)
            now = get_sim_time("ns")
            if times[0] is None and all(getattr(dut, name).value for name in asks):
                times[0] = now
            if times[0] is not None and getattr(dut, answers).value:
                times[1] = now
        await access
        assert (times[1] - times[0]) / PERIOD == cycles + EXTRA_CYCLES[BUS], space
