"""Runs in parts: between two a checkpoint is saved, and a run ends early if it is told to."""

from dataclasses import asdict, replace

from .device import Run
from .keeper import Keeper
from .session import Counters

__all__ = ["NOTHING", "added", "counters_from", "go_on", "learn", "plain_counters",
           "require_kind", "train_until"]

NOTHING = Counters(False, 0, 0, 0, 0, 0, 0)
SUMMED = ("samples", "correct", "cycles", "weight_saturations", "state_saturations")


class _Enough(Exception):
    """The run's progress ends it."""


def added(before: Counters, counters: Counters, **changes):
    """Counters of a run and of those before it; the rest is the last one's, or as `changes` say."""
    return replace(counters, **{name: getattr(before, name) + getattr(counters, name)
                                for name in SUMMED}, **changes)


def plain_counters(counters: Counters):
    """Counters as a checkpoint's position holds them."""
    return {name: int(value) for name, value in asdict(counters).items() if name != "running"}


def counters_from(record):
    """Counters of `plain_counters`; TypeError or ValueError if it is none."""
    found = Counters(running=False, **record)
    for name, value in record.items():
        if type(value) is not int or value < 0:
            raise ValueError(f"{name} must be a number of 0 or more, not {value!r}")
    return found


def go_on(device, checkpoint):
    """Restore a device from the checkpoint of a run that goes on there bit for bit.

    Raises
    ------
    ValueError
        It is of another configuration, or only one of both computes in real numbers; the device is
        as it was.
    """
    require_kind(device, checkpoint.real)
    checkpoint.restore(device)


def require_kind(device, real):
    """ValueError unless a device computes in real numbers, or in integers, as a run did."""
    own = device.read_weights()["W1"].dtype.kind == "f"
    if own != real:
        kinds = ("integers", "real numbers")
        raise ValueError(f"the run was learned in {kinds[real]}, but this device computes in "
                         f"{kinds[own]}: it would not go on as it began")


def learn(device, run: Run, keeper: Keeper, done=NOTHING, progress=None, save=None):
    """Learn the rest of a run.

    Parameters
    ----------
    device : Device
        As it was left after `done`; it holds the run's samples.
    run : Run
        The whole, with a count or without.
    keeper : Keeper
        Says when to pause, and when to stop.
    done : Counters
        What was learned of it already.
    progress : callable or None
        Gets the run's counters so far.
    save : callable or None
        ``save(counters)`` at each pause before the end, where the device does not run: calls
        `Keeper.keep`.

    Returns
    -------
    Counters
        Of the whole run.
    """
    while done.samples < run.samples:
        part = keeper.part(done.samples, run.samples - done.samples)
        done = added(done, train_until(device, rest(run, done, part), keeper, progress and (
            lambda counters, before=done: progress(added(before, counters)))))
        if done.samples < run.samples and save is not None:
            save(done)
    return done


def rest(run: Run, done: Counters, count):
    """The next `count` samples of a run of which some are done."""
    if not done.samples:
        return replace(run, count=count)
    if run.mask is None:
        return replace(run, first=run.first + done.samples, size=run.size - done.samples,
                       count=count)
    return replace(run, state=done.shuffle_state, count=count)


def train_until(device, run, keeper, progress):
    """`device.train` that ends after the sample in work when the keeper is asked to stop.

    Returns the counters of what was learned, perhaps less than the run.
    """
    def tell(counters):
        if progress is not None:
            progress(counters)
        if keeper.asked and counters.running:
            raise _Enough

    try:
        return device.train(run, tell)
    except _Enough:
        return device.counters()
