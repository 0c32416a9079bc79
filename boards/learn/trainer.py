"""Learning from a set of samples, however large, on any device: the one loop that there is.

A set that does not fit the sample memory goes through it portion after portion. In the order in
which it is given, its portions follow each other, and a device does what its integer model does
that gets the whole set at once. In random order every epoch divides the set anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec.contents import check_inputs
from ...golden.spec.shifts import shifts_of
from ...golden.spec.targets import Target, check_targets
from ..device import Counters, Device, Run
from ..device.protocol import Progress
from .keeper import Keeper
from .resumable import NOTHING, added
from .training import epoch_run

__all__ = ["Trainer", "learn_in_order", "outputs_of_all", "portions", "predict_all"]


class _Enough(Exception):
    """The run's progress ends it."""


def portions(capacity: int, count: int) -> list[slice]:
    """Slices of 0 .. `count` - 1, as few as fit the sample memory, as equal as can be."""
    parts = -(-count // capacity)
    ends = [0]
    for part in range(parts):  # the first ones are longer by one
        ends.append(ends[-1] + count // parts + (part < count % parts))
    return [slice(*pair) for pair in zip(ends, ends[1:], strict=False)]


def drawn(shares: np.ndarray, seed: Sequence[int]) -> np.ndarray:
    """Indices (n,) of as many samples as there are, sorted, each as often as its share says.

    Systematic sampling: a sample whose share is k of n is drawn k times, rounded up or down, in the
    long run without bias.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(shares))
    ends = np.cumsum(shares[order])
    ends = np.minimum(ends * (len(shares) / ends[-1]), len(shares))
    ends[-1] = len(shares)  # whatever rounding made of it
    counts = np.diff(np.floor(ends + random.random()), prepend=0.0).astype(np.int64)
    return np.sort(np.repeat(order, counts))


class Trainer:
    """Teaches a device a set of samples, epoch after epoch.

    Parameters
    ----------
    device : Device
        Whatever its sample memory holds is overwritten.
    inputs : int array (n, n_0)
        Raw in design.sample, n >= 1.
    targets : int array (n,) or (n, n_L), or None
        Classes, or values raw in design.target_values; None where the target is the input.
    seed : int or None
        Of the order of the samples in every epoch; None learns in the order given.
    milestones : tuple of int
        Epochs from which on the learning rate is halved (once more), if there is a seed.
    update_shift, second_update_shift : int or None
        k of the learning rates in the order given; None takes the rule's.
    keeper : Keeper or None
        Says when to pause, and when to stop.
    shares : float64 array (n,) or None
        How often each sample is drawn, beside the others: positive. An epoch draws as many samples
        as there are, each as often as is its share of the sum, or once more or less, anew in every
        epoch. None: each once.

    Raises
    ------
    TypeError, ValueError
        A shape, kind or range is wrong, or arguments contradict each other.

    Examples
    --------
    >>> trainer = Trainer(device, inputs, labels, seed=0)
    >>> [trainer.epoch(number).correct / len(inputs) for number in range(3)]
    """

    def __init__(self, device: Device, inputs: ArrayLike, targets: ArrayLike | None, *,
                 seed: int | None = None, milestones: Sequence[int] = (),
                 update_shift: int | None = None, second_update_shift: int | None = None,
                 keeper: Keeper | None = None, shares: np.ndarray | None = None):
        self.device, self.design = device, device.design
        self.inputs = check_inputs(self.design, inputs)
        if targets is None and self.design.target is Target.INPUT:
            targets = self.inputs
        self.targets = check_targets(self.design, np.asarray(targets), len(self.inputs))
        if not len(self.inputs):
            raise ValueError("inputs must hold at least one sample")
        if seed is None and milestones:
            raise ValueError("milestones must be empty without a seed: only epochs in random order "
                             "have them")
        if seed is None and shares is not None:
            raise ValueError("shares must be None without a seed: only epochs in random order draw")
        if seed is not None and (update_shift, second_update_shift) != (None, None):
            raise ValueError("update_shift and second_update_shift must be None with a seed: the "
                             "rule's own rates fall at the milestones")
        self.seed, self.milestones, self.shares = seed, milestones, shares
        self._shifts = shifts_of(self.design, update_shift, second_update_shift)
        self._keeper = keeper or Keeper()
        self._stored = self._beside = None  # what the sample memory holds, and after it

    def epoch(self, number: int = 0, done: Counters = NOTHING, progress: Progress | None = None,
              save: Callable[[Counters], object] | None = None) -> Counters:
        """Learn from every sample once.

        Parameters
        ----------
        number : int
            Of the epoch: it gives order and learning rate.
        done : Counters
            What was learned of the epoch already.
        progress : callable or None
            Gets the `Counters` so far, over all portions.
        save : callable or None
            ``save(counters)`` where the keeper wants a checkpoint, where the device does not run.

        Returns
        -------
        Counters
            Over all samples; with several portions `shuffle_state` is the last one's.

        Raises
        ------
        LinkError
            From the board.
        """
        total, start = len(self.inputs), 0
        for part in self._portions(number):
            stop = start + len(part)
            if done.samples < stop:
                self._store(part)
                run = self._run(number, len(part))
            while done.samples < stop:
                count = self._keeper.part(done.samples, stop - done.samples)
                done = self._learn(rest(run, done.samples - start, done.shuffle_state, count),
                                   done, progress)
                if save is not None and done.samples < total and self._keeper.due(done.samples):
                    save(done)
            start = stop
        return done

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Classes, int64 array (n,), of other raw inputs (n, n_0), however many; n >= 1.

        They lie behind the set if there is room.
        """
        return self._inferred(inputs, predict_all, self.device.predict)

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """Rates, (n, n_L), that inferences of other raw inputs leave in the last layer, likewise.
        """
        return self._inferred(inputs, outputs_of_all, self.device.outputs)

    def _inferred(self, inputs, of_all, of_stored):
        first = len(self.inputs)
        if first + len(inputs) > self.design.sample_capacity:
            self._stored = self._beside = None
            return of_all(self.device, inputs)
        if self._beside is not inputs:
            self.device.write_samples(inputs, None, first=first)
            self._beside = inputs
        return of_stored(first, len(inputs))

    def _portions(self, number):
        """Indices of each portion of an epoch. A set that fits is shuffled by the device."""
        order = (np.arange(len(self.inputs)) if self.shares is None or self.seed is None
                 else drawn(self.shares, [self.seed, number, 2]))
        parts = portions(self.design.sample_capacity, len(order))
        if self.seed is not None and len(parts) > 1:
            # Which samples share a portion changes too, or their order would be poor.
            order = np.random.default_rng([self.seed, number, 1]).permutation(order)
        return [order[part] for part in parts]

    def _store(self, part):
        """Write the samples of a portion, if they are not there."""
        if self._stored is None or not np.array_equal(self._stored, part):
            self.device.write_samples(self.inputs[part], self.targets[part])
            self._stored = part

    def _run(self, number, size):
        if self.seed is None:
            return Run(size, None, *self._shifts)
        return epoch_run(self.design, self.seed, number, size, milestones=self.milestones)

    def _learn(self, run, before, progress):
        """Learn a run, or less if the keeper is asked to stop meanwhile; counters with `before`."""
        total = len(self.inputs)

        def tell(counters):
            if progress is not None:
                progress(added(before, counters, running=(
                    counters.running or before.samples + counters.samples < total)))
            if self._keeper.asked and counters.running:
                raise _Enough

        try:
            return added(before, self.device.train(run, tell))
        except _Enough:
            return added(before, self.device.counters())


def rest(run: Run, done: int, state: int, count: int) -> Run:
    """The next `count` samples of a run of which `done` are done, the generator in `state`."""
    if not done:
        return replace(run, count=count)
    if run.mask is None:
        return replace(run, first=run.first + done, size=run.size - done, count=count)
    return replace(run, state=state, count=count)


def learn_in_order(device: Device, inputs: ArrayLike, targets: ArrayLike | None, *,
                   update_shift: int | None = None, second_update_shift: int | None = None,
                   progress: Progress | None = None, keeper: Keeper | None = None,
                   done: Counters = NOTHING,
                   save: Callable[[Counters], object] | None = None) -> Counters:
    """Learn from samples one after the other, however many: parameters as of `Trainer`.

    `progress`, `done` and `save` are those of `Trainer.epoch`.
    """
    trainer = Trainer(device, inputs, targets, update_shift=update_shift,
                      second_update_shift=second_update_shift, keeper=keeper)
    return trainer.epoch(0, done, progress, save)


def predict_all(device: Device, inputs: ArrayLike) -> np.ndarray:
    """Classes, int64 array (n,), of raw inputs (n, n_0), however many; n >= 1.

    Whatever the sample memory holds is overwritten.
    """
    inputs, found = check_inputs(device.design, inputs), []
    for part in portions(device.design.sample_capacity, len(inputs)):
        device.write_samples(inputs[part], None)
        found.append(device.predict(0, part.stop - part.start))
    return np.concatenate(found)


def outputs_of_all(device: Device, inputs: ArrayLike, layer: int | None = None) -> np.ndarray:
    """Rates, (n, n_layer), that inferences of raw inputs (n, n_0) leave in a layer; n >= 1.

    See `Device.outputs`. Whatever the sample memory holds is overwritten.
    """
    inputs, found = check_inputs(device.design, inputs), []
    for part in portions(device.design.sample_capacity, len(inputs)):
        device.write_samples(inputs[part], None)
        found.append(device.outputs(0, part.stop - part.start, layer))
    return np.concatenate(found)
