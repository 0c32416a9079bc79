"""Estimators in scikit-learn's manner that learn on the chip: see `CortigateClassifier`."""

from .autoencoder import CortigateAutoencoder
from .classifier import CortigateClassifier
from .regressor import CortigateRegressor

__all__ = ["CortigateAutoencoder", "CortigateClassifier", "CortigateRegressor"]
