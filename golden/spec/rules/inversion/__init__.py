"""Dynamic inversion: parameters and program."""

from .program import Mode
from .rule import InversionRule

__all__ = ["InversionRule", "Mode"]
