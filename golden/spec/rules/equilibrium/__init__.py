"""The feedforward-initialised equilibrium network: parameters and program."""

from .program import Mode
from .rule import EquilibriumRule

__all__ = ["EquilibriumRule", "Mode"]
