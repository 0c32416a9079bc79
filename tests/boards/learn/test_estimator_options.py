"""What scikit-learn's networks have, too: class weights, coefficients, lines, a callback."""

import numpy as np
import pytest
from numba import njit
from sklearn.exceptions import NotFittedError

from cortigate.boards.device import Counters
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier, CortigateRegressor
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.trainer import drawn
from cortigate.golden.spec import RULES

RNG = np.random.default_rng(5)
X = RNG.random((60, 3))
RARE = np.where(X[:, 0] > 0.85, "rare", "usual")
SMALL = {"hidden_layer_sizes": (4,), "lanes": 2, "epochs": 3}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("device", ["integer", "reference"])
def test_coefficients_are_the_weights_as_real_numbers(rule, device):
    fitted = CortigateClassifier(**SMALL | {"epochs": 1}, rule=rule, device=device).fit(X, RARE)
    assert [one.shape for one in fitted.coefs_] == [(3, 4), (4, 2)]
    assert [one.shape for one in fitted.intercepts_] == [(4,), (2,)]
    for layer, (coefs, biases) in enumerate(zip(fitted.coefs_, fitted.intercepts_, strict=True), 1):
        raw = fitted.weights_[f"W{layer}"]
        fmt = fitted.design_.weight
        real = raw if raw.dtype.kind == "f" else fmt.to_float(raw)
        if rule == "microcircuit":  # which has no biases
            assert not biases.any()
            biases = np.zeros((0, len(biases)))
        np.testing.assert_array_equal(np.vstack([coefs, biases]).T, real)
    fitted.coefs_[0][:] = 0.0  # of a copy
    assert fitted.coefs_[0].any()


def test_an_output_is_what_the_coefficients_make():
    fitted = CortigateRegressor(**SMALL, hidden="relu", scale=None).fit(X, X[:, 0])
    hidden = np.clip(X @ fitted.coefs_[0] + fitted.intercepts_[0], 0.0, None)
    found = hidden @ fitted.coefs_[1] + fitted.intercepts_[1]
    assert np.abs(found[:, 0] - fitted.predict(X)).max() < 0.05  # rates of 10 bits, inputs of 7


def test_nothing_is_there_before_a_fit():
    for name in ("coefs_", "intercepts_", "n_iter_"):
        assert not hasattr(CortigateClassifier(), name)
    with pytest.raises(NotFittedError):
        CortigateClassifier().predict(X)


def test_the_callback_sees_every_epoch_as_it_is_kept(tmp_path):
    seen = []

    def told(estimator, counters):
        assert isinstance(counters, Counters) and counters.samples == 60
        loaded = CortigateClassifier.load(tmp_path / "file")
        assert np.array_equal(loaded.weights_["W1"], estimator.weights_["W1"])
        assert estimator.online_accuracy_[-1] == counters.correct / 60
        seen.append(estimator.n_iter_)

    fitted = CortigateClassifier(**SMALL, callback=told, checkpoint=tmp_path / "file").fit(X, RARE)
    assert seen == [1, 2, 3]
    assert CortigateClassifier.load(tmp_path / "file").callback is None
    fitted.partial_fit(X, RARE)
    assert seen == [1, 2, 3, 4]


def test_a_callback_that_fails_ends_the_fit_after_whole_epochs():
    def failing(estimator, counters):
        if estimator.n_epochs_ == 2:
            raise OSError("the disk is full")

    fitted = CortigateClassifier(**SMALL, callback=failing)
    with pytest.raises(OSError, match="the disk is full"):
        fitted.fit(X, RARE)
    assert fitted.n_epochs_ == len(fitted.online_accuracy_) == 2
    whole = CortigateClassifier(**SMALL).fit(X, RARE)
    fitted.set_params(callback=None).resume(X, RARE)
    np.testing.assert_array_equal(fitted.weights_["W1"], whole.weights_["W1"])


def test_a_line_for_every_epoch(capsys):
    CortigateClassifier(**SMALL, verbose=True, early_stopping=True).fit(X, RARE)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[1].startswith("Epoch 2: 54 samples, ")
    assert "% right while they were learned, validation score " in lines[1]
    CortigateRegressor(**SMALL, verbose=1).fit(X, X[:, 0])
    assert capsys.readouterr().out.splitlines()[2] == "Epoch 3: 60 samples"
    CortigateRegressor(**SMALL).fit(X, X[:, 0])
    assert capsys.readouterr().out == ""


