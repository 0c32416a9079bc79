"""The classifier on boards: it learns with the design that runs there."""

import numpy as np
import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from sklearn.base import clone

from cortigate.boards.board import board
from cortigate.boards.host.discovery import NoBoard
from cortigate.boards.host.identify import WrongBoard
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.record import remember
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import Operation
from cortigate.golden.spec.rules.ghost import design_for

from ..learning import LearningEmulator

DIGITS = load_digits_split(0)
X, Y = DIGITS.x_train[:60], DIGITS.y_train[:60]
BOARDS = [("tang-nano-9k", "ghost"), ("ulx3s-12f", "equilibrium"), ("ecpix5-85f", "inversion"),
          ("tang-nano-20k", "pal"), ("icebreaker", "microcircuit")]
DIGITS_BOARD = preset("digits")


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize("name, rule", BOARDS)
def test_it_learns_with_the_boards_own_design(name, rule):
    design = board(name).design(rule)[1]
    with LearningEmulator(design) as emulator:
        estimator = CortigateClassifier(epochs=2, device=emulator.port)
        given = estimator.get_params()
        estimator.fit(X, Y)
        predictions = estimator.predict(DIGITS.x_test[:20])
    assert estimator.design_ == design and estimator.get_params() == given
    assert clone(estimator).get_params() == given
    integer = CortigateClassifier(epochs=2, design=design).fit(X, Y)
    assert_same(estimator.weights_, integer.weights_)
    np.testing.assert_array_equal(estimator.generators_, integer.generators_)
    np.testing.assert_array_equal(predictions, integer.predict(DIGITS.x_test[:20]))
    assert estimator.online_accuracy_ == integer.online_accuracy_ and estimator.cycles_ > 0


def test_auto_is_the_only_board(monkeypatch):
    monkeypatch.setattr(list_ports, "comports", list)
    with pytest.raises(NoBoard, match="this machine has no USB serial port"):
        CortigateClassifier(device="auto").fit(X, Y)
    with LearningEmulator(DIGITS_BOARD) as emulator:
        info = ListPortInfo(emulator.port)
        info.vid = 0x0403
        monkeypatch.setattr(list_ports, "comports", lambda: [info])
        estimator = CortigateClassifier(epochs=1, device="auto")
        estimator.partial_fit(X, Y, classes=range(10)).partial_fit(X, Y)
        assert estimator.design_ == DIGITS_BOARD and estimator.device == "auto"
        assert len(estimator.predict(X)) == len(X)


@pytest.mark.parametrize("parameters, message", [
    ({"hidden_layer_sizes": (20,)}, "hidden_layer_sizes 20 contradicts the board on .* has 32 "),
    ({"hidden_layer_sizes": np.array([20, 5])}, "hidden_layer_sizes 20-5 contradicts"),
    ({"rule": "eqprop"}, "rule equilibrium contradicts the board on /dev/.*, which has ghost "),
    ({"rule": "hebb"}, "rule must be one of"),
    ({"mechanism": "A-copy"}, "mechanism A-copy contradicts the board on .* which has C1 "),
    ({"schedule": "relaxation"}, "schedule relaxation contradicts"),
    ({"hidden": "relu"}, "hidden relu contradicts the board on .* which has clip "),
    ({"learning_rate_shift": 6}, "learning_rate_shift 6 contradicts the board on .* has 4 "),
    ({"rule_parameters": {"nudging_shift": 3}}, "rule_parameters nudging_shift 3 contradicts"),
    ({"lanes": 16}, "lanes 16 contradicts the board on .* which has 8 "),
    ({"sample_capacity": 100}, "sample_capacity 100 contradicts the board on .* has 1797 "),
])
def test_what_contradicts_the_board_is_an_error_and_nothing_is_written(parameters, message):
    with LearningEmulator(DIGITS_BOARD) as emulator:
        estimator = CortigateClassifier(epochs=1, device=emulator.port, **parameters)
        with pytest.raises(ValueError, match=message):
            estimator.fit(X, Y)
        assert {operation for operation, *_ in emulator.executed} <= {Operation.READ}
    assert not hasattr(estimator, "weights_")


def test_a_design_that_is_named_must_be_the_boards():
    with LearningEmulator(DIGITS_BOARD) as emulator:
        message = "runs 64-32-10 with 8 lanes .*, not 64-64-32-10 with 16 lanes"
        with pytest.raises(WrongBoard, match=message):
            CortigateClassifier(epochs=1, device=emulator.port, design="digits-deep").fit(X, Y)
        assert {operation for operation, *_ in emulator.executed} == {Operation.READ}


def test_what_agrees_with_the_board_may_be_named():
    with LearningEmulator(DIGITS_BOARD) as emulator:
        estimator = CortigateClassifier(
            epochs=1, device=emulator.port, hidden_layer_sizes=[32], rule="ghost", mechanism="C1",
            schedule="sweep", hidden="clip", learning_rate_shift=4, lanes=8,
            rule_parameters={"nudging_shift": DIGITS_BOARD.rule.nudging_shift,
                             "feedback": "transpose"}).fit(X, Y)
    assert estimator.design_ == DIGITS_BOARD


def test_data_of_another_size_is_told_before_anything_is_written():
    with LearningEmulator(DIGITS_BOARD) as emulator:
        with pytest.raises(ValueError, match="takes 64 features and 10 classes, but the data ha"):
            CortigateClassifier(device=emulator.port).fit(X[:, :5], Y)


def test_an_unknown_design_is_opened_by_the_report_of_its_build(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path))
    own = design_for(Network((64, 9, 10)), lanes=4, generator_seed=3)
    with LearningEmulator(own) as emulator:
        with pytest.raises(NoBoard, match="64-9-10 .* give the report of its build, design='FOLD"):
            CortigateClassifier(epochs=1, device=emulator.port).fit(X, Y)
        remember(own, "mine", "build/mine")
        assert CortigateClassifier(epochs=1, device=emulator.port).fit(X, Y).design_ == own
        report = (tmp_path / "builds" / f"{own.digest}.json").rename(tmp_path / "report.json")
        estimator = CortigateClassifier(epochs=1, device=emulator.port, design=str(report))
        assert estimator.fit(X, Y).design_ == own
    with pytest.raises(ValueError, match="nowhere.json cannot be read"):
        CortigateClassifier(design="nowhere.json").fit(X, Y)
