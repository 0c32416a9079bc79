"""scikit-learn's own checks, of which none may fail."""

import pytest
from sklearn.utils.estimator_checks import check_estimator

import cortigate


@pytest.mark.filterwarnings("ignore")  # of the checks themselves
@pytest.mark.parametrize("name", [
    "CortigateAutoencoder", "CortigateClassifier", "CortigateRegressor"])
@pytest.mark.parametrize("device", ["integer", "reference"])
def test_scikit_learns_own_checks(name, device):
    check_estimator(getattr(cortigate, name)(device=device))
