"""The integer models: what the hardware computes, bit for bit."""

from ..spec.design import Design
from .equilibrium import EquilibriumModel
from .generator import RoundingGenerator, Shuffler, epoch_mask, epoch_order
from .ghost import GhostModel
from .inversion import InversionModel
from .microcircuit import MicrocircuitModel
from .model import IntegerModel
from .pal import PalModel
from .trace import Pass, Trace

__all__ = ["EquilibriumModel", "GhostModel", "IntegerModel", "InversionModel", "MicrocircuitModel",
           "PalModel", "Pass",
           "RoundingGenerator", "Shuffler", "Trace", "epoch_mask", "epoch_order", "integer_model"]


def integer_model(design: Design):
    """The model of a design's rule."""
    kinds = {"ghost": GhostModel, "equilibrium": EquilibriumModel, "inversion": InversionModel,
             "pal": PalModel, "microcircuit": MicrocircuitModel}
    return kinds[design.rule.name](design)
