"""An autoencoder that learns on the chip: codes, and a score for what it has not seen."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, OutlierMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from ....golden.floats import product
from ....golden.integer.arithmetic import activate
from ....golden.spec import Design
from ....golden.spec.network import LARGEST_LAYER
from ....golden.spec.plain import plain
from ....golden.spec.targets import Target
from ...device import Device
from ..trainer import Trainer
from .base import ChipEstimator
from .divergence import lower_rate
from .scaling import scaled, unscaled
from .seeds import Seed

__all__ = ["CortigateAutoencoder"]


class CortigateAutoencoder(TransformerMixin, ClassNamePrefixFeaturesOutMixin, OutlierMixin,
                           ChipEstimator):
    """Network that learns by a local rule to give its inputs back, on the classifier's devices.

    Its narrowest layer holds a code of the sample, which `transform` gives. What it gives back
    badly is unlike what it has learned from: `score_samples`, `decision_function` and `predict`
    find it.

    Parameters
    ----------
    hidden_layer_sizes : int or tuple of int
        Neurons of the hidden layers, 1 .. 6 of them; the narrowest, the first of equals, is the
        code.
    contamination : float
        Share of the samples learned from, above 0 and at most 0.5, that count as outliers: it
        places `offset_`.
    design : Design, str or None
        As of `CortigateClassifier`; its target is the input.
    others
        As of `CortigateClassifier`.

    Attributes
    ----------
    offset_ : float
        Score below which a sample is an outlier; only once all epochs are learned.
    others
        As of `CortigateClassifier`, but for those that speak of classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from cortigate import CortigateAutoencoder
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = CortigateAutoencoder(epochs=5).fit(X[y != 1])
    >>> learner.transform(X).shape
    (1797, 8)
    >>> scores = learner.score_samples(X)
    >>> bool(np.median(scores[y == 1]) < np.median(scores[y != 1]))
    True
    """

    KIND: ClassVar[str] = "CortigateAutoencoder"
    OUTPUTS: ClassVar[str] = "features"
    RANGE: ClassVar[tuple[int, int]] = (1, LARGEST_LAYER)
    TARGET: ClassVar[Target] = Target.INPUT

    offset_: float

    def __init__(self, *, hidden_layer_sizes: int | Sequence[int] = (32, 8, 32),
                 rule: str | None = None,
                 mechanism: str | None = None, schedule: str | None = None,
                 hidden: str | None = None, learning_rate_shift: int | None = None,
                 rule_parameters: dict[str, Any] | None = None,
                 milestones: int | Sequence[int] = (), epochs: int = 20, lanes: int = 8,
                 sample_capacity: int = 1797, design: Design | str | None = None,
                 scale: str | None = "minmax", contamination: float = 0.1,
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
        self.contamination = contamination

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from the start: finite inputs (n, n_features); `y` is not used.

        Raises
        ------
        ValueError, TypeError, LinkError
            As of `CortigateClassifier.fit`.

        Warns
        -----
        ConvergenceWarning
            As there; or every code is 0 for every sample.
        """
        return self._fit(X, y)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Go on for one epoch over the data, with the design and the scaling of the first call.

        `offset_` becomes that of this data.

        Raises
        ------
        ValueError, TypeError, LinkError
            As `fit`; or a parameter that describes network or scaling has changed since the first
            call.
        """
        return self._go_on(X, y)

    # ---- codes -----------------------------------------------------------------------------

    def transform(self, X: Any) -> np.ndarray:
        """Codes of inputs (n, n_features): rates of the narrowest layer, float64 (n, n_code).

        A board leaves them where its design has `results`; otherwise they are the integer model's
        with the same weights, equal in every bit.
        """
        check_is_fitted(self)
        return self._outputs(X, self._code_layer)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Inputs, float64 (n, n_features), that the decoding half makes of codes (n, n_code).

        The host computes one pass upwards through the weights behind the code, every rate rounded
        as on the chip. That is what the chip itself gives back of these codes where an inference is
        such a pass, with most rules; to what a network has settled to it is only near.
        """
        check_is_fitted(self)
        design, first = self.design_, self._code_layer
        size = design.network.sizes[first]
        rates = np.asarray(check_array(X, dtype="float64"))
        if rates.shape[1] != size:
            raise ValueError(f"X must be codes of {size} values, not of {rates.shape[1]}")
        above = zip(self.coefs_[first:], self.intercepts_[first:], strict=True)
        for layer, (weights, biases) in enumerate(above, first + 1):
            drives = product(rates, weights) + biases
            raw = activate(design.state.from_float(drives), design, layer)
            rates = design.rate.to_float(raw)
        return rates if self.input_limits_ is None else unscaled(rates, self.input_limits_)

    @property
    def _code_layer(self) -> int:
        """Number of the layer that holds the code."""
        return 1 + int(np.argmin(self.design_.network.sizes[1:-1]))

    @property
    def _n_features_out(self) -> int:
        return self.design_.network.sizes[self._code_layer]

    # ---- what it has not seen --------------------------------------------------------------

    def score_samples(self, X: Any) -> np.ndarray:
        """Minus the mean squared error of what is given back, float64 (n,): low is unlike.

        In units of the scaled features, for which the range that was seen is 0 .. 1. The chip gets
        what lies outside of it clipped, but the error is that from where it lies, up to a thousand
        million times the range. Of a feature that had one value alone, c, the range is as wide as
        1, or as abs(c) if that is smaller, but not 0.
        """
        X = self._checked(X)
        with self._opened() as device:
            return self._scores(X, self._left(device, self._raw(X)))

    def decision_function(self, X: Any) -> np.ndarray:
        """`score_samples` less `offset_`, float64 (n,): negative for outliers."""
        check_is_fitted(self, ["weights_", "offset_"], msg=(
            "This %(name)s has no offset_ yet: call fit, or resume where a fit was interrupted"))
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """1 for what is like the samples learned from, -1 for outliers: int64 (n,)."""
        return np.where(self.decision_function(X) < 0.0, -1, 1)

    def _scores(self, X, found):
        """`score_samples` of checked X, of what the device gives back of them."""
        wanted = (self.design_.sample.to_float(self._raw(X)) if self.input_limits_ is None
                  else scaled(X, self.input_limits_, clip=False))
        return -np.square(wanted - found).mean(axis=1)

    # ---- learning --------------------------------------------------------------------------

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        """(A copy of this estimator that may learn, X, nothing), if the data is sound."""
        share = plain("contamination", self.contamination, float)
        if not 0.0 < share <= 0.5:
            raise ValueError(f"contamination must be above 0 and at most 0.5, not {share!r}")
        new = self._copied()
        array: Any = validate_data(new, X, dtype=np.float64, reset=reset)
        return new, array, np.zeros((len(array), 0))

    def _begin(self, X: np.ndarray, y: np.ndarray) -> None:
        self._start(X, self.n_features_in_)
        vars(self).pop("offset_", None)  # that of another fit

    def _n_outputs(self) -> int:
        return self.n_features_in_

    def _numbered(self, y: np.ndarray) -> np.ndarray:
        return y

    def _taught(self, numbers: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return inputs

    def _validated(self, trainer: Trainer, X: np.ndarray, inputs: np.ndarray,
                   numbers: np.ndarray) -> float:
        return float(self._scores(X, self._real(trainer.outputs(inputs))).mean())

    def _failure(self, device: Device, inputs: np.ndarray, targets: np.ndarray, where: str,
                 enough: bool) -> str | None:
        """A code that says nothing of samples that differ; or that of every estimator."""
        if np.ptp(inputs, axis=0).any() and not self._left(device, inputs, self._code_layer).any():
            return ("every code is 0 for every sample that was learned from: "
                    f"{lower_rate(self.design_, where)}")
        return super()._failure(device, inputs, targets, where, enough)

    def _finish(self, device: Device, X: np.ndarray) -> None:
        scores = self._scores(X, self._left(device, self._raw(X)))
        self.offset_ = float(np.percentile(scores, 100.0 * self.contamination))
