"""The autoencoder on the golden models."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from cortigate.boards.learn.estimators import CortigateAutoencoder
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import RULES, Target

RANDOM = np.random.default_rng(9)
CAUSES = RANDOM.uniform(0.0, 1.0, (100, 2))
X = 50.0 * CAUSES @ RANDOM.uniform(0.0, 1.0, (2, 6)) - 20.0
SMALL = {"hidden_layer_sizes": (8, 2, 8), "lanes": 2, "sample_capacity": 100, "epochs": 3}
TAUGHT = [name for name in RULES if name != "microcircuit"]


@pytest.mark.parametrize("rule", TAUGHT)
@pytest.mark.parametrize("device", ["integer", "reference", "backprop"])
def test_every_rule_learns_its_inputs_in_every_model(rule, device):
    x = X[:30]
    found = CortigateAutoencoder(**SMALL | {"epochs": 1}, rule=rule, device=device).fit(x)
    before = found.score_samples(x).mean()
    assert found.design_.target is Target.INPUT and found.design_.results
    for _ in range(6):
        found.partial_fit(x)
    assert before < found.score_samples(x).mean() < 0.0
    assert found.transform(x).shape == (30, 2)
    assert found.get_feature_names_out().tolist() == [
        "cortigateautoencoder0", "cortigateautoencoder1"]


@pytest.mark.parametrize("rule", [name for name in TAUGHT if name != "equilibrium"])
def test_decoding_on_the_host_is_what_the_chip_gives_back(rule):
    found = CortigateAutoencoder(**SMALL, rule=rule).fit(X)
    given_back = found._outputs(X)
    low, high = found.input_limits_
    np.testing.assert_allclose(found.inverse_transform(found.transform(X)),
                               low + (high - low) * given_back, rtol=1e-12)


def test_the_code_is_the_narrowest_layer():
    found = CortigateAutoencoder(**SMALL | {"hidden_layer_sizes": (5, 3, 2, 2, 4)}).fit(X)
    np.testing.assert_array_equal(found.transform(X), found._outputs(X, 3))
    with pytest.raises(ValueError, match="X must be codes of 2 values, not of 3"):
        found.inverse_transform(np.zeros((1, 3)))


def test_what_is_unlike_is_found():
    found = CortigateAutoencoder(**SMALL | {"epochs": 40}, contamination=0.05).fit(X)
    inside = RANDOM.permuted(X, axis=0)  # each feature as it was, but none beside its own
    far = X + 500.0
    scores = [found.score_samples(one) for one in (X, inside, far)]
    assert roc_auc_score(np.repeat([1, 0], 100), np.concatenate(scores[:2])) > 0.75
    assert scores[2].max() < scores[0].min()  # though the chip gets it clipped
    assert (found.predict(far) == -1).all()
    assert (found.predict(X) == -1).sum() == 5
    np.testing.assert_array_equal(found.decision_function(X), scores[0] - found.offset_)


@pytest.mark.parametrize("column", range(9))
def test_a_score_falls_with_the_distance_from_what_was_seen(column):
    x = np.column_stack([X, np.full(100, 1e-9), np.full(100, 2024.0), np.zeros(100)])
    width = [*np.ptp(X, axis=0), 1e-9, 1.0, 1.0][column]
    found = CortigateAutoencoder(**SMALL | {"epochs": 1}).fit(x)
    for direction in (1.0, -1.0):
        scores = [found.score_samples(x).min()]
        for widths in (4.0, 40.0, 4000.0):
            far = x.copy()
            far[:, column] += direction * widths * width
            scores.append(found.score_samples(far).max())
            assert (found.predict(far) == -1).all()
        assert scores == sorted(scores, reverse=True)


def test_features_that_were_all_constant_are_known_by_their_values():
    found = CortigateAutoencoder(**SMALL | {"epochs": 1}).fit(np.ones((50, 4)))
    assert (found.predict(np.full((3, 4), 99.0)) == -1).all()
    assert (found.predict(np.ones((3, 4))) == 1).all()


def test_the_offset_comes_with_the_last_epoch(tmp_path):
    class Cut(IntegerDevice):
        left = 2

        def train(self, run, progress=None):
            """Learn, or be interrupted."""
            Cut.left -= 1
            if Cut.left < 0:
                raise KeyboardInterrupt
            return super().train(run, progress)

    path = tmp_path / "file"
    with pytest.raises(KeyboardInterrupt):
        CortigateAutoencoder(**SMALL, device=Cut, checkpoint=path).fit(X)
    broken = CortigateAutoencoder.load(path, device="integer")
    assert broken.n_epochs_ == 2 and len(broken.score_samples(X)) == 100
    with pytest.raises(NotFittedError, match="has no offset_ yet: call fit, or resume"):
        broken.predict(X)
    whole = CortigateAutoencoder(**SMALL).fit(X)
    broken.resume(X)
    np.testing.assert_array_equal(broken.decision_function(X), whole.decision_function(X))
    again = CortigateAutoencoder.load(path)
    assert again.offset_ == whole.offset_ and again.contamination == 0.1


@pytest.mark.parametrize("parameters, message", [
    ({"contamination": 0.0}, "contamination must be above 0 and at most 0.5, not 0.0"),
    ({"contamination": 0.6}, "contamination must be above 0 and at most 0.5, not 0.6"),
    ({"contamination": "auto"}, "contamination must be a number, not 'auto'"),
    ({"rule": "microcircuit"}, "target must be a class for spiking neurons"),
    ({"design": "tiny"}, "target must be input for a CortigateAutoencoder, not class")])
def test_parameters_are_checked_in_fit(parameters, message):
    estimator = clone(CortigateAutoencoder(**SMALL | parameters))
    with pytest.raises((TypeError, ValueError), match=message):
        estimator.fit(X)
    assert set(vars(estimator)) == set(estimator.get_params())
