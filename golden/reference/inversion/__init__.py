"""Dynamic inversion in float64."""

from .model import InversionModel
from .rule import Credit, InversionFeedback, InversionRule

__all__ = ["Credit", "InversionFeedback", "InversionModel", "InversionRule"]
