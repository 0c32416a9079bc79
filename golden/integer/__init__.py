"""Integer models: every bit of the hardware. A rule's own is found by its entry point."""

from ..spec.design import Design
from ..spec.entries import part_of
from .generator import RoundingGenerator, Shuffler, epoch_mask, epoch_order
from .model import IntegerModel
from .trace import Pass, Trace

__all__ = ["IntegerModel", "Pass", "RoundingGenerator", "Shuffler", "Trace", "epoch_mask",
           "epoch_order", "integer_kind", "integer_model"]


def integer_kind(design: Design) -> type[IntegerModel]:
    """Class of the integer model of a design's rule."""
    return part_of(design.rule.name, "cortigate.integer_models")


def integer_model(design: Design) -> IntegerModel:
    """The integer model of a design."""
    return integer_kind(design)(design)
