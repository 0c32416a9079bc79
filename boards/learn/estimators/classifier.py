"""A scikit-learn classifier that learns on the chip."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ....golden.floats import exponential
from ....golden.spec import Design
from ....golden.spec.plain import shown
from ....golden.spec.sample_formats import MOST_CLASSES
from ....golden.spec.targets import Target
from ...device import Counters, Device
from ..trainer import Trainer, predict_all
from .base import ChipEstimator
from .seeds import Seed
from .weights import weighting, weights_of

__all__ = ["CortigateClassifier"]

# Of rates, for `predict_proba`.
SHARPNESS = 8.0
# Of what is not the most frequent class: a fit that is right in more of it has not diverged.
LEARNED = 0.25


class CortigateClassifier(ClassifierMixin, ChipEstimator):
    """Network that learns by a local rule on a board, the virtual board, or in a golden model.

    Any finite inputs are taken: every feature is scaled inside, to 0 .. 1 of what the first call
    that learns has seen of it.

    Integer model, virtual board and real board give identical weights from the same data and
    seed. What was learned lives in `weights_`: every call opens the device, loads it, works, reads
    it back and closes, so that an estimator can be cloned, pickled and searched over.

    A call that is refused, or fails or is interrupted before an epoch is over, leaves the
    estimator as it was. One that fails or is interrupted later leaves what the finished epochs
    have learned: attributes always belong together.

    Parameters
    ----------
    hidden_layer_sizes : int or tuple of int
        Neurons of the hidden layers, 1 .. 6 of them.
    rule : str or None
        Name of an installed learning rule, or an alias: ``list(cortigate.golden.spec.RULES)`` names
        them; None is the first of them.
    mechanism, schedule : str or None
        Words of rules that have such a choice, by `Rule.choices`; None is the rule's own.
    hidden : str or None
        Hidden units, such as ``clip`` or ``relu``: the rule's `units` lists those that it has, and
        so does the message that refuses another. None is the rule's own.
    learning_rate_shift : int or None
        eta = 2**-learning_rate_shift; None is what the rule recommends for these layers.
    rule_parameters : dict or None
        Further parameters of the rule by name, such as ``{"steps": 4}``: see the
        rule's class in golden.spec.rules.
    milestones : int or tuple of int
        Epochs from which on the learning rate is halved (once more), counted from 0. One that
        `epochs` do not reach is a warning.
    epochs : int
        Passes of `fit` over the data.
    lanes : int
        Multiply-accumulate units of the hardware: more are faster and larger.
    sample_capacity : int
        Samples that the chip stores; larger sets go through it in random parts.
    design : Design, str or None
        Instead of the parameters above that describe the network and the engine: a design, the
        name of a preset, or the path of a TOML file that describes one (see `cortigate init`) or
        of the report.json of a build; its first and last layer match the data. Those parameters
        stay at their defaults then, or agree with it.
    scale : str or None
        ``minmax`` scales each feature linearly, its smallest value in `fit`, or in the first
        `partial_fit`, to 0 and its largest to 1. What lies outside of this range later is clipped
        to it, and a feature that had one value alone is 0. None takes X as it is: it must lie in
        the range of the chip's inputs then, mostly 0 .. 1.
    device : str or callable
        ``integer`` (the model that has the hardware's bits), ``virtual`` (the hardware itself in a
        simulator), ``reference`` (the rule's equations in float64), ``backprop`` (backpropagation
        in float64), a serial port, ``auto`` (the only board), or a callable: see `open_device`. On
        a board `fit` learns with the design that runs there: parameters at their defaults follow
        it, others must agree with it.
    random_state : int, RandomState, Generator or None
        Of the initial weights and the order of samples: two fits with the same number are equal.
        `fit` draws one number from a RandomState or a Generator of NumPy, and none if it is
        refused. None is another number each time.
    checkpoint : path or None
        File that everything learned is saved to after every epoch, replacing an older one: see
        `save`, `load` (which sets it to the file that is loaded) and `resume`.
    early_stopping : bool
        Keep a part of the samples apart, and end `fit` when the score on them has not improved for
        a while. `weights_` are the best on them, not the latest. Not for `partial_fit`.
    validation_fraction : float
        That part, 0 .. 1, with its share of every class; scaling and learning do not see it.
    n_iter_no_change : int
        More epochs than this without an improvement end `fit`.
    tol : float
        What counts as an improvement of the score, at least.
    verbose : bool or int
        Print a line after every epoch, and one when a model must be compiled first.
    callback : callable or None
        ``callback(estimator, counters)`` after every epoch, with what has been learned so far and
        the epoch's `boards.device.Counters`. An exception of it ends the call, as an interrupt
        does. It is not saved.
    class_weight : dict, "balanced" or None
        Class -> how often its samples are drawn, beside those of others; 1 for those that are not
        named. "balanced": all classes alike. An epoch has as many samples as without, drawn anew
        each time, since the chip learns from every sample alike.

    Attributes
    ----------
    classes_ : array (n_classes,)
    n_features_in_ : int
    input_limits_ : float64 array (2, n_features) or None
        Values of each feature that are scaled to 0 and to 1; None without scaling.
    design_ : Design
    weights_ : dict of str to array
        Raw int64; float64 from the float reference.
    generators_ : int64 array
        States of the generators, as `Device.read_generators` gives them; a device that has none
        leaves them as they were.
    seed_ : int
    n_epochs_ : int
        Epochs learned so far.
    online_accuracy_ : list of float
        Per epoch: share of the samples predicted right before they were learned from. Empty with
        rules whose prediction has seen the label: see `taught_accuracy_`.
    taught_accuracy_ : list of float
        Per epoch, with such a rule: share of the samples that were right while their labels taught
        them. It is above chance even where there is nothing to learn; empty with other rules.
    described_ : dict
        Parameters that described network and scaling when `fit`, or the first `partial_fit`, began.
    data_digest_ : str
        Checksum of the data that was learned from last.
    cycles_ : int
        Clock cycles spent on learning (0 in a model).
    coefs_, intercepts_ : list of float64 arrays (n_in, n_out) and (n_out,)
        Weights and biases of each layer as real numbers; inputs are as `input_limits_` scales them.
        There are as many outputs as classes, also of two classes.
    n_iter_ : int
        Same as `n_epochs_`.
    validation_scores_ : list of float or None
        With `early_stopping`, per epoch: the score on the samples that were kept apart; of the
        classifier the accuracy, of the regressor R², of the autoencoder the mean of
        `score_samples`.
    best_validation_score_ : float or None
        The highest of them, that of `weights_`.
    latest_weights_ : dict of str to array or None
        With `early_stopping`, the weights from which `resume` goes on.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from cortigate import CortigateClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = CortigateClassifier(hidden_layer_sizes=(8,), learning_rate_shift=3).fit(X, y)
    >>> bool(learner.score(X, y) > 0.9)
    True
    >>> learner.predict_proba(X[:2]).shape
    (2, 3)
    """

    KIND: ClassVar[str] = "CortigateClassifier"
    OUTPUTS: ClassVar[str] = "classes"
    RANGE: ClassVar[tuple[int, int]] = (2, MOST_CLASSES)
    TARGET: ClassVar[Target] = Target.CLASS

    classes_: np.ndarray

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
                 verbose: bool | int = False, callback: Callable | None = None,
                 class_weight: dict | str | None = None):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes, rule=rule, mechanism=mechanism,
            schedule=schedule, hidden=hidden, learning_rate_shift=learning_rate_shift,
            rule_parameters=rule_parameters, milestones=milestones, epochs=epochs, lanes=lanes,
            sample_capacity=sample_capacity, design=design, scale=scale, device=device,
            random_state=random_state, checkpoint=checkpoint, early_stopping=early_stopping,
            validation_fraction=validation_fraction, n_iter_no_change=n_iter_no_change, tol=tol,
            verbose=verbose, callback=callback)
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from the start: finite inputs (n, n_features), labels (n,).

        Raises
        ------
        ValueError, TypeError
            Shapes, NaN, a range, or a parameter; the message says what is allowed.
        LinkError
            From the board, or its design is not known.

        Warns
        -----
        ConvergenceWarning
            Learning has diverged; what was learned stays. The message names a lower rate.
        """
        return self._fit(X, y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go on for one epoch over the data, with the design and the scaling of the first call.

        Parameters
        ----------
        X, y : arrays
            As for `fit`.
        classes : array or None
            All labels; needed in the first call, and the same in later ones.

        Raises
        ------
        ValueError, TypeError, LinkError
            As `fit`; other classes, or classes that are neither numbers nor texts; or a parameter
            that describes network or scaling has changed since the first call.
        """
        first, new, X, y = self._gone_on(X, y)
        if first and classes is None:
            raise ValueError("classes must be given in the first call of partial_fit")
        classes = None if classes is None else _labels(classes)
        if first:
            new._begin_with(X, classes)
        elif classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(f"classes must be those of the first call, "
                             f"{', '.join(map(str, self.classes_))}, not "
                             f"{', '.join(map(str, classes))}: call fit to begin anew")
        return self._learn(new, X, y, 1, partial=True)

    def predict(self, X: Any) -> np.ndarray:
        """Labels (n,) of inputs (n, n_features)."""
        inputs = self._raw(self._checked(X))
        with self._opened() as device:
            return self.classes_[predict_all(device, inputs)]

    def decision_function(self, X: Any) -> np.ndarray:
        """Output values of inputs (n, n_features): what `predict` has seen.

        Rates of the last layer, of spiking neurons how often each has spiked. A board leaves them
        where its design has `results`; otherwise they are the integer model's with the same
        weights, equal in every bit. Where the largest rates are equal, at the end of their format,
        half a step is added to that of the class which `predict` names, whose potential is larger.

        Returns
        -------
        float64 array
            (n, n_classes); of two classes (n,), the second one's value minus the first one's.
        """
        values = self._values(X)
        return values[:, 1] - values[:, 0] if len(self.classes_) == 2 else values

    def predict_proba(self, X: Any) -> np.ndarray:
        """Softmax of 8 times the rates of the last layer: (n, n_classes), each row adds up to 1.

        Of spiking neurons 8 times the share of the time steps in which each has spiked. The largest
        is that of `predict`, but none is calibrated: where shares of the right ones are to agree
        with it, put the classifier into `sklearn.calibration.CalibratedClassifierCV`.
        """
        powers = exponential(self._sharpened(X))
        return powers / powers.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of `predict_proba`, float64 (n, n_classes), finite."""
        values = self._sharpened(X)
        return values - np.log(exponential(values).sum(axis=1, keepdims=True))

    def _sharpened(self, X):
        """Exponents of `predict_proba`, (n, n_classes), the largest of each row 0."""
        values = SHARPNESS * self._values(X)
        if self.design_.engine.spiking:
            values = values / self.design_.rule.steps
        return values - values.max(axis=1, keepdims=True)

    def _values(self, X):
        """Output values (n, n_classes), the largest that of the predicted class."""
        inputs = self._raw(self._checked(X))
        with self._opened() as device:
            values = self._left(device, inputs)
            tied = (values == values.max(axis=1, keepdims=True)).sum(axis=1) > 1
            if tied.any():
                step = 1.0 if self.design_.engine.spiking else self.design_.rate.to_float(1)
                values[tied, predict_all(device, inputs[tied])] += step / 2
        return values

    def plan(self, n_features: int, n_outputs: int) -> Design:
        """The design with which `fit` would learn data of these numbers: see `ChipEstimator`."""
        weighting(self.class_weight)
        return super().plan(n_features, n_outputs)

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        """(A copy of this estimator that may learn, X, y), if the data is sound."""
        new = self._copied()
        arrays: Any = validate_data(new, X, y, dtype=np.float64, reset=reset)
        X, y = arrays
        try:
            check_classification_targets(y)
        except TypeError as error:  # they have no order
            raise TypeError(f"y must be all numbers or all texts, none missing: {error}") from error
        return new, X, y

    def _strata(self, y: np.ndarray) -> np.ndarray | None:
        return y

    def _begin(self, X: np.ndarray, y: np.ndarray) -> None:
        self._begin_with(X, np.unique(y))

    def _begin_with(self, X, classes):
        """Start for data with these labels."""
        if len(classes) < 2:
            raise ValueError(f"y must have at least 2 classes, not only one class: {classes!r}")
        self._start(X, len(classes))
        self.classes_ = classes
        self.online_accuracy_, self.taught_accuracy_ = [], []

    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _numbered(self, y: np.ndarray) -> np.ndarray:
        """Numbers of the classes; ValueError if a label is none of them."""
        # As Python's numbers, which are compared exactly: NumPy makes floats of int64 and uint64.
        numbers = {label: number for number, label in enumerate(self.classes_.tolist())}
        labels, places = np.unique(y, return_inverse=True)
        found = np.array([numbers.get(label, -1) for label in labels.tolist()], np.int64)[places]
        if (found < 0).any():
            raise ValueError(f"y must hold only {', '.join(map(str, self.classes_))}, "
                             f"not {y[found < 0].tolist()[0]!r}")
        return found

    def _shares(self, numbers: np.ndarray) -> np.ndarray | None:
        weights = weights_of(self.class_weight, self.classes_, numbers)
        return None if weights is None else weights[numbers]

    def _validated(self, trainer: Trainer, X: np.ndarray, inputs: np.ndarray,
                   numbers: np.ndarray) -> float:
        return float((trainer.predict(inputs) == numbers).mean())

    def _may_have_diverged(self, device: Device, inputs: np.ndarray, targets: np.ndarray) -> bool:
        """Predictions are hardly better than always the most frequent class.

        They come from the device, unlike its outputs, if it is a board without `results`.
        """
        right = (predict_all(device, inputs) == targets).mean()
        most = np.bincount(targets).max() / len(targets)
        return bool(right - most <= LEARNED * (1.0 - most))

    def _scored(self, done: Counters) -> None:
        name = ("online_accuracy_" if self.design_.rule.predicts_before_label
                else "taught_accuracy_")
        setattr(self, name, [*getattr(self, name), done.correct / done.samples])


def _labels(classes):
    """The parameter `classes` as a sorted array without repetitions."""
    labels = column_or_1d(classes)
    if (not all(isinstance(one, str) for one in labels) if labels.dtype.kind == "O"
            else labels.dtype.kind == "f" and np.isnan(labels).any()):
        raise TypeError(f"classes must be numbers or texts, not {shown(classes)}")
    return np.unique(labels)
