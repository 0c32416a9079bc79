"""The classifier on the golden models; on the virtual board: tests/sim/virtual_board."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from cortigate.boards.device import Run
from cortigate.boards.host.driver import Board
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.opening import device_names, open_device
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import RoundingGenerator, epoch_mask, epoch_order, integer_model
from cortigate.golden.spec import MemoryMap, Network, QFormat, Rounding, preset
from cortigate.golden.spec.rules.ghost import Mechanism, design_for

from ..emulator import Emulator

DIGITS = load_digits_split(0)
X, Y = DIGITS.x_train[:300], DIGITS.y_train[:300]


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_an_epoch_is_the_integer_model_in_the_boards_order():
    design = preset("digits")
    model = integer_model(design)
    model.set_weights(initial_weights(design, 5))
    mask = epoch_mask(5, 0, MemoryMap(design).shuffle_bits)
    order = epoch_order(design, len(X), mask)
    assert sorted(order) == list(range(len(X)))
    for index in order:
        model.learn(design.sample.from_float(X[index]), Y[index])
    learned = CortigateClassifier(epochs=1, scale=None, random_state=5).fit(X, Y)
    assert same(learned.weights_, model.weights)


def test_learning_in_parts_to_tell_the_progress_is_learning_at_once():
    design, told = preset("digits"), []
    devices = IntegerDevice(design), IntegerDevice(design)
    for device in devices:
        device.write_weights(initial_weights(design, 1))
        device.write_samples(design.sample.from_float(X), Y)
    run = Run(len(X), 77, 4, 4, count=500)  # into the second round
    one, two = devices[0].train(run), devices[1].train(run, told.append)
    assert one == two == told[-1] and one.samples == 500 and one.correct > 200
    assert same(devices[0].read_weights(), devices[1].read_weights())
    assert (devices[0].predict(0, 300) == Y).mean() > 0.8


@pytest.mark.parametrize("device, least", [("integer", 0.95), ("reference", 0.95),
                                           ("backprop", 0.94)])
def test_every_model_learns_the_digits(device, least):
    estimator = CortigateClassifier(epochs=4, milestones=(3,), device=device)
    estimator.fit(DIGITS.x_train, DIGITS.y_train)
    assert estimator.score(DIGITS.x_test, DIGITS.y_test) > least
    assert len(estimator.online_accuracy_) == estimator.n_epochs_ == 4
    assert estimator.online_accuracy_[0] < estimator.online_accuracy_[-1]


@pytest.mark.parametrize("rule", ["equilibrium", "inversion", "pal", "microcircuit"])
@pytest.mark.parametrize("device", ["integer", "reference", "backprop"])
def test_every_rule_learns_the_digits_in_every_model(rule, device):
    # Errors that are spikes are all of one size: they want a rate that falls from the start.
    milestones = (1, 2) if rule == "microcircuit" else (2,)
    estimator = CortigateClassifier(rule=rule, epochs=3, milestones=milestones, device=device)
    estimator.fit(DIGITS.x_train, DIGITS.y_train)
    assert estimator.design_.rule.name == rule
    assert estimator.score(DIGITS.x_test, DIGITS.y_test) > 0.92


@pytest.mark.parametrize("rule, parameters", [
    ("equilibrium", {"tolerance_shift": 6, "branch_rate_shift": None}),
    ("inversion", {"steps": 8, "leak_shift": 0}), ("pal", {"steps": 3, "decay_shift": 10}),
    ("microcircuit", {"steps": 5, "magnitude_bits": 1, "concordant": False})])
def test_partial_fit_goes_on_by_every_rule(rule, parameters):
    whole = CortigateClassifier(hidden_layer_sizes=(9, 8), rule=rule, rule_parameters=parameters,
                                epochs=3, milestones=(1,)).fit(X, Y)
    for name, value in parameters.items():
        assert getattr(whole.design_.rule, name) == value
    parts = clone(whole).partial_fit(X, Y, classes=range(10)).partial_fit(X, Y).partial_fit(X, Y)
    assert same(whole.weights_, parts.weights_)
    assert np.array_equal(whole.generators_, parts.generators_)


@pytest.mark.parametrize("device", ["integer", "reference"])
def test_the_noise_goes_on_where_it_stopped(device):
    whole = CortigateClassifier(rule="pal", epochs=2, device=device).fit(X[:50], Y[:50])
    parts = clone(whole).partial_fit(X[:50], Y[:50], classes=range(10)).partial_fit(X[:50], Y[:50])
    assert same(whole.weights_, parts.weights_)
    assert whole.generators_[-1] == parts.generators_[-1] != 0
    # A bit for each of 32 hidden neurons in 4 steps of 100 samples, the same in every model.
    noise = RoundingGenerator.of(whole.design_)
    noise.noise(32 * 4 * 100)
    assert whole.generators_[-1] == noise.states[-1]


@pytest.mark.parametrize("mechanism", ["C1", "A-sameR"])
def test_partial_fit_goes_on_where_fit_stopped(mechanism):
    weight = QFormat(2, 10, rounding=Rounding.STOCHASTIC)
    design = design_for(Network((64, 9, 10)), Mechanism(mechanism), weight=weight, lanes=4)
    whole = CortigateClassifier(design=design, epochs=3, milestones=(1,)).fit(X, Y)
    parts = clone(whole)
    parts.partial_fit(X, Y, classes=range(10))
    parts = pickle.loads(pickle.dumps(parts))
    parts.partial_fit(X, Y).partial_fit(X, Y)
    assert same(whole.weights_, parts.weights_)
    assert np.array_equal(whole.generators_, parts.generators_)
    assert not np.array_equal(whole.generators_, IntegerDevice(design).read_generators())


def test_sets_larger_than_the_memory_pass_through_it():
    estimator = CortigateClassifier(epochs=3, sample_capacity=130).fit(X, Y)
    assert estimator.score(X, Y) > 0.9


def test_labels_of_any_kind():
    names = np.array([f"digit {y}" for y in Y])
    estimator = CortigateClassifier(epochs=2).fit(X, names)
    assert estimator.classes_.tolist() == [f"digit {y}" for y in range(10)]
    assert estimator.n_features_in_ == 64
    assert estimator.predict(X).dtype == names.dtype
    assert estimator.score(X, names) > 0.8
    two = CortigateClassifier(epochs=2).fit(X[Y < 2], Y[Y < 2] > 0)
    assert two.predict(X[Y < 2]).dtype == bool


def test_search_and_pipeline():
    pipeline = make_pipeline(MinMaxScaler(clip=True), CortigateClassifier(epochs=1))
    search = GridSearchCV(pipeline, {"cortigateclassifier__hidden_layer_sizes": [(8,), (32,)]},
                          cv=2).fit(16.0 * X - 3, Y)
    assert search.best_params_["cortigateclassifier__hidden_layer_sizes"] == (32,)


@pytest.mark.parametrize("parameters, message", [
    ({"mechanism": "B"}, "mechanism must be one of C1, A-copy, A-sameR, N, not 'B'"),
    ({"schedule": "jump"}, "schedule must be one of sweep, relaxation, not 'jump'"),
    ({"hidden": "tanh"}, "hidden must be one of clip, relu for the rule ghost, not 'tanh'"),
    ({"rule": "hebb"}, "rule must be one of ghost, .*, pal, microcircuit, not 'hebb'"),
    ({"rule": "inversion", "mechanism": "C1"}, "mechanism belongs to the rule ghost, not to inv"),
    ({"rule": "eqprop", "hidden": "relu"}, "hidden must be one of clip for the rule equilibrium"),
    ({"rule": "eqprop", "rule_parameters": {"leak_shift": 2}},
     "rule_parameters of equilibrium must be among output_rate_shift, .*, not 'leak_shift'"),
    ({"rule": "inversion", "rule_parameters": {"steps": 1}}, "steps must lie in 2 .. 255, not 1"),
    ({"rule": "eqprop", "rule_parameters": {"branch_rate_shift": 16}},
     "branch_rate_shift must lie in 4 .. 10 where learning_rate_shift is 4, not 16"),
    ({"hidden_layer_sizes": ()}, r"the number of hidden layers must lie in 1 \.\. 6, not 0"),
    ({"hidden_layer_sizes": (4,) * 7}, "number of hidden layers must lie in 1 .. 6, not 7"),
    ({"epochs": 0}, r"epochs must lie in 1 \.\. \d+, not 0"),
    ({"lanes": 0}, "lanes must lie in 1 .. 256"),
    ({"design": "tiny"}, "takes 5 features and 2 classes, but the data has 64 and 10"),
    ({"design": "huge"}, "design must be .* the name of a preset, one of tiny, digits"),
    ({"milestones": (0,) * 20}, "is to be halved 20 times, but rate Q2.8 leaves room for 5"),
    ({"device": "abacus"}, "device must be one of .*integer.*reference.*, or a serial port such"),
    ({"device": "/dev/ttyNOT0"}, "there is no such port"),
])
def test_parameters_are_checked_in_fit(parameters, message):
    estimator = clone(CortigateClassifier(**parameters))
    with pytest.raises((ValueError, RuntimeError), match=message):
        estimator.fit(X, Y)


@pytest.mark.parametrize("x, y, message", [
    (X * np.nan, Y, "contains NaN"),
    (X, Y[:-1], "inconsistent numbers of samples"),
    (X, np.zeros(300), "y must have at least 2 classes"),
    (X, X[:, 20], "Unknown label type"),
    (np.zeros((600, 64)), np.arange(600) % 300, "classes of y must lie in 2 .. 256, not 300"),
    (np.zeros((300, 1025)), Y, "features of X must lie in 1 .. 1024, not 1025"),
    (X, np.array([*"ab" * 149, "a", None], object), "all texts, none missing"),
])
def test_data_is_checked_in_fit(x, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        CortigateClassifier(epochs=1).fit(x, y)


@pytest.mark.parametrize("x", [X - 1, X * 2.1, -X])
def test_unscaled_data_must_lie_in_the_chips_range(x):
    message = r"Negative values in data, or values above 1\.99219: X must lie in 0 \.\. 1\.99219; "
    with pytest.raises(ValueError, match=message):
        CortigateClassifier(epochs=1, scale=None).fit(x, Y)
    fitted = CortigateClassifier(epochs=1, scale=None).fit(X, Y)
    with pytest.raises(ValueError, match=message):
        fitted.predict(x)


def test_the_order_of_calls_is_checked():
    with pytest.raises(NotFittedError):
        CortigateClassifier().predict(X)
    with pytest.raises(ValueError, match="classes must be given in the first call"):
        CortigateClassifier().partial_fit(X, Y)
    estimator = CortigateClassifier().partial_fit(X, Y, classes=range(10))
    with pytest.raises(ValueError, match="y must hold only .*, not 11"):
        estimator.partial_fit(X[:1], [11])
    with pytest.raises(ValueError, match="expecting 64 features"):
        estimator.predict(X[:, :5])


def test_devices_are_found_by_name():
    assert {"backprop", "integer", "reference", "virtual"} <= set(device_names())
    assert isinstance(open_device("integer", preset("tiny")), IntegerDevice)
    assert open_device(IntegerDevice, preset("tiny")).design == preset("tiny")


@pytest.mark.parametrize("run, message", [
    (Run(0, 0, 4, 4), "a set of samples must lie in 0 .. 31, not 0 .. -1"),
    (Run(30, 0, 4, 4, first=3), "a set of samples must lie in 0 .. 31, not 3 .. 32"),
    (Run(3, 32, 4, 4), "mask must lie in 0 .. 31, not 32"),
    (Run(3, 0, 3, 4), "update_shift must lie in 4 .. 10, not 3"),
    (Run(3, 0, 4, 11), "second_update_shift must lie in 4 .. 10, not 11"),
    (Run(3, 0, 4, 4, count=0), "count must be at least 1, not 0"),
])
def test_runs_are_checked(run, message):
    with pytest.raises(ValueError, match=message), open_device("integer", preset("tiny")) as tiny:
        tiny.train(run)


def test_what_is_no_run_is_refused_by_every_device():
    with Emulator(preset("tiny")) as emulator, Board.open(emulator.port, preset("tiny")) as board:
        for device in (board, *(kind(preset("tiny")) for kind in (IntegerDevice, ReferenceDevice))):
            with pytest.raises(TypeError, match="run must be a Run, not 7"):
                device.train(7)


def test_a_file_describes_the_design(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('network = "4-5-3"\nrule = "pal"\nengine.lanes = 2\n', encoding="utf-8")
    X, y = np.eye(4).repeat(3, axis=0)[:9], np.arange(9) // 3
    learner = CortigateClassifier(design=str(path), epochs=1).fit(X, y)
    assert (learner.design_.rule.name, learner.design_.lanes) == ("pal", 2)
    path.write_text('network = "4-5-3"\nrule = "pal"\nengine.lanes = 0\n', encoding="utf-8")
    with pytest.raises(ValueError, match="own.toml, line 3: lanes must lie in 1 .. 256, not 0"):
        learner.fit(X, y)
    with pytest.raises(TypeError, match="or the path of a TOML file or of a build's report.json"):
        CortigateClassifier(design=3).fit(X, y)
