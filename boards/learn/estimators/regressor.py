"""A scikit-learn regressor that learns on the chip."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from ....golden.spec import Design
from ....golden.spec.network import LARGEST_LAYER
from ....golden.spec.targets import Target
from ...device import Device
from ..trainer import Trainer
from .base import ChipEstimator
from .scaling import limits_of, scaled, unscaled
from .seeds import Seed

__all__ = ["CortigateRegressor"]


class CortigateRegressor(RegressorMixin, ChipEstimator):
    """Network that learns one or several values by a local rule, on the devices of the classifier.

    Any finite inputs and values are taken: each column of either is scaled inside, to 0 .. 1 of
    what the first call that learns has seen of it. What lies outside of that range later is
    clipped to it, so begin `partial_fit` with data that spans what is to come.

    Parameters
    ----------
    scale : str or None
        ``minmax`` scales features and values linearly, the smallest of the first call to 0 and the
        largest to 1; a feature that had one value alone is 0. None takes both as they are: they
        must lie in the range of the design's formats.
    design : Design, str or None
        As of `CortigateClassifier`; its target is a vector.
    others
        As of `CortigateClassifier`.

    Attributes
    ----------
    n_features_in_, n_outputs_ : int
    output_dimensions_ : int
        1 or 2: that of y, and of what `predict` gives.
    output_limits_ : float64 array (2, n_outputs) or None
        Values of each output that are scaled to 0 and to 1; None without scaling.
    others
        As of `CortigateClassifier`, but for those that speak of classes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from cortigate import CortigateRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> learner = CortigateRegressor(hidden_layer_sizes=(8,)).fit(X, y)
    >>> bool(learner.score(X, y) > 0.4)
    True
    """

    KIND: ClassVar[str] = "CortigateRegressor"
    OUTPUTS: ClassVar[str] = "outputs"
    RANGE: ClassVar[tuple[int, int]] = (1, LARGEST_LAYER)
    TARGET: ClassVar[Target] = Target.VECTOR

    n_outputs_: int
    output_dimensions_: int
    output_limits_: np.ndarray | None

    def __init__(self, *, hidden_layer_sizes: int | Sequence[int] = (32,), rule: str | None = None,
                 mechanism: str | None = None, schedule: str | None = None,
                 hidden: str | None = None, learning_rate_shift: int | None = None,
                 rule_parameters: dict[str, Any] | None = None,
                 milestones: int | Sequence[int] = (), epochs: int = 20, lanes: int = 8,
                 sample_capacity: int = 1797, design: Design | str | None = None,
                 scale: str | None = "minmax",
                 device: str | Callable[[Design], Device] = "integer",
                 random_state: Seed = 0,
                 checkpoint: str | PathLike | None = None, early_stopping: bool = False,
                 validation_fraction: float = 0.1, n_iter_no_change: int = 10, tol: float = 1e-4,
                 verbose: bool | int = False, callback: Callable | None = None):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes, rule=rule, mechanism=mechanism,
            schedule=schedule, hidden=hidden, learning_rate_shift=learning_rate_shift,
            rule_parameters=rule_parameters, milestones=milestones, epochs=epochs, lanes=lanes,
            sample_capacity=sample_capacity, design=design, scale=scale, device=device,
            random_state=random_state, checkpoint=checkpoint, early_stopping=early_stopping,
            validation_fraction=validation_fraction, n_iter_no_change=n_iter_no_change, tol=tol,
            verbose=verbose, callback=callback)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from the start: finite inputs (n, n_features), values (n,) or (n, n_outputs).

        Raises
        ------
        ValueError, TypeError, LinkError
            As of `CortigateClassifier.fit`.
        """
        return self._fit(X, y)

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Go on for one epoch over the data, with the design and the scaling of the first call.

        Raises
        ------
        ValueError, TypeError, LinkError
            As `fit`; or a parameter that describes network or scaling has changed since the first
            call.
        """
        return self._go_on(X, y)

    def predict(self, X: Any) -> np.ndarray:
        """Values (n,) or (n, n_outputs), float64, of inputs (n, n_features).

        The rates of the last layer: a board leaves them where its design has `results`; otherwise
        they are the integer model's with the same weights, equal in every bit.
        """
        values = self._valued(self._outputs(X))
        return values[:, 0] if self.output_dimensions_ == 1 else values

    def _valued(self, rates):
        """Values (n, n_outputs) that rates of the last layer stand for."""
        return rates if self.output_limits_ is None else unscaled(rates, self.output_limits_)

    def _validated(self, trainer: Trainer, X: np.ndarray, inputs: np.ndarray,
                   numbers: np.ndarray) -> float:
        return float(r2_score(numbers, self._valued(self._real(trainer.outputs(inputs)))))

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        """(A copy of this estimator that may learn, X, y), if the data is sound."""
        new = self._copied()
        arrays: Any = validate_data(new, X, y, dtype=np.float64, reset=reset, multi_output=True,
                                    y_numeric=True)
        X, y = arrays
        return new, X, np.asarray(y, np.float64)

    def _begin(self, X: np.ndarray, y: np.ndarray) -> None:
        """Start for data with these values."""
        values = y.reshape(len(y), -1)
        self._start(X, values.shape[1])
        self.n_outputs_, self.output_dimensions_ = values.shape[1], y.ndim
        self.output_limits_ = None if self.input_limits_ is None else limits_of(values)

    def _n_outputs(self) -> int:
        return self.n_outputs_

    def _numbered(self, y: np.ndarray) -> np.ndarray:
        """Values (n, n_outputs); ValueError if there are more or fewer than before."""
        values = y.reshape(len(y), -1)
        if values.shape[1] != self.n_outputs_:
            raise ValueError(f"y must have {self.n_outputs_} outputs, as in the first call, "
                             f"not {values.shape[1]}")
        return values

    def _taught(self, numbers: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        fmt = self.design_.target_values
        if self.output_limits_ is not None:
            return fmt.from_float(scaled(numbers, self.output_limits_))
        if not fmt.reaches(numbers):
            raise ValueError(f"y must lie in {fmt.to_float(fmt.minimum):g} .. "
                             f"{fmt.to_float(fmt.maximum):g}; scale it, with scale='minmax' for "
                             "example")
        return fmt.from_float(numbers)
