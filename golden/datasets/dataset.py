"""The type of every data set."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split

from ..spec.plain import Plain

__all__ = ["Dataset"]


@dataclass(frozen=True)
class Dataset(Plain):
    """Samples for training and samples held out.

    Parameters
    ----------
    x_train, x_test : float64 array, samples x inputs
    y_train, y_test : array
        int64 class labels, or float64 targets (samples x outputs) of a regression.
    name : str

    Raises
    ------
    ValueError
        Shapes that do not belong together, or values that are not finite.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    name: str = ""

    def __post_init__(self):
        super().__post_init__()
        for part in ("train", "test"):
            x, y = np.asarray(getattr(self, f"x_{part}")), np.asarray(getattr(self, f"y_{part}"))
            if x.ndim != 2 or not y.ndim or len(x) != len(y):
                raise ValueError(
                    f"x_{part} must be samples x inputs with one entry of y_{part} per sample, "
                    f"not {x.shape} and {y.shape}"
                )
            if not np.isfinite(x).all():
                raise ValueError(f"x_{part} must be finite, but holds NaN or infinity")
        inputs = self.x_train.shape[1], self.x_test.shape[1]
        if inputs[0] != inputs[1]:
            raise ValueError("x_train and x_test must have the same number of inputs, not "
                             f"{inputs[0]} and {inputs[1]}")

    @property
    def inputs(self) -> int:
        """Inputs per sample."""
        return self.x_train.shape[1]

    @property
    def classes(self) -> int:
        """Number of classes (labels 0 .. classes - 1)."""
        if not np.issubdtype(self.y_train.dtype, np.integer):
            raise ValueError(f"{self.name or 'this data set'} is a regression: it has no classes")
        return int(max(self.y_train.max(), self.y_test.max())) + 1

    def validation(self, fraction: float = 0.2, seed: int = 0) -> "Dataset":
        """Data set whose held-out part is cut from the training samples, never from the test's.

        What chooses rates, epochs or mechanisms must look at this one. Stratified by class.
        """
        if not 0.0 < fraction < 1.0:
            raise ValueError(f"fraction must lie strictly between 0 and 1, not {fraction!r}")
        labels = self.y_train if np.issubdtype(self.y_train.dtype, np.integer) else None
        x, x_held, y, y_held = map(np.asarray, train_test_split(
            self.x_train, self.y_train, test_size=fraction, random_state=seed, stratify=labels))
        return Dataset(x, y, x_held, y_held, f"{self.name}-validation")

    def held_out(self, samples: int) -> "Dataset":
        """Data set whose held-out part are the last `samples` of the training samples: as
        `validation`, for a set that has an order of its own."""
        if not 1 <= samples < len(self.x_train):
            raise ValueError(
                f"samples must lie in 1 .. {len(self.x_train) - 1}, not {samples!r}")
        x, y = self.x_train, self.y_train
        return Dataset(x[:-samples], y[:-samples], x[-samples:], y[-samples:],
                       f"{self.name}-validation")

    def first(self, samples: int) -> "Dataset":
        """Data set with only the first `samples` of the training samples."""
        if not 1 <= samples <= len(self.x_train):
            raise ValueError(f"samples must lie in 1 .. {len(self.x_train)}, not {samples!r}")
        return Dataset(self.x_train[:samples], self.y_train[:samples], self.x_test, self.y_test,
                       self.name)
