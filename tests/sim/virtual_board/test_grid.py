"""A grid search on the virtual board: NumPy's numbers find what plain ones find."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import minmax_scale

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.sim.simulator import missing

pytestmark = pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))

GRID = [{"learning_rate_shift": np.arange(3, 4)},
        {"lanes": np.array([4], np.int8), "sample_capacity": np.array([16], np.uint64)}]


@pytest.mark.campaign
def test_a_grid_of_numpys_numbers_learns_the_same_on_the_virtual_board():
    x, y = load_iris(return_X_y=True)
    x, y = minmax_scale(x)[::5], y[::5]
    base = {"hidden_layer_sizes": (4,), "epochs": 1, "lanes": 2, "sample_capacity": 32}

    def search(device, kind):
        grid = [{name: kind(values) for name, values in one.items()} for one in GRID]
        return GridSearchCV(CortigateClassifier(**base, device=device), grid, cv=2,
                            error_score="raise").fit(x, y)

    found, plain, model = (search("virtual", np.asarray), search("virtual", np.ndarray.tolist),
                           search("integer", np.ndarray.tolist))
    for other in (plain, model):
        assert found.best_params_ == other.best_params_
        for name in ("split0_test_score", "split1_test_score", "rank_test_score"):
            np.testing.assert_array_equal(found.cv_results_[name], other.cv_results_[name])
        one, another = found.best_estimator_, other.best_estimator_
        assert one.design_.digest == another.design_.digest
        assert one.design_.to_dict() == another.design_.to_dict()
        assert one.weights_.keys() == another.weights_.keys()
        for name, values in another.weights_.items():
            np.testing.assert_array_equal(one.weights_[name], values)
    assert found.best_estimator_.cycles_ > 0 == model.best_estimator_.cycles_
    assert len(set(found.cv_results_["mean_test_score"])) > 1  # the parameters matter
