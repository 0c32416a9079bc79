"""Estimators that are saved, carried away and gone on with."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import RULES, preset
from cortigate.sim.fuzz.checkpoints import resealed

RANDOM = np.random.default_rng(3)
pytestmark = pytest.mark.filterwarnings("ignore:the learning rate does not fall at")  # resumed
X = RANDOM.integers(0, 129, (20, 5)) / 128
Y = (X[:, 0] > X[:, 1]).astype(int)
# Of a file with another content under a right checksum.
CHANGES = {"command": "demo", "estimator": {"parameters": {"future": 1}, "fitted": {}},
           "scaler": {"parameters": {}, "fitted": {"__class__": 3}}}


def estimator(rule="ghost", **parameters):
    """A small one."""
    design = preset("tiny" if rule == "ghost" else f"tiny-{rule}")
    return CortigateClassifier(**{"design": design, "epochs": 3, "milestones": (1, 2)} | parameters)


def same(one, other):
    """Whether two have learned the same, bit for bit."""
    return (one.n_epochs_ == other.n_epochs_ and one.seed_ == other.seed_
            and one.online_accuracy_ == other.online_accuracy_
            and one.cycles_ == other.cycles_ and one.design_ == other.design_
            and np.array_equal(one.generators_, other.generators_)
            and one.weights_.keys() == other.weights_.keys()
            and all(a.dtype == other.weights_[name].dtype and np.array_equal(
                a, other.weights_[name]) for name, a in one.weights_.items()))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("device", ["integer", "reference"])
def test_everything_fitted_comes_back(tmp_path, rule, device):
    fitted = estimator(rule, device=device).fit(X, Y)
    fitted.save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    assert same(loaded, fitted)
    assert loaded.get_params() == fitted.get_params()
    assert vars(loaded).keys() == vars(fitted).keys()
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    assert same(loaded.partial_fit(X, Y), fitted.partial_fit(X, Y))


@pytest.mark.parametrize("labels", [
    np.array(["no", "yes"]), np.array(["no", "yes"], object), np.array([False, True]),
    np.array([-7, 2**40]), np.array([-1.0, 2.0]), np.array([3, 9], np.uint8)])
def test_classes_of_any_kind(tmp_path, labels):
    fitted = estimator(epochs=1).fit(X, labels[Y])
    fitted.save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    assert loaded.classes_.dtype == labels.dtype
    np.testing.assert_array_equal(loaded.classes_, labels)
    assert loaded.predict(X).tolist() == fitted.predict(X).tolist()


def test_classes_that_cannot_be_saved_are_refused_at_once(tmp_path):
    fitted = estimator(epochs=1).fit(X, Y)
    fitted.classes_ = np.array([(0,), None], object)
    with pytest.raises(TypeError, match="classes_ must hold numbers or texts"):
        fitted.save(tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_scaling_is_carried_along(tmp_path):
    raw = X * 37 - 5
    scaler = MinMaxScaler(clip=True).fit(raw)
    fitted = make_pipeline(scaler, estimator()).fit(raw, Y)
    fitted[-1].save(tmp_path / "file", scaler=fitted[0])
    loaded = CortigateClassifier.load(tmp_path / "file", device=IntegerDevice)
    assert isinstance(loaded, Pipeline) and loaded[-1].device is IntegerDevice
    more = np.vstack([raw, raw * 2])
    np.testing.assert_array_equal(loaded[0].transform(more), fitted[0].transform(more))
    np.testing.assert_array_equal(loaded.predict(more), fitted.predict(more))
    with pytest.raises(TypeError, match="scaler must be a MinMaxScaler, not StandardScaler"):
        fitted[-1].save(tmp_path / "file", scaler=StandardScaler())
    with pytest.raises(NotFittedError):
        fitted[-1].save(tmp_path / "file", scaler=MinMaxScaler())
    with pytest.raises(ValueError, match=f"scaler must have {X.shape[1]} features.*, not 2"):
        fitted[-1].save(tmp_path / "file", scaler=MinMaxScaler().fit(raw[:, :2]))


@pytest.mark.parametrize("source", [np.random.RandomState(4), np.random.default_rng(4)])
def test_parameters_of_every_kind(tmp_path, source):
    given = {"hidden_layer_sizes": (4, 3), "rule": "eqprop", "rule_parameters": {"steps": 4},
             "milestones": (0,), "epochs": np.int64(1), "lanes": 2, "sample_capacity": 20,
             "checkpoint": tmp_path / "own", "random_state": source}
    fitted = CortigateClassifier(**given).fit(X, Y)
    loaded = CortigateClassifier.load(tmp_path / "own")
    assert same(loaded, fitted) and loaded.seed_ == fitted.seed_
    for name, value in given.items():
        expected = {"checkpoint": str(value), "random_state": None}.get(name, value)
        assert getattr(loaded, name) == expected


def test_a_copy_that_is_carried_away_is_kept_where_it_was_loaded(tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    monkeypatch.chdir(old)
    estimator(epochs=1, checkpoint="file").fit(X, Y)
    copied = Path(shutil.copy("file", new))
    before = Path("file").read_bytes()
    monkeypatch.chdir(new)
    loaded = CortigateClassifier.load("file").set_params(epochs=3)
    assert loaded.checkpoint == str(copied)
    monkeypatch.chdir(old)  # nor does it follow the folder that one works in
    loaded.partial_fit(X, Y)
    assert same(CortigateClassifier.load(copied), loaded) and loaded.n_epochs_ == 2
    loaded.resume(X, Y)
    assert same(CortigateClassifier.load(copied), loaded) and loaded.n_epochs_ == 3
    assert (old / "file").read_bytes() == before


def test_an_estimator_that_kept_no_checkpoints_keeps_none(tmp_path):
    estimator(epochs=1).fit(X, Y).save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    before = (tmp_path / "file").read_bytes()
    loaded.partial_fit(X, Y)
    assert loaded.checkpoint is None and (tmp_path / "file").read_bytes() == before


class Killed(IntegerDevice):
    """A device that dies when it is asked to learn so many times."""

    left = 0

    def train(self, run, progress=None):
        """Learn, or die."""
        Killed.left -= 1
        if Killed.left < 0:
            raise KeyboardInterrupt
        return super().train(run, progress)


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("capacity", [20, 8])
def test_a_fit_that_was_interrupted_goes_on(tmp_path, after, capacity):
    design = preset("tiny-pal").replace(sample_capacity=capacity)
    parts = -(-20 // capacity)
    whole = estimator(design=design).fit(X, Y)
    path = tmp_path / "file"
    Killed.left = after * parts + parts // 2
    with pytest.raises(KeyboardInterrupt):
        estimator(design=design, device=Killed, checkpoint=path).fit(X, Y)
    loaded = CortigateClassifier.load(path, device="integer")
    assert loaded.n_epochs_ == after
    with pytest.raises(ValueError, match="resume needs the same data as before"):
        loaded.resume(X[::-1], Y[::-1])
    assert same(loaded.resume(X, Y), whole)
    assert same(CortigateClassifier.load(path), whole)
    assert same(loaded.resume(X, Y), whole)


@pytest.mark.parametrize("epochs", [np.uint8(1), np.int64(1), 1])
def test_a_fit_that_has_learned_more_has_nothing_to_go_on_with(epochs):
    found = estimator(epochs=epochs).fit(X, Y).partial_fit(X, Y)
    assert found.resume(X, Y).n_epochs_ == 2


@pytest.mark.parametrize("epochs", [2.0, "2", True])
def test_epochs_of_other_types_are_refused_to_go_on_with(epochs):
    found = estimator(epochs=1).fit(X, Y).set_params(epochs=epochs)
    with pytest.raises(TypeError, match=f"epochs must be an integer, not {epochs!r}"):
        found.resume(X, Y)


@pytest.mark.parametrize("first, second", [("integer", "reference"), ("reference", "integer")])
def test_a_fit_does_not_go_on_in_other_numbers(first, second):
    found = estimator(device=first, epochs=1).fit(X, Y).set_params(epochs=3, device=second)
    with pytest.raises(ValueError, match="learned in .*, but this device computes in .*"):
        found.resume(X, Y)
    assert found.n_epochs_ == 1


@pytest.mark.parametrize("rule", RULES)
def test_generators_outlast_a_device_that_has_none(rule):
    found = estimator(rule, epochs=1).fit(X, Y)
    if rule == "microcircuit":
        expected = found.generators_
        found.set_params(device="reference").partial_fit(X, Y)
        np.testing.assert_array_equal(found.generators_, expected)
    found = estimator(rule, epochs=1, device="reference").fit(X, Y)
    assert found.set_params(device="integer").partial_fit(X, Y).n_epochs_ == 2


@pytest.mark.parametrize("name", ["nowhere/file", "", "."])
def test_a_checkpoint_that_cannot_be_saved_is_refused_before_learning(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    new = estimator(checkpoint=name)
    with pytest.raises(OSError, match="the checkpoint could not be saved"):
        new.fit(X, Y)
    assert not hasattr(new, "weights_")


def test_sizes_of_a_range_are_saved(tmp_path):
    path = tmp_path / "file"
    new = CortigateClassifier(hidden_layer_sizes=range(4, 6), epochs=1, lanes=2, checkpoint=path)
    new.fit(X, Y)
    assert same(CortigateClassifier.load(path), new)


def test_what_was_not_fitted_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        estimator().save(tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_a_device_must_be_named(tmp_path):
    estimator(device=IntegerDevice, epochs=1).fit(X, Y).save(tmp_path / "file")
    with pytest.raises(ValueError, match=f"{re.escape(str(tmp_path))}.* names no device: name one"):
        CortigateClassifier.load(tmp_path / "file")


@pytest.mark.parametrize("name", [*CHANGES, "classes"])
def test_other_files_are_one_error(tmp_path, name):
    path = tmp_path / "file"
    fitted = estimator(epochs=1).fit(X, Y)
    if name == "classes":
        fitted.classes_ = np.arange(3)
    fitted.save(path)
    found = Checkpoint.load(path)
    position = found.position | ({name: CHANGES[name]} if name in CHANGES else {})
    Checkpoint(found.design, found.weights, found.generators, position).save(path)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        CortigateClassifier.load(path)
    path.write_bytes(resealed(path.read_bytes(), lambda head, body: head.pop("W1")))
    with pytest.raises(ValueError, match=f"{re.escape(str(path))} is damaged"):
        CortigateClassifier.load(path)
