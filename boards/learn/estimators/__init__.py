"""Estimators in scikit-learn's manner that learn on the chip, each in a file of its own."""

from .autoencoder import CortigateAutoencoder
from .classifier import CortigateClassifier
from .regressor import CortigateRegressor

__all__ = ["CortigateAutoencoder", "CortigateClassifier", "CortigateRegressor"]
