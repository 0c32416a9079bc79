"""Work of every estimator: scale, learn epoch after epoch, keep what was learned."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from ....golden.initial import initial_weights
from ....golden.spec import Design
from ....golden.spec.plain import plain
from ....golden.spec.qformat import check_integer
from ....golden.spec.targets import Target
from ...device import Counters, Device
from ..opening import open_device
from ..resumable import begin, require_kind
from ..trainer import Trainer, outputs_of_all
from ..training import epoch_run, initial_generators, unreached_milestones
from .described import Described, several
from .divergence import advice, error_beside_mean, settled, some, wanted
from .files import Saved, data_digest
from .fitted import Fitted
from .scaling import limits_of, scaled
from .seeds import Seed, next_seed, use_up
from .stopping import MOST_EPOCHS, Stopping
from .telling import told_of_compiling

__all__ = ["ChipEstimator"]


class ChipEstimator(Described, Fitted, Saved, BaseEstimator):
    """Common part of the estimators; parameters and attributes as of `CortigateClassifier`."""

    best_validation_score_: float | None
    design_: Design
    generators_: np.ndarray
    input_limits_: np.ndarray | None
    latest_weights_: dict[str, np.ndarray] | None
    n_epochs_: int
    n_features_in_: int
    seed_: int
    validation_scores_: list[float] | None
    weights_: dict[str, np.ndarray]

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
        self.scale = scale
        self.device = device
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.callback = callback

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = self.scale is None
        tags.non_deterministic = False
        return tags

    def plan(self, n_features: int, n_outputs: int) -> Design:
        """The design with which `fit` would learn data of these numbers; nothing is learned.

        Parameters
        ----------
        n_features, n_outputs : int
            `n_outputs` are the classes, or the columns of what is given out.

        Raises
        ------
        ValueError, TypeError, LinkError
            `fit` would refuse a parameter; the message says what is allowed.
        """
        epochs, milestones = self._epochs(), several("milestones", self.milestones)
        self._stopping()
        self._seed()
        self._scaling()
        design = self._design_for(n_features, n_outputs)
        # The rate of the last epoch is the lowest.
        epoch_run(design, 0, epochs - 1, 1, milestones=milestones).check(design)
        return design

    def _scored(self, done: Counters) -> None:
        """Write down how an epoch went."""

    def _epochs(self) -> int:
        """How many `fit` learns, as a plain int."""
        return check_integer("epochs", self.epochs, 1, MOST_EPOCHS)

    def _copied(self) -> Self:
        """A copy that may learn: what is written down about the data is of the copy, too."""
        return copy(self)

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        """(A copy of this estimator that may learn, X, y), if the data is sound."""
        raise NotImplementedError

    def _begin(self, X: np.ndarray, y: np.ndarray) -> None:
        """Start for judged data."""
        raise NotImplementedError

    def _shares(self, numbers: np.ndarray) -> np.ndarray | None:
        """How often each sample is drawn, beside the others; None: all alike."""
        return None

    def _validated(self, trainer: Trainer, X: np.ndarray, inputs: np.ndarray,
                   numbers: np.ndarray) -> float:
        """Score of what the trainer's device has learned, on samples that were kept apart.

        `inputs` are those of X, raw, and `numbers` what `_numbered` makes of theirs.
        """
        raise NotImplementedError

    def _stopping(self) -> Stopping | None:
        """How `fit` ends before all epochs, if it may."""
        if not plain("early_stopping", self.early_stopping, bool):
            return None
        return Stopping(self.validation_fraction, self.n_iter_no_change, self.tol)

    def _parts(self, y: np.ndarray,
               stopping: Stopping | None) -> tuple[np.ndarray | slice, np.ndarray | None]:
        """(Places of the samples to learn from, places of those kept apart, if any are)."""
        if stopping is None:
            return slice(None), None  # of which no array makes a copy
        return stopping.parts(len(y), self._strata(y), self.seed_)

    def _strata(self, y: np.ndarray) -> np.ndarray | None:
        """Labels that must be in both parts, if there are labels."""
        return None

    def _fit(self, X: Any, y: Any) -> Self:
        """Learn all epochs from the start."""
        epochs, stopping = self._epochs(), self._stopping()
        new, X, y = self._judged(X, y, reset=True)
        new.seed_ = new._seed()
        kept, _ = new._parts(y, stopping)
        new._begin(X[kept], y[kept])
        return self._learn(new, X, y, epochs, stopping=stopping)

    def _gone_on(self, X: Any, y: Any) -> tuple[bool, Self, np.ndarray, np.ndarray]:
        """(Whether nothing was learned yet, a judged copy, X, y) of `partial_fit`."""
        if self._stopping() is not None:
            raise ValueError("partial_fit does not support early_stopping=True: it learns one "
                             "epoch, and you decide whether there is another one")
        first = not hasattr(self, "weights_")
        if not first:
            self._require_same_network()
        new, X, y = self._judged(X, y, reset=first)
        if first:
            new.seed_ = new._seed()
        new.latest_weights_ = None  # it goes on from what `predict` uses
        return first, new, X, y

    def _go_on(self, X: Any, y: Any) -> Self:
        """Learn for one epoch, from the start if nothing was learned yet."""
        first, new, X, y = self._gone_on(X, y)
        if first:
            new._begin(X, y)
        return self._learn(new, X, y, 1, partial=True)

    def _start(self, X: np.ndarray, n_outputs: int) -> None:
        """Scaling, design and initial weights for data with this number of outputs."""
        self.design_ = design = self._design_for(self.n_features_in_, n_outputs)
        self.input_limits_ = limits_of(X) if self._scaling() else None
        self.described_ = self._describing()
        self.weights_, self.latest_weights_ = initial_weights(design, self.seed_), None
        self.validation_scores_ = self.best_validation_score_ = None
        self.generators_ = initial_generators(design)
        self.n_epochs_, self.cycles_ = 0, 0

    def _seed(self):
        return next_seed(self.random_state)

    def _raw(self, X: np.ndarray) -> np.ndarray:
        """Inputs as the chip stores them, raw in design.sample."""
        fmt = self.design_.sample
        if self.input_limits_ is not None:
            return fmt.from_float(scaled(X, self.input_limits_))
        if not fmt.reaches(X) or not fmt.signed and (X < 0).any():
            lowest, highest = (f"{fmt.to_float(end):g}" for end in (fmt.minimum, fmt.maximum))
            what = "Values below {} in data" if fmt.signed else "Negative values in data"
            raise ValueError(f"{what.format(lowest)}, or values above {highest}: X must lie in "
                             f"{lowest} .. {highest}; scale it, with scale='minmax' for example")
        return fmt.from_float(X)

    def _checked(self, X: Any) -> np.ndarray:
        """X of a fitted estimator, float64 (n, n_features)."""
        check_is_fitted(self)
        array: Any = validate_data(self, X, dtype=np.float64, reset=False)
        return array

    def _outputs(self, X: Any, layer: int | None = None) -> np.ndarray:
        """Real rates, float64 (n, n_layer), that X leaves in a layer: see `Device.outputs`."""
        inputs = self._raw(self._checked(X))
        with self._opened() as device:
            return self._left(device, inputs, layer)

    @contextmanager
    def _opened(self) -> Iterator[Device]:
        """The device, loaded with what was learned."""
        with told_of_compiling(self.verbose), open_device(self.device, self.design_) as device:
            device.write_weights(self.weights_)
            yield device

    def _left(self, device: Device, inputs: np.ndarray, layer: int | None = None) -> np.ndarray:
        """The same of raw inputs on a loaded device."""
        return self._real(outputs_of_all(device, inputs, layer))

    def _real(self, rates: np.ndarray) -> np.ndarray:
        """Rates as real numbers; of spiking neurons, how often each spiked."""
        if rates.dtype.kind == "f" or self.design_.engine.spiking:
            return rates.astype(np.float64)
        return self.design_.rate.to_float(rates)

    def _learn(self, new: Self, X: np.ndarray, y: np.ndarray, epochs: int, *,
               goes_on: bool = False, stopping: Stopping | None = None,
               partial: bool = False) -> Self:
        """Let a judged copy learn, and become it after every epoch.

        `goes_on` refuses a device that computes in other numbers than were learned. `stopping`
        keeps samples apart, and in `weights_` the best weights on them. `partial` data may be
        unlike that of other calls, so that it does not tell whether learning has diverged.
        """
        numbers = new._numbered(y)
        milestones = several("milestones", self.milestones)
        kept, held = new._parts(y, stopping)
        inputs = new._raw(X[kept])
        targets = new._taught(numbers[kept], inputs)
        judged = None if held is None else (X[held], new._raw(X[held]), numbers[held])
        # The rate of the last epoch is the lowest: out of reach it is refused at once.
        epoch_run(new.design_, new.seed_, new.n_epochs_ + epochs - 1, 1,
                  milestones=milestones).check(new.design_)
        unreached = unreached_milestones(milestones, new.n_epochs_ + epochs)
        if unreached and not partial:
            warnings.warn(f"{unreached}: take lower ones, or learn for more epochs", stacklevel=4)
        digest = data_digest(X, numbers)
        plain("verbose", self.verbose, bool | int)
        plain("callback", self.callback, Callable | None)
        shares = new._shares(numbers[kept])
        new._check_keeping()
        with told_of_compiling(self.verbose), open_device(self.device, new.design_) as device:
            if goes_on:
                require_kind(device, new.weights_["W1"].dtype.kind == "f")
            begin(device, new._standing(), new.generators_)
            trainer = Trainer(device, inputs, targets, seed=new.seed_, milestones=milestones,
                              shares=shares)
            for left in range(epochs - 1, -1, -1):
                done = new._epoch(trainer, judged)
                enough = new._has_enough(stopping)
                if enough or not left:
                    new._end(device, X[kept])
                new.data_digest_ = digest
                if new.n_epochs_ == 1:
                    use_up(self.random_state)
                self.__dict__ = vars(new).copy()  # at once: an interrupt finds the old or the new
                self._keep()
                self._tell(done)
                if enough:
                    break
            if not partial:
                self._warn_if_diverged(device, inputs, targets, milestones)
        return self

    def _warn_if_diverged(self, device, inputs, targets, milestones):
        """ConvergenceWarning if the loaded device, after a whole fit, is far off what it learned.

        Raw inputs and targets as the trainer got them.
        """
        steps = len(inputs) * sum(2.0**-sum(epoch >= milestone for milestone in milestones)
                                  for epoch in range(self.n_epochs_))
        places = some(len(inputs))
        where = "" if self.design is None else " in the rule of your design"
        found = self._failure(device, inputs[places], targets[places], where,
                              settled(steps, self.design_.rule.learning_rate_shift))
        if found is not None:
            warnings.warn(found, ConvergenceWarning, stacklevel=4)

    def _failure(self, device: Device, inputs: np.ndarray, targets: np.ndarray, where: str,
                 enough: bool) -> str | None:
        """How a fit has failed, and what helps, by some of its samples; None if it has not.

        `where` says what has the rate, `enough` whether the steps should reach the mean.
        """
        if not enough or not self._may_have_diverged(device, inputs, targets):
            return None
        outputs = self._left(device, inputs)
        if self.design_.engine.spiking:
            outputs = outputs / self.design_.rule.steps
        ratio = error_beside_mean(outputs, wanted(self.design_, targets))
        return None if ratio is None else advice(self.design_, ratio, where)

    def _may_have_diverged(self, device: Device, inputs: np.ndarray, targets: np.ndarray) -> bool:
        """Whether it is worth the outputs of these training samples to know that."""
        return True

    def _standing(self):
        """Weights from which learning goes on."""
        return self.latest_weights_ or self.weights_

    def _has_enough(self, stopping: Stopping | None) -> bool:
        """Whether there was no improvement for too long."""
        return stopping is not None and stopping.enough(self.validation_scores_ or ())

    def _judge(self, score, weights):
        """Write down an epoch's score, and keep its weights if they are the best."""
        if self.best_validation_score_ is None or score > self.best_validation_score_:
            self.weights_, self.best_validation_score_ = weights, score
        self.validation_scores_ = [*(self.validation_scores_ or ()), score]
        self.latest_weights_ = weights

    def _end(self, device, X):
        """Finish a call, with the weights that remain on the device."""
        if self.latest_weights_ is not None:
            device.write_weights(self.weights_)
        self._finish(device, X)

    def _tell(self, done):
        """Print how an epoch went, if asked to, and call who wants to know."""
        if self.verbose:
            texts = [f"Epoch {self.n_epochs_}: {done.samples} samples"]
            if self.TARGET is Target.CLASS:
                texts.append(f"{done.correct / done.samples:.2%} right while they were learned")
            if self.validation_scores_ is not None and self.latest_weights_ is not None:
                texts.append(f"validation score {self.validation_scores_[-1]:.6f}")
            print(", ".join(texts), flush=True)
        if self.callback is not None:
            self.callback(self, done)

    def _taught(self, numbers: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """What the device is taught of what `_numbered` gives and of raw inputs, raw."""
        return numbers

    def _finish(self, device: Device, X: np.ndarray) -> None:
        """Take from a device, and from the data, what is only known at the end of a call."""

    def _epoch(self, trainer, judged):
        """Learn for one epoch, and take over what was learned: the epoch's counters.

        `judged` is what `_validated` gets of samples that were kept apart, None if there are none.
        """
        done, device = trainer.epoch(self.n_epochs_), trainer.device
        self._scored(done)
        self.cycles_ += done.cycles
        weights, states = device.read_weights(), device.read_generators()
        if states.size:  # a float model may have none, but the next device needs them
            self.generators_ = states
        self.n_epochs_ += 1
        if judged is None:
            self.weights_, self.latest_weights_ = weights, None
            self.validation_scores_ = self.best_validation_score_ = None
        else:
            self._judge(self._validated(trainer, *judged), weights)
        return done
