"""The sign-concordant cortical microcircuit: parameters and program."""

from .program import Mode
from .rule import ERROR_BITS, TOP_THRESHOLD, MicrocircuitRule

__all__ = ["ERROR_BITS", "TOP_THRESHOLD", "MicrocircuitRule", "Mode"]
