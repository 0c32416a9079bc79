"""Phaseless alignment learning: parameters and program."""

from .program import Mode
from .rule import PalRule

__all__ = ["Mode", "PalRule"]
