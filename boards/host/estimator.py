"""A scikit-learn classifier that learns on the chip."""

import math

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ...golden.initial import initial_weights
from ...golden.spec import Design, preset
from .builds import read_record
from .designs import design_on
from .device import AUTO, is_port, open_device
from .discovery import only_board
from .estimator_file import Saved, data_digest
from .portions import predict_all
from .training import design_by_name, epoch_run, initial_generators, rule_name

__all__ = ["CortigateClassifier"]

# Parameters that describe a design.
DESCRIBING = ("hidden_layer_sizes", "rule", "mechanism", "schedule", "hidden",
              "learning_rate_shift", "rule_parameters", "lanes", "sample_capacity")


class CortigateClassifier(Saved, ClassifierMixin, BaseEstimator):
    """Network that learns by a local rule on a board, the virtual board, or in a golden model.

    Integer model, virtual board and real board give identical weights from the same data and
    seed. What was learned lives in `weights_`: every call opens the device, loads it, works, reads
    it back and closes, so that an estimator can be cloned, pickled and searched over.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Neurons of the hidden layers, 1 .. 6 of them.
    rule : str
        ``ghost``, ``equilibrium`` (or ``eqprop``), ``inversion``, ``pal`` or ``microcircuit``.
    mechanism : str or None
        How ghosts cancel feedback: ``C1``, ``A-copy``, ``A-sameR`` or ``N``; None is C1. Only for
        the rule ghost.
    schedule : str or None
        ``sweep`` or ``relaxation``; None is sweep. Only for the rule ghost.
    hidden : str or None
        Hidden units: see `boards.host.training.design_by_name`.
    learning_rate_shift : int or None
        eta = 2**-learning_rate_shift; None is the rule's own.
    rule_parameters : dict or None
        Further parameters of the rule by name, such as ``{"steps": 4}``: see `GhostRule`,
        `EquilibriumRule`, `InversionRule`, `PalRule` and `MicrocircuitRule` of golden.spec.
    milestones : tuple of int
        Epochs from which on the learning rate is halved (once more).
    epochs : int
        Passes of `fit` over the data.
    lanes : int
    sample_capacity : int
        Samples that the chip stores; larger sets go through it in random parts.
    design : Design, str or None
        Instead of the parameters above that describe the network and the engine: a design, the
        name of a preset, or the path of the report.json of a build; its first and last layer
        match the data.
    device : str or callable
        ``integer``, ``reference``, ``virtual``, a serial port, ``auto`` (the only board), or a
        callable: see `open_device`. On a board `fit` learns with the design that runs there:
        parameters at their defaults follow it, others must agree with it.
    random_state : int, RandomState or None
        Of the initial weights and the order of samples.
    checkpoint : path or None
        File that everything learned is saved to after every epoch, replacing an older one: see
        `save`, `load` and `resume`.

    Attributes
    ----------
    classes_ : array (n_classes,)
    n_features_in_ : int
    design_ : Design
    weights_ : dict of str to array
        Raw int64; float64 from the float reference.
    generators_ : int64 array
        States of the generators, as `Device.read_generators` gives them.
    seed_ : int
    n_epochs_ : int
        Epochs learned so far.
    online_accuracy_ : list of float
        Per epoch: share of the samples predicted right before learning from them.
    data_digest_ : str
        Checksum of the data that was learned from last.
    cycles_ : int
        Clock cycles spent on learning (0 in a model).
    """

    def __init__(self, *, hidden_layer_sizes=(32,), rule="ghost", mechanism=None, schedule=None,
                 hidden=None, learning_rate_shift=None, rule_parameters=None, milestones=(),
                 epochs=20, lanes=8, sample_capacity=1797, design=None, device="integer",
                 random_state=0, checkpoint=None):
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.non_deterministic = False
        return tags

    def fit(self, X, y):
        """Learn from the start: inputs (n, n_features) in the sample format's range, labels (n,).

        Raises
        ------
        ValueError
            Shapes, NaN, a range, or a parameter; the message says what is allowed.
        LinkError
            From the board, or its design is not known.
        """
        if not isinstance(self.epochs, int | np.integer) or self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, not {self.epochs!r}")
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self._start(np.unique(y))
        return self._learn(X, y, self.epochs)

    def partial_fit(self, X, y, classes=None):
        """Go on for one epoch over the data; `classes` lists all labels in the first call."""
        first = not hasattr(self, "weights_")
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(y)
        if first:
            if classes is None:
                raise ValueError("classes must be given in the first call of partial_fit")
            self._start(np.unique(classes))
        return self._learn(X, y, 1)

    def predict(self, X):
        """Labels (n,) of inputs (n, n_features)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        inputs = self._raw(X)
        with open_device(self.device, self.design_) as device:
            device.write_weights(self.weights_)
            return self.classes_[predict_all(device, inputs)]

    def _start(self, classes):
        """Design and initial weights for data with these labels."""
        if len(classes) < 2:
            raise ValueError(f"y must have at least 2 classes, not only one class: {classes!r}")
        design, seed = self._design(self.n_features_in_, len(classes)), self._seed()
        self.classes_, self.design_, self.seed_ = classes, design, seed
        self.weights_ = initial_weights(design, seed)
        self.generators_ = initial_generators(design)
        self.n_epochs_, self.online_accuracy_, self.cycles_ = 0, [], 0

    def _seed(self):
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31))

    def _design(self, n_features, n_classes):
        if self.design is not None:
            design = _named(self.design)
        elif is_port(self.device):
            design = self._boards_design()
        else:
            return design_by_name(
                (n_features, *self.hidden_layer_sizes, n_classes), rule=self.rule,
                mechanism=self.mechanism, schedule=self.schedule, hidden=self.hidden,
                learning_rate_shift=self.learning_rate_shift,
                rule_parameters=self.rule_parameters, lanes=self.lanes,
                sample_capacity=self.sample_capacity)
        sizes = design.network.sizes
        if (sizes[0], sizes[-1]) != (n_features, n_classes):
            raise ValueError(f"the design {design.network} takes {sizes[0]} features and "
                             f"{sizes[-1]} classes, but the data has {n_features} and {n_classes}")
        return design

    def _boards_design(self):
        """The design that runs on the board; ValueError if a parameter contradicts it."""
        usual = CortigateClassifier().get_params()
        asked = {name: getattr(self, name) for name in DESCRIBING}
        asked |= {"rule": rule_name(self.rule),
                  "hidden_layer_sizes": tuple(self.hidden_layer_sizes)}
        asked = {name: value for name, value in asked.items() if value != usual[name]}
        port = only_board() if self.device == AUTO else self.device
        return design_on(port, asked,
                         unknown="give the report of its build, design='FOLDER/report.json'")

    def _raw(self, X):
        fmt = self.design_.sample
        highest = float(fmt.to_float(fmt.maximum))
        # Half a step beyond still rounds to the last value.
        if len(X) and not (0 <= X.min() and X.max() <= highest + float(fmt.to_float(1)) / 2):
            raise ValueError(f"Negative values in data, or values above {highest}: X must lie in "
                             f"0 .. {highest}; scale it, for example with "
                             "sklearn.preprocessing.MinMaxScaler(clip=True)")
        return fmt.from_float(X)

    def _parts(self, indices):
        """Parts of the data that fit the sample memory."""
        parts = math.ceil(len(indices) / self.design_.sample_capacity)
        return np.array_split(indices, parts)

    def _learn(self, X, y, epochs):
        known = np.isin(y, self.classes_)
        if not known.all():
            raise ValueError(f"y must hold only {', '.join(map(str, self.classes_))}, "
                             f"not {y[~known][0]}")
        inputs, labels = self._raw(X), np.searchsorted(self.classes_, y)
        everything = np.arange(len(X))
        resident = len(X) <= self.design_.sample_capacity
        with open_device(self.device, self.design_) as device:
            device.write_weights(self.weights_)
            if device.read_generators().size:  # a float model may have none
                device.write_generators(self.generators_)
            if resident:
                device.write_samples(inputs, labels)
            for epoch in range(self.n_epochs_, self.n_epochs_ + epochs):
                if resident:
                    parts = [everything]
                else:  # which samples share a part changes too, or their order would be poor
                    order = np.random.default_rng([self.seed_, epoch, 1])
                    parts = self._parts(order.permutation(everything))
                correct = 0
                for part in parts:
                    if not resident:
                        device.write_samples(inputs[part], labels[part])
                    done = device.train(epoch_run(self.design_, self.seed_, epoch, len(part),
                                                  milestones=self.milestones))
                    correct, self.cycles_ = correct + done.correct, self.cycles_ + done.cycles
                self.online_accuracy_.append(correct / len(X))
                self.weights_, self.generators_ = device.read_weights(), device.read_generators()
                self.n_epochs_, self.data_digest_ = epoch + 1, data_digest(X, labels)
                self._keep()
        return self


def _named(design):
    """A design as the parameter `design` gives it."""
    if isinstance(design, str):
        return read_record(design).design if design.endswith(".json") else preset(design)
    if not isinstance(design, Design):
        raise TypeError(f"design must be a Design, the name of a preset, or the path of a build's "
                        f"report.json, not {design!r}")
    return design
