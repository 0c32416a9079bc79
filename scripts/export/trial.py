"""A trial of an exported core: accesses of its bus, samples, and the results of the model.

Everything that is expected comes from the integer model.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cortigate.boards.device.samples import check_streamed
from cortigate.boards.host.packing import stream_words
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design, MemoryMap, Target
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.image import weight_image
from cortigate.golden.spec.link import RESTLESS_SHIFT, RESULT_SHIFT, Control, Register, Space
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.window import WindowMap
from cortigate.hdl.buses.results import CORRECT
from cortigate.sim.proof import examples

__all__ = ["Access", "AccessKind", "Trial", "places", "sample_words", "trial", "weight_places"]


class AccessKind(IntEnum):
    """An access of the bus: to do what."""

    WRITE = 0
    READ = 1  # must give the data
    WAIT = 2  # until a read gives the data


@dataclass(frozen=True)
class Access(Plain):
    """One access of the bus.

    Parameters
    ----------
    kind : AccessKind
    space : Space
    word : int
        In the space.
    data : int
        32 bits.
    """

    kind: AccessKind
    space: Space
    word: int
    data: int


@dataclass(frozen=True)
class Trial(Plain):
    """A run that learns and one that infers, with weights written before and read after.

    Parameters
    ----------
    design : Design
    accesses : list of Access
        In their order; samples may come whenever the core takes them.
    samples : list of (int, bool)
        Transfers of the stream of samples: word, is it a sample's last.
    results : list of (int, bool)
        Of the stream of results.
    count : int
        Samples that are learned, and as many others that are inferred.
    """

    design: Design
    accesses: list[Access]
    samples: list[tuple[int, bool]]
    results: list[tuple[int, bool]]
    count: int


def sample_words(design: Design, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Samples as words of the stream.

    Parameters
    ----------
    inputs : int array (n, n_0)
        Raw in design.sample.
    targets : int array (n,) or (n, n_L)
        As `IntegerModel.learn_all` takes them.

    Returns
    -------
    uint16 array (n, transfers of a sample)
    """
    return stream_words(design, *check_streamed(design, inputs, targets))


def trial(design: Design, count: int, seed: int = 0) -> Trial:
    """Learn `count` random samples, then infer as many others, with a layer's rates if it can.

    Saturations of states are not compared: the model counts those of passes that the hardware
    leaves out, since nothing has changed.
    """
    model = integer_model(design)
    model.set_weights(raw_weights(design, initial_weights(design, seed)))
    accesses = [Access(AccessKind.WRITE, Space.WEIGHTS, word, value)
                for word, value in _image(design, model.weights)]
    accesses.append(_register(AccessKind.WRITE, Register.COUNT, count))
    learned, targets = examples(design, count, seed)
    results, right = [], 0
    for x, target in zip(learned, targets, strict=True):
        word = _result(design, model.learn(x, target).prediction, target)
        right += word >> CORRECT
        results.append((word, True))
    restless = model.restless
    found = {Register.STATUS: restless << RESTLESS_SHIFT, Register.SAMPLES: count,
             Register.CORRECT: right, Register.WEIGHT_SATURATIONS: model.weight_saturations,
             Register.FRAMES_DROPPED: 0}
    accesses += _run(Control.TRAIN, found)
    accesses += [Access(AccessKind.READ, Space.WEIGHTS, word, value)
                 for word, value in weight_places(design, model.weights)]
    accesses += [Access(AccessKind.READ, Space.GENERATORS, place, int(state))
                 for place, state in enumerate(model.states)]
    # As many others are inferred.
    others, wanted = examples(design, count, seed + 1)
    layer, right = design.network.depth if design.results else 0, 0
    for x, target in zip(others, wanted, strict=True):
        rates = copy.deepcopy(model).outputs(x[None])[0] if layer else []
        word = _result(design, model.infer(x), target)
        right += word >> CORRECT
        words = [word, *(int(rate) & 0xFFFF for rate in rates)]
        results += [(one, place == len(words) - 1) for place, one in enumerate(words)]
    found = {Register.STATUS: model.restless - restless << RESTLESS_SHIFT,
             Register.SAMPLES: count, Register.CORRECT: right}
    accesses += _run(layer << RESULT_SHIFT, found)
    words = np.concatenate([sample_words(design, learned, targets),
                            sample_words(design, others, wanted)])
    samples = [(int(one), place == len(row) - 1) for row in words
               for place, one in enumerate(row)]
    return Trial(design, accesses, samples, results, count)


def _image(design, weights) -> Iterable[tuple[int, int]]:
    """(Word, 32 bits) of every word of the weights' space that a lane has."""
    bits = MemoryMap(design).lane_address_bits
    for word, value in enumerate(weight_image(design, weights)):
        if word & (1 << bits) - 1 < design.lanes:
            yield word, int(value) & 0xFFFFFFFF


def weight_places(design: Design, weights: Mapping[str, np.ndarray]) -> Iterable[tuple[int, int]]:
    """(Word in the weights' space, 32 bits) of every weight of a dict of raw matrices."""
    maps = MemoryMap(design)
    for matrix, word, lane, row, column in maps.host_weights():
        yield (word << maps.lane_address_bits | lane,
               int(weights[matrix.name][row, column]) & 0xFFFFFFFF)


def _register(kind, register, value):
    return Access(kind, Space.REGISTERS, register, value)


def _run(control, found):
    """Start a run, wait for its end, compare registers."""
    return [_register(AccessKind.WRITE, Register.CONTROL, Control.START | control),
            _register(AccessKind.WAIT, Register.STATUS, found[Register.STATUS]),
            *(_register(AccessKind.READ, register, value) for register, value in found.items()
              if register is not Register.STATUS)]


def _result(design, prediction, target):
    """First word of a result."""
    if design.target is not Target.CLASS:
        return 0
    return int(prediction) | int(prediction == target) << CORRECT


def places(made: Trial) -> list[tuple[Access, int]]:
    """Every access with its byte address."""
    window = WindowMap(made.design)
    return [(access, window.byte(access.space, access.word)) for access in made.accesses]
