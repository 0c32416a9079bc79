"""What a call leaves of an estimator: all of it, or what finished epochs have learned."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from cortigate.boards.learn.estimators import (
    CortigateAutoencoder,
    CortigateClassifier,
    CortigateRegressor,
)
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import RULES, preset

RNG = np.random.default_rng(0)
X = RNG.random((60, 6))
Y = (X[:, :3].argmax(axis=1) + X[:, 3].round()).astype(int)  # 0 .. 3
SMALL = {"hidden_layer_sizes": (5,), "lanes": 2, "sample_capacity": 60}


def state(estimator):
    """Everything that it holds, to be compared."""
    return pickle.dumps(vars(estimator))


def cut(after, error=KeyboardInterrupt, where="train"):
    """A device whose `where` fails at the call after so many."""
    class Cut(IntegerDevice):
        calls = 0

        def _called(self, name, *arguments):
            if name == where:
                Cut.calls += 1
                if Cut.calls > after:
                    raise error
            return getattr(IntegerDevice, name)(self, *arguments)

        def train(self, run, progress=None):
            return self._called("train", run, progress)

        def read_weights(self):
            return self._called("read_weights")

        def read_generators(self):
            return self._called("read_generators")

    return Cut


REFUSED = {
    "beyond the range": ((3 * X, Y), {"scale": None}),
    "negative": ((X - 1, Y), {"scale": None}),
    "another scaling": ((X, Y), {"scale": "standard"}),
    "NaN": ((X * np.nan, Y), {}),
    "no samples": ((X[:0], Y[:0]), {}),
    "other lengths": ((X, Y[1:]), {}),
    "one class": ((X, 0 * Y), {}),
    "real labels": ((X, X[:, 0]), {}),
    "more neurons than a layer may have": ((X[:, :2], Y), {"hidden_layer_sizes": 2000}),
    "no epochs": ((X, Y), {"epochs": 0}),
    "a rate out of reach in the last epoch": ((X, Y), {"milestones": [1] * 20, "epochs": 2}),
    "no such device": ((X, Y), {"device": "abacus"}),
    "no such port": ((X, Y), {"device": "/dev/ttyNOT0"}),
    "a device that fails": ((X, Y), {"device": cut(0, OSError)}),
    "an interrupt in the first epoch": ((X, Y), {"device": cut(0)}),
    "an interrupt while reading": ((X, Y), {"device": cut(0, where="read_weights")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_call_changes_nothing(name):
    data, changes = REFUSED[name]
    expected = (Exception, KeyboardInterrupt)
    fitted = CortigateClassifier(**SMALL, epochs=2).fit(X, Y)
    weights, changed = fitted.weights_, clone(fitted)
    fitted.set_params(**changes)
    changed.set_params(**changes)
    before, after_two = pickle.dumps(weights), fitted.n_epochs_
    held = vars(fitted).copy()
    with pytest.raises(expected):
        fitted.fit(*data)
    assert vars(fitted).keys() == held.keys()
    assert all(vars(fitted)[key] is held[key] for key in held)
    assert pickle.dumps(fitted.weights_) == before and fitted.n_epochs_ == after_two == 2
    with pytest.raises(expected):
        changed.fit(*data)
    fresh = clone(changed)
    for estimator in (changed, fresh):
        assert vars(estimator).keys() == vars(fresh).keys()  # parameters alone
        with pytest.raises(NotFittedError):
            estimator.predict(X)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_fit_draws_nothing(name):
    """Neither does a first `partial_fit`: what learns next has the seed of a first call."""
    data, changes = REFUSED[name]
    source = np.random.RandomState(4)
    refused = CortigateClassifier(**SMALL | {"epochs": 2} | changes, random_state=source)
    with pytest.raises((Exception, KeyboardInterrupt)):
        refused.fit(*data)
    if name not in ("one class", "no epochs", "a rate out of reach in the last epoch"):
        with pytest.raises((Exception, KeyboardInterrupt)):
            refused.partial_fit(*data, classes=range(4))
    seeds = [CortigateClassifier(**SMALL, epochs=1, random_state=source).fit(X, Y).seed_
             for _ in range(2)]
    expected = np.random.RandomState(4)
    assert seeds == [expected.randint(2**31) for _ in range(2)]


def test_a_fit_draws_one_number_however_it_goes_on():
    source, expected = np.random.RandomState(4), np.random.RandomState(4)
    broken = CortigateClassifier(**SMALL, epochs=5, device=cut(2), random_state=source)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, Y)
    broken.set_params(device="integer").partial_fit(X, Y).resume(X, Y)
    assert broken.seed_ == expected.randint(2**31) and broken.n_epochs_ == 5
    assert source.randint(2**31) == expected.randint(2**31)


@pytest.mark.parametrize("kind", [CortigateClassifier, CortigateRegressor, CortigateAutoencoder])
def test_a_generator_is_a_source_of_seeds_like_any_other(kind):
    small, given = SMALL | {"epochs": 1}, {} if kind is CortigateAutoencoder else {"y": Y}
    source, again, expected = (np.random.default_rng(1) for _ in range(3))
    first, second = (kind(**small, random_state=source).fit(X, **given) for _ in range(2))
    assert [first.seed_, second.seed_] == [int(expected.integers(2**31)) for _ in range(2)]
    copied = clone(kind(**small, random_state=again)).fit(X, **given)
    assert copied.seed_ == first.seed_ and int(again.integers(2**31)) == first.seed_
    for name, values in first.weights_.items():
        np.testing.assert_array_equal(copied.weights_[name], values)
        assert name.startswith("B") or (second.weights_[name] != values).any()


def test_a_milestone_that_no_epoch_reaches_is_told_but_to_partial_fit():
    whole = CortigateClassifier(**SMALL, epochs=2, milestones=1).fit(X, Y)
    late = clone(whole).set_params(milestones=(1, 2, 9))
    told = ("the learning rate does not fall at the milestones 2, 9, since learning ends with "
            "epoch 1, counted from 0: take lower ones, or learn for more epochs")
    with pytest.warns(UserWarning, match=f"^{told}$") as warned:
        late.fit(X, Y)
    assert warned[0].filename == __file__
    parts = clone(late).partial_fit(X, Y, classes=range(4)).partial_fit(X, Y)
    for name, values in whole.weights_.items():
        np.testing.assert_array_equal(late.weights_[name], values)
        np.testing.assert_array_equal(parts.weights_[name], values)
    assert late.set_params(epochs=10).resume(X, Y).n_epochs_ == 10


@pytest.mark.parametrize("where", ["train", "read_weights", "read_generators"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
def test_a_broken_fit_keeps_what_finished_epochs_learned(where, error):
    # One call of each for every epoch; the generators are read once more before them.
    device = cut(3 + (where == "read_generators"), error, where)
    broken = CortigateClassifier(**SMALL, epochs=10, milestones=2, device=device)
    with pytest.raises(error):
        broken.fit(X, Y)
    whole = CortigateClassifier(**SMALL, epochs=3, milestones=2).fit(X, Y)
    assert broken.n_epochs_ == 3 and broken.online_accuracy_ == whole.online_accuracy_
    for name in whole.weights_:
        np.testing.assert_array_equal(broken.weights_[name], whole.weights_[name])
    device.calls = -100
    broken.partial_fit(X, Y)
    whole.partial_fit(X, Y)
    assert broken.n_epochs_ == len(broken.online_accuracy_) == 4
    np.testing.assert_array_equal(broken.predict(X), whole.predict(X))
    for name in whole.weights_:
        np.testing.assert_array_equal(broken.weights_[name], whole.weights_[name])


def test_a_broken_second_fit_is_the_second_models_first_epochs():
    device = cut(3)
    estimator = CortigateClassifier(**SMALL, epochs=2, device=device).fit(X, Y)
    estimator.set_params(hidden_layer_sizes=(7,))
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X[:, :4], Y)
    assert (estimator.n_epochs_, estimator.n_features_in_) == (1, 4)
    assert estimator.design_.network.sizes == (4, 7, 4)
    assert [len(estimator.online_accuracy_), estimator.weights_["W1"].shape] == [1, (7, 5)]


def test_an_estimator_that_learns_on_does_not_change_another_that_was_copied():
    estimator = CortigateClassifier(**SMALL, epochs=1).fit(X, Y)
    other = pickle.loads(pickle.dumps(estimator))
    kept, accuracies = state(estimator), estimator.online_accuracy_
    other.partial_fit(X, Y)
    assert state(estimator) == kept and len(accuracies) == 1
    estimator.partial_fit(X, Y)
    assert len(accuracies) == 1 and len(estimator.online_accuracy_) == 2


def test_partial_fit_refuses_other_classes():
    estimator = CortigateClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1, 2, 3])
    kept = state(estimator)
    for classes in ([0, 1, 2], range(5), ["0", "1", "2", "3"], [0, 1, 2, 4], [[0, 1], [2, 3]]):
        with pytest.raises(ValueError, match="classes must be those of the first call|1d array"):
            estimator.partial_fit(X, Y, classes=classes)
    with pytest.raises(ValueError, match="y must hold only 0, 1, 2, 3, not 4"):
        estimator.partial_fit(X, Y + 1)
    assert state(estimator) == kept
    estimator.partial_fit(X, Y, classes=np.array([3, 2, 1, 0, 0], np.int8))
    assert estimator.n_epochs_ == 2


@pytest.mark.parametrize("classes", [
    [None, 1], [None, None], [np.nan, 1.0], np.array([0, 1, 2, 3], object),
    np.array(["a", 1], object)])
def test_classes_must_be_numbers_or_texts(classes):
    estimator = CortigateClassifier(**SMALL)
    with pytest.raises(TypeError, match="classes must be numbers or texts, not .*None|nan|object"):
        estimator.partial_fit(X, Y, classes=classes)
    assert not hasattr(estimator, "classes_")
    texts = np.array(["no", "yes"], object)
    estimator.partial_fit(X, texts[Y % 2], classes=texts[::-1])
    assert estimator.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("changes, plain", [
    ({"hidden_layer_sizes": 5}, {}), ({"hidden_layer_sizes": np.int8(5)}, {}),
    ({"hidden_layer_sizes": np.array([5])}, {}), ({"hidden_layer_sizes": [5]}, {}),
    ({"milestones": 1}, {"milestones": (1,)}), ({"milestones": range(1, 2)}, {"milestones": (1,)}),
    ({"milestones": np.array([1])}, {"milestones": (1,)}),
    ({"epochs": np.int16(2)}, {}), ({"random_state": np.uint8(0)}, {}),
    ({"lanes": np.uint64(2), "sample_capacity": np.int8(60)}, {}),
    ({"learning_rate_shift": np.int8(5), "rule": np.str_("ghost")}, {"learning_rate_shift": 5}),
    ({"rule": "microcircuit", "rule_parameters": {"concordant": np.bool_(False),
                                                  "steps": np.uint8(4)}},
     {"rule": "microcircuit", "rule_parameters": {"concordant": False, "steps": 4}})])
def test_parameters_of_any_integer_are_the_plain_ones(changes, plain):
    usual = SMALL | {"epochs": 2}
    found = CortigateClassifier(**usual | changes).fit(X, Y)
    expected = CortigateClassifier(**usual | plain).fit(X, Y)
    assert found.design_.digest == expected.design_.digest and found.seed_ == expected.seed_
    for name, values in expected.weights_.items():
        np.testing.assert_array_equal(found.weights_[name], values)


@pytest.mark.parametrize("changes, message", [
    ({"hidden_layer_sizes": 5.0}, "hidden_layer_sizes must be an integer or a sequence of integ"),
    ({"hidden_layer_sizes": "5"}, "hidden_layer_sizes must be an integer or .*, not '5'"),
    ({"hidden_layer_sizes": None}, "hidden_layer_sizes must be .*, not None"),
    ({"hidden_layer_sizes": (5.5,)}, r"hidden_layer_sizes must be .*, not \(5\.5,\)"),
    ({"hidden_layer_sizes": True}, "hidden_layer_sizes must be .*, not True"),
    ({"hidden_layer_sizes": np.zeros((2, 2), int)}, "hidden_layer_sizes must be .*, not array"),
    ({"milestones": 1.5}, "milestones must be an integer or .*, not 1.5"),
    ({"milestones": None}, "milestones must be .*, not None"),
    ({"milestones": (2, -1)}, "milestones must be at least 0, not -1"),
    ({"epochs": 2.0}, r"epochs must be an integer, not 2\.0"),
    ({"epochs": True}, "epochs must be an integer, not True"),
    ({"epochs": "2"}, "epochs must be an integer, not '2'"),
    ({"lanes": 2.0}, r"lanes must be an integer, not 2\.0"),
    ({"sample_capacity": None}, "sample_capacity must be an integer, not None"),
    ({"learning_rate_shift": 4.5}, r"learning_rate_shift must be an integer or None, not 4\.5"),
    ({"random_state": -1}, r"random_state must lie in 0 \.\. \d+, not -1"),
    ({"random_state": 1.5}, "random_state must be .* RandomState or Generator, not 1.5"),
    ({"random_state": preset("tiny")}, r"random_state must be .*, not Design\(.{90,110}…$"),
    ({"rule": ["ghost"]}, r"rule must be one of .*, not \['ghost'\]"),
    ({"mechanism": 1}, "mechanism must be a string or None, not 1"),
    ({"rule_parameters": [1]}, r"rule_parameters must be a dictionary or None, not \[1\]"),
    ({"rule_parameters": {"steps": 1.5}}, r"steps must be an integer, not 1\.5"),
    ({"design": ["tiny"]}, r"design must be a Design, .*, not \['tiny'\]"),
    ({"device": 3}, "device must be a name, a serial port or a callable, not 3"),
    ({"scale": True}, "scale must be 'minmax' or None, not True"),
    ({"scale": "standard"}, "scale must be 'minmax' or None, not 'standard'"),
    ({"checkpoint": False}, "checkpoint must be a string or a PathLike or None, not False")])
def test_parameters_of_other_types_are_refused_by_name(changes, message):
    estimator = CortigateClassifier(**SMALL | changes)
    with pytest.raises((TypeError, ValueError), match=message):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "n_features_in_")


@pytest.mark.parametrize("grid", [
    {"learning_rate_shift": np.arange(4, 6)}, {"lanes": np.array([2, 4], np.int8)},
    {"sample_capacity": np.array([8, 16], np.uint64)}])
@pytest.mark.parametrize("rule", RULES)
def test_a_grid_of_numpys_numbers_finds_what_one_of_plain_numbers_finds(rule, grid):
    if rule == "microcircuit" and "learning_rate_shift" in grid:
        grid = {"learning_rate_shift": np.arange(8, 10)}
    base = CortigateClassifier(**SMALL, epochs=1, rule=rule)
    shift = {"pal": 6, "inversion": 5}.get(rule, 4)
    if rule in ("pal", "inversion") and "learning_rate_shift" in grid:
        grid = {"learning_rate_shift": np.arange(shift, shift + 2)}
    found, expected = (GridSearchCV(base, {name: kind(values) for name, values in grid.items()},
                                    cv=2, error_score="raise").fit(X[:24], Y[:24])
                       for kind in (np.asarray, np.ndarray.tolist))
    assert found.best_params_ == expected.best_params_
    np.testing.assert_array_equal(found.cv_results_["mean_test_score"],
                                  expected.cv_results_["mean_test_score"])
    assert found.best_estimator_.design_.digest == expected.best_estimator_.design_.digest
    for name, values in expected.best_estimator_.weights_.items():
        np.testing.assert_array_equal(found.best_estimator_.weights_[name], values)


CHANGES = {
    "hidden_layer_sizes": (7,), "rule": "pal", "learning_rate_shift": 7, "lanes": 4,
    "sample_capacity": 99, "design": preset("tiny"), "rule_parameters": {"update_range": 3},
    "scale": None,
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_network_is_refused_by_partial_fit(name, tmp_path):
    fitted = CortigateClassifier(**SMALL, epochs=1).fit(X, Y)
    fitted.save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    own = fitted.get_params()[name]
    for estimator in (fitted, loaded):
        before = pickle.dumps(estimator.weights_)
        estimator.set_params(**{name: CHANGES[name]})
        for call in (estimator.partial_fit, estimator.resume):
            with pytest.raises(ValueError, match=f"{name}.* the network: call fit to begin anew"):
                call(X, Y)
        assert pickle.dumps(estimator.weights_) == before and estimator.n_epochs_ == 1
        estimator.set_params(**{name: own}, milestones=1)  # which describes no network
        estimator.partial_fit(X, Y)
        assert estimator.n_epochs_ == 2
