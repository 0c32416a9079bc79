"""Where a run stands: its counters in checkpoints, and a device that begins or goes on."""

from dataclasses import asdict, replace

from ..device import Counters
from .training import initial_generators

__all__ = ["NOTHING", "added", "begin", "counters_from", "go_on", "plain_counters"]

NOTHING = Counters(False, 0, 0, 0, 0, 0, 0)
SUMMED = ("samples", "correct", "cycles", "weight_saturations", "state_saturations")


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
    real = device.read_weights()["W1"].dtype.kind == "f"
    if real != checkpoint.real:
        kinds = ("integers", "real numbers")
        raise ValueError(f"the run was learned in {kinds[checkpoint.real]}, but this device "
                         f"computes in {kinds[real]}: it would not go on as it began")
    checkpoint.restore(device)


def begin(device, weights, generators=None):
    """Load a device with weights, and with states of its generators, if it has any.

    None stands for the states after a reset.
    """
    device.write_weights(weights)
    if device.read_generators().size:  # a float model may have none
        device.write_generators(initial_generators(device.design) if generators is None
                                else generators)
