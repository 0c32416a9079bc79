"""The feedforward-initialised equilibrium network: parameters and program."""

from .modes import ClampedStart, Mode, Phase
from .rule import EquilibriumRule

__all__ = ["ClampedStart", "EquilibriumRule", "Mode", "Phase"]
