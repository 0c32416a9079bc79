"""Sets larger than a device's sample memory, which go through it portion after portion.

The portions follow each other in the given order, and so do the samples of each: a device does
what its integer model does that gets the whole set at once.
"""

from dataclasses import replace

import numpy as np

from .device import Run
from .packing import check_inputs, check_labels

__all__ = ["learn_in_order", "portions", "predict_all"]

SUMMED = ("samples", "correct", "cycles", "weight_saturations", "state_saturations")


def portions(capacity, count):
    """Slices of 0 .. `count` - 1, each as long as the sample memory but for the last."""
    return [slice(first, min(first + capacity, count)) for first in range(0, count, capacity)]


def learn_in_order(device, inputs, labels, *, update_shift=None, second_update_shift=None,
                   progress=None):
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

    Returns
    -------
    Counters
        Over all portions; `shuffle_state` means nothing.

    Raises
    ------
    ValueError
        A shape, kind or range is wrong; nothing was learned then.
    LinkError
        From the board.
    """
    design = device.design
    inputs = check_inputs(design, inputs)
    labels = check_labels(design, labels, len(inputs))
    if not len(inputs):
        raise ValueError("inputs must hold at least one sample")
    own = design.rule
    shifts = (own.update_shift if update_shift is None else update_shift,
              own.second_update_shift if second_update_shift is None else second_update_shift)
    total = None

    def added(counters, running):
        """Counters of the portion in work and of those before it."""
        sums = {} if total is None else {name: getattr(total, name) + getattr(counters, name)
                                         for name in SUMMED}
        return replace(counters, running=running, **sums)

    for part in portions(design.sample_capacity, len(inputs)):
        device.write_samples(inputs[part], labels[part])
        last = part.stop == len(inputs)

        def told(counters, last=last):
            progress(added(counters, counters.running or not last))

        total = added(device.train(Run(part.stop - part.start, None, *shifts),
                                   None if progress is None else told), not last)
    return total


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
