"""The feedforward-initialised equilibrium network in float64."""

from .model import EqPropModel
from .rule import EqPropRule, Start

__all__ = ["EqPropModel", "EqPropRule", "Start"]
