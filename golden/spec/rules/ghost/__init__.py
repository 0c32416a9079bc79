"""Ghost units: parameters and program."""

from .program import Mode
from .rule import GhostRule, Mechanism, Schedule, design_for, mnist_for

__all__ = ["GhostRule", "Mechanism", "Mode", "Schedule", "design_for", "mnist_for"]
