"""The feedforward-initialised equilibrium network in float64."""

from .model import EquilibriumModel
from .rule import EquilibriumRule, Start

__all__ = ["EquilibriumModel", "EquilibriumRule", "Start"]
