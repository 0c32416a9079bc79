"""Sets larger than a device's sample memory, which go through it portion after portion.

The portions follow each other in the given order, and so do the samples of each: a device does
what its integer model does that gets the whole set at once.
"""

import numpy as np

from ..device import Run
from ..device.samples import check_inputs, check_labels
from .keeper import Keeper
from .resumable import NOTHING, added, train_until

__all__ = ["learn_in_order", "portions", "predict_all"]


def portions(capacity, count):
    """Slices of 0 .. `count` - 1, each as long as the sample memory but for the last."""
    return [slice(first, min(first + capacity, count)) for first in range(0, count, capacity)]


def learn_in_order(device, inputs, labels, *, update_shift=None, second_update_shift=None,
                   progress=None, keeper=None, done=NOTHING, save=None):
    """Learn from samples one after the other, however many they are.

    Parameters
    ----------
    device : Device
        Whatever its sample memory holds is overwritten.
    inputs, labels : int arrays (n, n_0), (n,)
        Raw inputs in design.sample and classes, n >= 1, in the order in which to learn.
    update_shift, second_update_shift : int or None
        k of the learning rates; None takes the rule's.
    progress : callable or None
        Gets the `Counters` so far, over all portions.

    keeper : Keeper or None
        Says when to pause, and when to stop.
    done : Counters
        What was learned of the samples already.
    save : callable or None
        ``save(counters)`` where the keeper wants a checkpoint, where the device does not run.

    Returns
    -------
    Counters
        Over all samples; `shuffle_state` means nothing.

    Raises
    ------
    ValueError
        A shape, kind or range is wrong; nothing was learned then.
    LinkError
        From the board.
    """
    design, keeper = device.design, keeper or Keeper()
    inputs = check_inputs(design, inputs)
    labels, total = check_labels(design, labels, len(inputs)), len(inputs)
    if not total:
        raise ValueError("inputs must hold at least one sample")
    own = design.rule
    shifts = (own.update_shift if update_shift is None else update_shift,
              own.second_update_shift if second_update_shift is None else second_update_shift)
    while done.samples < total:
        count = min(design.sample_capacity, keeper.part(done.samples, total - done.samples))
        part = slice(done.samples, done.samples + count)
        device.write_samples(inputs[part], labels[part])

        def told(counters, before=done, last=part.stop == total):
            progress(added(before, counters, running=counters.running or not last))

        done = added(done, train_until(device, Run(count, None, *shifts), keeper,
                                       None if progress is None else told))
        if save is not None and done.samples < total and keeper.due(done.samples):
            save(done)
    return done


def predict_all(device, inputs):
    """Classes, int64 array (n,), of raw inputs (n, n_0), however many; n >= 1.

    Whatever the sample memory holds is overwritten.
    """
    inputs, found = check_inputs(device.design, inputs), []
    for part in portions(device.design.sample_capacity, len(inputs)):
        count = part.stop - part.start
        device.write_samples(inputs[part], np.zeros(count, np.int64))
        found.append(device.predict(0, count))
    return np.concatenate(found)
