"""The cost of a learning sample: cycles, multiply-accumulates, passes over the weights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cortigate.boards.host.driver import Board
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.integer.trace import Trace
from cortigate.golden.spec import Design
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.link import FRAME_BYTES, WRITE_BYTES, Space, word_bytes
from cortigate.golden.spec.memory_map import MemoryMap
from cortigate.golden.spec.plain import Plain
from cortigate.golden.timeline import Account, Timeline
from cortigate.sim.virtual_board import BAUD, VirtualBoard

__all__ = ["Cost", "cost", "left_alone", "link_rate", "predicted", "simulated"]

# Seconds for an answer: a frame is 10 000 cycles on the wire, and with 128 lanes on a busy computer
# the driver's own second is not enough for them.
PATIENCE = 60.0
BITS_PER_BYTE = 10  # on the wire: start bit, 8 data bits, stop bit


@dataclass(frozen=True)
class Cost(Plain):
    """Means over learning samples.

    Parameters
    ----------
    samples : int
    macs : float
        Useful multiply-accumulates if nothing were left out: rows x columns of every pass, biases
        not counted.
    passes : float
        `macs` for each forward weight: how often the rule goes over its weights.
    dense : float
        Cycles if no value were zero and no pass left out, from the timeline.
    events : float
        Cycles, from the timeline.
    limit : float
        Cycles in which the lanes could do the same work if they never waited: see
        `golden.timeline.Timeline.limit`.
    waits, dense_waits : dict of str to float
        Cycles without a request, by cause, of `events` and of `dense`: see
        `golden.timeline.Account`.
    measured : float or None
        Cycles that the hardware counted while it was simulated, feeding of the samples included;
        None if it was not.
    identical : bool or None
        Whether the hardware's weights then were the integer model's.
    left : float
        Share of the samples that the design's margin leaves alone.
    """

    samples: int
    macs: float
    passes: float
    dense: float
    events: float
    limit: float
    waits: Mapping[str, float]
    dense_waits: Mapping[str, float]
    measured: float | None = None
    identical: bool | None = None
    left: float = 0.0

    @property
    def cycles(self):
        """Cycles of a learning sample: the hardware's, else the timeline's."""
        return self.events if self.measured is None else self.measured

    def busy(self, lanes, dense=False):
        """Multiply-accumulates per multiplier and cycle: useful ones, or dense-equivalent ones."""
        return self.macs / lanes / (self.dense if dense else self.cycles)


def predicted(design: Design, weights, x, labels):
    """(Cost, weights afterwards) of samples learned one after the other by the integer model.

    Parameters
    ----------
    design : Design
    weights : dict
        To start from.
    x : int array (n, n_0)
        Raw in design.sample.
    labels : int array (n,)
        Or, where the target is no class, (n, n_L): see `golden.spec.targets.raw_target`.
    """
    model, timeline = integer_model(design), Timeline(design)
    model.set_weights(weights)
    products, accounts, denses, left = np.zeros(2), [], [], 0
    for one, label in zip(x, labels, strict=True):
        trace = model.learn(one, label if np.ndim(label) else int(label))
        products += timeline.multiplications(trace), timeline.limit(trace)
        accounts.append(timeline.account(trace))
        denses.append(timeline.account(trace, dense=True))
        left += design.margin is not None and left_alone(timeline, trace)
    macs, limit = (float(mean) for mean in products / len(x))
    return Cost(
        len(x), macs, macs / design.network.synapses,
        float(np.mean([a.cycles for a in denses])), float(np.mean([a.cycles for a in accounts])),
        limit, _waits(accounts), _waits(denses), left=left / len(x)), model.weights


def left_alone(timeline: Timeline, trace: Trace):
    """Did the margin end a traced sample before anything was learned of it?"""
    return any(timeline.program.steps[number].leading and done is not None and not done.again
               for number, done in timeline.course(trace))


def _waits(accounts):
    """Mean cycles of every cause that samples have."""
    means = {cause: float(np.mean([getattr(one, cause) for one in accounts]))
             for cause in Account.causes()}
    return {cause: mean for cause, mean in means.items() if mean}


def simulated(design: Design, weights, x, labels, log=lambda text: None):
    """(Cycles, weights afterwards) of the same samples on a virtual board: its own counter's mean.

    Samples that its memory does not hold all at once are learned in as many runs as it takes.

    Raises
    ------
    MissingTool, BuildError
        From `sim.simulator`.
    RuntimeError
        The board did not learn from all samples.
    """
    cycles, done, most = 0, 0, min(len(x), design.sample_capacity)
    virtual = VirtualBoard(design, announce=log)
    with virtual as port, Board.open(port, design, baud=BAUD, timeout=PATIENCE) as board:
        log(f"simulating {len(x)} learning samples of {design.network}, {design.lanes} lanes")
        board.write_weights(weights)
        for first in range(0, len(x), most):
            part = slice(first, first + most)
            board.write_samples(x[part], labels[part])
            board.start(len(x[part]), train=True)
            counters = board.wait()
            cycles, done = cycles + counters.cycles, done + counters.samples
        if done != len(x):
            raise RuntimeError(f"the virtual board learned from {done} of {len(x)} samples")
        return cycles / len(x), board.read_weights()


def cost(design: Design, x, labels, seed=0, *, weights=None, rtl=True, log=lambda text: None):
    """Cost of samples that a network learns from.

    Parameters
    ----------
    design : Design
    x : float array (n, n_0)
        In 0 .. 1.
    labels : int array (n,)
    seed : int
        Of random weights.
    weights : dict or None
        Raw ones in their place.
    rtl : bool
        Measure on the simulated hardware, too.
    log : callable
        Told what is going on.
    """
    raw = design.sample.from_float(x)
    if weights is None:
        weights = raw_weights(design, initial_weights(design, seed))
    log(f"integer model: {len(x)} learning samples of {design.network}")
    found, expected = predicted(design, weights, raw, labels)
    if not rtl:
        return found
    measured, learned = simulated(design, weights, raw, labels, log)
    identical = all(np.array_equal(learned[name], expected[name]) for name in expected)
    return replace(found, measured=measured, identical=identical)


def link_rate(design: Design, baud):
    """Samples per second that a serial line carries to the board, frames filled, nothing else sent.

    A sample takes its words of sample memory; a frame adds its head, CRC, code byte and delimiters.
    Of designs with 256 inputs or more it is the least: runs of zeros take a few bytes there.
    """
    payload = WRITE_BYTES // word_bytes(design, Space.SAMPLES) * word_bytes(design, Space.SAMPLES)
    frame = payload + FRAME_BYTES - WRITE_BYTES + 3
    size = MemoryMap(design).sample_words * word_bytes(design, Space.SAMPLES)
    return baud / BITS_PER_BYTE / (size * frame / payload)
