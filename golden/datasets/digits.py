"""scikit-learn's embedded digits: 1797 images of 8 x 8 pixels with values 0 .. 16, ten classes."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from .dataset import Dataset

__all__ = ["load_digits_split"]

TEST_SAMPLES = 360  # 20 % of 1797


def load_digits_split(seed: int = 0) -> Dataset:
    """Stratified split into 1437 training and 360 test samples; inputs x / 16 in 0 .. 1.

    The quotient is a multiple of 1/16, so four fraction bits hold an input exactly.
    """
    images, labels = map(np.asarray, load_digits(return_X_y=True))
    x_train, x_test, y_train, y_test = map(np.asarray, train_test_split(
        images / 16.0, labels.astype(np.int64), test_size=TEST_SAMPLES, random_state=seed,
        stratify=labels))
    return Dataset(x_train, y_train, x_test, y_test, "digits")
