"""The type of every device, a board or a model: it stands below all of them."""

from .protocol import Counters, Device, Run

__all__ = ["Counters", "Device", "Run"]
