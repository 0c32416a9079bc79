"""What a board refuses, the integer model refuses too, with the same words; before anything is
sent."""

import numpy as np
import pytest

from cortigate.boards.device import Run
from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import BAUD
from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.training import initial_generators
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import Network, QFormat, preset
from cortigate.golden.spec.link import Register, Space

from ..emulator import Emulator

DESIGN = preset("tiny-pal")  # the rule with generators, and the one that streams
WEIGHTS = initial_weights(DESIGN, 1)
RAW = {name: DESIGN.weight.from_float(values) for name, values in WEIGHTS.items()}
STATES = initial_generators(DESIGN)
INPUTS, LABELS = np.zeros((4, 5), np.uint8), np.zeros(4, np.int64)
BEYOND = DESIGN.weight.to_float(DESIGN.weight.maximum + 1)


def weights(values, of=None):
    """Write the weights with one of W1 replaced."""
    changed = {name: one.copy() for name, one in (WEIGHTS if of is None else of).items()}
    changed["W1"][1, 2] = values
    return lambda device: device.write_weights(changed)


def generators(place, value, kind=np.int64):
    states = STATES.astype(kind)
    states[place] = value
    return lambda device: device.write_generators(states)


REFUSED = {
    "real weights": (weights(BEYOND), r"W1 must lie in -2\.0 \.\. 1\.9999"),
    "real weights below": (weights(-BEYOND - 0.001), "W1 must lie in"),
    "infinity": (weights(np.inf), "W1 must be finite"),
    "NaN": (weights(np.nan), "W1 must be finite"),
    "raw weights": (weights(2**15, RAW), "W1 must lie in"),
    "unsigned raw weights": (lambda device: device.write_weights(
        RAW | {"W1": np.full((4, 6), 2**63, np.uint64)}), "W1 must lie in"),
    "names": (lambda device: device.write_weights(WEIGHTS | {"W9": WEIGHTS["W1"]}), "W3, B1, B2"),
    "missing": (lambda device: device.write_weights({"W1": WEIGHTS["W1"]}), "weights must hold W1"),
    "no dictionary": (lambda device: device.write_weights([1]), "must be a dictionary of arrays"),
    "shapes": (lambda device: device.write_weights(WEIGHTS | {"W1": WEIGHTS["W2"]}), "have shape"),
    "kinds": (lambda device: device.write_weights(WEIGHTS | {"W1": WEIGHTS["W1"] > 0}), "numbers"),
    "a generator of 0": (generators(0, 0), "generators must lie in 1"),
    "a generator of 2**31": (generators(1, 2**31), "generators must lie in 1"),
    "a real generator": (generators(0, 1.5, float), "generators must be integers, not float64"),
    "fewer generators": (lambda device: device.write_generators(STATES[1:]), r"have shape \(3"),
    "inputs": (lambda device: device.write_samples(INPUTS + 0.5, LABELS), "inputs must be"),
    "labels": (lambda device: device.write_samples(INPUTS, LABELS + 2), "labels must lie in"),
    "places": (lambda device: device.write_samples(INPUTS, LABELS, 29), r"not 29 \.\. 32"),
    "a place before": (lambda device: device.write_samples(INPUTS, LABELS, -1), "first sample"),
    "half a place": (lambda device: device.write_samples(INPUTS, LABELS, 0.0), "be an integer"),
    "predict nothing": (lambda device: device.predict(0, 0), "number of samples must lie in 1"),
    "predict beyond": (lambda device: device.predict(30, 3), r"not 30 \.\. 32"),
    "predict before": (lambda device: device.predict(-1, 2), "first sample must lie in 0"),
    "predict a half": (lambda device: device.predict(0, 1.0), "must be an integer, not 1.0"),
    "a run": (lambda device: device.train(Run(33, None, 6, 7)), r"not 0 \.\. 32"),
    "a rate": (lambda device: device.train(Run(3, None, 5, 7)), "update_shift must lie in"),
    "a ring of 1": (lambda device: device.stream(size=1), "a ring must have 2"),
    "a ring beyond": (lambda device: device.stream(first=20, size=13), r"not 20 \.\. 32"),
    "a ring before": (lambda device: device.stream(first=-1), "a ring must have"),
    "a real ring": (lambda device: device.stream(size=4.0), "size must be an integer, not 4.0"),
    "a stream's rate": (lambda device: device.stream(update_shift=6.0), "an integer, not 6"),
}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(DESIGN) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def board(emulator):
    with Board.open(emulator.port, DESIGN, baud=BAUD, timeout=0.2, attempts=2) as board:
        yield board


