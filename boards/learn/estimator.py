"""A scikit-learn classifier that learns on the chip."""

from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ...golden.initial import initial_weights
from ...golden.spec import Design, preset
from ...golden.spec.design import MOST_CLASSES
from ...golden.spec.network import LARGEST_LAYER
from ...golden.spec.plain import plain, shown
from ...golden.spec.qformat import check_integer
from ..device import Device
from ..record import BuildRecord
from .estimator_file import Saved, data_digest
from .opening import AUTO, is_port, open_device
from .resumable import begin, require_kind
from .trainer import Trainer, predict_all
from .training import design_by_name, epoch_run, initial_generators, rule_name

__all__ = ["CortigateClassifier"]

MOST_EPOCHS, MOST_SEED = 10**9, 2**64 - 1


class CortigateClassifier(Saved, ClassifierMixin, BaseEstimator):
    """Network that learns by a local rule on a board, the virtual board, or in a golden model.

    Inputs lie in 0 .. 1: scale them with a `MinMaxScaler(clip=True)`.

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
        eta = 2**-learning_rate_shift; None is the rule's own.
    rule_parameters : dict or None
        Further parameters of the rule by name, such as ``{"steps": 4}``: see the
        rule's class in golden.spec.rules.
    milestones : int or tuple of int
        Epochs from which on the learning rate is halved (once more).
    epochs : int
        Passes of `fit` over the data.
    lanes : int
        Multiply-accumulate units of the hardware: more are faster and larger.
    sample_capacity : int
        Samples that the chip stores; larger sets go through it in random parts.
    design : Design, str or None
        Instead of the parameters above that describe the network and the engine: a design, the
        name of a preset, or the path of the report.json of a build; its first and last layer
        match the data.
    device : str or callable
        ``integer`` (the model that has the hardware's bits), ``virtual`` (the hardware itself in a
        simulator), ``reference`` (the rule's equations in float64), ``backprop`` (backpropagation
        in float64), a serial port, ``auto`` (the only board), or a callable: see `open_device`. On
        a board `fit` learns with the design that runs there: parameters at their defaults follow
        it, others must agree with it.
    random_state : int, RandomState or None
        Of the initial weights and the order of samples. `fit` draws one number from a RandomState,
        and none if it is refused.
    checkpoint : path or None
        File that everything learned is saved to after every epoch, replacing an older one: see
        `save`, `load` (which sets it to the file that is loaded) and `resume`.

    Attributes
    ----------
    classes_ : array (n_classes,)
    n_features_in_ : int
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
        Parameters that described the network when `fit`, or the first `partial_fit`, began.
    data_digest_ : str
        Checksum of the data that was learned from last.
    cycles_ : int
        Clock cycles spent on learning (0 in a model).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import minmax_scale
    >>> from cortigate import CortigateClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = CortigateClassifier(hidden_layer_sizes=(8,), learning_rate_shift=3)
    >>> learner = learner.fit(minmax_scale(X), y)
    >>> bool(learner.score(minmax_scale(X), y) > 0.9)
    True
    """

    def __init__(self, *, hidden_layer_sizes: int | Sequence[int] = (32,), rule: str | None = None,
                 mechanism: str | None = None, schedule: str | None = None,
                 hidden: str | None = None, learning_rate_shift: int | None = None,
                 rule_parameters: dict[str, Any] | None = None,
                 milestones: int | Sequence[int] = (), epochs: int = 20, lanes: int = 8,
                 sample_capacity: int = 1797, design: Design | str | None = None,
                 device: str | Callable[[Design], Device] = "integer",
                 random_state: int | np.random.RandomState | None = 0,
                 checkpoint: str | PathLike | None = None):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.rule = rule
        self.mechanism = mechanism
        self.schedule = schedule
        self.hidden = hidden
        self.learning_rate_shift = learning_rate_shift
        self.rule_parameters = rule_parameters
        self.milestones = milestones
        self.epochs = epochs
        self.lanes = lanes
        self.sample_capacity = sample_capacity
        self.design = design
        self.device = device
        self.random_state = random_state
        self.checkpoint = checkpoint

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.non_deterministic = False
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from the start: inputs (n, n_features) in the sample format's range, labels (n,).

        Raises
        ------
        ValueError, TypeError
            Shapes, NaN, a range, or a parameter; the message says what is allowed.
        LinkError
            From the board, or its design is not known.
        """
        epochs = self._epochs()
        new, X, y = self._judged(X, y, reset=True)
        new._start(np.unique(y))
        return self._learn(new, X, y, epochs)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go on for one epoch over the data, with the design of the first call.

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
            that describes the network has changed since the first call.
        """
        first = not hasattr(self, "weights_")
        if not first:
            self._require_same_network()
        new, X, y = self._judged(X, y, reset=first)
        if first and classes is None:
            raise ValueError("classes must be given in the first call of partial_fit")
        classes = None if classes is None else _labels(classes)
        if first:
            new._start(classes)
        elif classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(f"classes must be those of the first call, "
                             f"{', '.join(map(str, self.classes_))}, not "
                             f"{', '.join(map(str, classes))}: call fit to begin anew")
        return self._learn(new, X, y, 1)

    def predict(self, X: Any) -> np.ndarray:
        """Labels (n,) of inputs (n, n_features)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        inputs = self._raw(X)
        with open_device(self.device, self.design_) as device:
            device.write_weights(self.weights_)
            return self.classes_[predict_all(device, inputs)]

    def _epochs(self) -> int:
        """How many `fit` learns, as a plain int."""
        return check_integer("epochs", self.epochs, 1, MOST_EPOCHS)

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        """(A copy of this estimator that may learn, X, y), if the data is sound."""
        new = copy(self)  # what validation writes down about the data is of the copy, too
        arrays: Any = validate_data(new, X, y, dtype=np.float64, reset=reset)
        X, y = arrays
        try:
            check_classification_targets(y)
        except TypeError as error:  # they have no order
            raise TypeError(f"y must be all numbers or all texts, none missing: {error}") from error
        return new, X, y

    def _start(self, classes):
        """Design and initial weights for data with these labels."""
        if len(classes) < 2:
            raise ValueError(f"y must have at least 2 classes, not only one class: {classes!r}")
        design, seed = self._design(self.n_features_in_, len(classes)), self._seed()
        self.classes_, self.design_, self.seed_ = classes, design, seed
        self.described_ = self._describing()
        self.weights_ = initial_weights(design, seed)
        self.generators_ = initial_generators(design)
        self.n_epochs_, self.cycles_ = 0, 0
        self.online_accuracy_, self.taught_accuracy_ = [], []

    def _seed(self):
        if isinstance(self.random_state, int | np.integer):
            return check_integer("random_state", self.random_state, 0, MOST_SEED)
        try:
            source = check_random_state(self.random_state)
        except ValueError:
            raise ValueError("random_state must be an integer, None or a RandomState, not "
                             f"{shown(self.random_state)}") from None
        if self.random_state is not None:  # given, to be drawn from by calls that learn alone
            source = deepcopy(source)
        return int(source.randint(2**31))

    def _draw(self):
        """Draw from a `random_state` that was given what `_seed` has found there."""
        if not isinstance(self.random_state, int | np.integer | None):
            check_random_state(self.random_state).randint(2**31)

    def _described(self):
        """The parameters that describe a design, as plain values."""
        words = {name: plain(name, getattr(self, name), str | None)
                 for name in ("mechanism", "schedule", "hidden")}
        return words | {
            "rule": rule_name(self.rule),
            "hidden_layer_sizes": several("hidden_layer_sizes", self.hidden_layer_sizes),
            "lanes": plain("lanes", self.lanes, int),
            "learning_rate_shift": plain("learning_rate_shift", self.learning_rate_shift,
                                         int | None),
            "rule_parameters": plain("rule_parameters", self.rule_parameters, dict | None),
            "sample_capacity": plain("sample_capacity", self.sample_capacity, int)}

    def _describing(self):
        """Whatever describes the network among the parameters, as a checkpoint may hold it."""
        if isinstance(self.design, Design):
            return {"design": self.design.digest}
        if self.design is not None:
            return {"design": self.design}
        described = self._described()
        described["hidden_layer_sizes"] = list(described["hidden_layer_sizes"])
        more = described["rule_parameters"]  # of NumPy's kinds of numbers, perhaps, and of enums
        described["rule_parameters"] = more and {
            name: f"{value}" for name, value in more.items()}
        return described

    def _require_same_network(self) -> None:
        """Raise ValueError if parameters describe another network than the one that has learned."""
        before = getattr(self, "described_", None)  # files of older versions have none
        now = self._describing()
        if before is None or before == now:
            return
        changed = sorted(name for name in before | now if before.get(name) != now.get(name))
        raise ValueError(f"{', '.join(changed)} must be the same as in the fit that is being "
                         "continued, since "
                         f"{'they describe' if len(changed) > 1 else 'it describes'} the network: "
                         "call fit to begin anew")

    def _design(self, n_features, n_classes):
        if self.design is not None:
            design = _named(self.design)
        elif is_port(self.device):
            design = self._boards_design(self.device)
        else:
            described = self._described()
            hidden = described.pop("hidden_layer_sizes")
            check_integer("the number of hidden layers", len(hidden), 1, 6)
            check_integer("the number of features of X", n_features, 1, LARGEST_LAYER)
            check_integer("the number of classes of y", n_classes, 2, MOST_CLASSES)
            return design_by_name((n_features, *hidden, n_classes), **described)
        sizes = design.network.sizes
        if (sizes[0], sizes[-1]) != (n_features, n_classes):
            raise ValueError(f"the design {design.network} takes {sizes[0]} features and "
                             f"{sizes[-1]} classes, but the data has {n_features} and {n_classes}")
        return design

    def _boards_design(self, port: str) -> Design:
        """The design that runs on the board; ValueError if a parameter contradicts it."""
        usual = CortigateClassifier()._described()
        asked = {name: value for name, value in self._described().items() if value != usual[name]}
        # Only here, since a model needs no serial port.
        from ..host.discovery import only_board
        from .designs import design_on

        return design_on(only_board() if port == AUTO else port, asked,
                         unknown="give the report of its build, design='FOLDER/report.json'")

    def _raw(self, X):
        fmt = self.design_.sample
        if (X < 0).any() or not fmt.reaches(X):
            highest = fmt.to_float(fmt.maximum)
            raise ValueError(f"Negative values in data, or values above {highest}: X must lie in "
                             f"0 .. {highest}; scale it, for example with "
                             "sklearn.preprocessing.MinMaxScaler(clip=True)")
        return fmt.from_float(X)

    def _learn(self, new: Self, X: np.ndarray, y: np.ndarray, epochs: int, *,
               goes_on: bool = False) -> Self:
        """Let a judged copy learn, and become it after every epoch.

        `goes_on` refuses a device that computes in other numbers than were learned.
        """
        known = np.isin(y, new.classes_)
        if not known.all():
            raise ValueError(f"y must hold only {', '.join(map(str, new.classes_))}, "
                             f"not {y[~known].tolist()[0]!r}")
        milestones = several("milestones", self.milestones)
        inputs, labels = new._raw(X), np.searchsorted(new.classes_, y)
        # The rate of the last epoch is the lowest: out of reach it is refused at once.
        epoch_run(new.design_, new.seed_, new.n_epochs_ + epochs - 1, 1,
                  milestones=milestones).check(new.design_)
        digest = data_digest(X, labels)
        new._check_keeping()
        with open_device(self.device, new.design_) as device:
            if goes_on:
                require_kind(device, new.weights_["W1"].dtype.kind == "f")
            begin(device, new.weights_, new.generators_)
            trainer = Trainer(device, inputs, labels, seed=new.seed_, milestones=milestones)
            for _ in range(epochs):
                new._epoch(trainer)
                new.data_digest_ = digest
                if new.n_epochs_ == 1:
                    new._draw()
                self.__dict__ = vars(new).copy()  # at once: an interrupt finds the old or the new
                self._keep()
        return self

    def _epoch(self, trainer):
        """Learn for one epoch, and take over what was learned."""
        done = trainer.epoch(self.n_epochs_)
        name = ("online_accuracy_" if self.design_.rule.predicts_before_label
                else "taught_accuracy_")
        setattr(self, name, [*getattr(self, name), done.correct / done.samples])
        self.cycles_ += done.cycles
        self.weights_, states = trainer.device.read_weights(), trainer.device.read_generators()
        if states.size:  # a float model may have none, but the next device needs them
            self.generators_ = states
        self.n_epochs_ += 1


def several(name: str, value: object) -> tuple[int, ...]:
    """Integers as a plain tuple: one alone, or a sequence of them."""
    found = plain(name, value, int | tuple[int, ...])
    return (found,) if isinstance(found, int) else found


def _labels(classes):
    """The parameter `classes` as a sorted array without repetitions."""
    labels = column_or_1d(classes)
    if (not all(isinstance(one, str) for one in labels) if labels.dtype.kind == "O"
            else labels.dtype.kind == "f" and np.isnan(labels).any()):
        raise TypeError(f"classes must be numbers or texts, not {shown(classes)}")
    return np.unique(labels)


def _named(design):
    """A design as the parameter `design` gives it."""
    if isinstance(design, str):
        return BuildRecord.read(design).design if design.endswith(".json") else preset(design)
    if not isinstance(design, Design):
        raise TypeError(f"design must be a Design, the name of a preset, or the path of a build's "
                        f"report.json, not {shown(design)}")
    return design
