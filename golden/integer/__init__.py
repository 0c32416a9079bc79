"""The integer model: what the hardware computes, bit for bit."""

from .generator import RoundingGenerator, Shuffler, epoch_mask, epoch_order
from .model import IntegerModel, Pass, Trace

__all__ = ["IntegerModel", "Pass", "RoundingGenerator", "Shuffler", "Trace", "epoch_mask",
           "epoch_order"]