@pytest.mark.parametrize("refused", REFUSED)
def test_both_refuse_the_same_in_the_same_words(emulator, board, refused):
    call, message = REFUSED[refused]
    model = IntegerDevice(DESIGN)
    model.write_weights(WEIGHTS)
    before, sent = model.read_weights(), len(emulator.executed)
    found = []
    for device in (board, model):
        with pytest.raises((TypeError, ValueError), match=message) as caught:
            call(device)
        found.append((type(caught.value), str(caught.value)))
    assert found[0] == found[1]
    assert len(emulator.executed) == sent
    assert all(np.array_equal(before[name], values)
               for name, values in model.read_weights().items())
    assert np.array_equal(model.read_generators(), STATES)


def test_half_a_step_beyond_the_format_still_rounds_to_its_end():
    model, half = IntegerDevice(DESIGN), DESIGN.weight.to_float(1) / 2
    weights(BEYOND - half)(model)
    assert model.read_weights()["W1"][1, 2] == DESIGN.weight.maximum
    weights(-BEYOND - half)(model)
    assert model.read_weights()["W1"][1, 2] == DESIGN.weight.minimum


def test_places_of_eight_bits_do_not_wrap(emulator, board):
    emulator.memory[Space.SAMPLES][:] = bytes(len(emulator.memory[Space.SAMPLES]))
    wide = preset("tiny-pal").replace(sample_capacity=300)
    model = IntegerDevice(wide)
    for device, first in ((board, np.uint8(28)), (model, np.uint8(254))):
        device.write_samples(INPUTS + 7, LABELS, first)
    words = bytes(emulator.memory[Space.SAMPLES])
    assert words.index(7) == 28 * 8 and words.count(7) == 4 * 5
    assert np.array_equal(model._inputs.any(axis=1).nonzero()[0], [254, 255, 256, 257])


@pytest.mark.parametrize("value", [2**32, -2**31 - 1, 1.5, True, "1"])
def test_a_register_is_an_integer_of_32_bits(emulator, board, value):
    board.counters()
    sent = len(emulator.executed)
    for call in (lambda: board.session.write(Register.FIRST, [0, value]),
                 lambda: board.start(value, train=True),
                 lambda: board.start(1, train=True, update_shift=value)):
        with pytest.raises((TypeError, ValueError), match="register [A-Z_]+ must "):
            call()
    for words in ([0.5], [2**32], [-2**31 - 1], [True]):
        with pytest.raises((TypeError, ValueError), match="words must "):
            board.write_words(Space.GENERATORS, 0, np.array(words))
    assert not any(operation != 1 for operation, *_ in emulator.executed[sent:])
    board.counters()  # and it is still this host's


def test_a_model_in_real_numbers_knows_no_format_but_every_name_and_shape():
    model = ReferenceDevice(DESIGN)
    weights(50.0)(model)
    assert model.read_weights()["W1"][1, 2] == 50.0
    model.write_weights(model.read_weights())
    for name in ("infinity", "NaN", "raw weights", "names", "missing", "shapes", "kinds",
                 "a generator of 0", "a real generator", "places", "predict beyond"):
        with pytest.raises((TypeError, ValueError), match=REFUSED[name][1]):
            REFUSED[name][0](model)
    assert model.read_weights()["W1"][1, 2] == 50.0


def test_a_random_start_is_inside_of_every_format():
    design = preset("tiny").replace(network=Network((2, 300, 2)))  # drawn from +- 1.22
    assert 1.2 < abs(initial_weights(design, 0)["W1"]).max() < 1.25
    narrow = design.replace(weight=QFormat(1, 14))
    IntegerDevice(narrow).write_weights(initial_weights(narrow, 0))
    assert abs(initial_weights(narrow, 0)["W1"]).max() == 1.0
