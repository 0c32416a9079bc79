"""Where a run stands: its counters in checkpoints, and a device that begins or goes on."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..device import Counters, Device
from .checkpoint import Checkpoint
from .training import initial_generators

__all__ = ["NOTHING", "added", "begin", "counters_from", "go_on", "plain_counters",
           "require_kind"]

NOTHING = Counters(False, 0, 0, 0, 0, 0, 0)
SUMMED = ("samples", "correct", "cycles", "weight_saturations", "state_saturations", "restless")


def added(before: Counters, counters: Counters, **changes: Any) -> Counters:
    """Counters of a run and of those before it; the rest is the last one's, or as `changes` say."""
    sums: dict[str, Any] = {name: getattr(before, name) + getattr(counters, name)
                            for name in SUMMED}
    return replace(counters, **sums, **changes)


def plain_counters(counters: Counters) -> dict[str, int]:
    """Counters as a checkpoint's position holds them."""
    return {name: int(value) for name, value in asdict(counters).items() if name != "running"}


def counters_from(record: dict[str, Any]) -> Counters:
    """Counters of `plain_counters`; TypeError or ValueError if it is none."""
    found = Counters(running=False, **record)
    for name, value in record.items():
        if type(value) is not int or value < 0:
            raise ValueError(f"{name} must be a number of 0 or more, not {value!r}")
    return found


def go_on(device: Device, checkpoint: Checkpoint) -> None:
    """Restore a device from the checkpoint of a run that goes on there bit for bit.

    Raises
    ------
    ValueError
        It is of another configuration, or only one of both computes in real numbers; the device is
        as it was.
    """
    require_kind(device, checkpoint.real)
    checkpoint.restore(device)


def require_kind(device: Device, real: bool) -> None:
    """ValueError unless a device computes in real numbers, or in integers, as a run did."""
    own = device.read_weights()["W1"].dtype.kind == "f"
    if own != real:
        kinds = ("integers", "real numbers")
        raise ValueError(f"the run was learned in {kinds[real]}, but this device computes in "
                         f"{kinds[own]}: take a device that computes in {kinds[real]}")


def begin(device: Device, weights: Mapping[str, ArrayLike],
          generators: np.ndarray | None = None) -> None:
    """Load a device with weights, and with states of its generators, if it has any.

    None stands for the states after a reset.
    """
    device.write_weights(weights)
    if device.read_generators().size:  # a float model may have none
        device.write_generators(initial_generators(device.design) if generators is None
                                else generators)