def test_notes_are_kept_beside_an_estimator(tmp_path):
    fitted = CortigateClassifier(**SMALL).fit(X, RARE)
    fitted.save(tmp_path / "file", notes={"columns": ["a", "b", "c"]})
    assert Checkpoint.load(tmp_path / "file").position["notes"] == {"columns": ["a", "b", "c"]}
    assert vars(CortigateClassifier.load(tmp_path / "file")).keys() == vars(fitted).keys()


# ---- class weights -------------------------------------------------------------------------------

def test_samples_are_drawn_as_often_as_their_shares_say():
    shares = np.array([1.0, 2.0, 3.0, 0.5, 1.5, 4.0])
    counts = np.array([np.bincount(drawn(shares, [3, epoch]), minlength=6)
                       for epoch in range(400)])
    wanted = 6 * shares / shares.sum()
    assert (counts.sum(axis=1) == 6).all()
    assert ((counts == np.floor(wanted)) | (counts == np.floor(wanted) + 1)).all()
    # Three standard errors of a mean of 400 numbers that differ by one.
    assert np.abs(counts.mean(axis=0) - wanted).max() < 3 * 0.5 / 20
    assert drawn(np.ones(7), [1, 1]).tolist() == list(range(7))
    assert drawn(np.array([1e-9, 1.0, 1e9]), [0, 0]).tolist() == [2, 2, 2]


def learned_from(**parameters):
    """Share of the rare class among the samples of an epoch, by what the device gets to store."""
    from cortigate.boards.learn.models import IntegerDevice

    shares = []

    class Listening(IntegerDevice):
        def write_samples(self, inputs, targets, first=0):
            if targets is not None:
                shares.append(float((np.asarray(targets) == 0).mean()))
            super().write_samples(inputs, targets, first)

    fitted = CortigateClassifier(**SMALL, device=Listening, **parameters).fit(X, RARE)
    assert fitted.classes_.tolist() == ["rare", "usual"]
    return shares


def test_rare_classes_are_drawn_more_often():
    rare = (RARE == "rare").mean()
    assert rare < 0.3 and learned_from() == [rare]  # once: the same samples stay stored
    assert learned_from(class_weight="balanced") == [0.5] * 3
    three = 3 * rare / (1 + 2 * rare)
    for share in learned_from(class_weight={"rare": 3}):
        assert abs(share - three) <= 1 / 60


@pytest.mark.parametrize("capacity", [60, 7])
def test_class_weights_go_on_to_the_same_bits(tmp_path, capacity):
    weights = {0: 3, 1: 1.5}
    y = (RARE == "usual").astype(int)
    whole = CortigateClassifier(**SMALL, class_weight=weights, sample_capacity=capacity).fit(X, y)
    part = CortigateClassifier(**SMALL | {"epochs": 2}, class_weight=weights,
                               sample_capacity=capacity)
    part.fit(X, y).save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    assert loaded.class_weight == weights
    loaded.set_params(epochs=3).resume(X, y)
    np.testing.assert_array_equal(loaded.weights_["W1"], whole.weights_["W1"])
    plain = CortigateClassifier(**SMALL, sample_capacity=capacity).fit(X, y)
    assert not np.array_equal(plain.weights_["W1"], whole.weights_["W1"])


@pytest.mark.parametrize("weights, message", [
    ({"other": 1}, "class_weight must name only rare, usual, not 'other'"),
    ({"rare": 0}, "class_weight must hold positive numbers, not 0"),
    ({"rare": -1.5}, r"class_weight must hold positive numbers, not -1\.5"),
    ({"rare": np.inf}, "class_weight must hold positive numbers, not inf"),
    ({"rare": "much"}, "class_weight must be a number, not 'much'"),
    ("bal", "class_weight must be \"balanced\", None, or a dictionary .* not 'bal'"),
    ([1, 2], "class_weight must be")])
def test_weights_that_are_none(weights, message):
    with pytest.raises((TypeError, ValueError), match=message):
        CortigateClassifier(**SMALL, class_weight=weights).fit(X, RARE)


def test_a_line_says_that_a_model_is_compiled(capsys):
    class Compiles(IntegerDevice):
        """Compiles two functions that nothing keeps, when it is opened."""

        def __init__(self, design):
            super().__init__(design)
            for _ in range(2):
                assert njit(lambda value: value + 1)(1) == 2

    fitted = CortigateClassifier(**SMALL | {"epochs": 1}, device="integer").fit(X, RARE)
    fitted.set_params(device=Compiles).predict(X)
    assert not capsys.readouterr().out
    fitted.set_params(verbose=True).predict(X)
    assert capsys.readouterr().out == "Compiling a model: once on this computer\n"
    fitted.fit(X, RARE)
    assert capsys.readouterr().out.startswith("Compiling a model: once on this computer\nEpoch 1: ")
